"""Names that still hold an older object, because the cell that was to make the new one stopped before it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from grader.submissions.source import CellSource

OF_THE_OBJECT = frozenset({"ValueError", "InvalidArgumentError", "RuntimeError", "IndexError", "KeyError"})
"""Errors that tell of the objects at hand; a misspelt method would be one of the new object too."""

_LINE = re.compile(r"Cell(?:\x1b\[[\d;]*m|\s)*In\[\d+\](?:\x1b\[[\d;]*m)*, line (\d+)")


def stale(
    cell: CellSource, traceback: str, before: Sequence[CellSource], failed: Mapping[int, str]
) -> tuple[int, str] | None:
    """A name that the failing statement of ``cell`` uses, and the failed cell that never came to make it.

    ``before`` are the cells above it, ``failed`` the tracebacks of those that failed.
    """
    for name in _used(cell, traceback):
        maker = next((each for each in reversed(before) if name in each.defines), None)
        if maker is not None and maker.index in failed and not _made(maker, name, failed[maker.index]):
            return maker.index, name
    return None


def _failing_line(traceback: str) -> int | None:
    """The line of the cell, counted from 1, that an error left; None where the traceback does not say."""
    found = _LINE.search(traceback)
    return int(found[1]) if found else None


def _used(cell: CellSource, traceback: str) -> Iterator[str]:
    line = _failing_line(traceback)
    if cell.tree is None or line is None:
        return
    for statement in cell.tree.body:
        if statement.lineno <= line <= (statement.end_lineno or statement.lineno):
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in cell.uses:
                    yield node.id


def _made(maker: CellSource, name: str, traceback: str) -> bool:
    """Whether a failed cell had made the name before it stopped; where that cannot be seen, it had."""
    if maker.tree is None:
        return False
    line = _failing_line(traceback)
    if line is None:
        return True
    return any(
        (statement.end_lineno or statement.lineno) < line and name in _bound(statement)
        for statement in maker.tree.body
    )


def _bound(statement: ast.stmt) -> set[str]:
    nodes = list(ast.walk(statement))
    named = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return named | made | imported
