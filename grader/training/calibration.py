"""Thresholds from the reference's own results, and the judgement of a student's network against them.

Short training is noisy, so "as good as the reference" is a question about distributions. Train the
reference with n seeds; let the threshold be the r-th smallest of the n accuracies. A network that is as
good as the reference gives an accuracy exchangeable with those n: its rank among the n + 1 is uniform, so
it falls below the r-th smallest of the others with probability at most r/(n + 1), whatever the distribution
is, and ties only help it (an accuracy equal to the threshold passes). With r = 1 and n = 19 that is 5 %.
Failing three independent tries that each fail with 5 % has 0.0125 % on the same threshold drawn anew each
time; on one threshold, drawn once and possibly high, the average over thresholds of the third power is
3!·19!/22! = 0.065 % (the three fall below all nineteen). Distribution-free tolerance limits: S. S. Wilks,
"Determination of sample sizes for setting tolerance limits", Annals of Mathematical Statistics 12 (1941).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from grader.errors import UserError
from grader.evidence.events import Record
from grader.training.recipe import Recipe, network_digest, seeded
from grader.training.result import TrainingResult
from grader.training.workers import Submit

TRIES = 3
"""Runs with fresh seeds before a network counts as worse than the reference."""


class CalibrationEntry(Record):
    """What the reference reaches on one data set under one budget."""

    data: str
    """Name of the data set, for people."""
    data_digest: str
    epochs: int
    samples: int | None = None
    """Training images used at most; None where all were."""
    expected: str = ""
    """The rubric's name for the network; an entry without one is for any."""
    network: str
    """Digest of the reference's network, compile settings and preprocessing."""
    keras: str
    tensorflow: str
    runs: int = Field(ge=1)
    rank: int = Field(default=1, ge=1)
    """The threshold is the rank-th smallest accuracy."""
    accuracies: tuple[float, ...] = Field(min_length=1)
    """Of each run, in the order of their seeds."""
    curve: tuple[float, ...] = ()
    """Training accuracy of the reference's median run, epoch by epoch, to draw beside a student's."""
    losses: tuple[float, ...] = ()

    @property
    def threshold(self) -> float:
        """The rank-th smallest accuracy."""
        return sorted(self.accuracies)[self.rank - 1]

    @property
    def risk(self) -> float:
        """Probability at most with which one try of an equally good network falls below the threshold: r/(n
        + 1).
        """
        return self.rank / (self.runs + 1)


class Judgement(Record):
    """Whether a network trains as well as the reference."""

    passed: bool | None
    """None when it cannot be told, for a reason that is not the student's."""
    accuracy: float | None
    """The best of the tries."""
    threshold: float
    tries: tuple[TrainingResult, ...]
    problem: str | None = None
    remarks: tuple[str, ...] = ()
    """Where the calibration does not quite fit (:func:`fits`)."""

    @property
    def best(self) -> TrainingResult:
        """The try with the highest accuracy."""
        return max(self.tries, key=lambda result: -1.0 if result.accuracy is None else result.accuracy)


def calibrate(
    recipe: Recipe,
    root: Path,
    runs: int,
    submit: Submit,
    *,
    rank: int = 1,
    expected: str = "",
    progress: Callable[[int, TrainingResult], None] | None = None,
) -> CalibrationEntry:
    """Train the reference ``runs`` times and make its calibration.

    Args:
        recipe: the reference's, under the rubric's budget.
        root: the images (:func:`grader.training.arrays.training_data`).
        runs: n; 19 gives a risk of 5 % a try, 99 of 1 %.
        submit: :meth:`grader.training.workers.Trainers.submit`.
        rank: r.
        expected: the rubric's name for the network.
        progress: called with the number of each run that has ended and its result.

    Raises:
        UserError: when ``rank`` does not fit ``runs`` or the reference does not train.
    """
    if not 1 <= rank <= runs:
        raise UserError(
            f"--rank {rank} does not fit --runs {runs}: choose a rank between 1 and the number of runs"
        )
    futures = [submit(seeded(recipe, attempt), root) for attempt in range(runs)]
    results = []
    for number, future in enumerate(futures, start=1):
        result = future.result()
        if result.accuracy is None:
            for rest in futures:
                rest.cancel()
            raise UserError(f"the reference does not train on {recipe.data.name}: {result.problem}")
        results.append(result)
        if progress:
            progress(number, result)
    accuracies = [result.accuracy or 0.0 for result in results]
    median = results[sorted(range(runs), key=accuracies.__getitem__)[runs // 2]]
    return CalibrationEntry(
        data=recipe.data.name,
        data_digest=recipe.data.digest,
        epochs=recipe.epochs,
        samples=recipe.samples,
        expected=expected,
        network=network_digest(recipe),
        keras=version("keras"),
        tensorflow=version("tensorflow"),
        runs=runs,
        rank=rank,
        accuracies=tuple(accuracies),
        curve=median.curve,
        losses=median.losses,
    )


def judge(
    recipe: Recipe,
    root: Path,
    entry: CalibrationEntry,
    submit: Submit,
    *,
    tries: int = TRIES,
    share: float = 1.0,
) -> Judgement:
    """Train a student's recipe and compare it with the reference: one try, more with fresh seeds when it
    falls short.

    The seeds follow from the recipe, so every run of the grader gives the same marks. The reference's own
    recipe passes by construction: its first try is the first run of the calibration. With a ``share`` below
    1 a network must reach that share of the threshold: what a free design owes is to learn, not to be as good
    as somebody else's.
    """
    threshold = share * entry.threshold
    results: list[TrainingResult] = []
    for attempt in range(tries):
        # Reaching the threshold settles it: what the epochs after that would give changes nothing.
        proving = seeded(recipe, attempt).model_copy(update={"until": threshold})
        result = submit(proving, root).result()
        results.append(result)
        if result.accuracy is None or result.accuracy >= threshold:
            break
    last = results[-1]
    measured = [result.accuracy for result in results if result.accuracy is not None]
    if measured and max(measured) >= threshold:
        passed: bool | None = True
    else:
        passed = False if last.fault in (None, "own") else None
    return Judgement(
        passed=passed,
        accuracy=max(measured, default=None),
        threshold=threshold,
        tries=tuple(results),
        problem=last.problem,
        remarks=fits(entry, recipe),
    )


def fits(entry: CalibrationEntry, recipe: Recipe) -> tuple[str, ...]:
    """What is amiss when a recipe is judged by a calibration: one clause for each reason, none when it
    fits.
    """
    again = "run `grade calibrate` again"
    found = []
    if entry.data_digest != recipe.data.digest:
        found.append(f"the calibration was made with other data than {recipe.data.name}: {again}")
    if entry.epochs != recipe.epochs:
        found.append(
            f"the calibration was made with {entry.epochs} epochs, the budget is {recipe.epochs}: {again}"
        )
    if entry.samples != recipe.samples:
        used, asked = ("all" if n is None else f"{n:,}" for n in (entry.samples, recipe.samples))
        found.append(f"the calibration was made with {used} images, the budget is {asked}: {again}")
    for library, made_with in (("keras", entry.keras), ("tensorflow", entry.tensorflow)):
        if made_with.split(".")[:2] != version(library).split(".")[:2]:
            found.append(
                f"the calibration was made with {library} {made_with}, this is {version(library)}: {again}"
            )
    return tuple(found)


_ENTRIES = TypeAdapter(tuple[CalibrationEntry, ...])


def calibration_path(rubric: Path) -> Path:
    """Where a rubric's calibration lies: ``worksheet5.yaml`` has ``worksheet5.calibration.json`` beside
    it.
    """
    return rubric.with_suffix(".calibration.json")


def read_calibration(path: Path) -> tuple[CalibrationEntry, ...]:
    """All entries of a calibration file; none when there is no file.

    Raises:
        UserError: when the file is damaged.
    """
    try:
        return _ENTRIES.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (ValidationError, OSError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise UserError(
            f"{path}: not a calibration ({reason}); delete it and run `grade calibrate` again"
        ) from error


def find_entry(
    entries: Sequence[CalibrationEntry], recipe: Recipe, expected: str = ""
) -> CalibrationEntry | None:
    """The entry for a recipe's data and budget and the ``expected`` network of the rubric; failing that the
    one for its data and that network; None when there is none.
    """
    same = [
        entry
        for entry in entries
        if entry.data_digest == recipe.data.digest and entry.expected in ("", expected)
    ]
    return next(
        (entry for entry in same if (entry.epochs, entry.samples) == (recipe.epochs, recipe.samples)),
        same[-1] if same else None,
    )


def store_entry(path: Path, entry: CalibrationEntry) -> None:
    """Put an entry into a calibration file in place of the one for the same data and network, if any.

    Raises:
        UserError: when the file cannot be written.
    """
    others = [
        old
        for old in read_calibration(path)
        if old.data_digest != entry.data_digest or old.expected not in ("", entry.expected)
    ]
    entries = sorted([*others, entry], key=lambda item: (item.data, item.data_digest, item.expected))
    text = json.dumps([item.model_dump(mode="json") for item in entries], indent=1) + "\n"
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UserError(f"{path}: cannot write the calibration: {error.strerror}") from error
