"""Points as platforms take them: scaled to what an assignment is worth there, in numbers that add up.

Platforms add binary floating-point numbers, and some take integers only. Halves, quarters, … add up exactly
in binary; the largest-remainder method makes the parts add up to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from grader.grading.grade import SubmissionGrade
from grader.reports.text import checks

QUARTER = Decimal("0.25")
FINEST = Decimal(1) / 2**10


@dataclass(frozen=True)
class Marks:
    """What a submission earned, on a platform's scale."""

    earned: Decimal
    points: Decimal
    by_check: tuple[Decimal, ...]
    """What each check earned, in the rubric's order; they add up to ``earned``."""
    points_by_check: tuple[Decimal, ...]

    @property
    def percent(self) -> Decimal:
        """Never 100 but for full marks."""
        return (
            rounded(100 * self.earned / self.points, Decimal(100), Decimal("0.1")) if self.points else _NONE
        )


_NONE = Decimal(0)


def marks(grade: SubmissionGrade, points: int | None = None) -> Marks:
    """A submission's marks where the whole is worth ``points``; the rubric's own points if None.

    Steps are a quarter of a point, finer where that is more than a four-hundredth of the whole. What has no
    mark has none here.
    """
    worth = grade.points
    if points is None:
        whole = worth if worth % QUARTER == 0 else worth.to_integral_value(ROUND_CEILING)
    else:
        whole = Decimal(points)
    unit = QUARTER
    while unit > whole / 400 and unit > FINEST:
        unit /= 2
    scale = whole / worth if worth else _NONE
    each = checks(grade) if grade.has_mark else []
    earned = [check.earned * scale for check in each]
    total = rounded(sum(earned, _NONE), whole, unit)
    return Marks(
        earned=total,
        points=whole,
        by_check=tuple(part * unit for part in apportioned([part / unit for part in earned], total / unit)),
        points_by_check=tuple((check.points * scale).quantize(Decimal("0.001")) for check in each),
    )


def whole_marks(grade: SubmissionGrade, points: int | None = None) -> Marks:
    """The same in integers, for platforms that take no others.

    The total is rounded, half up. A check that earned part of its points has its integer part, so that the
    checks may add up to less than the total, never a failed one to more than nothing.
    """
    whole = Decimal(points if points is not None else int(grade.points.to_integral_value(ROUND_CEILING)))
    scale = whole / grade.points if grade.points else _NONE
    each = checks(grade) if grade.has_mark else []
    worth = (
        apportioned([check.points * scale for check in each], whole) if each and scale else [0] * len(each)
    )
    by_check = tuple(
        Decimal(most)
        if check.earned >= check.points
        else min(Decimal(most), (check.earned * scale).to_integral_value(ROUND_FLOOR))
        for check, most in zip(each, worth, strict=True)
    )
    earned = rounded(sum((check.earned * scale for check in each), _NONE), whole, Decimal(1))
    return Marks(earned, whole, by_check, tuple(Decimal(most) for most in worth))


def rounded(value: Decimal, whole: Decimal, unit: Decimal) -> Decimal:
    """``value`` to the nearest ``unit``, half up; less than the ``whole`` unless it is the whole."""
    # Scaling leaves thirds a hair off: what is the whole to twelve digits is the whole.
    if value >= whole - Decimal("1e-12") * max(whole, Decimal(1)):
        return whole
    nearest = (value / unit).to_integral_value(ROUND_HALF_UP) * unit
    return nearest if nearest < whole else (value / unit).to_integral_value(ROUND_FLOOR) * unit


def apportioned(parts: Sequence[Decimal], total: Decimal) -> list[int]:
    """An integer for each part that adds up to ``total``, by largest remainders; ties go to the first."""
    steady = [part.quantize(Decimal("1e-9")) for part in parts]
    floors = [int(part.to_integral_value(ROUND_FLOOR)) for part in steady]
    missing = int(total) - sum(floors)
    by_remainder = sorted(range(len(steady)), key=lambda index: steady[index] - floors[index], reverse=True)
    for index in by_remainder[: max(0, missing)]:
        floors[index] += 1
    return floors
