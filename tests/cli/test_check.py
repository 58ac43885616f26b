"""``grade check``: how it ends, and the page that it opens."""

from __future__ import annotations

import webbrowser
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import pytest

from grader.cli.main import main
from grader.errors import UserError
from grader.executors import checking
from grader.executors.checking import Checked
from grader.grading.grade import CheckGrade, ClassGrades, QuestionGrade, SubmissionGrade
from grader.rubric.student_copy import student_copy

RUBRIC = """\
rubric: 1
id: hello
title: A greeting
questions:
  - id: q
    title: Greet
    checks:
      - {id: a, check: printed, pattern: hello, title: Says hello, points: 2}
      - {id: b, check: printed, pattern: world, title: Says world, points: 1, visibility: hidden}
"""


def grades(status: str, earned: int) -> ClassGrades:
    has_mark = status in ("graded", "needs_review")
    word = "needs_review" if status == "needs_review" else "passed" if earned == 2 else "failed"
    check = CheckGrade(
        id="a", check="printed", title="Says hello", status=word, points=Decimal(2), earned=Decimal(earned),
        expected="hello", found="nothing", hint="print it",
    )  # fmt: skip
    question = QuestionGrade(
        id="q", title="Greet", points=Decimal(2), earned=Decimal(earned), checks=(check,)
    )
    grade = SubmissionGrade(
        submission="anna", notebook="anna.ipynb", status=status, reason="why", points=Decimal(2),
        earned=Decimal(earned), proposed=Decimal(earned if word == "needs_review" else 0),
        questions=(question,) if has_mark else (), remarks=("for the teacher",),
    )  # fmt: skip
    return ClassGrades(
        grader="0", rubric="hello", title="A greeting", points=Decimal(2), created="", sandbox="none",
        data={},
        submissions=(grade,),
    )  # fmt: skip


class StandIn:
    """Takes the place of the self-check: what it finds is given."""

    found: list[ClassGrades | UserError]

    def __init__(self, path: Path, settings: Any) -> None:
        self.path, self.settings, self.copy = path, settings, student_copy(settings.rubric)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *fault: object) -> None:
        """Nothing was started."""

    async def run(self, watch: Any) -> Checked:
        watch.stage("anna", "cell 1 of 2")
        watch.met(frozenset({"a"}))
        found = self.found.pop(0)
        if isinstance(found, UserError):
            raise found
        return Checked(found, None, 1.5, ("the cache is full",))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(checking, "SelfCheck", StandIn)
    (tmp_path / "hello.yaml").write_text(RUBRIC)
    return tmp_path


def check(*words: str, found: list[ClassGrades | UserError]) -> int:
    StandIn.found = found
    return main(["check", "anna.ipynb", "--rubric", "hello.yaml", *words])


@pytest.mark.parametrize(
    ("status", "earned", "code"),
    [
        ("graded", 2, 0),
        ("graded", 0, 1),
        ("needs_review", 0, 0),  # a person decides: nothing is lost yet
        ("not_gradable", 0, 1),
        ("failed", 0, 3),
    ],
)
def test_the_exit_code_says_whether_points_are_lost(
    desk: Path, capsys: pytest.CaptureFixture[str], status: str, earned: int, code: int
) -> None:
    assert check(found=[grades(status, earned)]) == code
    told = capsys.readouterr()
    assert told.err.count("the cache is full") == 1
    assert ("decided after handing in: 1" in told.out) == (status in ("graded", "needs_review"))


def test_a_rubric_of_which_nothing_is_public_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "hello.yaml").write_text(RUBRIC.replace("points: 2}", "points: 2, visibility: hidden}"))
    assert check(found=[]) == 2
    assert "none of its checks" in capsys.readouterr().err


def test_the_page_is_opened_once_and_written_at_each_save(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda page: opened.append(page) or True)

    async def three_saves(path: Path) -> Any:
        for _ in range(3):
            yield

    monkeypatch.setattr(checking, "saves", three_saves)
    found = [grades("graded", 0), UserError("anna.ipynb: no such file"), grades("graded", 2)]
    assert check("--watch", "--open", found=found) == 0, "as the last check ended"
    page = desk / "cache/self-check/anna.html"
    assert opened == [page.as_uri()]
    text = page.read_text()
    assert "<strong>2</strong>" in text and "for the teacher" not in text
    told = capsys.readouterr().out
    assert told.count("waiting for you to save") == 3 and "no such file" in told
    assert told.count("Since the check before: a +2") == 1
