"""The code cells of a notebook by themselves: what is written between them changes nothing in a run."""

from __future__ import annotations

import copy
import json

from nbformat import NotebookNode

from grader.evidence.events import AnyEvent
from grader.evidence.evidence import Cell, Evidence, Probe
from grader.execution.display import output_text


def code_alone(notebook: NotebookNode) -> NotebookNode:
    """The notebook without its texts and without the outputs that were saved in it."""
    alone = copy.copy(notebook)
    alone["cells"] = [
        NotebookNode({**cell, "outputs": [], "execution_count": None})
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    return alone


def code_bytes(notebook: NotebookNode) -> bytes:
    """Equal for notebooks with the same code."""
    return json.dumps([cell.source for cell in notebook.cells if cell.cell_type == "code"]).encode()


def among_texts(evidence: Evidence, notebook: NotebookNode) -> Evidence:
    """The evidence of a notebook's code, as a run of the whole ``notebook`` would have left it behind."""
    places = _places(notebook)
    ran = {places[cell.index]: cell for cell in evidence.cells}
    return evidence.model_copy(
        update={
            "cells": tuple(_cell(index, cell, ran.get(index)) for index, cell in enumerate(notebook.cells)),
            "events": tuple(_event(event, places) for event in evidence.events),
            "probe": None if evidence.probe is None else _probe(evidence.probe, places),
        }
    )


def with_outputs(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The whole ``notebook`` with the outputs of its code's run."""
    shown = copy.deepcopy(notebook)
    for index, ran in zip(_places(notebook), executed.cells, strict=True):
        shown.cells[index].outputs = ran.outputs
        shown.cells[index].execution_count = ran.execution_count
    return shown


def _places(notebook: NotebookNode) -> list[int]:
    """The index of each code cell."""
    return [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]


def _cell(index: int, cell: NotebookNode, ran: Cell | None) -> Cell:
    claimed = output_text(cell.get("outputs", ()))
    if ran is not None:
        return ran.model_copy(update={"index": index, "claimed": claimed})
    kind = "markdown" if cell.cell_type == "markdown" else "raw"
    return Cell(index=index, type=kind, source=cell.source, status="ok", claimed=claimed)


def _event(event: AnyEvent, places: list[int]) -> AnyEvent:
    known = 0 <= event.cell < len(places)
    return event.model_copy(update={"cell": places[event.cell]}) if known else event


def _probe(probe: Probe, places: list[int]) -> Probe:
    return probe.model_copy(
        update={
            "opened": None if probe.opened is None else places[probe.opened],
            "text": {places[cell]: text for cell, text in probe.text.items()},
            "failed": {places[cell]: name for cell, name in probe.failed.items()},
        }
    )
