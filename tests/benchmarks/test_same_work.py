"""The class that three tools grade: what it is made of, and that what is expected of it is right."""

from __future__ import annotations

import ast
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.same_work.__main__ import graded
from benchmarks.same_work.measured import measured
from benchmarks.same_work.notebooks import KINDS, NAMES, REQUIREMENTS, Kind, Notebook, class_of
from benchmarks.same_work.ours import write_rubric
from benchmarks.same_work.tool import Passed, Work
from grader.rubric.lint import lint_rubric

CLASS = class_of(30)
BUILD, COMPILE = 2, 3
"""The cells that are run here; training takes too long."""


def test_thirty_notebooks_of_three_kinds_one_in_five_wrong() -> None:
    assert Counter(each.kind.name for each in CLASS) == {kind.name: 10 for kind in KINDS}
    assert [each.passes == NAMES for each in CLASS].count(False) == 6
    assert len({each.name for each in CLASS}) == len({each.cells for each in CLASS}) == 30


def test_every_mistake_is_made_and_is_the_only_one() -> None:
    wrong = [each for each in CLASS if each.passes != NAMES]
    assert Counter(NAMES - each.passes for each in wrong) == Counter(
        mistake.fails for kind in KINDS for mistake in kind.mistakes
    )
    for kind in KINDS:
        right = "".join(next(each for each in CLASS if each.kind is kind and each.passes == NAMES).cells)
        assert [right.count(mistake.right) for mistake in kind.mistakes] == [1, 1]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_assertion_for_every_requirement(kind: Kind) -> None:
    assert list(kind.assertions) == [each.name for each in REQUIREMENTS]
    for assertion in kind.assertions.values():
        assert isinstance(ast.parse(assertion).body[0], ast.Assert)


@pytest.mark.parametrize(
    "notebook",
    [CLASS[0], CLASS[2], CLASS[4], *(each for each in CLASS if each.passes != NAMES)],
    ids=lambda each: each.name,
)
def test_what_is_expected_of_networks_is_what_keras_says(notebook: Notebook) -> None:
    names: dict[str, Any] = {}
    exec("import keras", names)
    for cell in notebook.cells[BUILD : COMPILE + 1]:
        exec(cell.replace("model.summary()", ""), names)
    for name, assertion in notebook.kind.assertions.items():
        if "history" not in assertion:
            assert _holds(assertion, names) == (name in notebook.passes), name


def _holds(assertion: str, names: dict[str, Any]) -> bool:
    try:
        exec(assertion, names)
    except AssertionError:
        return False
    return True


def test_the_rubric_is_without_doubts(tmp_path: Path) -> None:
    report = lint_rubric(write_rubric(tmp_path))
    assert (report.errors, report.warnings) == ((), ())


class Stub:
    """A grader that says the same of every notebook."""

    name = "stub"

    def work(self, notebooks: Sequence[Notebook], folder: Path) -> Work:
        return Work(folder, [["true"]], os.environ)

    def passed(self, notebooks: Sequence[Notebook], folder: Path) -> Passed:
        return {each.name: NAMES for each in notebooks}


def test_another_result_ends_the_benchmark() -> None:
    assert graded(Stub(), CLASS[:1]).wall < 5
    with pytest.raises(AssertionError, match="s01-cnn meets"):
        graded(Stub(), CLASS[:2])


BUSY = "import time\nwhile time.process_time() < 0.5: pass"


def test_what_outlives_a_command_is_counted(tmp_path: Path) -> None:
    detached = ["sh", "-c", 'setsid "$0" -c "$1" &', sys.executable, BUSY]
    cost = measured([detached, ["true"]], tmp_path, os.environ)
    assert 0.4 < cost.cpu < 2


def test_a_command_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no such rubric"):
        measured([["sh", "-c", "echo no such rubric; exit 2"]], tmp_path, os.environ)
