"""Specification of grading again: marks that somebody may have been told change only with consent."""

from __future__ import annotations

import os
import pty

import pytest

from tests.end_to_end.desk import HELLO, Desk, Told

BOTH = "print('hello world')"


@pytest.fixture
def told_before(desk: Desk) -> Told:
    """Two students graded: ``anna`` greets the world, ``ben`` greets nobody."""
    desk.notebook("class7/anna.ipynb", BOTH)
    desk.notebook("class7/ben.ipynb", "print('good night')")
    told = desk.grade("class7", "-r", desk.rubric())
    assert told.code == 0
    return told


def files(told: Told) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in told.folder.rglob("*") if path.is_file()}


def test_a_changed_rubric_shows_whose_marks_move_and_waits_for_consent(desk: Desk, told_before: Told) -> None:
    as_it_was = files(told_before)
    desk.rubric(HELLO.replace("title: Prints hello, points: 2", "title: Prints hello, points: 5"))
    told = desk.grade("class7", "-r", "hello.yaml")
    assert told.code == 1
    assert "Prints hello" in told.out
    assert "1 up, 0 down" in told.out
    assert "3/3" in told.out and "6/6" in told.out
    assert "--yes" in told.err
    assert files(told_before) == as_it_was

    accepted = desk.grade("class7", "-r", "hello.yaml", "--yes")
    assert accepted.code == 0
    assert {name: each["earned"] for name, each in accepted.submissions.items()} == {"anna": 6, "ben": 0}

    # Nothing changes any more; then a notebook does, which is its student's own doing.
    assert desk.grade("class7", "-r", "hello.yaml").code == 0
    desk.notebook("class7/ben.ipynb", BOTH)
    anew = desk.grade("class7", "-r", "hello.yaml")
    assert (anew.code, anew.submissions["ben"]["earned"]) == (0, 6)

    # One student graded into the class's results would drop the others.
    alone = desk.grade("class7/anna.ipynb", "-r", "hello.yaml")
    assert alone.code == 1
    assert "ben" in alone.out
    assert set(anew.grades and alone.submissions) == {"anna", "ben"}


def test_results_of_another_rubric_are_not_replaced(desk: Desk, told_before: Told) -> None:
    other = desk.rubric(HELLO.replace("id: hello", "id: other"), "other")
    told = desk.grade("class7", "-r", other)
    assert told.code == 2
    assert "results of another rubric, hello" in told.err and "--out" in told.err
    assert told_before.grades["rubric"] == "hello"


def test_a_teacher_at_a_terminal_is_asked(desk: Desk, told_before: Told) -> None:
    desk.rubric(HELLO.replace("points: 1", "points: 2"))
    answers = {}
    for answer in ("n", "y"):
        ours, theirs = pty.openpty()
        os.write(ours, f"{answer}\n".encode())
        told = desk.grade("class7", "-r", "hello.yaml", stdin=theirs)
        os.close(ours)
        os.close(theirs)
        answers[answer] = (told.code, told.submissions["anna"]["points"])
        assert "Write these results to results?" in told.out + told.err
    assert answers == {"n": (1, 3), "y": (0, 4)}
