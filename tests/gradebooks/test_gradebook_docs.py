"""The guide's examples, file by file and command by command, as they stand there."""

from __future__ import annotations

import re
import shlex
from decimal import Decimal
from pathlib import Path

import pytest
from course import named

from grader.cli.main import main
from grader.gradebooks.export import DIALECTS
from grader.reports.json_report import write_grades

TEXT = (Path(__file__).parents[2] / "docs/gradebooks.md").read_text()
BLOCKS = re.findall(r"^```(csv|console|yaml)(?: (\S+))?\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    grades = named("jdoe", "Ánh Đặng", "Seamus O'Brian", "final version")
    earned = (Decimal("92.5"), Decimal(100), Decimal(70))
    marked = [
        grade.model_copy(update={"earned": mark})
        for grade, mark in zip(grades.submissions, earned, strict=False)
    ]
    nothing = {"status": "not_gradable", "reason": "The file is no notebook.", "earned": Decimal(0)}
    unread = grades.submissions[3].model_copy(update=nothing)
    write_grades(
        grades.model_copy(update={"submissions": (*marked, unread)}), tmp_path / "results/grades.json"
    )


def test_the_guide_is_true(results, capsys):
    commands = 0
    for kind, name, content in BLOCKS:
        if kind == "yaml":
            head = "rubric: 1\nid: worksheet5\ntitle: W\nquestions: [{id: a, title: A}]\n"
            Path("late.yaml").write_text(head + content)
        elif kind == "csv" and name.startswith("results/"):
            assert Path(name).read_bytes().decode() == content
        elif kind == "csv":
            Path(name).write_bytes(content.encode())
        else:
            command, _, shown = content.partition("\n")
            assert main(shlex.split(command.removeprefix("$ grade "))) == 0
            assert capsys.readouterr().out == shown
            commands += 1
    assert commands == 3


def test_every_dialect_is_in_the_table():
    assert set(re.findall(r"^\| `([a-z-]+)` \|", TEXT, re.MULTILINE)) - {"--to"} == set(DIALECTS)
