from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from grader.training.workers import Trainers

CLASSES = ("bar", "disc", "ring")


def draw(kind: str, rng: np.random.Generator) -> Image.Image:
    width, height = (int(side) for side in rng.integers(36, 60, size=2))
    image = Image.fromarray(rng.integers(90, 160, size=(height, width, 3), dtype=np.uint8))
    x, y, r = (
        width // 2 + int(rng.integers(-4, 4)),
        height // 2 + int(rng.integers(-4, 4)),
        int(rng.integers(9, 14)),
    )
    pen = ImageDraw.Draw(image)
    if kind == "bar":
        pen.rectangle((x - r, y - 4, x + r, y + 4), fill=(240, 40, 40))
    elif kind == "disc":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(40, 240, 40))
    else:
        pen.ellipse((x - r, y - r, x + r, y + r), outline=(40, 40, 240), width=4)
    return image


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of drawn images in mixed sizes, 12 to train and 6 to test with, and a broken file."""
    root = tmp_path_factory.mktemp("shapes")
    rng = np.random.default_rng(1)
    for split, count in (("train", 12), ("test", 6)):
        for name in CLASSES:
            folder = root / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                draw(name, rng).save(folder / f"images ({number}).png")
    (root / "train" / "bar" / "broken.png").write_bytes(b"no image")
    return root


@pytest.fixture(scope="session")
def trainers() -> Iterator[Trainers]:
    """One worker for all tests: TensorFlow is imported once."""
    with Trainers(1, time_limit=60) as one:
        yield one
