"""Specification of what a new grading changes: whose marks move, by which checks, and what needs consent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.grading.changes import Changes, changes
from grader.grading.grade import CheckGrade, ClassGrades, QuestionGrade, SubmissionGrade


def check(name: str, earned: object, points: object = 4) -> CheckGrade:
    return CheckGrade(
        id=name,
        check="printed",
        title=f"Requirement {name}",
        status="passed",
        points=Decimal(str(points)),
        earned=Decimal(str(earned)),
        expected="",
        found="",
    )


def graded(name: str, digest: str = "d", status: str = "graded", **earned: object) -> SubmissionGrade:
    checks = tuple(check(each, points) for each, points in earned.items())
    total = sum((each.earned for each in checks), Decimal(0))
    question = QuestionGrade(id="q", title="Q", points=Decimal(8), earned=total, checks=checks)
    return SubmissionGrade.model_validate(
        {
            "submission": name,
            "digest": digest,
            "status": status,
            "points": 8,
            "earned": total,
            "questions": [question],
        }
    )


def a_class(*submissions: SubmissionGrade) -> ClassGrades:
    return ClassGrades(
        grader="1",
        rubric="hello",
        title="Hello",
        points=Decimal(8),
        created="",
        sandbox="",
        data={},
        submissions=submissions,
    )


def test_equal_gradings_change_nothing() -> None:
    same = a_class(graded("anna", a=4, b=2), graded("ben", status="not_gradable"))
    assert changes(same, same) == Changes()
    assert not changes(same, same).want_consent


def test_a_mark_that_moves_is_told_with_the_checks_that_move_it() -> None:
    (found,) = changes(a_class(graded("anna", a=4, b=2)), a_class(graded("anna", a=1, b=2.5))).regraded
    assert found.submission == "anna"
    assert found.by == Decimal("-2.5")
    assert [(move.id, move.by) for move in found.moved] == [("a", Decimal(-3)), ("b", Decimal("0.5"))]


def test_gains_and_losses_that_cancel_are_told_too() -> None:
    (found,) = changes(a_class(graded("anna", a=4, b=2)), a_class(graded("anna", a=2, b=4))).regraded
    assert found.by == 0
    assert {move.id: move.by for move in found.moved} == {"a": -2, "b": 2}


def test_a_check_that_comes_or_goes_moves_what_it_was_worth() -> None:
    (found,) = changes(a_class(graded("anna", a=4, b=2)), a_class(graded("anna", a=4, c=3))).regraded
    assert [(move.id, move.before, move.after) for move in found.moved] == [("b", 2, None), ("c", None, 3)]


def test_another_notebook_is_the_students_own_doing() -> None:
    found = changes(a_class(graded("anna", digest="old", a=4)), a_class(graded("anna", digest="new", a=1)))
    assert found == Changes(handed_in_anew=("anna",))
    assert not found.want_consent


def test_without_a_digest_a_mark_counts_as_the_same_notebooks() -> None:
    assert changes(a_class(graded("anna", digest="", a=4)), a_class(graded("anna", a=1))).want_consent


def test_a_mark_where_there_was_none_needs_no_consent() -> None:
    found = changes(
        a_class(graded("anna", status="failed")), a_class(graded("anna", a=4), graded("ben", a=1))
    )
    assert found == Changes(new=("ben",))
    assert not found.want_consent


@pytest.mark.parametrize("status", ["failed", "not_gradable"])
def test_a_mark_that_is_lost_needs_consent(status: str) -> None:
    (found,) = changes(a_class(graded("anna", a=4)), a_class(graded("anna", status=status))).regraded
    assert found.after.status == status


def test_submissions_that_are_missing_need_consent() -> None:
    found = changes(a_class(graded("anna", a=4), graded("ben", a=4)), a_class(graded("anna", a=4)))
    assert found == Changes(gone=("ben",))
    assert found.want_consent


points = st.decimals(0, 4, places=2)
marks = st.dictionaries(st.sampled_from("abcdef"), points, min_size=1)


@given(marks, marks)
def test_what_the_checks_move_adds_up_to_the_marks_difference(
    before: dict[str, object], after: dict[str, object]
) -> None:
    for found in changes(a_class(graded("anna", **before)), a_class(graded("anna", **after))).regraded:
        assert sum(move.by for move in found.moved) == found.by
