"""Numbers that a notebook works out, found in what it shows."""

from __future__ import annotations

import re

from grader.checks.work import Work

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)\s*(%)?")
_IN_PASSING = re.compile(r"accura|\bacc\b|_acc|acc_", re.IGNORECASE)


def shown(work: Work, value: float, start: int) -> int | None:
    """The first cell from ``start`` on whose text shows an accuracy, to two decimals or more."""
    if start in work.written:
        return start
    for cell in work.evidence.cells[start:]:
        if any(_is(value, digits, bool(percent)) for digits, percent in _NUMBER.findall(cell.text)) and (
            _IN_PASSING.search(cell.text) or _IN_PASSING.search(cell.source) or cell.index == start
        ):
            return cell.index
    return None


def _is(value: float, digits: str, percent: bool) -> bool:
    decimals = len(digits.partition(".")[2]) if "e" not in digits else 6
    number = float(digits)
    if decimals and number == round(value, 6):  # 0.1 is all that there is to print of one tenth
        return True
    if decimals >= 2 and abs(number - value) <= 0.51 * 10 ** -min(decimals, 6):
        return True
    in_percent = percent or decimals >= 1
    return in_percent and abs(number - 100 * value) <= 0.51 * 10 ** -min(decimals, 4)
