"""gradebook.csv: what a spreadsheet may open without fear."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.grading.grade import QuestionGrade
from grader.reports.gradebook import gradebook, safe_cell, write_gradebook


def rows(grades):
    return list(csv.DictReader(io.StringIO(gradebook(grades))))


def test_a_row_for_each_submission_and_a_column_for_each_question_and_check(grades):
    table = rows(grades)
    assert len(table) == 20
    assert list(table[0])[:7] == ["submission", "notebook", "status", "points", "earned", "task1", "1.1a"]
    assert {"task5", "7c", "D2"} <= set(table[0])


def test_marks_are_exact_and_add_up(grades):
    for row, grade in zip(rows(grades), grades.submissions, strict=True):
        if row["earned"]:
            assert (
                Decimal(row["earned"])
                == grade.earned
                == sum(Decimal(row[question.id]) for question in grade.questions)
            )
    assert {row["earned"] for row in rows(grades)} >= {"98.5", "15.75", "100"}


def test_a_submission_without_a_mark_has_empty_cells_not_zeros(grades):
    for row in rows(grades)[-3:]:
        assert row["status"] in ("not_gradable", "failed")
        assert row["earned"] == row["task1"] == row["3a"] == ""


def test_a_formula_in_a_name_is_text(grades):
    assert "'=HYPERLINK" in gradebook(grades)
    assert not any(cell.lstrip().startswith("=") for row in rows(grades) for cell in row.values())


@given(st.text(max_size=40), st.sampled_from(["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "\n+", ""]))
def test_no_text_can_start_a_formula_or_break_a_row(text, start):
    cell = safe_cell(start + text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    written = io.StringIO()
    csv.writer(written).writerow([cell, "end"])
    assert list(csv.reader(io.StringIO(written.getvalue(), newline=""))) == [[cell, "end"]]
    assert "\n" not in cell and "\r" not in cell


def test_the_file_starts_with_the_mark_that_excel_needs(grades, tmp_path):
    write_gradebook(grades, tmp_path / "gradebook.csv")
    content = (tmp_path / "gradebook.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfsubmission,")
    assert "Zażółć" in content.decode("utf-8-sig")


def test_columns_that_would_share_a_name_are_told_apart(grades):
    first = grades.submissions[0]
    check = first.questions[0].checks[0].model_copy(update={"id": "status"})
    clash = QuestionGrade(id="status", title="t", points=Decimal(2), earned=Decimal(2), checks=(check,))
    header = gradebook(
        grades.model_copy(update={"submissions": (first.model_copy(update={"questions": (clash,)}),)})
    ).splitlines()[0]
    assert header.split(",")[5:] == ["question status", "check status"]


@pytest.mark.parametrize("name", ['O"Brien, Jr.', "two\nlines", "tab\there"])
def test_quotes_commas_and_line_breaks_stay_in_their_cell(grades, name):
    one = grades.model_copy(
        update={"submissions": (grades.submissions[0].model_copy(update={"submission": name}),)}
    )
    assert len(rows(one)) == 1
    assert len(gradebook(one).splitlines()) == 2
