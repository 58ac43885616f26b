"""Which served photographs a student's arrays hold, and how their pixels were scaled: measured, not read from
source.

What comes from a student's kernel are thumbnails, 8 × 8 block means (:mod:`grader.evidence.thumbnails`).
Resizing an image hardly changes them and an affine map of the pixels is the same map of the thumbnails, so a
photograph is the one whose thumbnail correlates best, and the map is a regression over all the photographs
found.

Measured on the 120 photographs of a real fruit data set and on 120 drawn ones, resized to 224, 128, 64, 32
and 28 pixels by nearest neighbour, by bilinear interpolation without and with antialiasing: the nearest
photograph was the right one each time, with a correlation of at least 0.99 at 128 pixels, 0.968 at 64 and
0.864 at 28. Another photograph, in any view tried here, reached 0.853 in colour and 0.89 in grey (but for one
that is a mirror image).

Of the 60,000 or 70,000 images of a set of ``keras.datasets`` many are alike. Measured with 64 test images
of each stand-in against the whole of it: raw, divided by 255, standardised (by one mean or each channel's),
without the training set's mean picture, resized to 64 and 71 pixels by interpolation, the right image of
CIFAR-10 and CIFAR-100 was the nearest each time, with a correlation of at least 0.9989; another one reached
0.962 (CIFAR-10) and 0.979 (CIFAR-100). The drawn digits and garments have neighbours at 0.9999: exact in
every form at 28 pixels, right for 60 of 64 after bilinear resizing to 64, for 34 after resizing by nearest
neighbour. Images moved by seven pixels were never taken for served ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from grader.datasets.index import ImageIndex, Look, units
from grader.datasets.scaling import Preprocessing, find_preprocessing

ONE_SPLIT = 0.9
"""Share of the unambiguous samples from which their split is taken for the split of all."""

_CERTAIN = 0.999
"""Mean correlation from which no other view of square images is tried."""

_TINY = 1e-5
"""Correlations nearer to each other than that are equal, in the precision at hand."""

Channels = Literal["rgb", "bgr", "grey"]


@dataclass(frozen=True)
class Identification:
    """What was found out about a student's samples."""

    index: ImageIndex
    matches: tuple[int | None, ...]
    """For each sample the number of its file in the index; None when it is none of the served images."""
    candidates: tuple[tuple[int, ...], ...]
    """For each sample every file that it could be: more than one where the same photograph was saved
    twice."""
    channels: Channels
    """Order of the channels; OpenCV reads blue first."""
    cropped: bool
    """Whether the images are the central square of the photographs, not the whole squeezed to one."""
    flipped: int
    """How many samples are mirrored left to right."""
    preprocessing: Preprocessing

    @property
    def matched(self) -> int:
        """How many samples are served images."""
        return sum(match is not None for match in self.matches)

    @property
    def share(self) -> float:
        """Share of the samples that are served images."""
        return self.matched / max(1, len(self.matches))

    @property
    def ambiguous(self) -> int:
        """How many of them could be more than one file."""
        return sum(len(files) > 1 for files in self.candidates)

    @property
    def distinct(self) -> int:
        """How many different files they are: fewer than ``matched`` when samples are repeated."""
        return len({match for match in self.matches if match is not None})

    def splits(self) -> Counter[str]:
        """How many samples come from each split."""
        return Counter(self.index.splits[match] for match in self.matches if match is not None)

    def classes(self) -> Counter[str]:
        """How many samples come from each class."""
        return Counter(self.index.classes[match] for match in self.matches if match is not None)

    def files(self) -> tuple[str | None, ...]:
        """For each sample its file's path ``split/class/file``, or None."""
        return tuple(None if match is None else self.index.paths[match] for match in self.matches)

    def label_agreement(self, values: Sequence[int], classes: Sequence[str]) -> float | None:
        """Share of the matched samples whose label names their file's class; None when nothing can be said.

        ``values`` are the samples' integer labels, aligned with them, and ``classes[value]`` the class meant.
        """
        votes = [
            0 <= value < len(classes) and any(self.index.classes[file] == classes[value] for file in files)
            for value, files in zip(values, self.candidates, strict=False)
            if files
        ]
        return sum(votes) / len(votes) if votes else None


def identify(thumbnails: np.ndarray, index: ImageIndex) -> Identification:
    """Find each sample among the served images, and the map from their pixels (0..255) to the student's.

    ``thumbnails`` are block means of shape ``(n, 8, 8, channels)``; grey and RGBA images, BGR order, mirrored
    images and central crops are recognised. Raises ``ValueError`` for another shape.
    """
    if thumbnails.ndim != 4 or thumbnails.shape[1:3] != index.whole.shape[1:3]:
        raise ValueError(f"thumbnails have the shape (n, 8, 8, channels), not {thumbnails.shape}")
    samples = _colour_or_grey(thumbnails.astype(np.float64))
    best: _View | None = None
    for view in _views(index, grey=samples.shape[3] == 1):
        view.compare(samples)
        if best is None or view.score > best.score + _TINY:
            best = view
        if index.centre is None and best.score >= _CERTAIN * len(samples):
            break
    if best is None:
        return _nothing(index, len(samples))
    found = np.flatnonzero(best.correlation >= index.match)
    candidates = _candidates(index, best.nearest, found, len(samples))
    matches = _assign(index, candidates)
    mirrored = best.mirrored[found]
    raw = best.look.images[[match for match in matches if match is not None]]
    if best.look.mean is not None:
        # The map is told as if the mean picture were of one colour.
        raw = raw + best.look.mean.mean(axis=(1, 2), keepdims=True)
    raw = raw[..., ::-1] if best.channels == "bgr" else raw
    raw = np.where(mirrored[:, np.newaxis, np.newaxis, np.newaxis], raw[:, :, ::-1], raw)
    return Identification(
        index=index,
        matches=matches,
        candidates=candidates,
        channels=best.channels,
        cropped=best.look.cropped,
        flipped=int(mirrored.sum()),
        preprocessing=find_preprocessing(raw, samples[found], index.deviation),
    )


def _nothing(index: ImageIndex, count: int) -> Identification:
    """Coloured samples are not found among grey images."""
    unknown = find_preprocessing(np.zeros((0, 8, 8, 3)), np.zeros((0, 8, 8, 3)), index.deviation)
    return Identification(index, (None,) * count, ((),) * count, "rgb", False, 0, unknown)


@dataclass
class _View:
    """One way to look at the served images, and how well the samples agree with it."""

    look: Look
    channels: Channels

    def compare(self, samples: np.ndarray) -> None:
        """Find each sample's nearest image, upright or mirrored."""
        turned = samples[..., ::-1] if self.channels == "bgr" else samples
        upright = _nearest(units(turned), self.look.units)
        mirror = _nearest(units(turned[:, :, ::-1]), self.look.units)
        # The tiny margin keeps symmetric pictures upright.
        self.mirrored = mirror[1] > upright[1] + _TINY
        self.nearest = np.where(self.mirrored, mirror[0], upright[0])
        self.correlation = np.where(self.mirrored, mirror[1], upright[1])
        self.score = float(self.correlation.sum())


def _views(index: ImageIndex, grey: bool) -> Iterator[_View]:
    for look in index.looks:
        if (look.images.shape[3] == 1) == grey:
            yield _View(look, "grey" if grey else "rgb")
            if not grey:
                yield _View(look, "bgr")


def _colour_or_grey(samples: np.ndarray) -> np.ndarray:
    """Drop an alpha channel, and two of three equal channels."""
    samples = samples[..., :3] if samples.shape[3] >= 3 else samples[..., :1]
    spread = np.abs(samples - samples[..., :1]).max(initial=0.0)
    return samples[..., :1] if spread <= 1e-4 * np.abs(samples).max(initial=0.0) else samples


def _nearest(samples: np.ndarray, served: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(samples) or not len(served):
        return np.zeros(len(samples), int), np.zeros(len(samples))
    correlations = samples @ served.T
    # A negative of a photograph is that photograph too: the map between them is affine.
    nearest = np.abs(correlations).argmax(axis=1)
    return nearest, np.abs(correlations[np.arange(len(samples)), nearest])


def _candidates(
    index: ImageIndex, nearest: np.ndarray, found: np.ndarray, count: int
) -> tuple[tuple[int, ...], ...]:
    served = index.looks[0].units
    alike = served[nearest[found]] @ served.T >= index.same
    alike[np.arange(len(found)), nearest[found]] = True
    candidates: list[tuple[int, ...]] = [()] * count
    for sample, files in zip(found, alike, strict=True):
        candidates[sample] = tuple(np.flatnonzero(files).tolist())
    return tuple(candidates)


def _assign(index: ImageIndex, candidates: Sequence[tuple[int, ...]]) -> tuple[int | None, ...]:
    """One file for each sample.

    In doubt it is one of the split that nearly all others come from, or, where they come from several splits,
    one that no other sample has taken.
    """
    certain = [files[0] for files in candidates if len(files) == 1]
    doubtful = [file for files in candidates if len(files) > 1 for file in files]
    usual = Counter(index.splits[file] for file in certain or doubtful)
    one_split = max(usual.values(), default=0) >= ONE_SPLIT * usual.total()
    taken = Counter(certain)

    def rank(file: int) -> tuple[int, int]:
        ranks = (-usual[index.splits[file]], taken[file])
        return ranks if one_split else (ranks[1], ranks[0])

    matches: list[int | None] = []
    for files in candidates:
        if len(files) > 1:
            choice = min(files, key=rank)
            taken[choice] += 1
            matches.append(choice)
        else:
            matches.append(files[0] if files else None)
    return tuple(matches)
