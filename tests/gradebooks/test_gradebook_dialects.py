"""Each dialect read back by a reader that knows only what its platform publishes."""

from __future__ import annotations

import csv
import io
import os
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from classroom import NAMES
from course import (
    ABSENT,
    CLASS,
    GUEST,
    LISTED,
    RUBRIC,
    TITLE,
    canvas_file,
    csv_of,
    named,
    roster_file,
    rows_of,
    worksheet_file,
)

EARNED = {grade.submission: grade.earned for grade in CLASS.submissions}
NO_MARK = NAMES[-3:]
CERTAIN = {
    name: EARNED[name] for name in LISTED if name in EARNED and name not in (*NO_MARK, "Anna Lindqvist")
}
"""Marks whose student is beyond doubt: of two submissions called Anna Lindqvist neither is."""


def canvas_reads(rows: list[list[str]], assignment: str) -> dict[str, tuple[str, str]]:
    """Grade by student id, as Canvas's importer finds them: by the header's place, below the points."""
    header, *rest = rows
    assert "Student" in header[0] and "ID" in header[1] and "Section" in header
    column = header.index(assignment)
    grades = {}
    for row in rest:
        if "Points Possible" in row[0] or all(
            re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row
        ):
            continue
        grades[row[1]] = (row[0], row[column].strip())
    return grades


def worksheet_reads(rows: list[list[str]]) -> dict[int, dict[str, str]]:
    """Rows by participant number, as Moodle's offline importer finds them: by the titles."""
    header, *rest = rows
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(header)
    found = (dict(zip(header, row, strict=True)) for row in rest)
    return {int(row["Identifier"].removeprefix("Participant ")): row for row in found}


class TestCanvas:
    def test_only_the_assignments_cells_of_known_students_change(self, desk):
        desk.write("canvas.csv", canvas_file())
        assert desk.export("canvas", "--into", "canvas.csv", "--title", TITLE) == 0
        before, after = rows_of(desk.folder / "canvas.csv"), desk.rows("canvas")
        column = before[0].index(TITLE)
        assert [row[:column] + row[column + 1 :] for row in after] == [
            row[:column] + row[column + 1 :] for row in before
        ]
        read = canvas_reads(after, TITLE)
        assert {name: Decimal(grade) for name, grade in read.values() if grade} == CERTAIN
        assert after[:3] == before[:3]

    @pytest.mark.parametrize("title", ["Worksheet 5 (1234)", "1234", "worksheet 5"])
    def test_an_assignment_is_meant_by_heading_number_or_title(self, desk, title):
        desk.write("canvas.csv", canvas_file())
        assert desk.export("canvas", "--into", "canvas.csv", "--title", title) == 0
        assert "13 cells filled in column “Worksheet 5 (1234)”" in desk.out

    @pytest.mark.parametrize(
        ("title", "said"),
        [
            ("Worksheet 6", 'no assignment “Worksheet 6”; did you mean "Worksheet 5 (1234)"?'),
            (None, "no assignment “An end-to-end CNN image classifier”; there are: Quiz 1 (99), Worksheet 5"),
        ],
    )
    def test_an_assignment_that_is_not_there(self, desk, title, said):
        desk.write("canvas.csv", canvas_file())
        assert desk.export("canvas", "--into", "canvas.csv", *(["--title", title] if title else [])) == 2
        assert desk.err.startswith(f"grade: error: canvas.csv:1: {said}") and desk.err.count("\n") == 1

    def test_two_of_one_title_are_not_guessed(self, desk):
        desk.write("canvas.csv", canvas_file().replace("Quiz 1 (99)", "Worksheet 5 (99)"))
        assert desk.export("canvas", "--into", "canvas.csv", "--title", "Worksheet 5") == 2
        assert '--title "Worksheet 5 (99)" or --title "Worksheet 5 (1234)"' in desk.err

    def test_without_the_file_it_says_where_to_get_it(self, desk):
        assert desk.export("canvas") == 2
        assert "--into FILE" in desk.err and "Grades → Export → Export Entire Gradebook" in desk.err
        assert desk.err.count("\n") == 1

    def test_excused_students_stay_excused_and_nobody_loses_an_earlier_mark(self, desk):
        desk.grades(named("u1001", "u1002"))
        text = canvas_file(["Bo", "Cy", "Di"]).replace("7.50,,", "7.50,EX,", 1)
        desk.write("canvas.csv", re.sub(r"(Di,.*7.50),,", r"\1,40,", text))
        assert desk.export("canvas", "--into", "canvas.csv", "--title", TITLE) == 0
        grades = [grade for _, grade in canvas_reads(desk.rows("canvas"), TITLE).values()]
        assert grades == ["EX", "100", "40"]
        assert (
            "kept as they were, for there is no mark to put there: Bo (1001): EX; Di (1003): 40" in desk.out
        )

    def test_marks_are_scaled_to_the_points_of_the_column(self, desk):
        desk.grades(CLASS)
        desk.write("canvas.csv", canvas_file().replace("10.00,100.00", "10.00,30"))
        assert desk.export("canvas", "--into", "canvas.csv", "--title", TITLE) == 0
        read = canvas_reads(desk.rows("canvas"), TITLE)
        assert {name: Decimal(grade) for name, grade in read.values() if grade} == {
            name: earned * 30 / 100 for name, earned in CERTAIN.items()
        }
        assert "marks out of 100 are scaled to 30 points" in desk.out

    def test_a_file_of_semicolons_and_decimal_commas_stays_one(self, desk):
        desk.grades(named("Bo"))
        rows = list(csv.reader(io.StringIO(canvas_file(["Bo"]), newline="")))
        rows[2][7] = "50,00"
        desk.write("canvas.csv", "\ufeff" + csv_of(rows, ";"))
        assert desk.export("canvas", "--into", "canvas.csv", "--title", TITLE) == 0
        written = (desk.folder / "results/gradebook-canvas.csv").read_bytes().decode()
        assert written.startswith("\ufeffStudent;ID;")
        rows[3][7] = "50"
        assert list(csv.reader(io.StringIO(written[1:], newline=""), delimiter=";")) == rows


class TestMoodleWorksheet:
    def test_marks_times_and_feedback_are_filled_in_and_nothing_else(self, desk):
        path = desk.write("worksheet.csv", worksheet_file(maximum="20.00"))
        os.utime(path, (1_795_000_000, 1_795_000_000))
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 0
        before, after = worksheet_reads(rows_of(path)), worksheet_reads(desk.rows("moodle-worksheet"))
        assert desk.rows("moodle-worksheet")[0] == rows_of(path)[0]
        ours = {"Grade", "Last modified (grade)", "Feedback comments"}
        for number, row in after.items():
            assert {key: row[key] for key in row.keys() - ours} == {
                key: before[number][key] for key in row.keys() - ours
            }
        marks = {row["Full name"]: Decimal(row["Grade"]) for row in after.values() if row["Grade"]}
        assert marks == {name: earned / 5 for name, earned in CERTAIN.items()}
        assert "marks out of 100 are scaled to 20" in desk.out
        marked = [row for row in after.values() if row["Grade"]]
        assert {datetime.fromisoformat(row["Last modified (grade)"]) for row in marked} == {
            datetime.fromtimestamp(1_795_000_000, UTC)
        }
        for row in after.values():
            assert (
                bool(row["Grade"]) == bool(row["Feedback comments"]) == (row["Last modified (grade)"] != "-")
            )

    def test_feedback_says_why_and_is_no_html(self, desk):
        grades = CLASS
        odd = grades.submissions[2]
        check = odd.questions[2].checks[0].model_copy(update={"title": "<b>First</b> & last"})
        question = odd.questions[2].model_copy(update={"checks": (check, *odd.questions[2].checks[1:])})
        odd = odd.model_copy(update={"questions": (*odd.questions[:2], question, *odd.questions[3:])})
        desk.grades(grades.model_copy(update={"submissions": (odd,)}))
        desk.write("worksheet.csv", worksheet_file())
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 0
        (feedback,) = (row[-1] for row in desk.rows("moodle-worksheet")[1:] if row[-1])
        assert feedback.startswith("87 of 100 points.")
        assert "Most was lost on: " in feedback and "<b>" not in feedback and "&lt;b&gt;First" in feedback

    def test_hidden_requirements_are_not_named_to_students(self, desk):
        grades = CLASS
        questions = tuple(
            question.model_copy(
                update={
                    "checks": tuple(
                        check.model_copy(update={"visibility": "hidden"}) for check in question.checks
                    )
                }
            )
            for question in grades.submissions[2].questions
        )
        odd = grades.submissions[2].model_copy(update={"questions": questions})
        desk.grades(grades.model_copy(update={"submissions": (odd,)}))
        desk.write("worksheet.csv", worksheet_file())
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 0
        (feedback,) = (row[-1] for row in desk.rows("moodle-worksheet")[1:] if row[-1])
        assert feedback == "87 of 100 points."

    def test_a_locked_grade_is_left_alone_and_told(self, desk):
        desk.grades(named("Bo", "Cy"))
        desk.write("worksheet.csv", worksheet_file(["Bo", "Cy"]).replace("Yes", "No", 1))
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 0
        assert [row["Grade"] for row in worksheet_reads(desk.rows("moodle-worksheet")).values()] == [
            "",
            "100",
        ]
        assert "left alone, for Moodle does not let their grade be changed: Bo (Participant 1001)" in desk.out

    def test_what_a_person_wrote_is_kept_and_what_an_export_wrote_is_not(self, desk):
        desk.grades(named("Bo", "Cy"))
        rows = list(csv.reader(io.StringIO(worksheet_file(["Bo", "Cy"]), newline="")))
        rows[1][-1], rows[2][-1] = "<p>See me.</p>", "<p>60 of 100 points. Most was lost on: all.</p>"
        desk.write("worksheet.csv", csv_of(rows))
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 0
        assert [row[-1] for row in desk.rows("moodle-worksheet")[1:]] == [
            "<p>See me.</p>",
            "100 of 100 points.",
        ]
        assert "feedback left as a person wrote it: Bo (Participant 1001)\n" in desk.out

    def test_a_proposed_mark_is_told_to_be_one(self, desk):
        proposed = next(grade for grade in CLASS.submissions if grade.status == "needs_review")
        desk.grades(CLASS.model_copy(update={"submissions": (proposed,)}))
        desk.write("worksheet.csv", worksheet_file())
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 0
        (feedback,) = (row[-1] for row in desk.rows("moodle-worksheet")[1:] if row[-1])
        assert "points. Part of this mark is still to be confirmed." in feedback

    @pytest.mark.parametrize("maximum", ["-", "", "0.00"])
    def test_a_scale_is_refused_with_its_line(self, desk, maximum):
        desk.write("worksheet.csv", worksheet_file(maximum=maximum))
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 2
        assert f"“Maximum Grade” should be a number above 0, found “{maximum}”" in desk.err
        assert re.match(r"grade: error: worksheet\.csv:\d+: ", desk.err)

    def test_another_file_is_refused(self, desk):
        desk.write("worksheet.csv", canvas_file())
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 2
        assert desk.err.startswith("grade: error: worksheet.csv:1: not Moodle's grading worksheet")
        assert desk.export("moodle-worksheet") == 2
        assert "Download grading worksheet" in desk.err

    def test_namesakes_are_told_apart_by_the_number_of_the_download(self, desk):
        folders = ["Jane Doe_1002_assignsubmission_file_", "Jane Doe_1001_assignsubmission_file_"]
        grades = named("Jane Doe", "Jane Doe (2)", handed_in_as=folders)
        second = grades.submissions[1].model_copy(update={"earned": Decimal(60)})
        desk.grades(grades.model_copy(update={"submissions": (grades.submissions[0], second)}))
        desk.write("worksheet.csv", worksheet_file(["Jane Doe", "Jane Doe"]))
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv") == 0
        read = worksheet_reads(desk.rows("moodle-worksheet"))
        assert (read[1001]["Grade"], read[1002]["Grade"]) == ("60", "100")


class TestMoodleImport:
    def test_a_row_for_each_mark_with_all_that_moodle_finds_students_by(self, desk):
        desk.write("students.csv", roster_file())
        assert desk.export("moodle", "--roster", "students.csv", "--title", "Worksheet 5") == 0
        header, *rows = desk.rows("moodle")
        assert header == [
            "ID number",
            "Username",
            "Email address",
            "Full name",
            "Worksheet 5",
            "Worksheet 5 (feedback)",
        ]
        assert {row[3]: Decimal(row[4]) for row in rows} == CERTAIN
        identities = {tuple(row[:3]) for row in rows}
        assert identities <= {
            tuple(each) for each in ((f"N{n}", f"u{n}", f"u{n}@example.org") for n in range(1001, 1100))
        }
        assert all(row[4] and row[5] for row in rows), "an empty grade would delete one"

    def test_a_list_by_which_moodle_finds_nobody_is_refused(self, desk):
        desk.write("students.csv", "student id,name\n7,Bo\n")
        assert desk.export("moodle", "--roster", "students.csv") == 2
        assert "Moodle finds students by ID number, Username or Email address" in desk.err
        assert desk.export("moodle") == 2
        assert "Grades → Export → Plain text file" in desk.err


NBGRADER = (
    "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,"
    "max_score"
)


class TestNbgrader:
    def test_the_columns_are_nbgraders_and_scores_add_up(self, desk):
        desk.write("own.yaml", RUBRIC)
        desk.write("students.csv", roster_file())
        desk.write("times.csv", "submission,submitted\nZażółć Gęśla-Jaźń,2026-11-22T23:59+05:45\n")
        options = ("--roster", "students.csv", "--rubric", "own.yaml", "--timestamps", "times.csv")
        assert desk.export("nbgrader", *options) == 0
        content = (desk.folder / "results/gradebook-nbgrader.csv").read_text()
        assert content.startswith(NBGRADER + "\n")
        read = list(csv.DictReader(io.StringIO(content, newline="")))
        assert len(read) == len(LISTED)
        late = next(row for row in read if row["last_name"].startswith("Zaż"))
        assert late["duedate"] == "2026-11-20 18:14:00" and late["timestamp"] == "2026-11-22 18:14:00"
        assert late["late_submission_penalty"] == "20"
        for row in read:
            if row["score"]:
                assert Decimal(row["raw_score"]) - Decimal(row["late_submission_penalty"]) == Decimal(
                    row["score"]
                )
            assert (row["assignment"], row["max_score"]) == ("worksheet5", "100")
        assert next(row for row in read if row["first_name"] == "who never came")["score"] == ""

    def test_without_a_list_submissions_stand_under_their_own_names(self, desk):
        assert desk.export("nbgrader") == 0
        rows = csv.DictReader(
            io.StringIO((desk.folder / "results/gradebook-nbgrader.csv").read_text(), newline="")
        )
        assert [row["student_id"] for row in rows] == NAMES


class TestPlain:
    def test_it_is_the_gradebook_with_students_and_marks_behind(self, desk):
        desk.write("students.csv", roster_file())
        assert desk.export("csv", "--roster", "students.csv") == 0
        header, *rows = desk.rows("csv")
        assert header[:7] == ["submission", "notebook", "status", "points", "earned", "task1", "1.1a"]
        assert header[-7:] == [
            "student id",
            "student name",
            "student email",
            "handed in",
            "days late",
            "late penalty",
            "final mark",
        ]
        by_name = {row[0]: row for row in rows if row[0]}
        assert len(by_name) == 20 and len({len(row) for row in rows}) == 1
        assert by_name["孙悟空"][-7:-4] == ["N1006", "孙悟空", "u1006@example.org"]
        for name in NO_MARK:
            assert by_name[name][-1] == "" and by_name[name][4] == ""
        assert [row[-6] for row in rows if row[2] == "no submission"] == ["Anna Lindqvist", GUEST]

    def test_no_cell_starts_a_formula(self, desk):
        desk.write("students.csv", roster_file())
        assert desk.export("csv", "--roster", "students.csv") == 0
        assert not any(cell.lstrip().startswith("=") for row in desk.rows("csv") for cell in row)
        assert any(cell.startswith("'=HYPER") for row in desk.rows("csv") for cell in row[-6:])

    def test_without_a_list_it_works_too(self, desk):
        assert desk.export("csv") == 0
        assert len(desk.rows("csv")) == 21


class TestSummary:
    @pytest.fixture
    def told(self, desk) -> str:
        desk.write("canvas.csv", canvas_file())
        assert desk.export("canvas", "--into", "canvas.csv", "--title", TITLE) == 0
        assert desk.out.startswith(desk.summary("canvas"))
        return desk.out

    def test_everyone_left_out_is_named(self, told):
        for name in ABSENT:
            assert f"  {name}: fits no student" in told
        assert "  Anna Lindqvist: fits Anna Lindqvist (1001), whom “anna lindqvist” fits as well" in told
        assert "  anna lindqvist: fits Anna Lindqvist (1001), whom “Anna Lindqvist” fits as well" in told
        assert f"students without a submission: 2\n  Anna Lindqvist (1001)\n  {GUEST} (" in told

    def test_what_has_no_mark_is_named_with_its_reason(self, told):
        assert "no mark, and none written: 3\n" in told
        assert "  broken zip: grader failed: The disk was full while unpacking" in told
        assert "  torch only: not gradable: Written in PyTorch only" in told

    def test_proposed_marks_are_exported_and_counted(self, told):
        count = sum(grade.status == "needs_review" for grade in CLASS.submissions)
        assert f"proposed marks, which a human is to confirm (the class page lists them): {count}\n" in told

    def test_names_cannot_play_with_the_terminal(self, told):
        assert "\x1b" not in told

    def test_it_is_the_same_every_time_and_grades_json_is_only_read(self, desk):
        desk.write("canvas.csv", canvas_file())
        before = (desk.folder / "results/grades.json").read_bytes()
        outputs = set()
        for _ in range(2):
            desk.export("canvas", "--into", "canvas.csv", "--title", TITLE)
            outputs.add((desk.folder / "results/gradebook-canvas.csv").read_bytes())
        assert len(outputs) == 1
        assert (desk.folder / "results/grades.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("canvass",), '--to canvass: there is no such gradebook; did you mean "canvas"?'),
        (("csv", "--into", "x.csv"), "--into: --to csv fills in no file"),
        (("canvas", "--into", "x.csv", "--roster", "y.csv"), "--roster: --to canvas takes the students from"),
        (("csv", "--title", "T"), "--title: a gradebook for csv has no title"),
        (("csv", "--accept-near"), "--match and --accept-near are about the students of --roster FILE"),
        (("canvas", "--into", "gone.csv"), "gone.csv: cannot read: No such file or directory"),
        (("csv", "--rubric", "other.yaml"), "--rubric other.yaml: that is “other”, and the results are of"),
        (("csv", "--out", "results/grades.json"), "--out results/grades.json: that is what is read"),
    ],
)
def test_a_wrong_option_is_one_line(desk, options, said):
    desk.write("other.yaml", RUBRIC.replace("worksheet5", "other"))
    assert desk.export(*options) == 2
    assert desk.err.startswith(f"grade: error: {said}"), desk.err
    assert desk.err.count("\n") == 1
    assert not list((desk.folder / "results").glob("gradebook*"))
