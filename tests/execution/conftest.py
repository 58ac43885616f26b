"""worksheet5's data set in small, served in two sizes."""

from pathlib import Path

import pytest

from grader.datasets.drawing import draw_folder
from grader.execution.job import ServedData
from grader.execution.paths import DataNames
from grader.execution.request import DataSource

CLASSES = ("acai", "graviola", "tucuma")
NAMES = DataNames("fruits", ("FruitinAmazon", "FruitAmazon", "fruits"), ("train", "test"), CLASSES)


def _draw(folder: Path, train: int, test: int) -> DataSource:
    import zipfile

    root = folder / "FruitinAmazon"
    draw_folder(root, CLASSES, {"train": train, "test": test})
    with zipfile.ZipFile(folder / "FruitinAmazon.zip", "w") as archive:
        for file in sorted(root.rglob("*.*")):
            archive.write(file, f"FruitinAmazon/{file.relative_to(root)}")
    return DataSource(name="fruits", root=str(root), archive=str(folder / "FruitinAmazon.zip"))


@pytest.fixture(scope="session")
def fruits(tmp_path_factory: pytest.TempPathFactory) -> ServedData:
    """Four training images of each class at full size, two on the reduced rung."""
    full = _draw(tmp_path_factory.mktemp("full"), 4, 2)
    reduced = _draw(tmp_path_factory.mktemp("reduced"), 2, 1)
    root = Path(reduced.root)
    files = {
        split: tuple(
            sorted(f"{split}/{file.relative_to(root / split)}" for file in (root / split).glob("*/*"))
        )
        for split in ("train", "test")
    }
    return ServedData(names=NAMES, full=full, reduced=reduced, digest="drawn", files=files)


@pytest.fixture(scope="session")
def whole_fruits(fruits: ServedData) -> ServedData:
    """The small size on both rungs, so that the first run is the full one already."""
    return ServedData(fruits.names, fruits.reduced, fruits.reduced, fruits.digest, fruits.files)
