"""The images that a training uses: whole splits, or a fixed part of each with all classes in it alike."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from grader.training.images import NoImagesError, class_names, load

TEST_SAMPLES = (500, 2000)
"""Least and most test images beside a limited number of training images."""

_GREY = np.array((0.299, 0.587, 0.114), np.float32)
_SUFFIX = ".npz"


def training_data(
    root: Path, size: tuple[int, int], channels: int, samples: int | None
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray], int]:
    """Pixels and labels to train with, the same to test with, and the number of classes.

    Args:
        root: a folder of images (``train/<class>/*``, ``test/<class>/*``), or an ``.npz`` with ``x_train``,
            ``y_train``, ``x_test`` and ``y_test`` as ``keras.datasets`` has them.
        size: height and width to which images of a folder are resized; those of an ``.npz`` keep theirs, for
            so many would not fit into memory when they are enlarged.
        channels: 3 or 1; others are converted.
        samples: training images used at most, and :func:`test_samples` to test with; None uses all.

    Returns:
        Pixels are uint8 of shape ``(n, height, width, channels)``, labels int32 of shape ``(n,)``.

    Raises:
        NoImagesError: when there are none.
    """
    if root.suffix == _SUFFIX:
        train, test, classes = _arrays(root, samples)
        return (_coloured(train[0], channels), train[1]), (_coloured(test[0], channels), test[1]), classes
    names = class_names(root / "train")
    train, test = (load(root / split, size, channels, names) for split in ("train", "test"))
    return _part(*train, samples), _part(*test, test_samples(samples)), len(names)


def test_samples(samples: int | None) -> int | None:
    """Test images used beside so many training images: half as many, at least 500 and at most 2,000."""
    least, most = TEST_SAMPLES
    return None if samples is None else min(max(samples // 2, least), most)


def stratified(labels: np.ndarray, count: int | None) -> np.ndarray:
    """Rows of at most ``count`` samples in their order: the first ones of each class, classes alike."""
    if count is None or count >= len(labels):
        return np.arange(len(labels))
    by_class = np.argsort(labels, kind="stable")
    firsts = np.searchsorted(labels[by_class], labels[by_class])
    turn = np.empty(len(labels), np.int64)
    turn[by_class] = np.arange(len(labels)) - firsts
    chosen: np.ndarray = np.sort(np.lexsort((labels, turn))[:count])
    return chosen


def _part(pixels: np.ndarray, labels: np.ndarray, count: int | None) -> tuple[np.ndarray, np.ndarray]:
    rows = stratified(labels, count)
    return pixels[rows], labels[rows]


@lru_cache(maxsize=4)
def _arrays(
    path: Path, samples: int | None
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray], int]:
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {
                split: (file[f"x_{split}"], file[f"y_{split}"].ravel().astype(np.int32))
                for split in ("train", "test")
            }
    except (OSError, KeyError, ValueError) as error:
        raise NoImagesError(
            f"no images in {path}: expected arrays x_train, y_train, x_test, y_test"
        ) from error
    classes = int(parts["train"][1].max()) + 1
    return _part(*parts["train"], samples), _part(*parts["test"], test_samples(samples)), classes


def _coloured(pixels: np.ndarray, channels: int) -> np.ndarray:
    pixels = pixels[..., np.newaxis] if pixels.ndim == 3 else pixels
    if pixels.shape[3] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=3)
    grey: np.ndarray = np.round(pixels @ _GREY).astype(np.uint8)[..., np.newaxis]
    return grey
