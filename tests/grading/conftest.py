from __future__ import annotations

import pytest
from evidence_builder import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.drawn(tmp_path_factory.mktemp("served") / "data")
