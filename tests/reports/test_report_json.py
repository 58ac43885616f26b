"""grades.json: exact, whole or not at all, and as its published schema says."""

import errno
import json
import os
import re
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import CannotWriteError, UserError
from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.reports.json_report import grades_schema, read_grades, schema_text, write_grades
from grader.reports.text import number

PUBLISHED = Path(__file__).parents[2] / "docs" / "grades.schema.json"
points = st.decimals(min_value=0, max_value=100_000, places=3)


def test_reads_back_what_was_written(grades, tmp_path):
    write_grades(grades, tmp_path / "grades.json")
    assert read_grades(tmp_path / "grades.json") == grades


def test_the_published_schema_is_the_model_s():
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), (
        "regenerate it: python -m grader.reports.json_report > docs/grades.schema.json"
    )


def test_a_written_file_fulfils_the_published_schema(grades, tmp_path):
    write_grades(grades, tmp_path / "grades.json")
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((tmp_path / "grades.json").read_text(encoding="utf-8")), schema)


def test_the_schema_refuses_a_status_that_does_not_exist(grades):
    document = json.loads(grades.model_dump_json())
    document["submissions"][0]["status"] = "lost"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, grades_schema())


@given(points)
def test_every_mark_of_three_decimals_is_exact_in_json(earned: Decimal):
    grade = SubmissionGrade(submission="a", status="graded", points=Decimal(100), earned=earned)
    written = re.search(r'"earned":([^,}]+)', grade.model_dump_json())[1]
    assert Decimal(written) == earned
    assert len(written.partition(".")[2]) <= 3
    assert SubmissionGrade.model_validate_json(grade.model_dump_json()).earned == earned


@given(st.lists(points, min_size=1, max_size=40))
def test_sums_of_marks_stay_exact_in_json_and_in_print(parts: list[Decimal]):
    total = sum(parts, Decimal())
    grade = SubmissionGrade(submission="a", status="graded", points=total, earned=total)
    assert json.loads(grade.model_dump_json(), parse_float=Decimal)["earned"] == total
    assert Decimal(number(total)) == total
    assert not re.search(r"[eE]|\.$|\.\d*0$", number(total))


@pytest.mark.parametrize(
    ("value", "shown"),
    [("92.50", "92.5"), ("1E+2", "100"), ("-0.0", "0"), ("0.125", "0.125"), ("100", "100")],
)
def test_numbers_are_shown_without_ornament(value, shown):
    assert number(Decimal(value)) == shown


def test_a_full_disk_is_one_line_with_exit_code_4_and_keeps_the_earlier_file(grades, tmp_path, monkeypatch):
    path = tmp_path / "grades.json"
    write_grades(grades, path)
    before = path.read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotWriteError) as caught:
        write_grades(grades.model_copy(update={"title": "another"}), path)
    assert caught.value.exit_code == 4
    assert isinstance(caught.value, UserError)
    assert "No space left on device" in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["grades.json"]


def test_a_file_where_a_folder_should_be_is_one_line(grades, tmp_path):
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(CannotWriteError, match="cannot write"):
        write_grades(grades, tmp_path / "out" / "grades.json")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"schema_version": 7}', "\x00\xff"])
def test_what_is_no_grades_json_is_one_line(tmp_path, content):
    (tmp_path / "grades.json").write_text(content, encoding="latin-1")
    with pytest.raises(UserError, match=r"grades\.json: not a grades\.json of version 1") as caught:
        read_grades(tmp_path / "grades.json")
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_one_line(tmp_path):
    with pytest.raises(UserError, match="cannot read: No such file"):
        read_grades(tmp_path / "grades.json")


def test_text_in_any_script_survives(grades, tmp_path):
    write_grades(grades, tmp_path / "grades.json")
    assert "孙悟空" in (tmp_path / "grades.json").read_text(encoding="utf-8")
    assert isinstance(read_grades(tmp_path / "grades.json"), ClassGrades)
