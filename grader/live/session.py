"""A live session as evidence: the events that were seen, in the cells as they ran last."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.evidence.events import Event, ModelSeen
from grader.evidence.evidence import Cell, CellError, CellStatus, Evidence
from grader.live.history import Execution, last_runs, printed
from grader.live.watching import Watch


@dataclass(frozen=True)
class Session:
    """What a session holds, in the form in which grading takes it."""

    evidence: Evidence
    notebook: NotebookNode
    inputs: dict[int, int]
    """The number of the input that each cell of the notebook is, ``In [number]``."""
    file: Path | None = None
    """The notebook's file as it was last saved, for what is written in it; None where nothing tells it."""
    texts: bool = True
    """Whether it is known what the cells printed."""


def session_of(watch: Watch) -> Session:
    """The evidence of the session that is watched; nothing of it is run, nothing is changed."""
    runs = last_runs(watch.executions())
    file = notebook_file(watch.shell.user_ns)
    nodes = _nodes(file, runs)
    inputs = {index: run.number for index, (_, run) in enumerate(nodes) if run is not None}
    texts = {
        number: "" if number in watch.own else printed(watch.shell, number) for number in inputs.values()
    }
    cells = tuple(
        Cell(index=index, type="markdown", source=source)
        if run is None
        else _cell(index, run, texts[run.number] or "")
        for index, (source, run) in enumerate(nodes)
    )
    return Session(
        evidence=Evidence(
            notebook=file.name if file else "",
            cells=cells,
            events=_events(watch.log.events, {number: index for index, number in inputs.items()}),
        ),
        notebook=nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_markdown_cell(source) if run is None else nbformat.v4.new_code_cell(source)
                for source, run in nodes
            ]
        ),
        inputs=inputs,
        file=file,
        texts=None not in texts.values(),
    )


def notebook_file(namespace: dict[str, Any]) -> Path | None:
    """The file of the notebook, where VS Code or Jupyter tell it and it is there."""
    for told in (namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(told, str) and told.endswith(".ipynb") and Path(told).is_file():
            return Path(told)
    return None


def _nodes(file: Path | None, runs: Sequence[Execution]) -> list[tuple[str, Execution | None]]:
    """Source of each cell and its last run, None for markdown: in the order of the file as far as it is
    known."""
    left = {run.number: run for run in runs}
    nodes: list[tuple[str, Execution | None]] = []
    for cell in _saved_cells(file):
        if cell.cell_type == "markdown":
            nodes.append((cell.source, None))
        elif run := next((run for run in left.values() if _is_run_of(run, cell)), None):
            nodes.append((run.source, left.pop(run.number)))
    return nodes + [(run.source, run) for run in left.values()]


def _saved_cells(file: Path | None) -> list[NotebookNode]:
    from grader.submissions.read import read_notebook

    notebook = read_notebook(file).notebook if file is not None else None
    return list(notebook.cells) if notebook is not None else []


def _is_run_of(run: Execution, cell: NotebookNode) -> bool:
    if run.cell_id and run.cell_id == cell.get("id"):
        return True
    return run.source.strip() == str(cell.source).strip()


def _cell(index: int, run: Execution, text: str) -> Cell:
    error = CellError(name=run.error, message=run.message) if run.error else None
    status: CellStatus = "failed" if error else "ok"
    return Cell(index=index, type="code", source=run.source, status=status, text=text, error=error)


def _events(events: Sequence[Event], cells: dict[int, int]) -> tuple[Any, ...]:
    """Those of the last runs; a model that an earlier run of a cell built is gone with all that befell it."""
    replaced = {
        first.model: first.cell not in cells
        for first in reversed([event for event in events if isinstance(event, ModelSeen)])
    }
    return tuple(
        event.model_copy(update={"cell": cells[event.cell]})
        for event in events
        if event.cell in cells and not replaced.get(getattr(event, "model", None) or 0, False)
    )
