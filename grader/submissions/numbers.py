"""Numbers in words: 9050378 also as 9,050,378, 9 050 378, 9.05 million, 9.05e6 or 3072×2048 + 2048."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_EXPRESSION = 400
"""Characters of an expression that is worked out; longer ones are tables or noise."""

LARGEST = 10**15
"""Above it nothing is a number that somebody counted: powers of powers are not worked out."""


@dataclass(frozen=True)
class Number:
    """A number as it was written."""

    value: float
    unit: float
    """What one step in its last written digit is worth: 1 for 9050378, 10,000 for 9.05 million."""
    start: int
    """Where it stands in the text."""
    end: int

    @property
    def digits(self) -> int:
        """How many digits of it were given: 3 for 9.05 million."""
        return max(1, math.floor(math.log10(abs(self.value) / self.unit)) + 1) if self.value else 1

    def states(self, whole: int) -> bool:
        """Whether it is ``whole``, rounded to the digits that were given or cut off after them."""
        if self.unit <= 1:
            return self.value == whole
        return abs(self.value - whole) <= self.unit / 2 or 0 <= whole - self.value < self.unit


_SPACES = " \u00a0\u2009\u202f"
_GROUPED = re.compile(
    rf"""(?<![\w.,])(?P<whole>\d{{1,3}}(?:(?P<mark>[,.'’_{_SPACES}]|\{{,\}}|\\,)\d{{2,3}})(?:(?P=mark)\d{{2,3}})*)(?![\d])""",
)
_PLAIN = re.compile(r"(?<![\w.,])(?P<whole>\d+(?:[.,]\d+)?)(?:[eE]\+?(?P<power>\d{1,2}))?(?!\d)")
_UNITS = (
    (re.compile(r"\s*-?\s*(?:(?i:millions?|mio|mln)\b|M\b)"), 10**6),
    (re.compile(r"\s*-?\s*(?:(?i:thousands?|k)\b)"), 10**3),
    (re.compile(r"\s*(?:[x×*·]|\\times|\\cdot)\s*10\s*(?:\^|\*\*)\s*\{?(\d{1,2})\}?"), 0),
)


def numbers_in(text: str) -> tuple[Number, ...]:
    """Every number written in a text, and every value that its arithmetic gives, in order.

    Where a spelling has two meanings (``2.570`` is 2570 or 2.57) both are there.
    """
    found = {*_grouped(text), *_plain(text), *_worked_out(text)}
    return tuple(sorted(found, key=lambda number: (number.start, number.end, number.value)))


def _grouped(text: str) -> Iterator[Number]:
    for match in _GROUPED.finditer(text):
        groups = re.findall(r"\d+", match["whole"])
        # The last group has three digits; those before it may have two (90,50,378 in lakhs).
        if len(groups[-1]) == 3 and len({len(group) for group in groups[1:-1]}) <= 1:
            yield _whole(int("".join(groups)), match.start(), match.end())


def _plain(text: str) -> Iterator[Number]:
    for match in _PLAIN.finditer(text):
        mantissa = match["whole"].replace(",", ".")
        decimals = len(mantissa.partition(".")[2])
        factor, end = _factor(text, match.end())
        factor *= 10 ** int(match["power"] or 0)
        if len(mantissa) > 20 or factor > LARGEST:
            continue
        value = float(mantissa) * factor
        if factor == 1 and not decimals:
            yield _whole(int(mantissa), match.start(), end)
        elif value < LARGEST:
            yield Number(round(value, 6), factor / 10**decimals, match.start(), end)


def _factor(text: str, at: int) -> tuple[int, int]:
    for words, factor in _UNITS:
        if match := words.match(text, at):
            return factor or 10 ** int(match[1]), match.end()
    return 1, at


def _whole(value: int, start: int, end: int) -> Number:
    zeros = len(str(value)) - len(str(value).rstrip("0"))
    # 9,050,000 is a rounded number; 320 and 4,800 are none.
    return Number(value, 10**zeros if value and zeros >= 3 else 1, start, end)


_ARITHMETIC = re.compile(r"[\d\s.,+*×x·()_/⋅-]++")
_BEGINNING, _END = re.compile(r"[\d(]"), re.compile(r"[\d)][^\d)]*\Z")
_LATEX = re.compile(r"\\(?:times|cdot)\b|[×·⋅]|(?<=[\d)\s])[xX](?=[\s\d(])")


def _worked_out(text: str) -> Iterator[Number]:
    """Values of the arithmetic in a text, and of each part of it."""
    # The same length as before, so that places stay right.
    plain = _LATEX.sub(lambda match: "*".ljust(len(match[0])), text)
    for match in _ARITHMETIC.finditer(plain):
        first, last = _BEGINNING.search(match[0]), _END.search(match[0])
        if first is None or last is None:
            continue
        for line in re.finditer(r"[^\n]+", match[0][first.start() : last.start() + 1]):
            expression = re.sub(r"(?<=\d)[,_](?=\d{3}(?!\d))", "", line[0]).strip()
            if len(expression) > LONGEST_EXPRESSION or not re.search(r"[+*/-]", expression):
                continue
            start = match.start() + first.start() + line.start()
            for value in values_of(expression):
                yield Number(value, 1, start, start + len(line[0]))


def values_of(expression: str, known: dict[str, float] | None = None) -> tuple[float, ...]:
    """The values of an arithmetic expression and of all its parts that are operations; () if it is none.

    Names stand for what ``known`` gives them.
    """
    try:
        tree = ast.parse(expression, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    operations = [node for node in ast.walk(tree) if isinstance(node, ast.BinOp)]
    found = (value_of(node, known or {}) for node in operations)
    return tuple(value for value in found if value is not None)


def value_of(node: ast.expr, known: dict[str, float]) -> float | None:
    """The value of arithmetic on numbers and known names; None for anything else."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=operator, right=right):
            one, other = value_of(left, known), value_of(right, known)
            return None if one is None or other is None else _operation(operator, one, other)
        case ast.Call(func=ast.Name(id="sum"), args=[ast.List(elts=items) | ast.Tuple(elts=items)]):
            values = [value_of(item, known) for item in items]
            return None if None in values else sum(value or 0 for value in values)
    return None


def _operation(operator: ast.operator, one: float, other: float) -> float | None:
    value: float | None = None
    match operator:
        case ast.Add():
            value = one + other
        case ast.Sub():
            value = one - other
        case ast.Mult():
            value = one * other
        case ast.Div() if other:
            value = one / other
        case ast.FloorDiv() if other:
            value = one // other
        case ast.Pow() if abs(one) <= 10**4 and 0 <= other <= 12:
            value = one**other
    return value if value is not None and abs(value) <= LARGEST else None
