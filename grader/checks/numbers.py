"""Numbers that students work out by hand: the parameters of a network, layer by layer and in all."""

from __future__ import annotations

import ast
import bisect
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.network.align import orders
from grader.network.expected import expected_layers
from grader.network.spec import ExpectedNetwork
from grader.submissions.numbers import Number, numbers_in, value_of
from grader.submissions.source import CellSource

_ENOUGH_DIGITS = 3
"""Digits from which a rounded number is a result: 9.05 million is one, "about 9 million" an estimate."""
_NEAR = 0.01
"""Relative distance within which a wrong total is a slip in one place, such as forgotten biases."""
_HALF = 0.5
"""Share of the layers whose sums must be right for the work to be half done."""

_LONGEST = 20_000
"""Characters of one text that are looked at."""

_FROM_KERAS = re.compile(
    r"\b(?:summary|count_params|get_weights|plot_model|fit)\(|\.(?:\w*weights|\w*variables)\b"
)
"""Calls of a cell by which what it prints is not the student's own count."""
_SUMMARY_LINE = re.compile(r"\(None,|[│┃━]|^\s*(?:Total|Trainable|Non-trainable) params\b.*:", re.IGNORECASE)
_QUOTED = re.compile(
    r"summary|keras|tensorflow|count_params|(?:the )?(?:program|model) (?:says|shows|gives)", re.I
)
_COUNTED = re.compile(r"total|param|by hand|hand|count|sum|weights|altogether|in all|=", re.IGNORECASE)
_CLAUSE = re.compile(r"\n|[;!?]|\.(?!\d)|,(?!\d{2,3})|\b(?:but|while|whereas|and|however)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Stated:
    number: Number
    cell: int
    quoted: bool = False
    """Whether it is told as what Keras says."""
    called: bool = False
    """Whether the words around it call it a count."""


@check("parameters_by_hand")
def parameters_by_hand(work: Work, *, network: str) -> Outcome:
    """Look for the number of a network's parameters as the student worked it out.

    Counted are numbers in the student's words and comments, arithmetic in the code and what it prints; what
    ``summary()`` and ``count_params()`` say is no count by hand. All ways to write a number are the same:
    9050378, 9,050,378, 9 050 378, 9.05 million, 6293504+2098176+…. The total is met. The sums of at least
    half of the layers that have weights are partly, as are a rough total ("about 9 million") and one that is
    a hundredth off. The count for the network that the student built instead is as good.

    Args:
        network: Name of the expected network.
    """
    counts = _counts(work, network)
    if not counts:
        return absent(f"the parameters of {network!r} counted by hand", "Build the network, then count.")
    total = counts[0][0]
    wanted = f"{total:,} parameters, worked out by hand"
    hint = (
        "Add up each layer: a dense layer has inputs × units + units parameters, a convolution "
        "kernel height × width × channels × filters + filters."
    )
    stated = list(_stated(work))
    outcomes = [_judged(stated, *count, wanted, hint) for count in counts]
    return max(outcomes, key=lambda outcome: (outcome.score, outcome.attempted))


def _judged(stated: list[_Stated], total: int, layers: tuple[int, ...], wanted: str, hint: str) -> Outcome:
    right = [each for each in stated if each.number.states(total)]
    exact = [each for each in right if each.number.digits >= _ENOUGH_DIGITS]
    sums = {layer: _cells(stated, layer) for layer in dict.fromkeys(layers)}
    done = [layer for layer, cells in sums.items() if cells]
    others = [
        each
        for each in stated
        if each.called
        and not each.quoted
        and total / 2 <= each.number.value <= total * 2
        and each not in right
    ]
    others = [each for each in others if not any(each.number.states(layer) for layer in layers)]
    if exact and not (others and all(each.quoted for each in exact)):
        return met(wanted, f"{total:,}", cells=(exact[0].cell,))
    if others and exact:
        hint = f"Your count and summary() differ: find the layer in which they do. {hint}"
    if 2 * len(done) >= len(sums):
        found = f"the sums of {len(done)} of {counted(len(sums), 'layer')}, not the total"
        cells = tuple(dict.fromkeys(cells[0] for cells in sums.values() if cells))
        return partly(wanted, found, hint, cells=cells)
    if rough := [each for each in right if each not in exact]:
        return partly(wanted, f"about {rough[0].number.value:,.0f}", hint, cells=(rough[0].cell,))
    if near := [each for each in others if abs(each.number.value - total) <= _NEAR * total]:
        return partly(wanted, f"{near[0].number.value:,.0f}", hint, cells=(near[0].cell,))
    if others:
        return unmet(wanted, f"{others[0].number.value:,.0f}", hint, cells=(others[0].cell,))
    if done:
        found = f"the sums of {len(done)} of {counted(len(sums), 'layer')}"
        return unmet(wanted, found, hint, cells=tuple(dict.fromkeys(sums[done[0]][:1])))
    return absent(wanted, hint, found="no count by hand")


def _cells(stated: list[_Stated], value: int) -> list[int]:
    return [
        each.cell
        for each in stated
        if each.number.states(value) and each.number.digits >= min(_ENOUGH_DIGITS, len(str(value)))
    ]


def _counts(work: Work, network: str) -> list[tuple[int, tuple[int, ...]]]:
    """Total and layers' parameters that are right: the worksheet's, and those of what was built."""
    counts: dict[tuple[int, tuple[int, ...]], None] = {}
    expected, answer = work.expected.get(network), work.answer(network)
    if isinstance(expected, ExpectedNetwork):
        for order in orders(expected):
            layers = [layer.parameters for layer in expected_layers(expected, order)]
            if None not in layers and any(layers):
                counts.setdefault(_sums([layer or 0 for layer in layers]))
    if answer is not None and all(layer.parameters is not None for layer in answer.network.layers):
        own = [layer.parameters or 0 for layer in answer.network.layers]
        if any(own):
            counts.setdefault(_sums(own))
    return list(counts)


def _sums(layers: list[int]) -> tuple[int, tuple[int, ...]]:
    return sum(layers), tuple(layer for layer in layers if layer)


def _stated(work: Work) -> Iterator[_Stated]:
    sources = {source.index: source for source in work.sources}
    known: dict[str, float] = {}
    for cell in work.evidence.cells:
        if cell.type == "markdown":
            yield from _in_words(cell.index, cell.source)
        elif source := sources.get(cell.index):
            yield from _in_words(cell.index, "\n".join((*source.comments, *source.strings)))
            yield from _in_code(source, known)
            if not _FROM_KERAS.search(source.source):
                yield from _in_words(cell.index, cell.text)


def _in_words(cell: int, text: str) -> Iterator[_Stated]:
    own = "\n".join(line for line in text[:_LONGEST].splitlines() if not _SUMMARY_LINE.search(line))
    borders = [0, *(match.end() for match in _CLAUSE.finditer(own)), len(own)]
    clauses = [own[start:end] for start, end in itertools.pairwise(borders)]
    told = [(bool(_QUOTED.search(clause)), bool(_COUNTED.search(clause))) for clause in clauses]
    for number in numbers_in(own):
        at = bisect.bisect_right(borders, number.start, hi=len(borders) - 1)
        yield _Stated(number, cell, *told[at - 1])


def _in_code(source: CellSource, known: dict[str, float]) -> Iterator[_Stated]:
    """Values of the arithmetic in a cell; ``known``, names that stand for such values, is kept up to date."""
    if source.tree is None:
        return
    for statement in source.tree.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.BinOp | ast.Constant | ast.Call):
                value = value_of(node, known)
                if value is not None:
                    yield _Stated(
                        Number(value, 1, 0, 0), source.index, called=isinstance(statement, ast.Expr)
                    )
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=expression):
                value = value_of(expression, known)
                if value is None:
                    known.pop(name, None)
                else:
                    known[name] = value
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=expression) if name in known:
                value = value_of(ast.BinOp(ast.Name(name), operator, expression), known)
                if value is not None:
                    known[name] = value
                    yield _Stated(Number(value, 1, 0, 0), source.index)
