"""Folders of images as arrays in memory."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif"})


class NoImagesError(Exception):
    """A split holds no image that can be read, or is not there."""


@lru_cache(maxsize=8)
def load(
    folder: Path, size: tuple[int, int], channels: int, classes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Every readable image under ``folder/<class>/``, resized (bilinear), in the order of classes and file
    names.

    Args:
        folder: a split of an image folder.
        size: height and width.
        channels: 3 for RGB, 1 for grey.
        classes: folder names; an image's label is its class's position.

    Returns:
        Pixels, uint8 of shape ``(n, height, width, channels)``, and labels, int32 of shape ``(n,)``. Kept
        for the life of the process: thirty trainings read the photographs once.

    Raises:
        NoImagesError: when there is none.
    """
    found = [
        (pixels, label)
        for label, name in enumerate(classes)
        for path in sorted((folder / name).glob("*"))
        if path.suffix.lower() in SUFFIXES and (pixels := _read(path, size, channels)) is not None
    ]
    if not found:
        raise NoImagesError(
            f"no readable images in {folder}: expected a folder for each class ({', '.join(classes)})"
        )
    return np.stack([pixels for pixels, _ in found]), np.array([label for _, label in found], dtype=np.int32)


def class_names(folder: Path) -> tuple[str, ...]:
    """The class folders of a split in alphabetical order, which is the order of their labels."""
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir())) if folder.is_dir() else ()


def _read(path: Path, size: tuple[int, int], channels: int) -> np.ndarray | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            plain = image.convert("RGB" if channels == 3 else "L").resize(
                size[::-1], Image.Resampling.BILINEAR
            )
    except (OSError, SyntaxError, UnidentifiedImageError):
        return None
    return np.asarray(plain, dtype=np.uint8).reshape(*size, channels)
