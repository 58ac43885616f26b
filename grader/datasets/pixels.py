"""What identifies and what standardises image arrays: a digest; mean and deviation of their pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_CHUNK = 4096


@dataclass(frozen=True)
class Pixels:
    """Of the raw pixels (0..255) of the training split, every image counting the same."""

    mean: float = 0.0
    """All channels together."""
    deviation: float = 0.0
    """Standard deviation, all channels together."""
    channel_means: tuple[float, ...] = ()
    channel_deviations: tuple[float, ...] = ()

    @classmethod
    def of(cls, images: np.ndarray) -> Pixels:
        """Of images of one size: uint8, ``(n, height, width)`` with or without a fourth axis, channels."""
        channels = images.shape[3] if images.ndim == 4 else 1
        flat = images.reshape(len(images), -1, channels)
        sums, squares = np.zeros(channels, np.uint64), np.zeros(channels, np.uint64)
        for start in range(0, len(flat), _CHUNK):
            chunk = flat[start : start + _CHUNK].astype(np.uint32)
            sums += chunk.sum(axis=(0, 1), dtype=np.uint64)
            squares += np.square(chunk).sum(axis=(0, 1), dtype=np.uint64)
        count = max(1, flat.shape[0] * flat.shape[1])
        return cls.from_moments(sums / count, squares / count)

    @classmethod
    def from_moments(cls, means: np.ndarray, squares: np.ndarray) -> Pixels:
        """From each channel's mean and mean square, as averages over all images."""
        mean, square = float(means.mean()), float(squares.mean())
        return cls(
            mean=mean,
            deviation=float(np.sqrt(max(square - mean**2, 0.0))),
            channel_means=tuple(means.tolist()),
            channel_deviations=tuple(np.sqrt(np.maximum(squares - means**2, 0.0)).tolist()),
        )


def content_digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and bytes of arrays."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name}\0{array.dtype.str}\0{array.shape}\n".encode())
        digest.update(array.data)
    return digest.hexdigest()
