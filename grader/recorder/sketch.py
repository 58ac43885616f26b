"""What is kept of samples as they pass, batch by batch: block means, labels, range; never the samples
themselves."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from grader.evidence.events import Data, Labels, Thumbnails
from grader.evidence.thumbnails import block_means

_CHUNK = 16
_DIGESTED = 32
"""Samples that make up a digest."""


class Sketch:
    """Of at most ``limit`` samples."""

    def __init__(self, limit: int) -> None:
        """Nothing was seen yet."""
        self._limit = limit
        self.seen = 0
        self._shape: tuple[int, ...] = ()
        self._dtype = ""
        self._minimum, self._maximum = np.inf, -np.inf
        self._means: list[np.ndarray] | None = []
        self._targets: list[np.ndarray] | None = []
        self._digest = hashlib.sha256()

    def add(self, x: np.ndarray, y: np.ndarray | None) -> None:
        """Take in a batch; what goes beyond the limit is ignored."""
        x = x[: self._limit - self.seen]
        if not len(x):
            return
        if not self.seen:
            self._shape, self._dtype = tuple(map(int, x.shape[1:])), str(x.dtype)
        if self.seen < _DIGESTED:
            self._digest.update(np.ascontiguousarray(x[: _DIGESTED - self.seen]).tobytes())
        self.seen += len(x)
        self._see_range(x)
        self._see_pictures(x)
        if (
            y is None
            or self._targets is None
            or (self._targets and self._targets[0].shape[1:] != y.shape[1:])
        ):
            self._targets = None
        else:
            self._targets.append(np.array(y[: len(x)]))

    def _see_range(self, x: np.ndarray) -> None:
        for start in range(0, len(x), _CHUNK):
            chunk = x[start : start + _CHUNK]
            finite = chunk[np.isfinite(chunk)] if chunk.dtype.kind == "f" else chunk
            if finite.size:
                self._minimum = min(self._minimum, float(finite.min()))
                self._maximum = max(self._maximum, float(finite.max()))

    def _see_pictures(self, x: np.ndarray) -> None:
        pictures = as_pictures(x)
        if (
            self._means is None
            or not pictures.size
            or pictures.shape[3] > 4
            or (self._means and self._means[0].shape[3] != pictures.shape[3])
        ):
            self._means = None
        else:
            self._means.append(block_means(pictures))

    def data(self, **known: Any) -> Data:
        """The summary, with what is known beside the samples."""
        targets = np.concatenate(self._targets) if self._targets else None
        return Data(
            shape=self._shape,
            dtype=self._dtype,
            minimum=self._minimum if self._minimum <= self._maximum else None,
            maximum=self._maximum if self._minimum <= self._maximum else None,
            thumbnails=Thumbnails.of(np.concatenate(self._means)) if self._means else None,
            labels=labels_of(targets) if targets is not None and len(targets) == self.seen else None,
            digest=self._digest.hexdigest()[:16] if self.seen else "",
            **known,
        )


def as_pictures(x: np.ndarray) -> np.ndarray:
    """Samples as ``(n, h, w, c)``: images as they are, anything else as flat stripes."""
    if x.ndim == 4:
        return x
    if x.ndim == 3:
        return x[..., None]
    flat = x.reshape(len(x), -1) if x.size else x.reshape(len(x), 0)
    side = round(flat.shape[1] ** 0.5)
    if side * side == flat.shape[1]:
        return flat.reshape(len(x), side, side, 1)
    thirds = round((flat.shape[1] / 3) ** 0.5)
    if 3 * thirds * thirds == flat.shape[1]:
        return flat.reshape(len(x), thirds, thirds, 3)
    return flat[:, None, :, None]


def labels_of(y: np.ndarray) -> Labels | None:
    """How targets are encoded, and the class of each sample where that can be told; None for no targets at
    all."""
    if not y.size:
        return None
    flat = y.reshape(len(y), -1)
    integral = bool(np.all(np.equal(np.mod(flat, 1), 0)))
    width = flat.shape[1]
    about: dict[str, Any] = {
        "shape": tuple(int(side) for side in y.shape[1:]),
        "dtype": str(y.dtype),
        "minimum": float(flat.min()),
        "maximum": float(flat.max()),
    }
    if width > 1 and np.all((flat == 0) | (flat == 1)) and np.all(flat.sum(axis=1) == 1):
        classes = flat.argmax(axis=1)
        return Labels(encoding="one_hot", classes=width, values=tuple(classes.tolist()), **about)
    if width == 1 and integral:
        values = flat[:, 0].astype(np.int64)
        binary = y.dtype.kind == "f" and values.max() <= 1 and values.min() >= 0
        return Labels(
            encoding="binary" if binary else "integer",
            classes=int(values.max()) + 1,
            values=tuple(values.tolist()),
            **about,
        )
    return Labels(encoding="other", classes=width, **about)
