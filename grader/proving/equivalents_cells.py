"""Equivalents of the notebook's cells: split, merged, with more between them."""

from __future__ import annotations

import ast

from nbformat import NotebookNode

from grader.proving.code import called, with_cells
from grader.proving.reference import Reference
from grader.proving.variant import equivalence

_DRAWS = ("plot", "imshow", "subplots", "figure", "show", "heatmap", "barh", "bar", "ConfusionMatrixDisplay")
_QUIET = (
    "print",
    "show",
    "summary",
    "compile",
    "fit",
    "save",
    "evaluate",
    "seed",
    "set_random_seed",
    "append",
    "axis",
)


def _cells(reference: Reference) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in reference.notebook.cells]


def _draws(tree: ast.Module) -> bool:
    return any(called(node) in _DRAWS for node in ast.walk(tree))


@equivalence("cells split")
def split(reference: Reference) -> NotebookNode | None:
    """A cell for each statement; figures stay whole."""
    cells: list[tuple[str, str]] = []
    for index, (kind, source) in enumerate(_cells(reference)):
        tree = reference.code.trees.get(index)
        if tree is None or _draws(tree) or len(tree.body) < 2 or source.lstrip().startswith("%"):
            cells.append((kind, source))
        else:
            cells += [("code", part) for part in _parts(source, tree)]
    return with_cells(reference.notebook, cells) if len(cells) > len(reference.notebook.cells) else None


def _parts(source: str, tree: ast.Module) -> list[str]:
    lines, start, parts = source.splitlines(), 0, []
    for statement in tree.body:
        end = statement.end_lineno or statement.lineno
        if end > start:
            parts.append("\n".join(lines[start:end]))
            start = end
        else:
            return [source]  # two statements in one line
    if rest := "\n".join(lines[start:]).strip():
        parts[-1] += "\n" + rest
    return parts


@equivalence("cells merged")
def merged(reference: Reference) -> NotebookNode | None:
    """Neighbouring code cells in one, where the first shows nothing by its last line."""
    cells: list[tuple[str, str]] = []
    before: ast.Module | None = None
    for index, (kind, source) in enumerate(_cells(reference)):
        tree = reference.code.trees.get(index)
        if tree is not None and before is not None and _quiet(before):
            cells[-1] = ("code", f"{cells[-1][1]}\n\n{source}")
        else:
            cells.append((kind, source))
        before = tree
    return with_cells(reference.notebook, cells) if len(cells) < len(reference.notebook.cells) else None


def _quiet(tree: ast.Module) -> bool:
    last = tree.body[-1] if tree.body else None
    return not isinstance(last, ast.Expr) or called(last.value) in _QUIET


@equivalence("more prints and plots")
def more(reference: Reference) -> NotebookNode | None:
    """Things shown that nobody asked for."""
    plot = "import matplotlib.pyplot\nmatplotlib.pyplot.plot([3, 1, 2])\nmatplotlib.pyplot.show()"
    cells: list[tuple[str, str]] = []
    for index, (kind, source) in enumerate(_cells(reference)):
        tree = reference.code.trees.get(index)
        if tree is not None and _quiet(tree) and not _draws(tree):
            source = f'print("cell number", {index})\n{source}\nprint("done")'
        cells.append((kind, source))
    return with_cells(reference.notebook, [*cells[:2], ("code", plot), *cells[2:], ("code", plot)])


@equivalence("more words")
def words(reference: Reference) -> NotebookNode | None:
    """Remarks between the cells."""
    cells: list[tuple[str, str]] = []
    for index, (kind, source) in enumerate(_cells(reference)):
        cells.append((kind, source))
        if kind == "code" and index % 3 == 0:
            cells.append(("markdown", "The cell above ran without trouble."))
    return with_cells(reference.notebook, cells)


@equivalence("unused code")
def unused(reference: Reference) -> NotebookNode | None:
    """A function and imports that nothing needs."""
    extra = (
        "import math\n\n\ndef area(width, height):\n"
        '    """Not needed for the worksheet."""\n    return math.fabs(width) * height'
    )
    cells = _cells(reference)
    first = next((number for number, (kind, _) in enumerate(cells) if kind == "code"), 0)
    return with_cells(reference.notebook, [*cells[: first + 1], ("code", extra), *cells[first + 1 :]])


@equivalence("explanations left out")
def bare(reference: Reference) -> NotebookNode | None:
    """Without the words that answer nothing; headings stay."""
    needed = {cell for line in reference.grades.values() for cell in line.cells}
    asked = ("answered", "parameters_by_hand", "table_shown", "names_listed")
    words = {cell for _, cells in reference.cells_of(*asked) for cell in cells} | needed
    cells = []
    for index, (kind, source) in enumerate(_cells(reference)):
        if kind == "markdown" and index not in words:
            source = "\n".join(line for line in source.splitlines() if line.startswith("#") or "?" in line)
        cells.append((kind, source))
    return with_cells(reference.notebook, [each for each in cells if each[1].strip()])
