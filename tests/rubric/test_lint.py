"""Warnings: what works but is probably not meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.rubric.lint import lint_rubric


def test_a_good_rubric_has_no_warnings(small: Path) -> None:
    report = lint_rubric(small)
    assert (report.errors, report.warnings) == ((), ())


FREE = "      - {id: free, check: layers, layers: [1], title: Free, points: 0}"
PYTHON = "      - {id: mine, check: python, call: f.py:f, title: Mine, points: 0.5}"
DOUBTS = [
    ("rubric: 1", "rubric: 1 #", "reference: small.ipynb\n", "no reference solution"),
    ("small.ipynb", "smal.ipynb", "", "there is no file"),
    ("rubric: 1", "rubric: 1 #", "total: 4\n", "no total"),
    ("id: small", "id: other", "", "is not the name of the file"),
    ("digits: {", "digits: {", "classes: [one, two], ", "no stand-in can be drawn"),
    ("      - id: 2b", f"{FREE}\n      - id: 2b", "", 'the check "free" is worth 0 points'),
    ("  cnn:", "  old: {input: [4], layers: [Dense(1)]}\n  cnn:", "", 'no check uses the network "old"'),
    ("  - id: task1", "  - {id: q0, title: Nothing}\n  - id: task1", "", 'the question "q0" has no checks'),
    ("      - id: 2b", f"{PYTHON}\n      - id: 2b", "", "no hint"),
]


@pytest.mark.parametrize(("written", "instead", "without", "warning"), DOUBTS)
def test_a_doubt_is_told_with_its_line(
    small: Path, written: str, instead: str, without: str, warning: str
) -> None:
    text = small.read_text()
    line = text.replace(without, "", 1)[: text.index(written)].count("\n") + 1
    text = text.replace(written, instead, 1).replace(without, "", 1)
    small.write_text(text.replace("total: 4\n", "total: 4.5\n") if PYTHON in text else text)

    report = lint_rubric(small)

    assert report.errors == ()
    assert [(found.line, warning in found.message) for found in report.warnings] == [(line, True)]


def test_a_network_that_is_one_of_any_is_used(small: Path) -> None:
    small.write_text(small.read_text().replace("network: cnn", "any_of: [cnn]"))
    report = lint_rubric(small)
    assert (report.errors, report.warnings) == ((), ())


def test_a_broken_rubric_has_errors_and_no_warnings(small: Path) -> None:
    small.write_text(small.read_text().replace("total: 4", "total: 5"))
    report = lint_rubric(small)
    assert [problem.line for problem in report.errors] == [5]
    assert report.warnings == ()
