"""Marking: every check of a rubric applied to one submission's work, and points added up exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from grader.checks.escape import TeachersFault
from grader.checks.outcome import PARTLY, Outcome, Status
from grader.checks.registry import all_checks
from grader.checks.work import Work
from grader.errors import UserError
from grader.evidence.evidence import Cause
from grader.grading.grade import CheckGrade, QuestionGrade, RunKind
from grader.rubric.schema import CheckLine, Rubric

_FINEST = Decimal("0.001")


def mark(rubric: Rubric, work: Work, written: Work | None) -> tuple[QuestionGrade, ...]:
    """The questions of ``rubric`` graded; ``written`` is the work as if its failed cells, if any, had run."""

    def judge(line: CheckLine) -> tuple[Outcome, RunKind]:
        return outcome_of(line, work, written), work.evidence.rung

    return mark_by(rubric, judge)


def mark_by(
    rubric: Rubric, judge: Callable[[CheckLine], tuple[Outcome, RunKind]]
) -> tuple[QuestionGrade, ...]:
    """The questions of ``rubric``; ``judge`` gives each check's outcome and the run it was seen in."""
    graded: list[QuestionGrade] = []
    for question in rubric.questions:
        checks = tuple(_grade(line, judge) for line in question.checks)
        graded.append(
            QuestionGrade(
                id=question.id,
                title=question.title,
                points=question.worth,
                earned=sum((check.earned for check in checks), Decimal(0)),
                checks=checks,
            )
        )
    return tuple(graded)


def earned_points(points: Decimal, score: Fraction) -> Decimal:
    """``points × score`` to a thousandth of a point, halves rounded up (in the student's favour)."""
    exact = points * Decimal(score.numerator) / Decimal(score.denominator)
    return exact.quantize(_FINEST, rounding=ROUND_HALF_UP).normalize() + Decimal(0)


def _grade(line: CheckLine, judge: Callable[[CheckLine], tuple[Outcome, RunKind]]) -> CheckGrade:
    rung: RunKind | None = None
    try:
        outcome, rung = judge(line)
        status: Status = outcome.status
    except UserError:
        raise
    except Exception as fault:
        # A check that fails is ours or the rubric author's to mend: it costs nothing and a human looks.
        found = f"the check itself failed ({_in_words(fault)})"[:300]
        outcome = Outcome(Fraction(1), line.title, found, cause="infrastructure", review=True)
        status = "error"
    hint = (line.hint or outcome.hint) if outcome.score < 1 else ""
    return CheckGrade(
        id=line.id,
        check=line.check,
        title=line.title,
        status=status,
        points=line.points,
        earned=earned_points(line.points, outcome.score),
        expected=outcome.expected,
        found=outcome.found,
        hint=hint,
        cells=outcome.cells,
        cause=outcome.cause,
        rung=rung,
        visibility=line.visibility,
        remarks=outcome.remarks,
    )


def _in_words(fault: Exception) -> str:
    message = " ".join(str(fault).split())
    return message if isinstance(fault, TeachersFault) else f"{type(fault).__name__}: {message}"


def outcome_of(line: CheckLine, work: Work, written: Work | None) -> Outcome:
    """What a check finds: in what ran, or as far as cells failed in what is ``written`` in them."""
    if line.any_of:
        outcomes = [outcome_of(each, work, written) for each in line.alternatives]
        return max(outcomes, key=lambda outcome: (outcome.score, outcome.attempted))
    check, parameters = all_checks()[line.check], line.parameters
    ran = check.run(work, parameters)
    if written is None or not check.written_as:
        return ran if ran.score == 1 else _blamed(ran, work)
    would = check.run(written, parameters)
    crashed = [
        cell
        for cell in holding(check.written_as, work, would.cells)
        if work.cell(cell).status != "ok" or cell in work.mistaken
    ]
    if not crashed or (
        would.score <= ran.score and not any(_built_in(written, line, cell) for cell in crashed)
    ):
        return ran if ran.score == 1 else _blamed(ran, work)
    # Where several cells crashed on the way, the first one whose own fault it is decides.
    causes = [work.causes[cell].cause for cell in crashed if cell in work.causes]
    if "own" in causes:
        cell = next(cell for cell in crashed if cell in work.causes and work.causes[cell].cause == "own")
        # What ran on another network than the one written is no answer to a question about its layers.
        stands_in = _built_in(written, line, cell) and not _built_in(work, line, cell)
        score = min(would.score, PARTLY) if stands_in else max(ran.score, min(would.score, PARTLY))
        found = f"written, but cell {cell + 1} stops with {_error(work, cell)}"
        hint = work.causes[cell].explanation
        return Outcome(score, would.expected, found, hint, (cell,), cause="own")
    cause: Cause = causes[0] if causes else "knock_on"
    note = f"{would.found} (judged as written: {_because(work, crashed[0])})"
    return replace(would, found=note, cells=tuple(crashed), cause=cause)


def _built_in(work: Work, line: CheckLine, cell: int) -> bool:
    """Whether a network that a check is about is built in a cell."""
    named = [line.arguments.get("network"), *(line.arguments.get("networks") or ())]
    answers = [work.answer(str(name)) for name in named]
    return any(answer is not None and answer.cell == cell for answer in answers)


def holding(names: Iterable[str], work: Work, cells: tuple[int, ...]) -> list[int]:
    """Those of ``cells`` that hold one of the calls."""
    wanted = set(names)
    found = {source.index for source in work.sources if any(call.name in wanted for call in source.calls)}
    return sorted(found.intersection(cells))


def _blamed(outcome: Outcome, work: Work) -> Outcome:
    """Say that a cell which the outcome is about failed, and whose fault that is."""
    for cell in outcome.cells:
        if cell in work.causes and outcome.cause is None:
            return replace(outcome, cause=work.causes[cell].cause)
    return outcome


def _error(work: Work, cell: int) -> str:
    error = work.cell(cell).error
    return error.name if error else "a stopped kernel"


def _because(work: Work, cell: int) -> str:
    verdict = work.causes.get(cell)
    if cell in work.mistaken and verdict is None:
        return "it ran on an old network of the same name, because the new one's cell failed"
    return verdict.explanation if verdict else "the cell was not reached"
