"""Samples of worksheet5 graded by the command line with nothing kept before, and then again."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from desk import (
    CHECKOUT,
    CLASS,
    LIMITS,
    REFERENCE,
    SAMPLES,
    SOME,
    WORKSHEET5,
    Desk,
    Told,
    checks_of,
    expected,
    outcome,
)

# The class is graded for the first test of this file (and each worker has whole files, see the Makefile).
pytestmark = pytest.mark.timeout(1800)

EXPECTED = {name: outcome for name, outcome in expected(SAMPLES).items() if name in SOME}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_gets_the_marks_of_a_careful_marker(name: str, graded: Told) -> None:
    assert outcome(graded.submissions[name]) == EXPECTED[name]


def test_nothing_is_graded_but_the_samples(graded: Told) -> None:
    assert graded.code == 0
    assert graded.submissions.keys() == EXPECTED.keys()


def test_every_lost_point_says_what_was_asked_for_and_what_was_found(graded: Told) -> None:
    for submission in graded.submissions.values():
        for check in checks_of(submission).values():
            if check["earned"] < check["points"]:
                assert check["expected"], check
                assert check["found"], check


def test_marks_are_the_sums_of_their_parts(graded: Told) -> None:
    def exact(figure: float) -> Decimal:
        return Decimal(str(figure))

    for submission in graded.submissions.values():
        for question in submission["questions"]:
            parts = (exact(check["earned"]) for check in question["checks"])
            assert exact(question["earned"]) == sum(parts)
        assert exact(submission["earned"]) == sum(exact(q["earned"]) for q in submission["questions"])


def test_grades_fulfil_the_published_schema(graded: Told) -> None:
    schema = json.loads((CHECKOUT / "docs/grades.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(graded.grades)


def test_the_gradebook_has_a_row_for_each_student(graded: Told) -> None:
    rows = list(csv.DictReader((graded.folder / "gradebook.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == len(EXPECTED)


def test_each_student_has_a_page_with_the_remarks_on_their_work(graded: Told) -> None:
    assert "anil_khadka" in (graded.folder / "index.html").read_text()
    page = (graded.folder / "students/kiran_maharjan.html").read_text()
    lost = checks_of(graded.submissions["kiran_maharjan"])["3c"]
    assert lost["title"] in page
    assert "Conv2D" in page
    for name in EXPECTED:
        assert (graded.folder / f"students/{name}.html").is_file()


def test_what_the_notebook_printed_is_on_its_page(graded: Told) -> None:
    """The pages show the run that was graded, not the outputs that the student saved."""
    assert "f1-score" in (graded.folder / "students/maya_thapa.html").read_text()


def test_the_console_says_who_needs_a_look_and_where_the_report_is(graded: Told) -> None:
    assert "Report: results/index.html" in graded.out
    assert "not gradable: 2" in graded.out
    for name in EXPECTED:
        assert name in graded.out


def test_everyone_is_told_that_the_photographs_are_drawn(graded: Told) -> None:
    assert graded.err == (
        "grade: fruits: notebooks get drawn pictures; to give the real ones: grade data add fruits FILE.zip\n"
    )
    assert "drawn" in graded.grades["data"]["fruits"]
    assert "drawn" in (graded.folder / "index.html").read_text()


def test_of_honest_work_none_is_said_to_be_alike_and_every_check_has_its_figures(graded: Told) -> None:
    assert graded.grades["resemblances"]["notebooks"] == []
    assert graded.grades["resemblances"]["outputs"] == []
    asked = checks_of(graded.submissions["roshani_limbu"])
    figures = {each["id"]: each for each in graded.grades["statistics"]}
    assert figures.keys() == asked.keys()
    assert all(0 <= each["difficulty"] <= 1 for each in figures.values())
    assert figures["3c"]["undefined"] == "fewer than 10 marks"


def test_a_lost_page_is_written_again_with_the_notebook_as_it_ran(class_desk: Desk, again: Told) -> None:
    page = again.folder / "students/maya_thapa.html"
    before = page.read_text()
    page.unlink()
    told = class_desk.run("report", "again", "maya")
    assert (told.code, told.err) == (0, "")
    assert page.read_text() == before


def test_graded_again_nothing_runs_and_nothing_changes(graded: Told, again: Told) -> None:
    ran = [name for name, submission in again.submissions.items() if submission["questions"]]
    assert all(again.submissions[name]["from_store"] for name in ran)
    assert not any(graded.submissions[name]["from_store"] for name in ran)
    assert again.lasting == graded.lasting
    assert again.seconds < graded.seconds / 4


def test_where_the_seconds_went_is_kept_with_the_grades(graded: Told, again: Told) -> None:
    first, second = (
        {timing["stage"]: timing for timing in told.submissions["kiran_maharjan"]["timings"]}
        for told in (graded, again)
    )
    assert {"reading", "waiting", "kernel", "cells", "training", "marking"} <= first.keys()
    assert first["cells"]["seconds"] >= graded.submissions["kiran_maharjan"]["seconds"] > 1
    assert {"kernel", "cells"}.isdisjoint(second)


def test_other_points_run_nothing_anew(class_desk: Desk, graded: Told) -> None:
    rubric = dearer_epochs(class_desk.folder)
    dearer = class_desk.grade(CLASS, "--rubric", rubric, *LIMITS, out="dearer")
    epochs = checks_of(dearer.submissions["pratima_shahi"])["4f"]
    assert (epochs["points"], epochs["earned"]) == (4, 2)
    assert all(each["from_store"] for each in dearer.submissions.values() if each["questions"])


def dearer_epochs(folder: Path) -> Path:
    """Worksheet 5 with two more points for the epochs."""
    text = WORKSHEET5.read_text()
    for old, new in {
        "epochs: 250, points: 2": "epochs: 250, points: 4",
        "total: 100": "total: 102",
        "../reference_solutions": str(REFERENCE.parent),
    }.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "worksheet5.yaml").write_text(text)
    calibration = WORKSHEET5.with_suffix(".calibration.json")
    (folder / calibration.name).write_bytes(calibration.read_bytes())
    return folder / "worksheet5.yaml"


@pytest.mark.slow
def test_one_at_a_time_gives_the_same_grades(class_desk: Desk, graded: Told) -> None:
    """Executed and trained anew; what the student's own unseeded training found may differ in words."""
    name = "roshani_limbu"
    alone = Desk(class_desk.folder, class_desk.folder / "other-cache")
    told = alone.grade(SAMPLES / f"{name}.ipynb", "--rubric", WORKSHEET5, "--jobs", "1", *LIMITS, out="alone")
    assert marks(told.submissions[name]) == marks(graded.submissions[name])
    assert not told.submissions[name]["from_store"]


def marks(submission: dict[str, Any]) -> dict[str, tuple[str, float]]:
    return {id: (check["status"], check["earned"]) for id, check in checks_of(submission).items()}


def test_the_reference_solution_has_full_marks(class_desk: Desk, graded: Told) -> None:
    told = class_desk.grade(REFERENCE, "--rubric", WORKSHEET5, *LIMITS, out="reference")
    (submission,) = told.submissions.values()
    lost = [check for check in checks_of(submission).values() if check["earned"] < check["points"]]
    assert lost == []
    assert submission["earned"] == 100
