"""A submission's short trainings, beside the executions of others.

Trainings run in worker processes of their own that yield to the kernels (:mod:`grader.training.workers`), so
that a cell never runs into its limit because somebody else's network is being trained.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

from grader.checks.work import Work
from grader.executors.data import ClassData
from grader.executors.turns import Turns
from grader.grading.recipes import Budget, recipe_of
from grader.rubric.schema import CheckLine, Rubric
from grader.timing import spent_on
from grader.training.calibration import CalibrationEntry, Judgement, find_entry, judge
from grader.training.configuration import CannotTrain
from grader.training.device import Wanted
from grader.training.result import TrainingResult
from grader.training.workers import Trainers

TIME_LIMIT = 900.0
"""Seconds for one training; many, because trainings get only what the kernels leave of the processor."""


@dataclass
class Judged:
    """What came of the trainings that a rubric asks for, by network."""

    judgements: dict[str, Judgement | str] = field(default_factory=dict)
    """The comparison with the reference, or in words why there is none."""
    references: dict[str, CalibrationEntry] = field(default_factory=dict)
    """What the reference reached."""


class ShortTrainings:
    """Trains the networks of a class and compares each with the reference; equal networks are trained once.

    Use it as a context manager: leaving it ends the workers.
    """

    def __init__(
        self,
        rubric: Rubric,
        data: Mapping[str, ClassData],
        calibrations: Collection[CalibrationEntry],
        memo: Path,
        turns: Turns,
        *,
        workers: int,
        device: Wanted,
        waiting: int,
    ) -> None:
        """At most ``workers`` trainings at a time on ``device``, for at most ``waiting`` submissions.

        ``memo`` keeps results.
        """
        self._rubric, self._data, self._calibrations = rubric, data, tuple(calibrations)
        self._turns = turns
        self._trainers = Trainers(
            workers, memo, time_limit=TIME_LIMIT, device=device, turn=turns.for_training
        )
        # A judgement waits for up to three trainings, one after another, each perhaps somebody else's too.
        self._waiting = ThreadPoolExecutor(waiting, thread_name_prefix="judging")

    def __enter__(self) -> ShortTrainings:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers; what waits for them is told so."""
        self._turns.let_all_pass()
        self._waiting.shutdown(wait=False, cancel_futures=True)
        self._trainers.__exit__(kind, error, trace)
        self._waiting.shutdown(wait=True)

    async def judge(
        self, work: Work, on_stage: Callable[[str], None], known: Collection[str] = frozenset()
    ) -> Judged:
        """Judge each network that the rubric wants trained, ``work`` trains and that is not ``known``."""
        judged = Judged()
        for line in self._rubric.checks:
            if line.check != "trains":
                continue
            network, data = line.arguments["network"], self._data[line.arguments["data"]]
            budget = budget_of(line)
            recipe = None if network in known else recipe_of(work, network, data.facts, budget)
            if recipe is None:
                continue
            if isinstance(recipe, CannotTrain):
                judged.judgements[network] = _refusal(recipe)
                continue
            entry = find_entry(self._calibrations, recipe, network)
            if entry is None:
                judged.judgements[network] = (
                    f"there is no threshold for this data: run grade calibrate {self._rubric.id}"
                )
                continue
            judged.references[network] = entry
            on_stage("short training")
            judging = partial(judge, share=float(line.arguments.get("share", 1)))
            with spent_on("training"):
                judged.judgements[network] = await asyncio.get_running_loop().run_in_executor(
                    self._waiting, judging, recipe, data.served.root, entry, self._trainers.submit
                )
        return judged


def budget_of(line: CheckLine) -> Budget:
    """What a line of the ``trains`` check gives a training."""
    return Budget(epochs=line.arguments["epochs"], samples=line.arguments.get("samples"))


def _refusal(reason: CannotTrain) -> Judgement | str:
    if reason.fault == "own":
        result = TrainingResult(problem=str(reason), fault="own")
        return Judgement(passed=False, accuracy=None, threshold=0.0, tries=(result,), problem=str(reason))
    return f"not measured: {reason}"
