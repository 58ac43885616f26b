"""What students see of a grade, and what a self-check asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile import SECRET, check, graded, hostile

from grader.ci.student_view import NOT_TOLD, as_students_see, explanation, public_part
from grader.errors import UserError
from grader.grading.grade import AlikeNotebooks, NetworkGrade, Resemblances, TrainingGrade
from grader.reports.html import student_page
from grader.rubric.load import load_rubric, shipped_rubrics

TRAINING = TrainingGrade(network="cnn", accuracy=0.3, threshold=0.4731, reference_curve=(0.1, 0.4731))
NETWORK = NetworkGrade(network="cnn")


def test_a_hidden_check_keeps_its_title_and_points() -> None:
    (grade,) = as_students_see(hostile()).submissions
    shown = grade.questions[0].checks[2]
    assert (shown.title, shown.points, shown.earned, shown.cells) == ("Builds the network", 3, 0, ())
    assert explanation(shown) == NOT_TOLD
    assert SECRET not in repr(grade)
    others = AlikeNotebooks(submissions=("repo", SECRET), shares=(1, 1), shared=99)
    whole = hostile().model_copy(update={"resemblances": Resemblances(notebooks=(others,))})
    assert SECRET not in repr(as_students_see(whole))
    assert SECRET.encode() not in student_page(as_students_see(hostile()), grade, None)


def test_tables_that_show_what_is_hidden_are_left_out() -> None:
    facts = {"trainings": (TRAINING,), "networks": (NETWORK,)}
    (public,) = as_students_see(graded(check(), **facts)).submissions
    assert public.trainings and public.networks

    (trained,) = as_students_see(graded(check(hidden=True), **facts)).submissions
    assert not trained.trainings and trained.networks

    built = check(hidden=True).model_copy(update={"check": "network"})
    (compared,) = as_students_see(graded(built, **facts)).submissions
    assert compared.trainings and not compared.networks


@pytest.mark.parametrize("path", sorted(shipped_rubrics().glob("*.yaml")), ids=lambda path: path.stem)
def test_a_self_check_is_the_public_part(path: Path) -> None:
    whole = load_rubric(path)
    public = public_part(whole)
    hidden = [line for line in whole.checks if line.visibility == "hidden"]
    assert public.worth == whole.worth - sum(line.points for line in hidden)
    assert public.path == whole.path, "thresholds are found beside it"
    assert len(public.checks) == len(whole.checks) - len(hidden)


def test_a_rubric_of_hidden_checks_has_nothing_to_self_check() -> None:
    rubric = load_rubric(shipped_rubrics() / "worksheet5.yaml")
    hidden = tuple(
        question.model_copy(
            update={
                "checks": tuple(line.model_copy(update={"visibility": "hidden"}) for line in question.checks)
            }
        )
        for question in rubric.questions
    )
    with pytest.raises(UserError, match="all its checks are hidden"):
        public_part(rubric.model_copy(update={"questions": hidden}))
