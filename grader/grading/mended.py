"""Marking with slips mended: the slip costs part of what its cell was for, what follows is judged by what it
does."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.checks.outcome import PARTLY, Outcome
from grader.checks.registry import all_checks
from grader.checks.work import Work
from grader.evidence.evidence import Cause, Mend
from grader.grading.grade import RunKind
from grader.grading.mark import Verdicts, mark_by, outcome_of
from grader.rubric.schema import CheckLine, Rubric


@dataclass(frozen=True)
class Attempt:
    """A notebook's work as it ran, and as if its failed cells, if any, had done what is written in them."""

    work: Work
    written: Work | None


def mark_mended(rubric: Rubric, handed_in: Attempt, mended: Attempt) -> Verdicts:
    """The verdicts on what the mended notebook does, beside what the one handed in did.

    What that one met stays met. What is met only thanks to a mend is met on its merit, and at most partly
    where it is what the mended cell was for: one slip costs once.
    """
    return mark_by(rubric, lambda line: _outcome(line, handed_in, mended))


def slips(mends: Sequence[Mend]) -> tuple[Mend, ...]:
    """The mends of the student's own slips, each once; the same name misspelt again is the same slip."""
    found: dict[tuple[str, ...], Mend] = {}
    for mend in mends:
        if mend.costs:
            same = (mend.before, mend.after) if mend.kind == "name" else (str(mend.cell), mend.words)
            found.setdefault((mend.kind, *same), mend)
    return tuple(found.values())


def _outcome(line: CheckLine, handed_in: Attempt, mended: Attempt) -> tuple[Outcome, RunKind]:
    if line.any_of:
        outcomes = [_outcome(each, handed_in, mended) for each in line.alternatives]
        return max(outcomes, key=lambda each: (each[0].score, each[0].attempted))
    before = outcome_of(line, handed_in.work, handed_in.written)
    after = outcome_of(line, mended.work, mended.written)
    check = all_checks()[line.check]
    # The verdict on what really ran; less where another network only stands in for the one that is written.
    ran = min(check.run(handed_in.work, line.parameters).score, before.score)
    if after.score <= before.score == ran:
        return before, handed_in.work.evidence.rung
    mends = mended.work.evidence.mends
    own = _slip_in(check.written_as, slips(mends), handed_in.work, after.cells)
    if own is not None and after.score > ran:
        found = f"{after.found}, but only with {own.words}"
        hint = f"{_hint(own)} {after.hint}".rstrip()
        score = max(ran, min(after.score, PARTLY))
        return replace(after, score=score, found=found, hint=hint, cells=(own.cell,), cause="own"), "mended"
    note = f"{after.found} (judged with {' and '.join(mend.words for mend in mends)})"
    cause: Cause = "knock_on" if slips(mends) else "environment"
    return replace(after, found=note, cause=after.cause or cause), "mended"


def _slip_in(
    names: tuple[str, ...], mends: Sequence[Mend], work: Work, cells: tuple[int, ...]
) -> Mend | None:
    """The mend of a cell that was to meet the requirement from where it stopped; ``work`` is of the notebook
    as it was handed in, ``cells`` are those that the verdict is about."""
    # Where a fit shows how its data were made, the slip that counts is one in making them, in whatever cell.
    making = set(names) - {"fit"} if "fit" in names else set()
    for mend in mends:
        lost = _calls_lost(work, mend.cell)
        if making & lost or (not making and mend.cell in cells and (not names or lost & set(names))):
            return mend
    return None


_LINE = re.compile(r"^Cell In\[\d+\], line (\d+)", re.MULTILINE)


def _calls_lost(work: Work, index: int) -> set[str]:
    """Names of the calls that a cell did not come to, the one in which it stopped among them."""
    source = next((each for each in work.sources if each.index == index), None)
    error = work.cell(index).error
    found = _LINE.search(error.traceback) if error else None
    if source is None:
        return set()
    line = int(found[1]) if found and source.tree else 0
    holding = [node for node in ast.walk(source.tree) if isinstance(node, ast.stmt)] if source.tree else []
    # The innermost statement around the line; what stands in its first lines was not done either.
    around = [node.lineno for node in holding if node.lineno <= line <= (node.end_lineno or node.lineno)]
    start = max(around, default=line)
    return {call.name for call in source.calls if call.line >= start}


def _hint(mend: Mend) -> str:
    code = mend.after.replace("`", "'")
    match mend.kind:
        case "import":
            return f"Add `{code}` before this cell: with it the rest runs."
        case "name":
            return f"Write `{code}` in place of `{mend.before}`: with it the rest runs."
        case "bracket":
            return f"Close the bracket with `{code}`: with it the cell runs."
    return "Write your words in a text cell, or behind `#`: without them the cell runs."
