"""The grade: the stable, documented result of grading (``grades.json``)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from grader.checks.outcome import Status
from grader.evidence.evidence import Cause, MendKind, Rung
from grader.timing import Stage

SCHEMA_VERSION = 1

RunKind = Literal["reduced", "full", "mended"]
"""The run that a verdict comes from: of the notebook as it was handed in, on a part of the data or on all of
them; or with slips in it mended."""

Points = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""Exact in memory; at most three decimals, so that its shortest decimal text is exact in JSON too."""


class Result(BaseModel):
    """Base of everything in ``grades.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class CheckGrade(Result):
    """One check of one submission."""

    id: str
    check: str
    title: str
    status: Status
    points: Points
    earned: Points
    """While ``status`` is ``needs_review`` this is a proposal, which a human confirms or changes."""
    expected: str
    found: str
    hint: str = ""
    cells: tuple[int, ...] = ()
    """Indices of the notebook's cells that this is about, counted from 0."""
    cause: Cause | None = None
    rung: RunKind | None = None
    visibility: Literal["public", "hidden"] = "public"
    remarks: tuple[str, ...] = ()


class QuestionGrade(Result):
    """One question: the sum of its checks."""

    id: str
    title: str
    points: Points
    earned: Points
    checks: tuple[CheckGrade, ...]


class ComparisonRow(Result):
    """One row of the expected and the built network set side by side."""

    expected: str | None = None
    """Canonical text of the expected layer; None for a layer that was not asked for."""
    expected_shape: str = ""
    """Its output shape, where the rubric fixes it."""
    expected_parameters: int | None = None
    built: str | None = None
    """Canonical text of the built layer; None for a missing one."""
    shape: str = ""
    """Output shape of the built layer, e.g. ``64×64×32``."""
    parameters: int | None = None
    verdict: Literal["same", "differs", "missing", "extra", "allowed"]
    note: str = ""


class NetworkGrade(Result):
    """How a network of the notebook compares with one that the rubric expects."""

    network: str
    """Name in the rubric."""
    variable: str = ""
    """Name in the notebook."""
    cell: int | None = None
    parameters: int | None = None
    expected_parameters: int | None = None
    rows: tuple[ComparisonRow, ...] = ()


class TrainingGrade(Result):
    """A short training on the trusted side, beside the reference's."""

    network: str
    accuracy: float | None = None
    threshold: float | None = None
    curve: tuple[float, ...] = ()
    """Training accuracy after each epoch."""
    reference_curve: tuple[float, ...] = ()
    reference_accuracies: tuple[float, ...] = ()
    """On the test images, of each run of the reference, ascending."""
    note: str = ""


class ClaimGrade(Result):
    """A training as the notebook's saved outputs tell it: what the student says, not what was seen."""

    network: str
    cell: int
    """Index of the cell, counted from 0."""
    epochs: int
    """That were asked for, as its output says."""
    accuracy: tuple[float, ...] = ()
    """On the training images, after each epoch."""
    val_accuracy: tuple[float, ...] = ()


class CellIssue(Result):
    """A cell that failed, and whose fault it was."""

    cell: int
    error: str
    cause: Cause
    explanation: str = ""


class MendGrade(Result):
    """A slip that was mended, so that what follows is judged by what it does."""

    cell: int
    """Index of the cell in the notebook, counted from 0."""
    kind: MendKind
    before: str = ""
    """What stood there; empty when something was added."""
    after: str = ""
    """What stands there instead; empty when something was left out."""
    words: str
    """The change in words, code in backticks."""
    costs: bool
    """Whether the cell's own requirements lose part of their points by it."""


class Timing(Result):
    """What one stage of grading took."""

    stage: Stage
    seconds: float
    """Of wall time, without those of other stages."""
    times: int
    """How many times it was entered: cells run in several kernels, for example."""


class SubmissionGrade(Result):
    """The whole result of one submission."""

    submission: str
    """Name of the submission: the student's folder or the notebook's name."""
    notebook: str = ""
    """Path of the graded notebook relative to the graded folder."""
    handed_in_as: str = ""
    """Name of the file or folder in a learning platform's download; it holds the student's number there."""
    digest: str = ""
    """SHA-256 of the graded notebook's bytes (64 hex digits); empty where there is none."""
    status: Literal["graded", "needs_review", "not_gradable", "failed"]
    reason: str = ""
    """Why it was not graded, or what a human must look at."""
    points: Points
    earned: Points
    proposed: Points = Decimal(0)
    """Of ``earned``, what is only proposed: the checks that ``needs_review``. The rest is settled."""
    questions: tuple[QuestionGrade, ...] = ()
    networks: tuple[NetworkGrade, ...] = ()
    trainings: tuple[TrainingGrade, ...] = ()
    claims: tuple[ClaimGrade, ...] = ()
    cell_issues: tuple[CellIssue, ...] = ()
    mends: tuple[MendGrade, ...] = ()
    """What was mended in the notebook before the run that most verdicts come from."""
    earned_unmended: Points | None = None
    """What the notebook would have earned without mending; None when nothing was mended."""
    remarks: tuple[str, ...] = ()
    """For the teacher: leaks, other notebooks in the submission, repairs."""
    doubts: tuple[str, ...] = ()
    """For the teacher: what the saved outputs claim and the code does not bear out."""
    run: str = ""
    """Key under which the run that most verdicts come from is kept."""
    rung: Rung | None = None
    seconds: float = 0.0
    from_store: bool = False
    timings: tuple[Timing, ...] = ()
    """Where the time went that this submission took: ``grade --timings`` shows it."""

    @property
    def has_mark(self) -> bool:
        """Whether there is a mark: what could not be graded, or failed on our side, is no zero."""
        return self.status in ("graded", "needs_review")


class CheckStatistics(Result):
    """How one check worked on the class (:mod:`grader.grading.statistics`)."""

    id: str
    title: str
    points: Points
    marks: int
    """Submissions with a mark that it was asked of."""
    difficulty: float | None = None
    """Mean share of the points earned, 0 (nobody anything) to 1 (all everything)."""
    discrimination: float | None = None
    """Correlation of its points with the rest of the mark, -1 to 1; None where ``undefined`` says why."""
    undefined: str = ""


class AlikeNotebooks(Result):
    """Notebooks that share code which few others have: two, or more that are copies."""

    submissions: tuple[str, ...]
    shares: tuple[float, ...]
    """For each of them: the part of its own code that the others have too, 0 to 1."""
    shared: int
    """Passages in common."""


class AlikeNetworks(Result):
    """The same network in several notebooks, and not the one that was asked for."""

    network: str
    """Name in the rubric."""
    submissions: tuple[str, ...]
    departures: tuple[str, ...]
    """In what it is not the one asked for; for a design of one's own, its layers."""


class AlikeOutputs(Result):
    """The same saved training log, digit by digit, in several notebooks: chance does not do that."""

    submissions: tuple[str, ...]
    epochs: int
    """Epochs that agree."""
    last: float
    """Accuracy after the last one."""


class Resemblances(Result):
    """What a teacher may want to look at side by side; none of it is proof, none changes a mark."""

    notebooks: tuple[AlikeNotebooks, ...] = ()
    networks: tuple[AlikeNetworks, ...] = ()
    outputs: tuple[AlikeOutputs, ...] = ()


class ClassGrades(Result):
    """``grades.json``."""

    schema_version: Literal[1] = Field(default=1)
    grader: str
    rubric: str
    title: str
    points: Points
    created: str
    """ISO 8601, UTC."""
    sandbox: str
    data: dict[str, str]
    """Each data set and what was served for it, in words."""
    submissions: tuple[SubmissionGrade, ...]
    statistics: tuple[CheckStatistics, ...] = ()
    """Each check, in the rubric's order."""
    resemblances: Resemblances = Resemblances()
