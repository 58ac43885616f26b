"""Block means: what is left of an image when its whole area is averaged into 8 × 8 blocks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from grader.evidence.events import THUMBNAIL

_CHUNK = 16
"""Images converted to float64 at a time, so that 512 photographs do not need a second copy of themselves."""


def block_means(images: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
    """Average each image's whole area, squeezed to a square, into 8 × 8 blocks.

    Takes an array of shape ``(n, height, width, channels)`` or ``(n, height, width)``, or a sequence of
    single images of any sizes (``(height, width, channels)`` or ``(height, width)``) with one number of
    channels; every height and width from 1 up will do, because a pixel that lies across a block's edge counts
    for each block by the area it has there. Returns float32 of shape ``(n, 8, 8, channels)`` in the scale of
    the input: the map is linear, and a constant stays what it is. Raises ``ValueError`` for anything that is
    not images.
    """
    if isinstance(images, np.ndarray) and images.dtype != object:
        return _batch(images[..., np.newaxis] if images.ndim == 3 else images)
    singles = [np.asarray(image) for image in images]
    means = [_batch((image[..., np.newaxis] if image.ndim == 2 else image)[np.newaxis]) for image in singles]
    if len({mean.shape[3] for mean in means}) > 1:
        raise ValueError("the images have different numbers of channels")
    return np.concatenate(means) if means else np.zeros((0, THUMBNAIL, THUMBNAIL, 1), np.float32)


def _batch(images: np.ndarray) -> np.ndarray:
    if images.ndim != 4 or 0 in images.shape[1:]:
        raise ValueError(f"images have the shape (n, height, width, channels), not {images.shape}")
    count, height, width, channels = images.shape
    down, across = _weights(height), _weights(width)
    means = np.empty((count, THUMBNAIL, THUMBNAIL, channels), np.float32)
    for start in range(0, count, _CHUNK):
        chunk = images[start : start + _CHUNK].astype(np.float64).reshape(-1, height, width * channels)
        rows = (down @ chunk).reshape(-1, width, channels)
        means[start : start + _CHUNK] = (across @ rows).reshape(-1, THUMBNAIL, THUMBNAIL, channels)
    return means


@lru_cache(maxsize=256)
def _weights(pixels: int) -> np.ndarray:
    """Share of each pixel in each block's mean, shape ``(8, pixels)``; rows sum to 1."""
    edges = np.arange(THUMBNAIL + 1) * (pixels / THUMBNAIL)
    left = np.maximum(edges[:-1, np.newaxis], np.arange(pixels))
    right = np.minimum(edges[1:, np.newaxis], np.arange(1, pixels + 1))
    weights: np.ndarray = np.clip(right - left, 0, None) * (THUMBNAIL / pixels)
    return weights
