from __future__ import annotations

import pytest
from evidence_builder import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.drawn(tmp_path_factory.mktemp("served") / "data")


@pytest.fixture(scope="session")
def other_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A second data set with the same classes and splits."""
    return World.drawn(tmp_path_factory.mktemp("other") / "data", "flowers", seed=1)
