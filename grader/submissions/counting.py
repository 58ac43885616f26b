"""Does code count samples? ``x_train[40000:]`` means nothing on a smaller copy of the data."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from grader.submissions.source import CellSource, Expression, value_of

_COUNTING = ("range", "take", "skip", "choice", "randint", "randrange", "sample", "permutation", "integers")
"""Functions whose whole-number arguments are rows or numbers of rows."""
_SIZES = ("test_size", "train_size", "validation_size", "val_size", "n_samples", "num_samples")
"""Keyword arguments that are numbers of rows where they are whole."""


def counts_samples(sources: Sequence[CellSource], most: int) -> bool:
    """Whether the code takes rows by a whole number beyond ``most``.

    Looked at are indices and slices of the first axis, ``test_size``, the arguments of ``take``, ``skip``,
    ``range`` and of random choices, the first side given to ``reshape``: numbers, and names that hold one.
    """
    names: dict[str, object] = {}
    for cell in sources:
        names |= cell.constants
    trees = [cell.tree for cell in sources if cell.tree is not None]
    nodes = (node for tree in trees for part in ast.walk(tree) for node in _row_numbers(part))
    return any(most < abs(number) for node in nodes if (number := _whole(node, names)) is not None)


def _row_numbers(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions in a node that stand for a row or for a number of rows."""
    if isinstance(node, ast.Subscript):
        axis = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        yield from filter(None, (axis.lower, axis.upper)) if isinstance(axis, ast.Slice) else (axis,)
    elif isinstance(node, ast.Call):
        yield from (keyword.value for keyword in node.keywords if keyword.arg in _SIZES)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _COUNTING:
            yield from node.args
        elif name == "reshape":
            yield from _first_side(node)


def _first_side(call: ast.Call) -> Iterator[ast.expr]:
    sides = call.args
    if sides and not isinstance(call.func, ast.Attribute):
        sides = sides[1:]
    if len(sides) == 2 and isinstance(sides[1], ast.Tuple):  # np.reshape(x, (n, ...))
        sides = sides[1:]
    if len(sides) == 1 and isinstance(sides[0], ast.Tuple | ast.List):
        sides = sides[0].elts
    if len(sides) > 1:
        yield sides[0]


def _whole(node: ast.expr, names: Mapping[str, object]) -> int | None:
    value = value_of(node)
    if isinstance(value, Expression):
        value = names.get(str(value).removeprefix("-"))
    return value if isinstance(value, int) and not isinstance(value, bool) else None
