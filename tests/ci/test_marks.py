"""Scaled points add up, in binary too, and never promise what was not earned."""

from __future__ import annotations

from decimal import Decimal

from hostile_grades import check, graded, unmarked
from hypothesis import given
from hypothesis import strategies as st

from grader.ci.marks import marks, whole_marks

POINTS = st.integers(0, 40).map(lambda quarters: Decimal(quarters) / 4)
CHECKS = st.lists(st.tuples(POINTS, st.fractions(0, 1, max_denominator=8)), min_size=1, max_size=30)


def _grades(rows: list[tuple[Decimal, object]]) -> object:
    parts = [
        (points, (points * Decimal(str(float(share)))).quantize(Decimal("0.001"))) for points, share in rows
    ]
    return graded(
        *(check(f"c{index}", str(points), str(earned)) for index, (points, earned) in enumerate(parts))
    ).submissions[0]


@given(CHECKS, st.none() | st.integers(1, 500))
def test_parts_add_up_to_the_mark_as_binary_numbers_do(rows: list, points: int | None) -> None:
    grade = _grades(rows)
    scaled = marks(grade, points)
    assert sum(float(part) for part in scaled.by_check) == float(scaled.earned)
    assert 0 <= scaled.earned <= scaled.points
    assert all(part >= 0 for part in scaled.by_check)
    for part, each in zip(scaled.by_check, grade.questions[0].checks, strict=True):
        assert part == 0 or each.earned > 0
    if grade.points:
        assert (scaled.earned == scaled.points) == (grade.earned == grade.points)
        exact = grade.earned / grade.points * scaled.points
        assert abs(scaled.earned - exact) <= Decimal("0.25")


@given(CHECKS, st.none() | st.integers(1, 500))
def test_integers_keep_within_each_check(rows: list, points: int | None) -> None:
    grade = _grades(rows)
    whole = whole_marks(grade, points)
    assert whole.earned == int(whole.earned) and whole.points == int(whole.points)
    assert 0 <= whole.earned <= whole.points
    assert all(0 <= part <= most for part, most in zip(whole.by_check, whole.points_by_check, strict=True))
    if grade.points:
        assert (whole.earned == whole.points) == (grade.earned == grade.points)
        assert sum(whole.points_by_check) == whole.points


def test_quarters_and_halves_are_told_as_they_are() -> None:
    (grade,) = graded(check("a", "2.5", "1.25"), check("b", "7.5", "7.5")).submissions
    assert (marks(grade).earned, marks(grade).points) == (Decimal("8.75"), Decimal(10))
    assert marks(grade).percent == Decimal("87.5")


def test_a_small_scale_has_finer_steps() -> None:
    (grade,) = graded(check("a", "93", "93"), check("b", "7", "0")).submissions
    assert abs(marks(grade, 1).earned - Decimal("0.93")) < Decimal("0.003")


def test_what_has_no_mark_has_none() -> None:
    for status in ("not_gradable", "failed"):
        (grade,) = unmarked(status).submissions
        assert (marks(grade, 100).earned, marks(grade, 100).by_check) == (0, ())
        assert marks(grade, 100).percent == 0
