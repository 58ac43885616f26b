"""Slips mended in notebooks that are really executed: one slip costs once, and can be left to cost more."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk, checks_of

RUBRIC = """\
rubric: 1
id: sums
title: Sums
questions:
  - id: task1
    title: Add
    checks:
      - {id: 1a, check: printed, pattern: ready, example: ready, title: Prints that it is ready, points: 2}
      - {id: 1b, check: printed, pattern: 'first 6', example: first 6, title: The first sum, points: 2}
      - {id: 1c, check: printed, pattern: 'second 12', example: second 12, title: The second sum, points: 2}
limits: {cell: 20s, memory: 3GiB}
"""
READY = "print('ready')"
FIRST, SECOND = "print('first', np.sum([1, 2, 3]))", "print('second', 2 * first)"

CLASS = {
    # An import that nobody wrote, in two cells.
    "import": [READY, FIRST, "print('second', np.sum([6, 6]))"],
    # Two slips, the second of which shows only when the first is mended.
    "two": [READY, "first = np.sum([1, 2, 3])\nprint('first', frist)", SECOND],
    # Words among the code; what it makes is needed further down.
    "words": [READY, "now we add the three numbers\nfirst = 1 + 2 + 3\nprint('first', first)", SECOND],
    # An import that fails and that nothing needs.
    "unused": [f"import tensorflow_addons as tfa\nimport numpy as np\n{READY}", FIRST, "print('second', 12)"],
    # Nothing of this can be mended.
    "fault": [READY, "first = sum([1, 2, '3'])\nprint('first', first)", SECOND],
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("mending")
    desk = Desk(folder, folder / "cache")
    for name, cells in CLASS.items():
        desk.notebook(f"class/{name}.ipynb", *cells)
    desk.rubric(RUBRIC, "sums")
    desk.rubric(RUBRIC.replace("limits:", "mending: off\nlimits:"), "strict")
    return desk


def grade(desk: Desk, rubric: str = "sums", *options: str) -> dict[str, dict]:
    return desk.grade("class", "-r", f"{rubric}.yaml", *options, out="-".join((rubric, *options))).submissions


@pytest.fixture(scope="module")
def graded(desk: Desk) -> dict[str, dict]:
    return grade(desk)


@pytest.mark.parametrize(
    ("name", "earned", "mends"),
    [
        ("import", {"1a": 2, "1b": 1, "1c": 2}, ["`import numpy as np` added in cell 2"]),
        (
            "two",
            {"1a": 2, "1b": 1, "1c": 2},
            ["`import numpy as np` added in cell 2", "`first` for `frist` in cell 2"],
        ),
        ("words", {"1a": 2, "1b": 1, "1c": 2}, ["`now we add the three numbers` in cell 2 left out"]),
        ("unused", {"1a": 2, "1b": 2, "1c": 2}, ["`import tensorflow_addons as tfa` in cell 1 left out"]),
    ],
)
def test_a_slip_costs_half_of_its_own_cell_and_nothing_of_the_others(
    graded: dict[str, dict], name: str, earned: dict[str, int], mends: list[str]
) -> None:
    submission = graded[name]
    assert {id: check["earned"] for id, check in checks_of(submission).items()} == earned
    assert [mend["words"] for mend in submission["mends"]] == mends
    assert submission["earned_unmended"] <= submission["earned"] == sum(earned.values())


def test_what_is_no_slip_stays_as_it_is(graded: dict[str, dict]) -> None:
    assert graded["fault"]["mends"] == []
    assert graded["fault"]["earned_unmended"] is None


def test_the_page_shows_the_run_with_the_mend(desk: Desk, graded: dict[str, dict]) -> None:
    page = (desk.folder / "sums/students/import.html").read_text()
    assert "second 12" in page
    assert "added in cell 2, the rest runs." in " ".join(page.split()).replace("</code>", "").replace(
        "<code>", ""
    )


def test_graded_again_nothing_is_executed(desk: Desk, graded: dict[str, dict]) -> None:
    again = grade(desk)
    assert all(submission["from_store"] for submission in again.values())
    assert {name: each["earned"] for name, each in again.items()} == {
        name: each["earned"] for name, each in graded.items()
    }


@pytest.mark.parametrize(("rubric", "options"), [("strict", ()), ("sums", ("--no-mending",))])
def test_it_can_be_switched_off(
    desk: Desk, graded: dict[str, dict], rubric: str, options: tuple[str, ...]
) -> None:
    plain = grade(desk, rubric, *options)
    assert all(submission["mends"] == [] for submission in plain.values())
    for name, submission in graded.items():
        before = (
            submission["earned"] if submission["earned_unmended"] is None else submission["earned_unmended"]
        )
        assert plain[name]["earned"] == before


def test_a_switch_that_is_neither_on_nor_off_is_refused(desk: Desk) -> None:
    desk.rubric(RUBRIC.replace("limits:", "mending: sometimes\nlimits:"), "odd")
    told = desk.run("rubric", "lint", "odd.yaml")
    assert told.code != 0
    assert "mending" in told.out + told.err


def test_the_notebook_that_was_handed_in_is_untouched(desk: Desk, graded: dict[str, dict]) -> None:
    assert "import numpy" not in Path(desk.folder / "class/import.ipynb").read_text()
