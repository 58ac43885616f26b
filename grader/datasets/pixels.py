"""Mean and deviation of a training split's pixels: what a notebook standardises with."""

from __future__ import annotations

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
        means, squares = np.zeros(channels), np.zeros(channels)
        for start in range(0, len(flat), _CHUNK):
            chunk = flat[start : start + _CHUNK].astype(np.float32)
            means += chunk.mean(axis=1).sum(axis=0, dtype=np.float64)
            squares += np.square(chunk).mean(axis=1).sum(axis=0, dtype=np.float64)
        count = max(1, len(flat))
        return cls.from_moments(means / count, squares / count)

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
