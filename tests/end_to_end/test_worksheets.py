"""Every worksheet that ships: its samples get what a careful marker gives, its reference full marks."""

from __future__ import annotations

import shutil

import pytest
from desk import ALL_SAMPLES, CHECKOUT, LIMITS, SAMPLES, Desk, checks_of, expected, outcome

WORKSHEETS = {path.parent.name for path in ALL_SAMPLES.glob("*/expected.csv")}


def test_each_rubric_that_ships_has_a_reference_and_samples() -> None:
    assert {path.stem for path in (CHECKOUT / "rubrics").glob("*.yaml")} == WORKSHEETS
    assert {path.stem for path in (CHECKOUT / "reference_solutions").glob("*.ipynb")} == WORKSHEETS


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("worksheet", sorted(WORKSHEETS))
def test_samples_and_reference_get_their_marks(worksheet: str, desk: Desk) -> None:
    """One class, with the reference among them, and nothing kept from before."""
    folder = desk.folder / worksheet
    shutil.copytree(ALL_SAMPLES / worksheet, folder)
    shutil.copy(CHECKOUT / f"reference_solutions/{worksheet}.ipynb", folder / "the_reference.ipynb")
    limits = LIMITS if folder.name == SAMPLES.name else ()
    told = desk.grade(folder, "--rubric", worksheet, "--jobs", "2", *limits, seconds=1700)

    reference = told.submissions.pop("the_reference")
    lost = [check for check in checks_of(reference).values() if check["earned"] < check["points"]]
    assert lost == []
    assert reference["earned"] == 100
    assert {name: outcome(each) for name, each in told.submissions.items()} == expected(folder)
    assert told.code == 0
