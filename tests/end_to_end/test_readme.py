"""The paths of a teacher, a student and a course's repository, played with the README's own commands."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from desk import CHECKOUT, SAMPLES, Desk, Told, checks_of, expected

README = (CHECKOUT / "README.md").read_text()
COMMANDS = re.findall(r"^\$ grade (.+)$", README, re.MULTILINE)
GOOD, WEAK = "sunita_gurung", "rajan_thakuri"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def said(beginning: str) -> list[str]:
    """The one command of the README that begins like this, in words."""
    (command,) = (each for each in COMMANDS if each.startswith(beginning))
    return shlex.split(command)


def play(desk: Desk, beginning: str, out: str = "", **options: object) -> Told:
    return desk.run(*said(beginning), out=out, **options)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    return Desk(folder, folder / "cache")


@pytest.fixture(scope="module")
def graded(desk: Desk) -> Told:
    submissions = desk.folder / "submissions"
    submissions.mkdir()
    for name in (GOOD, WEAK):
        shutil.copy(SAMPLES / f"{name}.ipynb", submissions)
    return play(desk, "submissions/ --rubric worksheet5", out="results/worksheet5")


def test_a_teacher_grades_a_class_and_fills_in_the_platforms_gradebook(desk: Desk, graded: Told) -> None:
    marks = expected(SAMPLES)
    assert graded.code == 0, graded.err
    assert {name: each["earned"] for name, each in graded.submissions.items()} == {
        name: marks[name]["mark"] for name in (GOOD, WEAK)
    }
    for file in ("index.html", "grades.json", "gradebook.csv", f"students/{GOOD}.html"):
        assert (graded.folder / file).stat().st_size > 0
    (desk.folder / "gradebook.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Worksheet 5 (77)\n"
        "    Points Possible,,,,,100\n"
        '"Gurung, Sunita",1,,sunita,A,\n'
        '"Thakuri, Rajan",2,,rajan,A,\n'
        '"Rai, Absent",3,,absent,A,\n'
    )
    exported = play(desk, "export results/worksheet5 --to canvas")
    assert exported.code == 0, exported.err
    with (graded.folder / "gradebook-canvas.csv").open(newline="") as file:
        filled = {row["Student"]: row["Worksheet 5 (77)"] for row in csv.DictReader(file)}
    assert float(filled["Gurung, Sunita"]) == marks[GOOD]["mark"]
    assert float(filled["Thakuri, Rajan"]) == marks[WEAK]["mark"]
    assert filled["Rai, Absent"] == ""
    assert "Rai, Absent" in exported.out


def test_a_student_checks_the_notebook_with_the_published_copy(desk: Desk, graded: Told) -> None:
    published = play(desk, "rubric publish worksheet5")
    assert published.code == 0, published.err
    shutil.copy(SAMPLES / f"{WEAK}.ipynb", desk.folder / "notebook.ipynb")
    words = [word for word in said("check notebook.ipynb") if word != "--watch"]
    told = desk.run(*words)
    assert told.code == 1, told.err
    lost = [
        check for check in checks_of(graded.submissions[WEAK]).values() if check["earned"] < check["points"]
    ]
    assert lost and all(check["id"] in told.out for check in lost if check["check"] != "trains")


def test_a_repository_is_graded_on_a_push(desk: Desk, graded: Told) -> None:
    repository = desk.folder / "repository"
    repository.mkdir()
    shutil.copy(SAMPLES / f"{GOOD}.ipynb", repository / "work.ipynb")
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=s", "-c", "user.email=s@x", "commit", "-qm", "done"],
    ):
        subprocess.run(["git", *words], cwd=repository, check=True)
    told = subprocess.run(
        desk.command(*said("ci --rubric worksheet5")),
        cwd=repository,
        env=desk.variables | {"GRADER_DATA": str(Path(desk.folder / "no-photographs"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert f"{expected(SAMPLES)[GOOD]['mark']:g} of 100" in told.stdout
    assert (repository / "grade-report/report.html").exists()
