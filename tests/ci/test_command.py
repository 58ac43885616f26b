"""``grade ci`` and ``grade gradescope run``: what they write where, and how they end."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_grades import HOSTILE, SECRET, check, graded, hostile, unmarked
from test_github import outputs

from grader.cli.main import main
from grader.executors import single
from grader.executors.local import Graded
from grader.grading.grade import ClassGrades

RUBRIC = """\
rubric: 1
id: hello
title: A greeting
questions:
  - id: task1
    title: Greet
    checks:
      - {id: 1a, check: printed, pattern: hello, example: hello, title: Prints hello, points: 2}
      - {id: 1b, check: printed, pattern: world, example: world, title: World, points: 1, visibility: hidden}
limits: {cell: 20s, memory: 3GiB}
"""

Graders = Callable[[ClassGrades], list[dict[str, Any]]]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout on a runner."""
    monkeypatch.chdir(tmp_path)
    Path("rubrics").mkdir()
    Path("rubrics/hello.yaml").write_text(RUBRIC)
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "ACTIONS_")) or "TOKEN" in name or "SECRET" in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("GITHUB_REPOSITORY", "course/hello-anna")
    monkeypatch.setenv("MY_TOKEN", "abc")
    return tmp_path


@pytest.fixture
def graders(monkeypatch: pytest.MonkeyPatch) -> Graders:
    """Puts given grades in the place of grading; what was asked for is returned."""

    def stand_in(grades: ClassGrades) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        def grade(folder: Path, name: str, settings: Any, watch: Any, **given: Any) -> Graded:
            watch.stage(name, HOSTILE)
            asked.append(
                {"name": name, "checks": [line.id for line in settings.rubric.checks], **given}
                | {"token": os.environ.get("MY_TOKEN"), "output": os.environ.get("GITHUB_OUTPUT")}
            )
            return Graded(grades, {})

        monkeypatch.setattr(single, "grade_repository", grade)
        return asked

    return stand_in


def everything_below(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file() and "rubrics" not in path.parts]
    return "\n".join(path.read_text() for path in files)


def test_a_push_is_told_everywhere(desk: Path, graders: Graders, capsys: pytest.CaptureFixture[str]) -> None:
    asked = graders(hostile())
    assert main(["ci", "--rubric", "rubrics/hello.yaml", "--points", "100"]) == 0
    log = capsys.readouterr().out
    given = outputs(desk / "output")
    assert (given["points"], given["max-points"], given["percent"]) == ("25", "100", "25")
    assert given["status"] == "graded" and Path(given["report"]).is_file()
    tests = json.loads(base64.b64decode(given["result"]))["tests"]
    assert sum(test["score"] for test in tests) == 25
    assert "25 / 100" in (desk / "summary").read_text()
    assert asked == [
        {
            "name": "hello-anna",
            "checks": ["1a", "1b"],
            "notebook": None,
            "trust_git": True,
            "token": None,
            "output": None,
        }
    ]
    commands = [line for line in log.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == 3 and all(line.startswith(("::warning ", "::notice ")) for line in commands)
    plain = [line for line in log.splitlines() if line not in commands]
    assert not [line for line in plain if "##[" in line]
    told = log + everything_below(desk) + json.dumps(tests)
    assert SECRET not in told and SECRET.split()[2] not in told


def test_the_mark_decides_only_where_it_is_asked_to(desk: Path, graders: Graders) -> None:
    graders(graded(check("a", "10", "6")))
    assert main(["ci", "-r", "rubrics/hello.yaml"]) == 0
    assert main(["ci", "-r", "rubrics/hello.yaml", "--fail-under", "60"]) == 0
    assert main(["ci", "-r", "rubrics/hello.yaml", "--fail-under", "60.5"]) == 1


@pytest.mark.parametrize(("status", "code"), [("not_gradable", 0), ("failed", 3)])
def test_without_a_mark_there_is_a_result_all_the_same(
    desk: Path, graders: Graders, status: str, code: int
) -> None:
    graders(unmarked(status))
    assert main(["ci", "-r", "rubrics/hello.yaml"]) == code
    given = outputs(desk / "output")
    content = json.loads(base64.b64decode(given["result"]))
    assert given["status"] == status and content["tests"][0]["score"] == 0
    assert content["max_score"] == (0 if status == "failed" else 10)


def test_a_self_check_leaves_hidden_checks_out(desk: Path, graders: Graders) -> None:
    asked = graders(graded(check("1a")))
    assert main(["ci", "-r", "rubrics/hello.yaml", "--mode", "self-check"]) == 0
    assert asked[0]["checks"] == ["1a"]


def test_classroom_50_gets_its_two_files_and_no_outputs(
    desk: Path, graders: Graders, monkeypatch: pytest.MonkeyPatch
) -> None:
    graders(hostile())
    given = {"CLASSROOM": "c", "ASSIGNMENT": "a", "OWNER": "anna", "SUBMISSION_TAG": "submit/1"}
    for name, value in (given | {"COMMIT_URL": "x", "RELEASE_URL": "y"}).items():
        monkeypatch.setenv(name, value)
    assert main(["ci", "-r", "rubrics/hello.yaml", "--protocol", "classroom50", "--points", "10"]) == 0
    assert json.loads((desk / "result.json").read_text())["max-score"] == 10
    assert (desk / "release-body.md").read_text().startswith("## ")
    # Its runner would take our outputs and our summary for its own.
    assert not (desk / "output").exists() and not (desk / "summary").exists()


def test_mistakes_are_one_line(desk: Path, graders: Graders, capsys: pytest.CaptureFixture[str]) -> None:
    graders(graded(check()))
    assert main(["ci"]) == 2
    assert main(["ci", "-r", "worksheet6"]) == 2
    assert main(["ci", "-r", "rubrics/hello.yaml", "--protocol", "classroom50"]) == 2
    assert main(["gradescope", "run", "-r", "rubrics/hello.yaml", "--submission", "none"]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len([line for line in errors if line.startswith("grade: error: ")]) == 4
    assert not [line for line in errors if "Traceback" in line]


def test_gradescope_gets_results_or_none(desk: Path, graders: Graders) -> None:
    (desk / "upload").mkdir()
    command = [
        "gradescope",
        "run",
        "-r",
        "rubrics/hello.yaml",
        "--submission",
        "upload",
        "--results",
        "out/results.json",
    ]
    graders(hostile())
    assert main([*command, "--points", "100", "--hidden-checks", "hidden"]) == 0
    content = json.loads((desk / "out/results.json").read_text())
    assert content["score"] == 25 and content["tests"][2]["visibility"] == "hidden"
    assert SECRET not in json.dumps(content)

    graders(unmarked("failed"))
    assert main(command) == 3
    assert not (desk / "out/results.json").exists()


def test_a_students_rubric_does_not_take_the_place_of_the_courses(
    desk: Path, graders: Graders, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rubrics/worksheet5.yaml").write_text(RUBRIC)
    asked = graders(graded(check()))
    assert main(["ci", "-r", "worksheet5"]) == 0
    assert len(asked[0]["checks"]) > 20
    assert main(["ci", "-r", "hello"]) == 2
    assert "one of your own is given by its path" in capsys.readouterr().err
