"""What students see of a grade."""

from __future__ import annotations

from hostile_grades import SECRET, check, graded, hostile

from grader.grading.grade import AlikeNotebooks, NetworkGrade, Resemblances, TrainingGrade
from grader.reports.html import student_page
from grader.reports.student_view import NOT_TOLD, as_students_see, explanation

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
