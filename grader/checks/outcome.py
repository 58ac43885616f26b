"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from grader.evidence.evidence import Cause

Status = Literal["passed", "partial", "failed", "needs_review", "not_attempted", "error"]

PARTLY = Fraction(1, 2)
"""Worth of a requirement that is partly met, by the marking conventions."""


@dataclass(frozen=True)
class Outcome:
    """The verdict of one check, with everything a student needs to understand it.

    ``score`` is the share of the points, 0 to 1. ``review`` asks a human to confirm the proposed score.
    """

    score: Fraction
    expected: str
    found: str
    hint: str = ""
    cells: tuple[int, ...] = ()
    cause: Cause | None = None
    attempted: bool = True
    review: bool = False
    remarks: tuple[str, ...] = field(default=())

    @property
    def status(self) -> Status:
        """The word that reports use."""
        if self.review:
            return "needs_review"
        if self.score >= 1:
            return "passed"
        if self.score > 0:
            return "partial"
        return "failed" if self.attempted else "not_attempted"


def counted(number: int, noun: str) -> str:
    """``1 epoch``, ``250 epochs``."""
    return f"{number} {noun if number == 1 else noun + 's'}"


def met(expected: str, found: str, *, cells: tuple[int, ...] = (), remarks: tuple[str, ...] = ()) -> Outcome:
    """The requirement is met."""
    return Outcome(Fraction(1), expected, found, cells=cells, remarks=remarks)


def partly(expected: str, found: str, hint: str, *, cells: tuple[int, ...] = ()) -> Outcome:
    """The requirement is half met."""
    return Outcome(PARTLY, expected, found, hint, cells)


def unmet(expected: str, found: str, hint: str, *, cells: tuple[int, ...] = ()) -> Outcome:
    """The requirement was tried and is not met."""
    return Outcome(Fraction(0), expected, found, hint, cells)


def absent(expected: str, hint: str, *, found: str = "nothing of the kind in the notebook") -> Outcome:
    """Nothing in the notebook tries to meet the requirement."""
    return Outcome(Fraction(0), expected, found, hint, attempted=False)
