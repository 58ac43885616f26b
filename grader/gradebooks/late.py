"""What handing in late costs: exact arithmetic, shown beside the mark and never within it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from grader.rubric.late import Late

DAY = timedelta(days=1)

FINEST = Decimal("0.00001")
"""The decimals that Moodle keeps of a grade (``numeric(10,5)``)."""


@dataclass(frozen=True)
class Mark:
    """What a submission is worth before and after lateness."""

    points: Decimal
    """What can be reached."""
    before: Decimal
    days: int = 0
    """Days begun behind the due date and its grace."""
    penalty: Decimal = Decimal(0)

    @property
    def after(self) -> Decimal:
        """The mark that counts."""
        return self.before - self.penalty


def marked(points: Decimal, earned: Decimal, submitted: datetime | None, policy: Late | None) -> Mark:
    """The mark with its late penalty; none where there is no policy or no time is known.

    Each day begun behind the end of grace costs ``per_day`` percent of ``points``, together ``cap`` at most,
    and never more than was earned.
    """
    days = 0 if policy is None or submitted is None else days_late(submitted, policy)
    if policy is None or days == 0:
        return Mark(points, earned)
    percent = min(days * policy.per_day, policy.cap)
    return Mark(points, earned, days, min(points * percent / 100, earned))


def days_late(submitted: datetime, policy: Late) -> int:
    """Days begun between the end of grace and the moment of submission; 0 when in time."""
    behind = submitted - policy.due - timedelta(seconds=policy.grace)
    return max(0, -(-behind // DAY))


def scaled(mark: Decimal, points: Decimal, maximum: Decimal) -> Decimal:
    """A mark out of ``points`` as one out of ``maximum``, with at most five decimals."""
    if points in (0, maximum):
        return mark
    return (mark * maximum / points).quantize(FINEST, ROUND_HALF_UP)
