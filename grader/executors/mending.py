"""The mended rung: a notebook run again with the slips in it mended that stopped its cells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.evidence.events import ModelSeen
from grader.evidence.evidence import Evidence, Mend
from grader.grading.prepare import failures_of
from grader.submissions.causes import causes_of
from grader.submissions.mending import Mended, mend_notebook, mends_for
from grader.submissions.source import parse_cells

MOST_MENDS = 3
"""Slips that are mended in one notebook; with more, it is no longer the student's."""
_RUNS = 4
"""Further runs of one notebook: each mend can let the next failure be seen."""


@dataclass(frozen=True)
class MendedRun:
    """A notebook with its mends and what its run left behind."""

    notebook: NotebookNode
    evidence: Evidence
    """Its ``mends`` say what was changed."""


async def run_mended(
    notebook: NotebookNode,
    evidence: Evidence,
    files: tuple[str, ...],
    execute: Callable[[NotebookNode], Awaitable[Evidence]],
) -> MendedRun | None:
    """Mend what stopped the notebook's cells and run it again; None when there is nothing to mend.

    Args:
        notebook: As it was handed in.
        evidence: Of its run.
        files: Names of the files handed in with it.
        execute: Runs a notebook, or knows what an equal run left behind.
    """
    mends: tuple[Mend, ...] = ()
    for _ in range(_RUNS):
        proposed = within_limit(propose(notebook, evidence, files), mends)
        if not proposed:
            break
        mended = mend_notebook(notebook, proposed)
        ran = await execute(mended)
        helped = [each for each in proposed if _stop(ran, each.mend.cell) != _stop(evidence, each.mend.cell)]
        if not helped:
            break
        notebook, mends = mended, (*mends, *(each.mend for each in helped))
        evidence = ran.model_copy(update={"mends": mends})
    return MendedRun(notebook, evidence) if mends else None


def propose(notebook: NotebookNode, evidence: Evidence, files: tuple[str, ...]) -> tuple[Mended, ...]:
    """The mends for what stopped cells in one run of the notebook."""
    failures = failures_of(evidence)
    if not failures:
        return ()
    cells = parse_cells(notebook)
    verdicts = {verdict.cell: verdict for verdict in causes_of(failures, cells, files)}
    networks: dict[str, int] = {}
    for event in evidence.of(ModelSeen):
        for variable in event.variables:
            networks.setdefault(variable, event.cell)
    return mends_for(cells, failures, verdicts, networks)


def within_limit(proposed: tuple[Mended, ...], mends: tuple[Mend, ...]) -> tuple[Mended, ...]:
    """The first of the proposed mends, as many as a notebook may still have; what costs nothing always."""
    left = MOST_MENDS - len({_slip(mend) for mend in mends if mend.costs})
    kept: list[Mended] = []
    for each in proposed:
        known = any(_slip(each.mend) == _slip(mend) for mend in mends)
        if each.mend.costs and not known:
            left -= 1
        if left >= 0 or not each.mend.costs or known:
            kept.append(each)
    return tuple(kept)


def _slip(mend: Mend) -> tuple[str, str, str, int | None]:
    """Equal for mends of the same slip, made again in a later cell."""
    return mend.kind, mend.before, mend.after, None if mend.kind == "name" else mend.cell


def _stop(evidence: Evidence, cell: int) -> tuple[str, str] | None:
    """What stopped a cell; None when nothing did."""
    error = evidence.cell(cell).error
    return None if error is None else (error.name, error.message)
