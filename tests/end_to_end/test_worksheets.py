"""Every worksheet that ships: its samples get what a careful marker gives, its reference full marks."""

from __future__ import annotations

import shutil

import pytest
from desk import ALL_SAMPLES, CHECKOUT, LIMITS, Desk, checks_of, expected, outcome

WORKSHEETS = sorted(path.parent.name for path in ALL_SAMPLES.glob("*/expected.csv"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_each_rubric_that_ships_has_a_reference_and_samples() -> None:
    rubrics = {path.stem for path in (CHECKOUT / "rubrics").glob("*.yaml")}
    assert rubrics == set(WORKSHEETS)
    assert rubrics == {path.stem for path in (CHECKOUT / "reference_solutions").glob("*.ipynb")}


@pytest.mark.parametrize("worksheet", WORKSHEETS)
def test_a_worksheet_s_samples_and_its_reference_get_their_marks(worksheet: str, desk: Desk) -> None:
    """One class, with the reference among them, and nothing kept from before."""
    folder = desk.folder / worksheet
    shutil.copytree(ALL_SAMPLES / worksheet, folder)
    shutil.copy(CHECKOUT / f"reference_solutions/{worksheet}.ipynb", folder / "the_reference.ipynb")
    told = desk.grade(folder, "--rubric", worksheet, "--jobs", "2", *limits(worksheet), seconds=1700)

    reference = told.submissions.pop("the_reference")
    lost = [check for check in checks_of(reference).values() if check["earned"] < check["points"]]
    assert lost == []
    assert reference["earned"] == 100
    assert reference["status"] == "graded"
    assert {name: outcome(each) for name, each in told.submissions.items()} == expected(folder)
    assert told.code == 0


def limits(worksheet: str) -> tuple[str, ...]:
    """Worksheet 5's samples have an endless loop among them and one that fills the memory."""
    return LIMITS if worksheet == "worksheet5" else ()
