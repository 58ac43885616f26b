"""Which notebook of a submission is graded, and why one is not gradable."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from grader.rubric.schema import ImageFolder, KerasDataset, Rubric
from grader.submissions.find import Submission
from grader.submissions.framework import other_framework
from grader.submissions.read import Reading, read_notebook
from grader.submissions.source import CellSource, parse_cells
from grader.visible import storable

_TELLING = ("compile", "fit", "evaluate", "predict", "summary", "save", "load_model")


@dataclass(frozen=True)
class Chosen:
    """The notebook to grade, or why there is none."""

    notebook: NotebookNode | None
    name: str
    """Path relative to what was handed to the command."""
    raw: bytes = b""
    strings: tuple[str, ...] = ()
    sources: tuple[CellSource, ...] = ()
    """Its code cells, read."""
    problem: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Read:
    path: Path
    reading: Reading
    sources: tuple[CellSource, ...]
    problem: str
    likeness: int


def choose_notebook(submission: Submission, rubric: Rubric, base: Path) -> Chosen:
    """The submission's notebook that looks most like the worksheet; what was set aside is remarked on."""
    candidates = [_read(path, rubric) for path in submission.notebooks]
    best = max(candidates, key=lambda each: (not each.problem, each.likeness))
    name = _relative(best.path, base, submission)
    others = [_relative(each.path, base, submission) for each in candidates if each is not best]
    remarks = list(best.reading.repairs)
    if others:
        remarks.insert(
            0,
            f"{name} was graded, the notebook most like the worksheet; also handed in: {', '.join(others)}.",
        )
    if best.problem:
        return Chosen(None, name, problem=best.problem, remarks=tuple(remarks))
    strings = tuple(text for cell in best.sources for text in cell.strings)
    raw = best.path.read_bytes()
    return Chosen(best.reading.notebook, name, raw, strings, best.sources, remarks=tuple(remarks))


def _read(path: Path, rubric: Rubric) -> _Read:
    reading = read_notebook(path)
    if reading.notebook is None:
        return _Read(path, reading, (), reading.problem or "cannot be read", 0)
    sources = parse_cells(reading.notebook)
    return _Read(path, reading, sources, _problem(reading.notebook, sources), _likeness(sources, rubric))


def _problem(notebook: NotebookNode, sources: tuple[CellSource, ...]) -> str:
    if not any(_does_something(cell) for cell in sources):
        return "there is no code in it beyond imports and comments: the template, or an empty notebook"
    other = other_framework(notebook, sources)
    return f"{other}; the worksheet asks for Keras" if other else ""


def _does_something(cell: CellSource) -> bool:
    """Whether a cell holds more than imports, blank assignments and bare names; a cell with errors counts."""
    if cell.tree is None:
        return bool(cell.source.strip())
    idle = ast.Import | ast.ImportFrom | ast.Pass
    return any(
        not isinstance(node, idle)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name))
        for node in cell.tree.body
    )


def _likeness(sources: tuple[CellSource, ...], rubric: Rubric) -> int:
    """How many of the rubric's layers, data names and telling calls occur."""
    layers = {line.kind for network in rubric.networks.values() for line in network.expected().lines}
    called = {call.name for cell in sources for call in cell.calls}
    data = any(_uses(sources, name, each) for name, each in rubric.data.items())
    return len(called & layers) + len(called & set(_TELLING)) + 5 * data


def _uses(sources: tuple[CellSource, ...], name: str, data: ImageFolder | KerasDataset) -> bool:
    """Whether the code names a data set: a folder of photographs in a string, a set of Keras's by its
    module."""
    if isinstance(data, KerasDataset):
        return any(call.resolved.endswith(f"{name}.load_data") for cell in sources for call in cell.calls)
    strings = " ".join(text.lower() for cell in sources for text in cell.strings)
    return any(alias.lower() in strings for alias in data.aliases)


def _relative(path: Path, base: Path, submission: Submission) -> str:
    for root in (base, submission.folder):
        if root is not None and path.is_relative_to(root) and path != root:
            return storable(str(path.relative_to(root)))
    return storable(path.name)
