"""Calibrating a rubric: its reference is executed like any submission, then trained with many seeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.checks.work import Work
from grader.errors import UserError
from grader.execution.process import KernelDidNotStart, ZygoteDidNotStart
from grader.executors.data import ClassData
from grader.executors.faults import in_words
from grader.executors.local import Batch, Nobody
from grader.executors.settings import Settings
from grader.executors.trainings import budget_of
from grader.grading.choose import choose_notebook
from grader.grading.prepare import prepare
from grader.grading.recipes import recipe_of
from grader.submissions.find import Submission
from grader.training.calibration import CalibrationEntry, calibrate, calibration_path, store_entry
from grader.training.recipe import Recipe
from grader.training.result import TrainingResult
from grader.training.workers import Trainers

_TELLING = 2.0
"""Least threshold, in accuracies of a guess: below it, a network that learns nothing may pass by luck."""


@dataclass(frozen=True)
class Calibrated:
    """A calibration and what guessing would reach."""

    entry: CalibrationEntry
    chance: float

    @property
    def telling(self) -> bool:
        """Whether a network that learns nothing falls below the threshold."""
        return self.entry.threshold >= _TELLING * self.chance


def calibrate_rubric(
    settings: Settings, runs: int, rank: int, progress: Callable[[str, int, TrainingResult], None]
) -> tuple[tuple[Calibrated, ...], Path]:
    """Train the reference's networks ``runs`` times each and store their entries beside the rubric.

    ``progress`` is called with the network's name, the number of the run and its result. Raises
    ``UserError`` when the rubric has no reference, no ``trains`` check, or a reference that does not train.
    """
    rubric = settings.rubric
    lines = [line for line in rubric.checks if line.check == "trains"]
    if not lines:
        raise UserError(f"{rubric.id}: no check trains a network, there is nothing to calibrate")
    if rubric.path is None or rubric.reference_path is None or not rubric.reference_path.is_file():
        raise UserError(
            f"{rubric.id}: there is no reference notebook ({rubric.reference_path}); name it in reference:"
        )
    work, data = asyncio.run(work_of(rubric.reference_path, settings))
    path = calibration_path(rubric.path)
    made = []
    with Trainers(settings.jobs, settings.cache / "trainings", device=settings.device) as trainers:
        for line in lines:
            network, served = line.arguments["network"], data[line.arguments["data"]]
            recipe = recipe_of(work, network, served.facts, budget_of(line))
            if not isinstance(recipe, Recipe):
                raise UserError(
                    f"{rubric.reference_path}: its network {network} cannot be trained: "
                    f"{recipe or 'it is never fitted'}"
                )
            entry = calibrate(
                recipe,
                served.served.root,
                runs,
                trainers.submit,
                rank=rank,
                expected=network,
                progress=partial(progress, network),
            )
            store_entry(path, entry)
            made.append(Calibrated(entry, chance=1 / len(served.facts.classes)))
    return tuple(made), path


async def work_of(notebook: Path, settings: Settings) -> tuple[Work, dict[str, ClassData]]:
    """One notebook executed and prepared for checking; raises ``UserError`` if it cannot be."""
    batch = Batch(notebook.parent, settings)
    submission = Submission(notebook.stem, (notebook,))
    chosen = choose_notebook(submission, settings.rubric, notebook.parent)
    if chosen.notebook is None:
        raise UserError(f"{notebook}: {chosen.problem}")
    try:
        job = await batch.job(submission, chosen, chosen.notebook)
        evidence, _ = await batch.evidence(submission, job, chosen.raw, Nobody())
    except (KernelDidNotStart, ZygoteDidNotStart) as fault:
        raise UserError(f"{notebook}: {in_words(fault)}") from fault
    finally:
        await batch.close()
    return prepare(evidence, chosen.notebook, settings.rubric, batch.facts, batch.indexes), batch.data
