"""Mending: the least change with which a cell runs that failed by a slip, so that one slip costs once.

A marker reads past a missing import or a misspelt name, and so does the grader. Nothing that is judged is
ever touched: no layer and no hyper-parameter is changed or added.
"""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from grader.evidence.evidence import Mend
from grader.submissions.causes import Failure, Verdict, missing_name
from grader.submissions.nearest import nearest_name
from grader.submissions.packages import OLD_NAMES, is_old
from grader.submissions.roles import role_used, roles_made
from grader.submissions.source import CellSource, Import
from grader.submissions.unparsable import with_brackets_closed, without_prose
from grader.submissions.well_known import forgotten_import

_SHOWN = 90
"""Characters of a line that is told."""
_NOT_PYTHON = ("SyntaxError", "IndentationError", "TabError")


MOST_FAILURES = 100
"""Failed cells that are looked at: far more than anybody would mend."""


@dataclass(frozen=True)
class Mended:
    """A mend, and the sources of the cells that it changes."""

    mend: Mend
    sources: Mapping[int, str]


def mends_for(
    cells: Sequence[CellSource],
    failures: Sequence[Failure],
    verdicts: Mapping[int, Verdict],
    networks: Mapping[str, int],
) -> tuple[Mended, ...]:
    """A mend for each slip that stopped a cell, in document order; no two of them change the same cell.

    Of more than :data:`MOST_FAILURES` failed cells the first are looked at.

    Args:
        cells: The notebook's code.
        failures: Its failed cells.
        verdicts: Whose fault each of them was; only slips of the student's own are mended, and imports that
            fail and are needed nowhere.
        networks: Names under which the run held a network, with the first cell in which it did.
    """
    mended: list[Mended] = []
    changed: set[int] = set()
    brought: set[str] = set()
    for failure in sorted(failures, key=lambda failure: failure.cell)[:MOST_FAILURES]:
        cell = next((each for each in cells if each.index == failure.cell), None)
        verdict = verdicts.get(failure.cell)
        name = missing_name(failure)
        if cell is None or verdict is None or cell.index in changed or name in brought:
            continue
        if verdict.cause not in ("own", "environment"):
            continue
        found = _unused_import(cell, failure, cells)
        if found is None and verdict.cause == "own":
            if name is not None:
                found = _import(cell, name, cells) or _name(cell, name, cells, failures, networks)
                brought.add(name)
            elif failure.name in _NOT_PYTHON:
                found = _prose(cell) or _bracket(cell)
        if found is not None and not changed & found.sources.keys():
            changed.update(found.sources)
            mended.append(found)
    return tuple(mended)


def mend_notebook(notebook: NotebookNode, mended: Sequence[Mended]) -> NotebookNode:
    """A copy of the notebook with the mends in it."""
    copied = copy.deepcopy(notebook)
    for each in mended:
        for index, source in each.sources.items():
            copied.cells[index].source = source
    return copied


def _where(index: int) -> str:
    return f"cell {index + 1}"


def _code(text: str) -> str:
    """Code in backticks, on one line."""
    line = " ".join(text.replace("`", "'").split())
    return f"`{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}`"


def _import(cell: CellSource, name: str, cells: Sequence[CellSource]) -> Mended | None:
    forgotten = forgotten_import(name, cell.index, cells)
    if forgotten is None or cell.tree is None:
        return None
    lines = cell.source.splitlines()
    # A magic of the whole cell has to stay its first line.
    top = next((at for at, line in enumerate(lines) if line.strip()), 0)
    at = top + 1 if lines and lines[top].lstrip().startswith("%%") else 0
    words = f"{_code(forgotten.statement)} added in {_where(cell.index)}"
    mend = Mend(cell=cell.index, kind="import", after=forgotten.statement, words=words)
    return Mended(mend, {cell.index: "\n".join([*lines[:at], forgotten.statement, *lines[at:]])})


def _name(
    cell: CellSource,
    name: str,
    cells: Sequence[CellSource],
    failures: Sequence[Failure],
    networks: Mapping[str, int],
) -> Mended | None:
    # A name that is made further down is out of order, not misspelt.
    if cell.tree is None or any(name in each.defines for each in cells):
        return None
    failed = {failure.cell for failure in failures}
    before = [each for each in cells if each.index < cell.index and each.index not in failed]
    there = roles_made(before, [held for held, first in networks.items() if first < cell.index])
    if not any(True for _ in _global_loads(name, cell.tree)):
        return None
    made_here = roles_made([cell], networks)
    there |= {made: role for made, role in made_here.items() if made in _made_before(name, cell.tree)}
    meant = nearest_name(name, role_used(name, cell.tree), there, _beside(name, cell.tree))
    if meant is None:
        return None
    # The same slip in other cells is mended with it.
    also = [
        each
        for each in cells
        if each.index in failed and any(f.cell == each.index and missing_name(f) == name for f in failures)
    ]
    sources = {each.index: text for each in also if (text := renamed(each, name, meant)) is not None}
    if cell.index not in sources:
        return None
    words = f"{_code(meant)} for {_code(name)} in {_where(cell.index)}"
    mend = Mend(cell=cell.index, kind="name", before=name, after=meant, words=words)
    return Mended(mend, sources)


def _loads(tree: ast.AST) -> Iterator[ast.Name]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node


def _global_loads(name: str, tree: ast.AST) -> Iterator[ast.Name]:
    """Where code reads the notebook's ``name``, and not a parameter or a local variable of a function."""
    if isinstance(tree, ast.FunctionDef | ast.Lambda) and _is_local(name, tree):
        return
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield node
        yield from _global_loads(name, node)


def _is_local(name: str, function: ast.FunctionDef | ast.Lambda) -> bool:
    inside = list(ast.walk(function))
    return any(isinstance(node, ast.arg) and node.arg == name for node in inside) or any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store) for node in inside
    )


def _made_before(name: str, tree: ast.Module) -> set[str]:
    """What a cell has made when it comes to the first statement that uses ``name``."""
    before = itertools.takewhile(lambda each: all(node.id != name for node in _loads(each)), tree.body)
    nodes = (node for statement in before for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, ast.Store)}


def _beside(name: str, tree: ast.Module) -> frozenset[str]:
    """Other names of the statements that use ``name``; of the whole cell when those tell no number."""
    statements = [each for each in tree.body if any(node.id == name for node in _loads(each))]
    close = {node.id for each in statements for node in ast.walk(each) if isinstance(node, ast.Name)} - {name}
    if any(re.search(r"\d", each) for each in close):
        return frozenset(close)
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) - {name}


def renamed(cell: CellSource, name: str, meant: str) -> str | None:
    """The cell's source with ``meant`` wherever it reads ``name``; None where the places cannot be told."""
    if cell.tree is None:
        return None
    source, python = cell.source.splitlines(), cell.python.splitlines()
    word = re.compile(rf"(?<![\w.])({re.escape(name)})(?!\w)(?!\s*=[^=])")
    for line in {node.lineno - 1 for node in _global_loads(name, cell.tree)}:
        if line >= min(len(source), len(python)) or source[line] != python[line]:
            return None
        source[line] = _outside_strings(source[line], word, meant)
    return "\n".join(source)


def _outside_strings(line: str, word: re.Pattern[str], meant: str) -> str:
    """Replace a word in code and in the braces of f-strings; ``"model"`` in quotes stays."""
    pieces = re.split(r"""((?<![fF])"(?:[^"\\]|\\.)*"|(?<![fF])'(?:[^'\\]|\\.)*'|\#.*$)""", line)
    return "".join(piece if number % 2 else word.sub(meant, piece) for number, piece in enumerate(pieces))


def _prose(cell: CellSource) -> Mended | None:
    readable = without_prose(cell.source)
    if readable is None:
        return None
    first, *others = readable.changed
    more = f" and {len(others)} more such lines" if others else ""
    words = f"{_code(first)}{more} in {_where(cell.index)} left out"
    mend = Mend(cell=cell.index, kind="prose", before="\n".join(readable.changed), words=words)
    return Mended(mend, {cell.index: readable.source})


def _bracket(cell: CellSource) -> Mended | None:
    readable = with_brackets_closed(cell.source)
    if readable is None:
        return None
    words = f"{_code(readable.changed[0])} added in {_where(cell.index)}"
    mend = Mend(cell=cell.index, kind="bracket", after=readable.changed[0], words=words)
    return Mended(mend, {cell.index: readable.source})


_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_NO_NAME = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")


def _unused_import(cell: CellSource, failure: Failure, cells: Sequence[CellSource]) -> Mended | None:
    """Leave out what a failing import brings if nothing needs it, and old ones of the same kind with it."""
    if failure.name not in ("ModuleNotFoundError", "ImportError") or cell.tree is None:
        return None
    statements = [node for node in cell.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    loaded = frozenset(node.id for each in cells if each.tree for node in _loads(each.tree))
    unread = "\n".join(each.source for each in cells if each.tree is None)
    lines, python = cell.source.splitlines(), cell.python.splitlines()
    left_out: list[str] = []
    failing_gone = False
    for node in statements:
        failing = {each for each in _names(node) if _fails(each, failure)}
        gone = failing | {each for each in _names(node) if is_old(each.module) or each.name in OLD_NAMES}
        needed = any(_is_needed(each, loaded, unread, cells) for each in gone)
        span = range(node.lineno - 1, node.end_lineno or node.lineno)
        if not gone or needed or not _alone(node, span, cell.tree, lines, python):
            if failing:
                return None
            continue
        failing_gone |= bool(failing)
        left_out.append(_written(node, gone))
        _rewrite(lines, span, node, gone)
    if not failing_gone:
        return None
    what = ", ".join(_code(each) for each in left_out)
    words = f"{what} in {_where(cell.index)} left out"
    mend = Mend(cell=cell.index, kind="unused_import", before="\n".join(left_out), words=words)
    return Mended(mend, {cell.index: "\n".join(lines)})


def _names(node: ast.Import | ast.ImportFrom) -> list[Import]:
    if isinstance(node, ast.Import):
        return [
            Import(each.name, None, each.asname or each.name.partition(".")[0], node.lineno)
            for each in node.names
        ]
    module = "." * node.level + (node.module or "")
    return [Import(module, each.name, each.asname or each.name, node.lineno) for each in node.names]


def _fails(imported: Import, failure: Failure) -> bool:
    if found := _NO_MODULE.search(failure.message):
        return imported.module == found[1] or imported.module.startswith(f"{found[1]}.")
    if found := _NO_NAME.search(failure.message):
        return imported.name == found[1]
    return False


def _is_needed(imported: Import, loaded: Collection[str], unread: str, cells: Sequence[CellSource]) -> bool:
    if imported.name == "*":
        return True  # nobody can tell what it brings
    if imported.name is None and "." in imported.module and imported.alias == imported.module.split(".")[0]:
        # ``import keras.layers.attention`` binds keras, which a notebook uses for other things too.
        lines = [line.lstrip() for cell in cells for line in cell.source.splitlines()]
        code = [line for line in lines if not line.startswith(("import", "from", "#"))]
        return any(imported.module in line for line in code)
    return imported.alias in loaded or re.search(rf"\b{re.escape(imported.alias)}\b", unread) is not None


def _alone(
    node: ast.stmt, span: range, tree: ast.Module, lines: Sequence[str], python: Sequence[str]
) -> bool:
    """Whether the statement has its lines to itself, and they stand in the source as they were parsed."""
    others = [each for each in tree.body if each is not node]
    shared = any(
        each.lineno - 1 <= line < (each.end_lineno or each.lineno) for each in others for line in span
    )
    return not shared and all(
        line < len(lines) and line < len(python) and lines[line] == python[line] for line in span
    )


def _written(node: ast.Import | ast.ImportFrom, gone: Collection[Import]) -> str:
    """The statement with just the names in ``gone``."""
    aliases = [each for each, imported in zip(node.names, _names(node), strict=True) if imported in gone]
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import(aliases))
    return ast.unparse(ast.ImportFrom(node.module, aliases, node.level))


def _rewrite(
    lines: list[str], span: range, node: ast.Import | ast.ImportFrom, gone: Collection[Import]
) -> None:
    """Turn the statement into a comment, or keep what else it imports; the number of lines stays."""
    kept = [imported for imported in _names(node) if imported not in gone]
    for line in span:
        lines[line] = f"# {lines[line]}" if not kept else ""
    if kept:
        lines[span.start] = _written(node, kept)
