"""What was found out about a submission holds until something changes that it depends on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.checks.outcome import Outcome
from grader.executors.kept import KeptFindings
from grader.grading.assemble import Provenance, Seen
from grader.grading.findings import Findings, Version, grade_of
from grader.grading.mark import Verdict
from grader.rubric.load import load_rubric
from grader.rubric.schema import Rubric
from grader.submissions.find import Submission

RUBRIC = """\
rubric: 1
id: small
title: A greeting
total: 4
templates: [Say hello.]
networks: {cnn: {layers: [Flatten(), Dense(3)]}}
questions:
  - id: task1
    title: Greet
    checks:
      - {id: 1a, check: printed, pattern: hello, example: hello, title: Prints hello, points: 3}
      - {id: 1b, check: network, network: cnn, title: The network, points: 1, hint: Read the worksheet.}
"""


def rubric_of(folder: Path, *changes: tuple[str, str]) -> Rubric:
    text = RUBRIC
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    folder.mkdir(exist_ok=True)
    (folder / "small.yaml").write_text(text)
    return load_rubric(folder / "small.yaml")


@pytest.fixture
def handed_in(tmp_path: Path) -> Submission:
    folder = tmp_path / "class/anna"
    folder.mkdir(parents=True)
    (folder / "work.ipynb").write_text("{}")
    (folder / "data.csv").write_text("1,2")
    return Submission("anna", (folder / "work.ipynb",), (folder / "data.csv",), folder)


def key(
    submission: Submission, rubric: Rubric, tmp_path: Path, settings: object = "as ever", **data: Any
) -> str | None:
    return KeptFindings(tmp_path / "findings", rubric, data, settings).key(submission, tmp_path / "class")


def version(score: Fraction, other: Fraction = Fraction(1), **more: Any) -> Version:
    verdicts = {
        "1a": Verdict(Outcome(score, "hello", "something else", hint="Print it.", cells=(1,)), "full"),
        "1b": Verdict(Outcome(other, "Dense(3)", "Dense(2)", hint="Three units."), "mended"),
    }
    seen = Seen(
        networks=(), trainings=(), claims=(), cell_issues=(), mends=(), remarks=("Old.",), doubts=(),
        tampered=False, rung="full", seconds=1.5,
    )  # fmt: skip
    return Version(verdicts=verdicts, seen=seen, **more)


def findings(*versions: Version) -> Findings:
    handed_in, *mended = versions
    return Findings(
        notebook="anna/work.ipynb",
        digest=hashlib.sha256(b"{}").hexdigest(),
        remarks=("Two notebooks.",),
        code=(1, 2**64 - 1),
        handed_in=handed_in,
        mended=mended[0] if mended else None,
        runs=("as it was", "mended")[: len(versions)],
        entries=("ab", "cd")[: len(versions)],
    )


@pytest.mark.parametrize(
    "changes",
    [
        [("points: 3}", "points: 2}"), ("points: 1,", "points: 2,")],
        [("title: Prints hello", "title: A greeting is printed")],
        [("hint: Read the worksheet.", "visibility: hidden")],
        [("title: Greet\n", "title: Say something\n"), ("total: 4\n", "")],
    ],
    ids=str,
)
def test_it_holds_where_only_points_and_words_change(
    changes: list[tuple[str, str]], handed_in: Submission, tmp_path: Path
) -> None:
    before = rubric_of(tmp_path / "before")
    assert key(handed_in, rubric_of(tmp_path / "after", *changes), tmp_path) == key(
        handed_in, before, tmp_path
    )


@pytest.mark.parametrize(
    "change",
    [
        ("pattern: hello", "pattern: hullo"),
        ("Dense(3)]", "Dense(4)]"),
        ("Say hello.", "Say hello, please."),
        ("    checks:", '    section: "Task 1"\n    checks:'),
        ("total: 4", "total: 4\nmending: off"),
        ("id: 1a", "id: 1c"),
    ],
    ids=str,
)
def test_another_rubric_wants_another_look(
    change: tuple[str, str], handed_in: Submission, tmp_path: Path
) -> None:
    before = rubric_of(tmp_path / "before")
    assert key(handed_in, rubric_of(tmp_path / "after", change), tmp_path) != key(handed_in, before, tmp_path)


def test_so_does_whatever_else_decides(handed_in: Submission, tmp_path: Path) -> None:
    rubric = rubric_of(tmp_path / "rubrics")
    before = key(handed_in, rubric, tmp_path)
    assert key(handed_in, rubric, tmp_path) == before
    others = [key(handed_in, rubric, tmp_path, settings="memory=1GiB")]
    (tmp_path / "rubrics/small.calibration.json").write_text("[]")
    others.append(key(handed_in, rubric, tmp_path))
    (handed_in.files[0]).write_text("1,3")
    others.append(key(handed_in, rubric, tmp_path))
    (handed_in.notebooks[0]).write_text("{ }")
    others.append(key(handed_in, rubric, tmp_path))
    others.append(key(replace(handed_in, files=()), rubric, tmp_path))
    assert len({before, *others}) == 6


def test_a_teachers_own_code_is_asked_each_time(handed_in: Submission, tmp_path: Path) -> None:
    own = rubric_of(tmp_path / "own", ("check: network, network: cnn", "check: python, call: my.py:look"))
    assert key(handed_in, own, tmp_path) is None
    rubric = rubric_of(tmp_path / "rubrics")
    assert key(replace(handed_in, problem="its zip is damaged"), rubric, tmp_path) is None
    gone = tmp_path / "class/anna/a name that no system takes".ljust(300, "x")
    assert key(replace(handed_in, files=(gone,)), rubric, tmp_path) is None


def test_what_is_kept_reads_back_whole_or_not_at_all(tmp_path: Path) -> None:
    kept = KeptFindings(tmp_path / "findings", rubric_of(tmp_path / "rubrics"), {}, None)
    found = findings(version(Fraction(1, 3)), version(Fraction(1)))
    assert kept.get("ab12") is None
    kept.put("ab12", found)
    assert kept.get("ab12") == found
    (file,) = (tmp_path / "findings").rglob("*.json")
    text = file.read_text()
    for damaged in (text.replace("1/3", "1/2"), text[:-40], "", "no\njson"):
        file.write_text(damaged)
        assert kept.get("ab12") is None
    (tmp_path / "a file").write_text("")
    KeptFindings(tmp_path / "a file", rubric_of(tmp_path / "rubrics"), {}, None).put("ab12", found)


def test_other_points_give_another_mark_by_the_same_findings(tmp_path: Path) -> None:
    whose = Provenance("anna", "", handed_in_as="anna_17.zip", from_store=True)
    found = findings(version(Fraction(1, 3), Fraction(0)))
    grade, run = grade_of(rubric_of(tmp_path / "a"), whose, found)
    assert (grade.earned, grade.points, run) == (Decimal(1), Decimal(4), "as it was")
    assert (grade.submission, grade.notebook, grade.handed_in_as) == (
        "anna",
        "anna/work.ipynb",
        "anna_17.zip",
    )
    assert grade.remarks == ("Two notebooks.", "Old.") and grade.from_store
    (first, second) = grade.questions[0].checks
    assert (first.hint, second.hint, first.cells) == ("Print it.", "Read the worksheet.", (1,))
    changed = rubric_of(
        tmp_path / "b",
        ("points: 3}", "points: 6, title: Hi}"),
        (", title: Prints hello", ""),
        ("total: 4", "total: 7"),
    )
    other, _ = grade_of(changed, whose, found)
    assert (other.earned, other.points) == (Decimal(2), Decimal(7))
    assert other.questions[0].checks[0].title == "Hi"


def test_whether_a_mend_helps_is_decided_by_the_points_of_now(tmp_path: Path) -> None:
    whose = Provenance("anna", "")
    found = findings(version(Fraction(1), Fraction(0)), version(Fraction(1, 2), Fraction(1)))
    dear = rubric_of(tmp_path / "dear")
    grade, run = grade_of(dear, whose, found)
    assert (grade.earned, grade.earned_unmended, run) == (Decimal(3), None, "as it was")
    cheap = rubric_of(tmp_path / "cheap", ("points: 3}", "points: 1}"), ("points: 1,", "points: 3,"))
    grade, run = grade_of(cheap, whose, found)
    assert (grade.earned, grade.earned_unmended, run) == (Decimal("3.5"), Decimal(1), "mended")


def test_what_may_come_out_otherwise_next_time_is_not_lasting() -> None:
    good = version(Fraction(1))
    assert findings(good).are_lasting and findings(good, good).are_lasting
    assert not findings(good, version(Fraction(1), is_lasting=False)).are_lasting
    assert not findings(good).model_copy(update={"entries": ("",)}).are_lasting
    failed = {**good.verdicts, "1a": replace(good.verdicts["1a"], failed=True)}
    assert not findings(good.model_copy(update={"verdicts": failed})).are_lasting
