"""Thumbnails of a served data set's images, by which they are known again."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from grader.datasets.served import ServedFolder
from grader.evidence.thumbnails import block_means

_FILE = "thumbnails.npz"


@dataclass(frozen=True)
class ImageIndex:
    """Thumbnails of images with what they are; all sequences are aligned."""

    whole: np.ndarray
    """Block means of each image, float32 of shape ``(n, 8, 8, 3)``, RGB in 0..255."""
    centre: np.ndarray
    """The same of its central square, as ``crop_to_aspect_ratio`` cuts it for square targets."""
    deviation: float
    """Standard deviation of all pixel values, in 0..255."""
    paths: tuple[str, ...]
    """``split/class/file``."""

    @property
    def splits(self) -> tuple[str, ...]:
        """Split of each image."""
        return tuple(path.split("/")[0] for path in self.paths)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class of each image."""
        return tuple(path.split("/")[1] for path in self.paths)

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
                    centre=index.centre,
                    deviation=index.deviation,
                    paths=np.array(index.paths, dtype=np.str_),
                )
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


def _central_square(pixels: np.ndarray) -> np.ndarray:
    side = min(pixels.shape[:2])
    top, left = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return pixels[top : top + side, left : left + side]
