"""Which network a name stood for where cells failed that were to build one.

A notebook calls all its networks ``model``: when the cell of the second one fails, the name still holds the
first, and what the following cells do to it they would have done to the second.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.evidence.events import (
    AnyEvent,
    Compiled,
    Evaluated,
    Fitted,
    ModelSeen,
    Predicted,
    Saved,
    Summarised,
)
from grader.evidence.evidence import Evidence
from grader.network.signatures import is_known, kind_of
from grader.submissions.source import CellSource

WRITTEN_MODEL = 1_000_000
"""Added to a cell's index: the identity of the model that only stands in its source."""
_OUTER = ("Sequential", "Model", "Input", "InputLayer")


@dataclass(frozen=True)
class Binding:
    """From the end of a cell on, a name stands for a model."""

    cell: int
    name: str
    model: int


def builds(source: CellSource) -> bool:
    """Whether a cell is written to build a network: it calls at least two layers."""
    layers = [call for call in source.calls if is_known(kind_of(call.name))]
    return len([call for call in layers if kind_of(call.name) not in _OUTER]) >= 2


def bindings(
    evidence: Evidence, sources: Sequence[CellSource], failed: frozenset[int]
) -> tuple[Binding, ...]:
    """The names of networks in the order in which they got them; one that was not built has its cell's."""
    found: list[Binding] = []
    held: dict[str, int] = {}
    for event in evidence.of(ModelSeen):
        # A model is seen again whenever it changes, which gives it no name anew.
        new = [name for name in event.variables if held.get(name) != event.model]
        held.update(dict.fromkeys(new, event.model))
        found.extend(Binding(event.cell, name, event.model) for name in new)
    built = {(each.cell, each.name) for each in found}
    called_on = _called_on(sources)
    for source in sources:
        if source.index in failed and builds(source):
            for name in sorted(called_on & source.defines):
                if (source.index, name) not in built:
                    found.append(Binding(source.index, name, WRITTEN_MODEL + source.index))
    return tuple(sorted(found, key=lambda each: each.cell))


def _called_on(sources: Sequence[CellSource]) -> set[str]:
    used = {"compile", "fit", "evaluate", "predict", "summary", "save", "add"}
    receivers = {call.receiver for each in sources for call in each.calls if call.name in used}
    return receivers | {target for each in sources for target in _sequential(each)}


def _sequential(source: CellSource) -> Iterator[str]:
    """Names that are given a ``Sequential(…)`` or ``Model(…)``."""
    for node in source.tree.body if source.tree else ():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            function = node.value.func
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if called in ("Sequential", "Model"):
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def without_mistaken(
    evidence: Evidence, sources: Sequence[CellSource], failed: frozenset[int]
) -> tuple[Evidence, frozenset[int]]:
    """Evidence in which no network has what was meant for another, and the cells whose events were moved.

    The events of cells that ran on an old network, because the cell failed that was to give its name to a new
    one, are about the network that is only written.
    """
    bound = bindings(evidence, sources, failed)
    if not any(each.model >= WRITTEN_MODEL for each in bound):
        return evidence, frozenset()
    calls = {source.index: {call.receiver for call in source.calls} for source in sources}
    moved: set[int] = set()
    events: list[AnyEvent] = []
    for event in evidence.events:
        meant = None
        if isinstance(event, Compiled | Fitted | Evaluated | Predicted | Saved | Summarised):
            meant = _meant(event.model, event.cell, calls.get(event.cell, set()), bound)
        if meant is None:
            events.append(event)
        else:
            moved.add(event.cell)
            events.append(event.model_copy(update={"model": meant}))
    return evidence.model_copy(update={"events": tuple(events)}), frozenset(moved)


def _meant(model: int, cell: int, receivers: set[str], bound: Sequence[Binding]) -> int | None:
    """The written network that a call on ``model`` was meant for; None when it was meant for that model."""
    names = {each.name for each in bound if each.model == model and each.cell <= cell} & receivers
    last = {each.name: each for each in bound if each.name in names and each.cell < cell}
    held = {each.model for each in last.values()} or {model}
    written = held.pop() if len(held) == 1 else model
    return written if written >= WRITTEN_MODEL else None
