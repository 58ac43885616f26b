"""Thumbnails of a served data set's images, by which they are known again."""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from grader.datasets.served import ServedFolder
from grader.datasets.served_arrays import Part, ServedArrays
from grader.evidence.evidence import Rung
from grader.evidence.thumbnails import block_means

_FILE = "thumbnails.npz"

MATCH = 0.9
"""Least correlation of a match among photographs: above every wrong one that was measured, and below every
right one from 64 pixels up and 97 % of those at 28 (see :mod:`grader.datasets.identify`)."""

SAME = 0.98
"""Correlation from which two served photographs are taken for one, saved twice."""

ARRAY_MATCH, ARRAY_SAME = 0.99, 0.99999
"""The same for the small images of ``keras.datasets``, of which there are so many that each has neighbours
much like it (see :mod:`grader.datasets.identify`)."""

LUMINANCE = np.array((0.299, 0.587, 0.114), np.float32)
"""Weights of red, green and blue in grey (ITU-R BT.601), as PIL, OpenCV and TensorFlow have them."""


@dataclass(frozen=True)
class ImageIndex:
    """Thumbnails of images with what they are; all sequences are aligned."""

    whole: np.ndarray
    """Block means of each image, float32 of shape ``(n, 8, 8, channels)``, RGB or grey in 0..255."""
    centre: np.ndarray | None
    """The same of its central square, as ``crop_to_aspect_ratio`` cuts it for square targets; None where all
    images are square."""
    deviation: float
    """Standard deviation of all pixel values, in 0..255."""
    paths: tuple[str, ...]
    """``split/class/file``."""
    match: float = MATCH
    same: float = SAME
    reduced: ImageIndex | None = None
    """Of what the reduced rung serves, where that is to be compared by itself."""

    def on(self, rung: Rung) -> ImageIndex:
        """The images that a notebook met that was run on ``rung``."""
        return self.reduced if rung == "reduced" and self.reduced is not None else self

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """Split of each image."""
        return tuple(path.split("/")[0] for path in self.paths)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Class of each image."""
        return tuple(path.split("/")[1] for path in self.paths)

    @cached_property
    def looks(self) -> tuple[Look, ...]:
        """The ways in which a student's code may have these images before it, the usual one first."""
        grey = self.whole.shape[3] == 1
        looks = [] if grey else [Look(self.whole)]
        looks.append(Look(self.whole if grey else _grey(self.whole)))
        if self.centre is not None:
            looks += [Look(self.centre, cropped=True), Look(_grey(self.centre), cropped=True)]
        else:
            looks += [look.without_mean(self.splits.count(self.splits[0])) for look in looks]
        return tuple(looks)

    @classmethod
    def of_arrays(cls, served: ServedArrays) -> ImageIndex:
        """The index of a data set of ``keras.datasets`` in both its sizes; thumbnails are read when they are
        needed."""
        full, reduced = (cls._of_part(part) for part in (served.full, served.reduced))
        return replace(full, reduced=reduced)

    @classmethod
    def _of_part(cls, part: Part) -> ImageIndex:
        return cls(
            whole=np.load(part.thumbnails, mmap_mode="r", allow_pickle=False),
            centre=None,
            deviation=part.pixels.deviation,
            paths=tuple(name for names in part.names.values() for name in names),
            match=ARRAY_MATCH,
            same=ARRAY_SAME,
        )

    @classmethod
    def of(cls, served: ServedFolder) -> ImageIndex:
        """The index of a served folder, kept beside it once computed. Images that do not open are left
        out."""
        kept = served.root.parent / _FILE
        if kept.is_file():
            with np.load(kept, allow_pickle=False) as arrays:
                return cls(
                    arrays["whole"],
                    arrays["centre"],
                    float(arrays["deviation"]),
                    tuple(arrays["paths"].tolist()),
                )
        index = cls._computed(served)
        try:
            handle, scratch = tempfile.mkstemp(suffix=".npz", prefix=".", dir=kept.parent)
            with os.fdopen(handle, "wb") as file:
                np.savez(
                    file,
                    whole=index.whole,
                    centre=index.centre if index.centre is not None else index.whole,
                    deviation=index.deviation,
                    paths=np.array(index.paths, dtype=np.str_),
                )
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).replace(kept)
        except OSError:
            pass  # a cache that cannot be written to costs time, nothing else
        return index

    @classmethod
    def _computed(cls, served: ServedFolder) -> ImageIndex:
        paths, whole, centre, moments = [], [], [], []
        for path in (f"{split}/{file}" for split, files in served.files.items() for file in files):
            try:
                with Image.open(served.root / path) as image:
                    pixels = np.asarray(image.convert("RGB"))
            except (OSError, SyntaxError, ValueError):
                continue
            paths.append(path)
            whole.append(block_means([pixels])[0])
            centre.append(block_means([_central_square(pixels)])[0])
            moments.append((float(pixels.mean()), float(np.square(pixels, dtype=np.float32).mean())))
        mean, square = np.mean(moments, axis=0) if moments else (0.0, 0.0)
        empty = np.zeros((0, 8, 8, 3), np.float32)
        return cls(
            whole=np.stack(whole) if whole else empty,
            centre=np.stack(centre) if centre else empty,
            deviation=float(np.sqrt(max(square - mean**2, 0.0))),
            paths=tuple(paths),
        )


@dataclass(frozen=True)
class Look:
    """All images of an index, seen in one way."""

    images: np.ndarray
    """Float32 of shape ``(n, 8, 8, channels)``."""
    cropped: bool = False
    mean: np.ndarray | None = None
    """The mean picture, ``(1, 8, 8, channels)``, that was subtracted from all of them; None for none."""

    def without_mean(self, training: int) -> Look:
        """The same after the mean of the first so many images, pixel by pixel, was subtracted from each."""
        mean = self.images[:training].mean(axis=0, keepdims=True)
        return Look(self.images - mean, self.cropped, mean)

    @cached_property
    def units(self) -> np.ndarray:
        """See :func:`units`."""
        return units(self.images)


def units(images: np.ndarray) -> np.ndarray:
    """Each image as a vector of length 1 whose channels have mean 0: its products with others are
    correlations. Float32 of shape ``(n, 64 × channels)``; zero for an image without contrast."""
    centred = images - images.mean(axis=(1, 2), keepdims=True)
    flat = centred.reshape(len(images), math.prod(images.shape[1:]))
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled: np.ndarray = np.nan_to_num(flat / length, nan=0.0, posinf=0.0, neginf=0.0)
    return scaled.astype(np.float32, copy=False)


def _grey(images: np.ndarray) -> np.ndarray:
    grey: np.ndarray = (images @ LUMINANCE)[..., np.newaxis]
    return grey


def _central_square(pixels: np.ndarray) -> np.ndarray:
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return pixels[top : top + side, left : left + side]
