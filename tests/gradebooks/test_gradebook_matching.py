"""Whose submission is whose: what is certain, what is proposed, and what is left to a person."""

from __future__ import annotations

import pytest
from course import TITLE, canvas_file, csv_of, named, roster_file, rows_of, worksheet_file
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.gradebooks.matching import match
from grader.gradebooks.names import Near, spaced, spellings
from grader.gradebooks.students import read_roster


@pytest.fixture
def matched(tmp_path):
    def matched(students: str, *submissions: str, handed_in_as=()):
        path = tmp_path / "students.csv"
        path.write_bytes(students.encode())
        return match(named(*submissions, handed_in_as=handed_in_as).submissions, read_roster(path))

    return matched


def ids(matching) -> dict[str, str]:
    return {submission: student.id for submission, student in matching.students.items()}


PEOPLE = csv_of(
    [
        ["Student ID", "Last name", "First name", "Username", "Email"],
        ["S1", "Doe", "Jane", "jdoe", "jane.doe@example.org"],
        ["S2", "O'Brien", "Séamus", "sobrien", "seamus@example.org"],
        ["S3", "van der Berg", "Anna-Maria", "avdb", ""],
        ["S4", "לוי", "עמית", "alevi", ""],
        ["S5", "🌻", "🦊 fox &", "", ""],
        ["S6", "Doe", "John", "john", ""],
    ]
)


@pytest.mark.parametrize(
    ("submission", "student"),
    [
        ("jdoe", "S1"),
        ("JDOE", "S1"),
        ("s1", "S1"),
        ("Jane.Doe@example.org", "S1"),
        ("Jane Doe", "S1"),
        ("jane_doe", "S1"),
        ("Doe, Jane", "S1"),
        ("DOE JANE", "S1"),
        ("doejane", "S1"),
        ("Se\u0301amus O'Brien", "S2"),
        ("anna-maria van der berg", "S3"),
        ("vanderberganna-maria", None),
        ("\u200fעמית לוי", "S4"),
        ("🦊 fox & 🌻", "S5"),
        ("Jane D", None),
        ("doe", None),
    ],
)
def test_what_is_certain(matched, submission, student):
    assert ids(matched(PEOPLE, submission)) == ({submission: student} if student else {})


def test_a_near_name_is_proposed_and_not_taken(matched):
    matching = matched(PEOPLE, "Seamus Obrien", "Jon Doe", "Anna van der Berg", "nobody at all")
    assert not matching.students
    assert {each.submission: each.student.id for each in matching.proposals} == {
        "Seamus Obrien": "S2",
        "Jon Doe": "S6",
        "Anna van der Berg": "S3",
    }
    assert ids(matching.accepting_proposals())["Seamus Obrien"] == "S2"
    assert set(matching.accepting_proposals().unmatched) == {"nobody at all"}


def test_students_of_one_name_are_never_guessed(matched):
    twins = csv_of([["ID", "Name", "Login"], [1, "Li Wei", "lw1"], [2, "Li Wei", "lw2"], [3, "Bo", "bo"]])
    matching = matched(twins, "Li Wei", "Bo")
    assert ids(matching) == {"Bo": "3"}
    assert matching.unmatched == {"Li Wei": "fits several students: Li Wei (1), Li Wei (2)"}
    assert not matching.proposals
    assert ids(matched(twins, "lw2", "Bo")) == {"lw2": "2", "Bo": "3"}
    assert not matched(twins, "Li Weii").proposals, "both are as near"


def test_submissions_of_one_name_are_never_guessed(matched):
    one = csv_of([["ID", "Name"], [1, "Li Wei"], [2, "Bo"]])
    matching = matched(one, "Li Wei", "Li Wei (2)", "Bo")
    assert ids(matching) == {"Bo": "2"}
    assert set(matching.unmatched) == {"Li Wei", "Li Wei (2)"}


def test_canvas_numbers_decide_alone(matched):
    names = ["bo_1002_5551_w.ipynb", "bo_LATE_1001_5552_w.ipynb", "cy_1999_5553_w.ipynb"]
    matching = matched(canvas_file(["Bo", "Bo", "Cy"]), "bo", "bo (2)", "cy", handed_in_as=names)
    assert ids(matching) == {"bo": "1002", "bo (2)": "1001"}
    assert matching.unmatched == {"cy": "fits no student"}, "1999 has left the course; Cy is somebody else"


def test_canvas_file_names_are_matched_by_name_where_the_list_has_no_numbers(matched):
    place = ["doejane_LATE_12345_67890_w.ipynb"]
    assert ids(matched(PEOPLE, "doejane", handed_in_as=place)) == {"doejane": "S1"}


def test_moodle_folders_by_the_participants_number(matched):
    folders = ["Bo_1002_assignsubmission_file_", "Bo_1001_assignsubmission_file_"]
    matching = matched(worksheet_file(["Bo", "Bo"]), "Bo", "Bo (2)", handed_in_as=folders)
    assert ids(matching) == {"Bo": "Participant 1002", "Bo (2)": "Participant 1001"}


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(deadline=None, max_examples=50)
@given(st.lists(names, min_size=1, max_size=8, unique_by=lambda name: spaced(name)))
def test_any_name_is_matched_with_itself_and_the_table_comes_back(tmp_path_factory, found):
    found = [name for name in found if name.strip() and spaced(name)]
    if not found:
        return
    path = tmp_path_factory.mktemp("any") / "students.csv"
    path.write_bytes(
        csv_of([["ID", "Name"], *((f"id{at}x", name) for at, name in enumerate(found))]).encode()
    )
    roster = read_roster(path)
    assert [list(row) for row in roster.table.rows] == [[f"id{at}x", name] for at, name in enumerate(found)]
    path.write_bytes(roster.table.filled({}))
    assert read_roster(path).students == roster.students
    for at, name in enumerate(found):
        matching = match(named(name.strip()).submissions, roster)
        own = [student.id for student in matching.students.values()]
        assert own == [f"id{at}x"] or "fits several" in next(iter(matching.unmatched.values()))
        assert spaced(name) in spellings(name)


@settings(deadline=None)
@given(names, names)
@example("¨", "0")
def test_likeness_is_between_nought_and_one_and_whole_for_the_same(one, other):
    assert 0 <= Near(one).likeness(other, 0.5) <= 1
    assert Near(one).likeness(one, 0.5) in (1.0, 0.0 if not spaced(one) else 1.0)


class TestMatchFile:
    @pytest.fixture(autouse=True)
    def course(self, desk):
        desk.grades(named("Bo", "Seamus Obrien", "x7", "=2+2"))
        desk.write("students.csv", roster_file(["Bo", "Séamus O'Brien", "Cy", "Di"]))

    def export(self, desk, *options):
        return desk.export("csv", "--roster", "students.csv", "--match", "match.csv", *options)

    def students(self, desk):
        return {row[0]: row[-7] for row in desk.rows("csv")[1:] if row[0]}

    def test_proposals_are_written_and_not_used_until_confirmed(self, desk):
        assert self.export(desk) == 0
        assert rows_of(desk.folder / "match.csv") == [
            ["submission", "student id", "confirmed"],
            ["Seamus Obrien", "N1002", ""],
            ["x7", "", ""],
            ["'=2+2", "", ""],
        ]
        assert self.students(desk) == {"Bo": "N1001", "Seamus Obrien": "", "x7": "", "'=2+2": ""}
        assert (
            "near, and not used until confirmed (match.csv): 1\n  Seamus Obrien: Séamus O'Brien (N1002)"
            in desk.out
        )

        filled = (desk.folder / "match.csv").read_text("utf-8-sig").replace("N1002,", "N1002,yes")
        desk.write("match.csv", filled.replace("x7,,", "x7,u1003,x").replace("=2+2,,", "=2+2,N1004,Yes"))
        before = (desk.folder / "match.csv").read_bytes()
        assert self.export(desk) == 0
        assert self.students(desk) == {
            "Bo": "N1001",
            "Seamus Obrien": "N1002",
            "x7": "N1003",
            "'=2+2": "N1004",
        }
        assert (desk.folder / "match.csv").read_bytes() == before, (
            "a person's file is not touched without need"
        )
        assert "without" not in desk.out

    def test_what_is_refused_is_neither_used_nor_proposed_again(self, desk):
        desk.write("match.csv", "submission,student id,confirmed\nSeamus Obrien,N1002,no\nBo,N1001,no\n")
        assert self.export(desk) == 0
        assert set(self.students(desk).values()) == {""}
        asked = rows_of(desk.folder / "match.csv")[1:]
        assert asked[:2] == [["Seamus Obrien", "N1002", "no"], ["Bo", "N1001", "no"]]
        assert "near" not in desk.out

    def test_near_names_can_be_taken_at_once(self, desk):
        assert self.export(desk, "--accept-near") == 0
        assert self.students(desk)["Seamus Obrien"] == "N1002"

    def test_without_a_match_file_it_says_how(self, desk):
        assert desk.export("csv", "--roster", "students.csv") == 0
        assert "near, and not used until confirmed (in a file that --match FILE writes): 1" in desk.out

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("Boo,N1001,yes", 'there is no submission “Boo”; did you mean "Bo"?'),
            ("x7,N9,yes", "no student has the id “N9” in students.csv"),
            ("x7,,yes", "“x7” is decided, but no student id is given"),
            ("x7,N1003,perhaps", "“confirmed” should be yes, no or empty, found “perhaps”"),
            ("x7,N1004,yes", "“x7” is confirmed as Di (N1004), but “Bo” is as Di (N1004) above"),
        ],
    )
    def test_a_mistake_is_told_with_its_line(self, desk, line, said):
        desk.write("match.csv", f"submission,student id,confirmed\nBo,N1004,yes\n\n{line}\n")
        assert self.export(desk) == 2
        assert desk.err == f"grade: error: match.csv:4: {said}\n"

    def test_another_file_is_no_match_file(self, desk):
        desk.write("match.csv", "a,b\n1,2\n")
        assert self.export(desk) == 2
        assert "match.csv:1: a match file has the columns submission, student id, confirmed" in desk.err


class TestLists:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "students.csv:1: the first line should name the columns, and is empty"),
            (b"ID,Name\n", "students.csv: no students in it"),
            (b"Name,Age\nBo,3\n", "students.csv:1: no column tells students apart; it should have ID"),
            (b"ID,Name\n1,Bo\n2,Cy\n1,Di\n", 'students.csv:4: "1" stands twice under "ID", first on line 2'),
            (b"ID,Name\n1,Bo\n,Cy\n", 'students.csv:3: this student has no "ID", by which students are'),
            (b"ID,Name\n1,B\xf6\n", "students.csv:2: not UTF-8 text; save it as “CSV UTF-8”"),
            (b'ID,Name\n1,"Bo\n2,Cy\n', "students.csv:2: not CSV: unexpected end of data"),
            (b"PK\x03\x04xlsx", "students.csv: a spreadsheet or a zip, not CSV"),
        ],
    )
    def test_a_bad_one_is_one_line(self, desk, content, said):
        (desk.folder / "students.csv").write_bytes(content)
        assert desk.export("csv", "--roster", "students.csv") == 2
        assert desk.err.startswith(f"grade: error: {said}") and desk.err.count("\n") == 1

    def test_where_one_column_does_not_tell_students_apart_another_may(self, matched):
        text = "ID number,Name,Username\n,Bo,bo\n,Cy,cy\n"
        assert ids(matched(text, "Bo", "cy")) == {"Bo": "bo", "cy": "cy"}

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_what_excel_saves_is_read(self, desk, encoding):
        desk.grades(named("Zażółć"))
        text = "ID\tName\r\n7\tZażółć\r\n" if encoding == "utf-16" else "ID;Name\r\n7;Zażółć\r\n"
        (desk.folder / "students.csv").write_bytes(text.encode(encoding))
        assert desk.export("csv", "--roster", "students.csv") == 0
        assert desk.rows("csv")[1][-7] == "7"

    def test_a_folder_without_results_is_one_line(self, desk):
        (desk.folder / "results/grades.json").unlink()
        assert desk.export("csv") == 2
        assert desk.err.startswith("grade: error: results/grades.json: cannot read: No such file")

    def test_a_full_disk_is_exit_code_4(self, desk):
        (desk.folder / "in-the-way").write_text("")
        desk.write("canvas.csv", canvas_file())
        assert (
            desk.export("canvas", "--into", "canvas.csv", "--title", TITLE, "--out", "in-the-way/x.csv") == 4
        )
        assert desk.err.count("\n") == 1


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["--roster", "--match", "--timestamps"]),
    st.one_of(
        st.binary(max_size=80),
        st.lists(
            st.lists(
                st.sampled_from(["ID", "Name", "Bo", "yes", "", "submission", "submitted", "student id", "1"])
            ),
            max_size=4,
        ).map(lambda rows: csv_of(rows).encode()),
    ),
)
def test_whatever_a_file_holds_the_end_is_a_gradebook_or_one_line(desk, option, content):
    desk.grades(named("Bo"))
    desk.write("students.csv", "ID,Name\n1,Bo\n")
    (desk.folder / "odd.csv").write_bytes(content)
    assert desk.export("csv", "--roster", "students.csv", option, "odd.csv") in (0, 2)
    assert desk.err.count("\n") == (0 if "Gradebook: " in desk.out else 1)
