"""Marking: every check of a rubric applied to one submission's work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from grader.checks.escape import TeachersFault
from grader.checks.outcome import PARTLY, Outcome
from grader.checks.registry import all_checks
from grader.checks.work import Work
from grader.errors import UserError
from grader.evidence.evidence import Cause
from grader.grading.grade import RunKind
from grader.rubric.schema import CheckLine, Rubric


@dataclass(frozen=True)
class Verdict:
    """What one check concluded; what that is worth is the rubric's to say (:mod:`grader.grading.points`)."""

    outcome: Outcome
    rung: RunKind | None
    """The run it was seen in."""
    failed: bool = False
    """Whether the check itself failed."""


Verdicts = Mapping[str, Verdict]
"""By the id of the check's line."""


def mark(rubric: Rubric, work: Work, written: Work | None) -> Verdicts:
    """Every check of ``rubric`` applied; ``written`` is the work as if its failed cells, if any, had run."""

    def judge(line: CheckLine) -> tuple[Outcome, RunKind]:
        return outcome_of(line, work, written), work.evidence.rung

    return mark_by(rubric, judge)


def mark_by(rubric: Rubric, judge: Callable[[CheckLine], tuple[Outcome, RunKind]]) -> Verdicts:
    """The verdicts; ``judge`` gives each check's outcome and the run it was seen in."""
    return {line.id: _verdict(line, judge) for line in rubric.checks}


def _verdict(line: CheckLine, judge: Callable[[CheckLine], tuple[Outcome, RunKind]]) -> Verdict:
    try:
        return Verdict(*judge(line))
    except UserError:
        raise
    except Exception as fault:
        # A check that fails is ours or the rubric author's to mend: it costs nothing and a human looks.
        found = f"the check itself failed ({_in_words(fault)})"[:300]
        outcome = Outcome(Fraction(1), line.title, found, cause="infrastructure", review=True)
        return Verdict(outcome, None, failed=True)


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
