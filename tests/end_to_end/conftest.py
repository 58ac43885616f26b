"""A desk for each test, and one for the sample class, which is graded once for all its tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk import CLASS, LIMITS, SAMPLES, SOME, WORKSHEET5, Desk, Told


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, tmp_path / "cache")


@pytest.fixture(scope="session")
def class_desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("class")
    return Desk(folder, folder / "cache")


@pytest.fixture(scope="session")
def graded(class_desk: Desk) -> Told:
    """Some of the samples, graded with nothing kept from before."""
    (class_desk.folder / CLASS).mkdir()
    for name in SOME:
        (file,) = SAMPLES.glob(f"{name}.*")  # one of them is a zip
        shutil.copy(file, class_desk.folder / CLASS)
    return class_desk.grade(CLASS, "--rubric", WORKSHEET5, "--jobs", "2", *LIMITS, seconds=1500)


@pytest.fixture(scope="session")
def again(class_desk: Desk, graded: Told) -> Told:
    """The same once more."""
    return class_desk.grade(CLASS, "--rubric", WORKSHEET5, "--jobs", "2", *LIMITS, out="again")
