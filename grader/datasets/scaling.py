"""The affine map from served pixels to a student's, and what a teacher would call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Words = Literal[
    "raw 0..255",
    "divided by 255",
    "divided by 255 twice",
    "scaled to [-1, 1]",
    "standardised",
    "channel means subtracted",
    "unknown",
]

_NAMED: tuple[tuple[Words, float, float], ...] = (
    ("raw 0..255", 1.0, 0.0),
    ("divided by 255", 1 / 255, 0.0),
    ("divided by 255 twice", 1 / 255**2, 0.0),
    ("scaled to [-1, 1]", 1 / 127.5, -1.0),
)
"""Scale and offset of each."""

TOLERANCE = 0.03
"""Of a scale, and of an offset as a share of the range that 0..255 is mapped to.

Thumbnails of photographs resized to 28 × 28 give the scale to within 1 %, to 128 × 128 to within 0.03 %
(measured)."""


@dataclass(frozen=True)
class Preprocessing:
    """The map ``student = scale * served + offset`` for each channel, with served pixels in 0..255."""

    words: Words
    scale: tuple[float, ...]
    """One for each channel of the student's images, in their order; empty when nothing was matched."""
    offset: tuple[float, ...]
    residual: float
    """Root mean square deviation from the map, in served grey levels."""
    exact: bool
    """Whether one map for all images explains them as well as one for each image would."""

    def __str__(self) -> str:
        """The words, with the map when there are none."""
        if self.words != "unknown" or not self.scale:
            return self.words
        return f"pixel * {np.mean(self.scale):.3g} {np.mean(self.offset):+.3g}"


def find_preprocessing(served: np.ndarray, student: np.ndarray, deviation: float) -> Preprocessing:
    """Fit the map between two arrays of thumbnails of shape ``(n, 8, 8, channels)``, the same image at each
    place.

    ``deviation`` is the standard deviation of the served pixels. Images that fit the map far worse than most
    (taken for another photograph, or altered) are left out of the fit.
    """
    if not len(served):
        return Preprocessing("unknown", (), (), 0.0, False)
    served = served.astype(np.float64)
    channels = served.shape[3]
    kept = np.ones(len(served), bool)
    for _ in range(4):
        scale, offset = _fit(served[kept].reshape(-1, channels), student[kept].reshape(-1, channels))
        errors = _levels(student - (served * scale + offset), scale)
        within = errors <= 3 * max(float(np.median(errors)), 0.05)
        if np.array_equal(within, kept):
            break
        kept = within
    residual = float(np.sqrt(np.mean(errors[kept] ** 2)))
    mean = float(student[kept].mean())
    return Preprocessing(
        words="standardised"
        if _each_standardised(student)
        else _name(scale, offset, residual, mean, deviation),
        scale=tuple(scale.tolist()),
        offset=tuple(offset.tolist()),
        residual=residual,
        exact=residual <= max(1.0, 1.5 * _single_residual(served[kept], student[kept], scale))
        and residual <= 8,
    )


def _fit(served: np.ndarray, student: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares for each channel, over arrays of shape ``(points, channels)``."""
    centre, target = served.mean(axis=0), student.mean(axis=0)
    spread = np.square(served - centre).sum(axis=0)
    scale = ((served - centre) * (student - target)).sum(axis=0) / np.where(spread > 0, spread, 1.0)
    return scale, target - scale * centre


def _levels(difference: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Root mean square of each image's difference, in served grey levels."""
    size = np.abs(scale)
    size = np.where(size > 0, size, np.inf)
    levels: np.ndarray = np.sqrt(np.square(difference / size).mean(axis=(1, 2, 3)))
    return levels


def _single_residual(served: np.ndarray, student: np.ndarray, scale: np.ndarray) -> float:
    """The residual left when each image has a map of its own."""
    x = served - served.mean(axis=(1, 2), keepdims=True)
    y = student - student.mean(axis=(1, 2), keepdims=True)
    spread = np.square(x).sum(axis=(1, 2), keepdims=True)
    own = (x * y).sum(axis=(1, 2), keepdims=True) / np.where(spread > 0, spread, 1.0)
    return float(np.sqrt(np.mean(_levels(y - own * x, scale) ** 2)))


def _name(scale: np.ndarray, offset: np.ndarray, residual: float, mean: float, deviation: float) -> Words:
    if residual <= 12:
        for words, expected_scale, expected_offset in _NAMED:
            near = np.abs(scale / expected_scale - 1) <= TOLERANCE
            centred = np.abs(offset - expected_offset) <= TOLERANCE * 255 * expected_scale
            if near.all() and centred.all():
                return words
        if (np.abs(scale - 1) <= TOLERANCE).all() and ((offset < -60) & (offset > -160)).all():
            return "channel means subtracted"
    # With means and deviations of the training set or of ImageNet.
    spread = float(np.mean(np.abs(scale))) * deviation
    return "standardised" if abs(mean) <= 0.6 and 0.65 <= spread <= 1.5 else "unknown"


def _each_standardised(student: np.ndarray) -> bool:
    """Whether each image by itself has mean 0 and, blocks being means, a deviation of up to 1."""
    means, spreads = student.mean(axis=(1, 2, 3)), student.std(axis=(1, 2, 3))
    return (
        len(student) > 1
        and float(np.abs(means).max()) <= 0.02
        and bool(np.all((spreads > 0.3) & (spreads < 1.05)))
    )
