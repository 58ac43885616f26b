"""Global alignment of two sequences with affine gaps.

Source: O. Gotoh, "An improved algorithm for matching biological sequences", J. Mol. Biol. 162 (1982) 705-708.
Here the cost of an insertion may depend on where it happens, and what costs nothing neither opens nor ends a
gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Pair = tuple[int | None, int | None]
"""Indices of two elements that stand for each other, or of one and None."""

_PAIRED, _DELETING, _INSERTING = range(3)


@dataclass(frozen=True)
class Costs:
    """What aligning ``rows`` elements with ``columns`` others costs."""

    deletion: Sequence[float]
    """Of leaving out each element of the first sequence; length ``rows``."""
    insertion: Sequence[Sequence[float]]
    """``[i][j]``: of adding element ``j`` of the second when ``i`` of the first are used up."""
    substitution: Sequence[Sequence[float]]
    """``[i][j]``: of pairing two elements; ``math.inf`` where that makes no sense."""
    dependent: Sequence[bool]
    """Elements of the first sequence that are not paired when the one before them was left out."""
    opening: float
    """Of each run of deletions or of insertions, on top of its elements."""


def align(costs: Costs) -> tuple[float, list[Pair]]:
    """The lowest cost and its alignment; of equally cheap ones, the one that pairs elements early."""
    rows, columns = len(costs.deletion), len(costs.insertion[0])
    # best[last][i][j]: cost of aligning what is left from i and j on, after a step of kind `last`.
    best = [[[0.0] * (columns + 1) for _ in range(rows + 1)] for _ in range(3)]

    def steps(i: int, j: int, last: int) -> Iterator[tuple[float, int, int, int]]:
        if i < rows and j < columns and not (costs.dependent[i] and last == _DELETING):
            yield costs.substitution[i][j] + best[_PAIRED][i + 1][j + 1], i + 1, j + 1, _PAIRED
        if i < rows:
            price = costs.deletion[i]
            state = _DELETING if price else last
            yield price + (state != last) * costs.opening + best[state][i + 1][j], i + 1, j, state
        if j < columns:
            price = costs.insertion[i][j]
            state = _INSERTING if price else last
            yield price + (state != last) * costs.opening + best[state][i][j + 1], i, j + 1, state

    for i in range(rows, -1, -1):
        for j in range(columns, -1, -1):
            for last in range(3):
                best[last][i][j] = min((step[0] for step in steps(i, j, last)), default=0.0)
    pairs: list[Pair] = []
    i, j, last = 0, 0, _PAIRED
    while i < rows or j < columns:
        _, down, right, last = min(steps(i, j, last), key=lambda step: step[0])
        pairs.append((i if down > i else None, j if right > j else None))
        i, j = down, right
    return best[_PAIRED][0][0], pairs
