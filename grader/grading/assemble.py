"""The grade of one submission, put together from its marks and from what was seen in its work."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from grader.checks.outcome import counted
from grader.checks.work import Work
from grader.evidence.events import ApiAge, Fitted
from grader.evidence.evidence import Rung
from grader.grading.claims import claims_of, doubts_of
from grader.grading.grade import (
    CellIssue,
    ClaimGrade,
    ComparisonRow,
    MendGrade,
    NetworkGrade,
    QuestionGrade,
    Result,
    SubmissionGrade,
    TrainingGrade,
)
from grader.network.expected import parameter_totals
from grader.network.explain import rows
from grader.network.rules import FreeNetwork
from grader.rubric.schema import Rubric
from grader.training.calibration import CalibrationEntry


@dataclass(frozen=True)
class Provenance:
    """Where a submission's work came from."""

    submission: str
    notebook: str
    remarks: tuple[str, ...] = ()
    handed_in_as: str = ""
    digest: str = ""
    """SHA-256 of the notebook's bytes."""
    from_store: bool = False


def not_gradable(
    rubric: Rubric, provenance: Provenance, reason: str, *, ours: bool = False
) -> SubmissionGrade:
    """A submission without a mark: ``failed`` when the fault is ours, ``not_gradable`` otherwise."""
    return SubmissionGrade(
        submission=provenance.submission,
        notebook=provenance.notebook,
        handed_in_as=provenance.handed_in_as,
        digest=provenance.digest,
        status="failed" if ours else "not_gradable",
        reason=reason,
        points=rubric.worth,
        earned=Decimal(0),
        remarks=provenance.remarks,
    )


class Seen(Result):
    """What a grade tells beside its marks; none of it depends on what anything is worth."""

    networks: tuple[NetworkGrade, ...]
    trainings: tuple[TrainingGrade, ...]
    claims: tuple[ClaimGrade, ...]
    cell_issues: tuple[CellIssue, ...]
    mends: tuple[MendGrade, ...]
    remarks: tuple[str, ...]
    doubts: tuple[str, ...]
    tampered: bool
    """Whether the student's code reached for the grader."""
    rung: Rung
    seconds: float


def seen_of(work: Work, calibrations: Mapping[str, CalibrationEntry], unmended: Work | None = None) -> Seen:
    """What there is to tell of a work; ``calibrations`` are the reference's, by network.

    ``unmended`` is the notebook's as it was handed in, where ``work`` is that of a mended one.
    """
    claims = claims_of(work)
    return Seen(
        networks=tuple(compared(work, name) for name in work.expected if name in work.answers),
        trainings=tuple(_training(work, name, calibrations.get(name)) for name in work.judgements),
        claims=claims,
        cell_issues=_issues(work, unmended),
        mends=tuple(
            MendGrade(**mend.model_dump(), costs=mend.costs)
            for mend in (work.evidence.mends if unmended else ())
        ),
        remarks=tuple(_remarks(work)),
        doubts=doubts_of(work, claims),
        tampered=bool(work.evidence.tampering),
        rung=work.evidence.rung,
        seconds=work.evidence.seconds,
    )


def assemble(
    rubric: Rubric,
    provenance: Provenance,
    seen: Seen,
    questions: tuple[QuestionGrade, ...],
    earned_unmended: Decimal | None = None,
) -> SubmissionGrade:
    """The whole grade; ``earned_unmended`` is given when it is that of a mended notebook."""
    review = [
        check
        for question in questions
        for check in question.checks
        if check.status in ("needs_review", "error")
    ]
    reasons = ["its code reached for the grader"] if seen.tampered else []
    if review:
        reasons.append(f"to be confirmed: {', '.join(check.id for check in review)}")
    return SubmissionGrade(
        submission=provenance.submission,
        notebook=provenance.notebook,
        handed_in_as=provenance.handed_in_as,
        digest=provenance.digest,
        status="needs_review" if reasons else "graded",
        reason="; ".join(reasons),
        points=rubric.worth,
        earned=sum((question.earned for question in questions), Decimal(0)),
        proposed=sum((check.earned for check in review), Decimal(0)),
        questions=questions,
        networks=seen.networks,
        trainings=seen.trainings,
        claims=seen.claims,
        cell_issues=seen.cell_issues,
        mends=seen.mends,
        earned_unmended=earned_unmended,
        remarks=(*provenance.remarks, *seen.remarks),
        doubts=seen.doubts,
        rung=seen.rung,
        seconds=seen.seconds,
        from_store=provenance.from_store,
    )


def compared(work: Work, name: str) -> NetworkGrade:
    """The network that answers ``name``, set beside the one asked for."""
    answer, expected = work.answers[name], work.expected[name]
    totals = parameter_totals(expected)
    have = answer.network.parameters
    return NetworkGrade(
        network=name,
        variable=answer.variable,
        cell=answer.cell,
        parameters=have,
        # An unordered group has several totals; the student's own, if it is among them, is the one to show.
        expected_parameters=have if have in totals else (totals[0] if totals else None),
        rows=tuple(
            ComparisonRow(
                expected=row.expected,
                expected_shape=row.expected_shape,
                expected_parameters=row.expected_parameters,
                built=row.built,
                shape=row.shape,
                parameters=row.parameters,
                # In a free design no layer is added to anything.
                verdict="same" if isinstance(expected, FreeNetwork) else row.verdict,
                note=row.note,
            )
            for row in rows(answer.comparison, answer.network, expected)
        ),
    )


def _training(work: Work, name: str, reference: CalibrationEntry | None) -> TrainingGrade:
    judgement = work.judgements[name]
    if isinstance(judgement, str):
        return TrainingGrade(network=name, note=judgement)
    return TrainingGrade(
        network=name,
        accuracy=judgement.accuracy,
        threshold=judgement.threshold,
        curve=_finite(judgement.best.curve),
        reference_curve=_finite(reference.curve) if reference else (),
        reference_accuracies=tuple(sorted(_finite(reference.accuracies))) if reference else (),
        note="; ".join(filter(None, [judgement.problem, *judgement.remarks])),
    )


def _finite(curve: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(value for value in curve if math.isfinite(value))


def _issues(work: Work, unmended: Work | None) -> tuple[CellIssue, ...]:
    """The cells that failed, and those that only a mend lets run."""
    issues = {cell: _issue(work, cell) for cell in work.causes}
    for mend in work.evidence.mends if unmended else ():
        if unmended and mend.cell in unmended.causes:
            issue = _issue(unmended, mend.cell)
            told = f"{issue.explanation} Mended: {mend.words}."
            issues.setdefault(mend.cell, issue.model_copy(update={"explanation": told}))
    return tuple(issues[cell] for cell in sorted(issues))


def _issue(work: Work, cell: int) -> CellIssue:
    verdict, error = work.causes[cell], work.cell(cell).error
    name = work.cell(cell).status if error is None else f"{error.name}: {error.message}"[:300]
    return CellIssue(cell=cell, error=name, cause=verdict.cause, explanation=verdict.explanation)


def _remarks(work: Work) -> list[str]:
    """What a teacher may want to know; nothing here costs points."""
    remarks = [f"Tampering: {what}." for what in work.evidence.tampering]
    remarks += work.evidence.problems
    for name in work.answers:
        if reason := work.random_weights(name):
            remarks.append(f"What {name} reaches says nothing: {reason}.")
        fit = work.fit(name)
        if fit is not None:
            remarks.extend(_validation_remarks(work, fit))
    if work.evidence.legacy:
        remarks.append("Written for Keras 2 and run on it (tf_keras): more cells fail on Keras 3.")
    old = sorted({f"{event.name} (now {event.instead})" for event in work.evidence.of(ApiAge)})
    if old:
        remarks.append(f"Written for an older Keras: {', '.join(old)}.")
    return remarks


def _validation_remarks(work: Work, fit: Fitted) -> list[str]:
    remarks: list[str] = []
    held = work.view(fit.validation).recognised
    if shared := len(held & work.view(fit.data).recognised):
        are = "is" if shared == 1 else "are"
        remarks.append(
            f"{shared} of {counted(len(held), 'validation image')} {are} also trained on: the two subsets "
            "were cut from different orders, e.g. by shuffle=True for only one of them."
        )
    if work.view(fit.validation).split == "test":
        remarks.append("The test set serves for validation, so the test result is no longer independent.")
    return remarks
