"""A desk for each test, and one for the sample class, which is graded once for all its tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import LIMITS, SAMPLES, WORKSHEET5, Desk, Told


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, tmp_path / "cache")


@pytest.fixture(scope="session")
def class_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("class")
    return Desk(folder, folder / "cache")


@pytest.fixture(scope="session")
def graded(class_desk: Desk) -> Told:
    """All samples, graded with nothing kept from before."""
    return class_desk.grade(SAMPLES, "--rubric", WORKSHEET5, "--jobs", "2", *LIMITS, seconds=1500)


@pytest.fixture(scope="session")
def again(class_desk: Desk, graded: Told) -> Told:
    """The same once more."""
    return class_desk.grade(SAMPLES, "--rubric", WORKSHEET5, "--jobs", "2", *LIMITS, out="again")
