"""Difficulty and discrimination of checks, against figures worked out otherwise."""

from decimal import Decimal

import numpy as np
import pytest
from scipy.stats import pointbiserialr

from grader.grading.grade import CheckGrade, QuestionGrade, SubmissionGrade
from grader.grading.statistics import FEWEST, check_statistics


def check(name, earned, points):
    return CheckGrade(
        id=name,
        check="layer",
        title=name.upper(),
        status="passed" if earned == points else "partial",
        points=Decimal(points),
        earned=Decimal(earned),
        expected="",
        found="",
    )


def submission(number, *earned, points=(4, 4, 10), status="graded"):
    checks = tuple(check(name, got, most) for name, got, most in zip("abc", earned, points, strict=False))
    total = sum((each.earned for each in checks), Decimal())
    question = QuestionGrade(id="q", title="Q", points=sum(points), earned=total, checks=checks)
    return SubmissionGrade(
        submission=f"s{number}", status=status, points=sum(points), earned=total, questions=(question,)
    )


def class_of(rows):
    return check_statistics([submission(number, *row) for number, row in enumerate(rows)])


ROWS = [
    (0, 0, 1),
    (4, 0, 3),
    (0, 4, 2),
    (4, 4, 8),
    (4, 0, 9),
    (0, 4, 4),
    (4, 0, 7),
    (4, 4, 9),
    (0, 4, 3),
    (4, 4, 10),
]


def test_difficulty_is_the_mean_share_of_the_points():
    assert [each.difficulty for each in class_of(ROWS)] == [0.6, 0.6, 0.56]


def test_discrimination_of_a_check_met_or_not_is_the_point_biserial_with_the_rest():
    first = class_of(ROWS)[0]
    rest = [b + c for _, b, c in ROWS]
    assert first.discrimination == pytest.approx(
        pointbiserialr([a > 0 for a, _, _ in ROWS], rest)[0], abs=5e-4
    )


def test_partial_points_count_and_the_check_itself_does_not():
    third = class_of(ROWS)[2]
    expected = np.corrcoef([c for _, _, c in ROWS], [a + b for a, b, _ in ROWS])[0, 1]
    assert third.discrimination == pytest.approx(expected, abs=5e-4)
    assert third.undefined == ""


def test_a_check_that_the_stronger_students_lose_is_negative():
    rows = [(4 if number < 5 else 0, 0, number) for number in range(10)]
    assert class_of(rows)[0].discrimination < -0.8


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (ROWS[: FEWEST - 1], "fewer than 10 marks"),
        ([(4, b, c) for _, b, c in ROWS], "all earned the same here"),
        ([(a, 4, 5) for a, _, _ in ROWS], "all earned the same elsewhere"),
    ],
)
def test_where_it_is_undefined_it_says_why(rows, why):
    first = class_of(rows)[0]
    assert (first.discrimination, first.undefined) == (None, why)
    assert first.difficulty is not None


def test_only_submissions_with_a_mark_count():
    failed = submission(99, 0, 0, 0, status="failed")
    with_failed = check_statistics([*(submission(n, *row) for n, row in enumerate(ROWS)), failed])
    assert with_failed == class_of(ROWS)
    assert with_failed[0].marks == 10


def test_a_check_without_points_has_no_difficulty():
    (only,) = check_statistics([submission(n, 0, points=(0,)) for n in range(12)])
    assert only.difficulty is None and only.discrimination is None


def test_nobody_no_figures():
    assert check_statistics([]) == ()
