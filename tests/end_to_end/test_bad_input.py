"""What a teacher can get wrong: one clear line, the documented exit code, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest
from desk import CHECKOUT, HELLO, Desk, Told

from grader.execution import linux
from grader.rubric.load import shipped_rubrics

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
EMPTY = "# only the template"
"""A cell without code: its notebook is ``not_gradable``, which takes no kernel."""


def only_line(told: Told) -> str:
    """The single line of an error; no traceback, nothing on standard output."""
    assert told.out == ""
    assert told.err.startswith("grade: error: ")
    assert told.err.endswith("\n")
    assert told.err.count("\n") == 1
    return told.err.removeprefix("grade: error: ").rstrip()


def refused(desk: Desk, *words: object) -> str:
    told = desk.grade(*words)
    assert told.code == 2
    assert not (desk.folder / "results").exists()
    return only_line(told)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: A greeting", 'title: "A greeting', "not YAML: while scanning a quoted scalar"),
        (
            "check: printed, pattern: hello",
            "check: pritned, pattern: hello",
            'no check "pritned"; did you mean "printed"?',
        ),
        ("id: hello", "id: hello\ntotal: 4", "the questions add up to 3 points, not 4"),
        ("points: 2}", "points: two}", "hello.yaml:8: "),
        ("questions:", "qestions:", 'unknown key "qestions"'),
    ],
    ids=["no YAML", "misspelt check", "wrong total", "points that are none", "misspelt key"],
)
def test_a_rubric_with_an_error(desk: Desk, old: str, new: str, message: str) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    assert HELLO.count(old) == 1
    told = desk.grade("anna.ipynb", "--rubric", desk.rubric(HELLO.replace(old, new)))
    assert told.code == 2
    assert told.out == ""
    assert message in told.err
    assert "Traceback" not in told.err
    assert told.err.startswith("grade: error: ")


def test_a_rubric_that_is_not_there(desk: Desk) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    assert 'no rubric "worksheet55"' in (message := refused(desk, "anna.ipynb", "--rubric", "worksheet55"))
    assert 'did you mean "worksheet5"?' in message
    assert "nowhere.yaml" in refused(desk, "anna.ipynb", "--rubric", "nowhere.yaml")


def test_submissions_that_are_not_there(desk: Desk) -> None:
    (desk.folder / "class7").mkdir()
    assert refused(desk, "class8", "-r", desk.rubric()) == "no such file or folder: class8"
    assert "no notebook found in class7" in refused(desk, "class7", "-r", desk.rubric())


def test_a_file_that_is_no_submission(desk: Desk) -> None:
    (desk.folder / "class7.zip").write_bytes(b"PK\x03\x04 and then the download broke off")
    assert "class7.zip cannot be opened" in refused(desk, "class7.zip", "-r", desk.rubric())
    (desk.folder / "marks.xlsx").write_bytes(b"")
    assert "neither a notebook" in refused(desk, "marks.xlsx", "-r", desk.rubric())


def test_an_unreadable_zip_stands_beside_the_others(desk: Desk) -> None:
    desk.notebook("class7/anna.ipynb", EMPTY)
    (desk.folder / "class7/ben.zip").write_bytes(b"PK\x03\x04 and then the download broke off")
    with zipfile.ZipFile(desk.folder / "class7/cleo.zip", "w") as archive:
        archive.write(desk.notebook("work.ipynb", EMPTY), "work.ipynb")
    (desk.folder / "class7/dan.ipynb").write_text('{"cells": [')
    told = desk.grade("class7", "-r", desk.rubric())
    assert told.code == 0
    assert told.statuses == dict.fromkeys(("anna", "ben", "cleo", "dan"), "not_gradable")
    assert "archive" in told.submissions["ben"]["reason"]
    assert "no code" in told.submissions["cleo"]["reason"]


def without_privilege(desk: Desk, *words: object) -> Told:
    """Graded by somebody who is bound to permissions, as root is without these capabilities."""

    def give_up() -> None:
        if os.getuid() == 0:
            for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
                linux.prctl(PR_CAPBSET_DROP, capability)

    return desk.grade(*words, preexec_fn=give_up)


def test_a_folder_without_permission(desk: Desk) -> None:
    desk.notebook("class7/anna.ipynb", EMPTY)
    (desk.folder / "class7").chmod(0)
    told = without_privilege(desk, "class7", "-r", desk.rubric())
    assert told.code == 2
    assert only_line(told) == "class7 cannot be read: permission denied"


def test_a_students_folder_without_permission_stands_beside_the_others(desk: Desk) -> None:
    desk.notebook("class7/anna/work.ipynb", EMPTY)
    desk.notebook("class7/ben/work.ipynb", EMPTY)
    (desk.folder / "class7/ben").chmod(0)
    desk.notebook("class7/cleo/work.ipynb", EMPTY).chmod(0)
    told = without_privilege(desk, "class7", "-r", desk.rubric())
    assert told.code == 0
    assert told.statuses == dict.fromkeys(("anna", "ben", "cleo"), "not_gradable")
    for name in ("ben", "cleo"):
        assert "permission denied" in told.submissions[name]["reason"].lower()


def test_results_that_may_not_be_written(desk: Desk) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    (desk.folder / "results").mkdir(mode=0o555)
    told = without_privilege(desk, "anna.ipynb", "-r", desk.rubric())
    assert told.code == 4
    assert only_line(told) == "results: cannot write: permission denied; choose another: --out FOLDER"


def test_results_where_a_file_is_in_the_way(desk: Desk) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    (desk.folder / "results").write_text("mine")
    told = desk.grade("anna.ipynb", "-r", desk.rubric())
    assert told.code == 4
    assert "a file, not a folder" in only_line(told)
    assert (desk.folder / "results").read_text() == "mine"


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("cel=10s", "--limit cel=10s: there is no limit 'cel'; did you mean \"cell\"?; write cell=15s"),
        ("cell=10", "--limit cell=10: "),
        ("memory=lots", "--limit memory=lots: "),
    ],
)
def test_a_limit_that_is_none(desk: Desk, limit: str, message: str) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    assert message in refused(desk, "anna.ipynb", "-r", desk.rubric(), "--limit", limit)


def test_a_damaged_calibration(desk: Desk) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    rubric = desk.rubric()
    (desk.folder / "hello.calibration.json").write_text("[{")
    message = refused(desk, "anna.ipynb", "-r", rubric)
    assert "hello.calibration.json: not a calibration" in message
    assert "grade calibrate" in message


def test_data_that_can_neither_be_found_nor_drawn(desk: Desk) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    rubric = desk.rubric(HELLO + "data: {birds: {kind: image_folder, aliases: [Birds]}}\n")
    told = desk.grade("anna.ipynb", "-r", rubric)
    assert told.code == 2
    assert told.err.splitlines()[-1].startswith("grade: error: data birds: ")
    assert "grade data add birds FILE.zip" in told.err


def test_a_cache_that_cannot_be_written(desk: Desk) -> None:
    desk.notebook("anna.ipynb", EMPTY)
    desk.cache.write_text("a file")
    told = desk.grade("anna.ipynb", "-r", shipped_rubrics() / "worksheet5.yaml")
    assert told.code == 2
    assert "Not a directory" in told.err.splitlines()[-1]
    assert "Traceback" not in told.err


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("rubric", "list")])
def test_what_needs_no_tensorflow_starts_at_once(desk: Desk, words: tuple[str, ...]) -> None:
    script = (
        "import sys; from grader.cli.main import main; code = main(sys.argv[1:]);"
        "print(code, {'tensorflow', 'keras', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines()[-1] == "0 set()"
