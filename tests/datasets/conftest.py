"""A small drawn data set, and a data folder of the test's own."""

from pathlib import Path

import pytest
from fruit_spec import Spec

from grader.datasets.drawing import draw_folder
from grader.datasets.served import ServedFolder, serve_image_folder


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("GRADER_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def fruits(tmp_path_factory: pytest.TempPathFactory) -> ServedFolder:
    """worksheet5's stand-in, drawn once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_DATA", str(tmp_path_factory.mktemp("no_data")))
        return serve_image_folder("fruits", Spec(), tmp_path_factory.mktemp("cache"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with three images of each of two classes in train/ and one in test/."""
    root = tmp_path / "small"
    draw_folder(root, ("acai", "tucuma"), {"train": 3, "test": 1})
    return root
