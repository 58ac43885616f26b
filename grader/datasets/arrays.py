"""Drawn stand-ins for the image arrays of ``keras.datasets``: the real shapes and types, learnable, in no
time.

CIFAR-10 has scenes (:mod:`grader.datasets.scenes`), which rank networks as its photographs do. For every
class of the others a few dozen variants are drawn once (digits in a font, garments as outlines, small
coloured objects); a sample is a variant, shifted, in a light of its own, on a background of its own, with
noise.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from grader.datasets.drawing import Kind, object_picture, random_of
from grader.datasets.scenes import draw_scenes
from grader.errors import UserError

VERSION = 2
"""Of the drawing style: arrays drawn in another style are not used."""

Size = Literal["reduced", "full"]

REDUCED = (2000, 500)
"""Training and test samples on the reduced rung."""

_VARIANTS = 24
_SHIFT = 3
"""Pixels by which a sample is moved, at most."""
_CHUNK = 4096


@dataclass(frozen=True)
class ArraySet:
    """Shapes and types of a data set in ``keras.datasets``."""

    classes: int
    side: int
    colour: bool
    full: tuple[int, int]
    """Training and test samples."""
    column: bool
    """Whether labels have the shape ``(n, 1)``."""
    label_type: str


ARRAY_SETS = {
    "mnist": ArraySet(10, 28, False, (60000, 10000), False, "uint8"),
    "fashion_mnist": ArraySet(10, 28, False, (60000, 10000), False, "uint8"),
    "cifar10": ArraySet(10, 32, True, (50000, 10000), True, "uint8"),
    "cifar100": ArraySet(100, 32, True, (50000, 10000), True, "int64"),
}
"""By their names in ``keras.datasets``."""

COARSE = (
    4, 1, 14, 8, 0, 6, 7, 7, 18, 3, 3, 14, 9, 18, 7, 11, 3, 9, 7, 11, 6, 11, 5, 10, 7,
    6, 13, 15, 3, 15, 0, 11, 1, 10, 12, 14, 16, 9, 11, 5, 5, 19, 8, 8, 15, 13, 14, 17, 18, 10,
    16, 4, 17, 4, 2, 0, 17, 4, 18, 17, 10, 3, 2, 12, 12, 16, 12, 1, 9, 19, 2, 10, 0, 1, 16,
    12, 9, 13, 15, 13, 16, 19, 2, 4, 6, 19, 5, 5, 8, 19, 18, 1, 2, 15, 6, 0, 17, 8, 14, 13,
)  # fmt: skip
"""CIFAR-100's coarse label of each fine one (Krizhevsky, 2009)."""


def serve_array(name: str, size: Size, cache: Path) -> Path:
    """An ``.npz`` that stands in for ``keras.datasets.<name>``, drawn below ``cache`` on first use.

    Holds ``x_train``, ``y_train``, ``x_test`` and ``y_test`` with the real set's shapes and dtypes, classes
    equally often and shuffled (``cifar100`` also ``y_train_coarse`` and ``y_test_coarse``); ``reduced`` has
    2,000 + 500 samples. Raises ``UserError`` for a name that is not in :data:`ARRAY_SETS`.
    """
    name = name.removeprefix("keras.datasets.")
    if name not in ARRAY_SETS:
        raise UserError(f'there is no stand-in for the data set "{name}"; there is: {", ".join(ARRAY_SETS)}')
    target = cache / "datasets" / f"{name}-{size}-v{VERSION}.npz"
    if target.is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(prefix=".making-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **draw_arrays(name, size))  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            Path(scratch).chmod(0o644)
            Path(scratch).replace(target)
        finally:
            Path(scratch).unlink(missing_ok=True)
    except OSError as error:
        place = error.filename or target
        raise UserError(f"{place}: {error.strerror or error}; data {name} was not made") from error
    return target


def draw_arrays(name: str, size: Size) -> dict[str, np.ndarray]:
    """The arrays of :func:`serve_array`."""
    like = ARRAY_SETS[name]
    rng = random_of("arrays", name, size)
    counts = dict(zip(("train", "test"), like.full if size == "full" else REDUCED, strict=True))
    drawn = {split: rng.permutation(np.arange(count) % like.classes) for split, count in counts.items()}
    pictures = _pictures(name, np.concatenate(list(drawn.values())), rng)
    arrays: dict[str, np.ndarray] = {}
    for split, labels in drawn.items():
        start = 0 if split == "train" else counts["train"]
        arrays[f"x_{split}"] = pictures[start : start + counts[split]]
        shaped = labels[:, np.newaxis] if like.column else labels
        arrays[f"y_{split}"] = shaped.astype(like.label_type)
        if name == "cifar100":
            arrays[f"y_{split}_coarse"] = np.array(COARSE, like.label_type)[shaped]
    return arrays


def _pictures(name: str, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if name == "cifar10":
        return draw_scenes(labels, rng)
    variants = np.stack([_variants(name, label) for label in range(ARRAY_SETS[name].classes)])
    return _samples(variants, labels, rng)


def _samples(variants: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A sample for each label.

    ``variants``, RGBA or grey, have the shape ``(classes, variants, height, width, channels)``.
    """
    _, count, tall, _, channels = variants.shape
    side = tall - 2 * _SHIFT
    colour = channels == 4
    samples = np.empty((len(labels), side, side, 3) if colour else (len(labels), side, side), np.uint8)
    grounds = _backgrounds(side, rng) if colour else None
    noise = rng.normal(0, 9, 2**20).astype(np.int16)
    for start in range(0, len(labels), _CHUNK):
        part = labels[start : start + _CHUNK]
        chosen = variants[part, rng.integers(count, size=len(part))]
        moved = np.empty((len(part), side, side, channels), np.uint8)
        shifts = rng.integers(0, (2 * _SHIFT + 1) ** 2, len(part))
        for shift in range((2 * _SHIFT + 1) ** 2):
            y, x = divmod(shift, 2 * _SHIFT + 1)
            of_shift = shifts == shift
            moved[of_shift] = chosen[of_shift, y : y + side, x : x + side]
        light = rng.integers(150, 257, (len(part), 1, 1, 1), dtype=np.int32)
        pixels: np.ndarray = moved[..., : 3 if colour else 1].astype(np.int32) * light
        if grounds is not None:
            opaque = moved[..., 3:].astype(np.int32)
            ground = grounds[rng.integers(len(grounds), size=len(part))]
            pixels = (pixels * opaque + ground * (255 - opaque)) // 255
        pixels >>= 8
        offset = int(rng.integers(noise.size))
        grain = np.resize(np.roll(noise, -offset), pixels.size).reshape(pixels.shape)
        if colour:
            pixels += grain
        else:  # the real ones are clean where there is nothing
            pixels += np.where(pixels > 0, grain, 0)
        drawn = samples[start : start + _CHUNK]
        drawn[...] = np.clip(pixels, 0, 255, out=pixels).reshape(drawn.shape)
    return samples


def _backgrounds(side: int, rng: np.random.Generator) -> np.ndarray:
    """Soft fields of any colour, times 256, int32 of shape ``(256, side, side, 3)``."""
    fields = rng.integers(0, 256, (256, 1, 1, 3)) + rng.integers(-70, 70, (256, 3, 3, 3))
    soft = [
        np.asarray(Image.fromarray(field.astype(np.uint8)).resize((side, side), Image.Resampling.BICUBIC))
        for field in np.clip(fields, 0, 255)
    ]
    return np.stack(soft).astype(np.int32) << 8


def _variants(name: str, label: int) -> np.ndarray:
    """Pictures of one class with a margin for shifting, ``(variants, side, side, channels)``."""
    like = ARRAY_SETS[name]
    rng = random_of("variants", name, str(label))
    side = like.side + 2 * _SHIFT
    if like.colour:
        pictures = _objects(name, label, side, rng)
    elif name == "mnist":
        pictures = _turned(_digit(label), side, rng, turn=14, inner=20)
    else:
        pictures = _turned(_garment(label), side, rng, turn=4, inner=26)
    stacked = np.stack([np.asarray(picture) for picture in pictures])
    return stacked if like.colour else stacked[..., np.newaxis]


def _objects(name: str, label: int, side: int, rng: np.random.Generator) -> Iterator[Image.Image]:
    kinds = Kind.all_of([f"{name} {number}" for number in range(ARRAY_SETS[name].classes)])
    for _ in range(_VARIANTS):
        size = int(rng.integers(side // 2, side - 4))
        drawn = object_picture(kinds[label], rng, 48).resize((size, size), Image.Resampling.BOX)
        picture = Image.new("RGBA", (side, side))
        place = (side - size) // 2
        picture.paste(drawn.rotate(float(rng.uniform(0, 360)), Image.Resampling.BILINEAR), (place, place))
        yield picture


def _turned(
    drawn: Image.Image, side: int, rng: np.random.Generator, turn: float, inner: int
) -> Iterator[Image.Image]:
    """Copies turned, sheared and stretched a little, about ``inner`` pixels large."""
    for _ in range(_VARIANTS):
        angle, shear = math.radians(rng.uniform(-turn, turn)), float(rng.uniform(-0.15, 0.15)) * turn / 14
        wide, tall = (drawn.width / inner / rng.uniform(0.8, 1.05, 2)).tolist()
        a, b = wide * math.cos(angle), wide * (math.sin(angle) + shear)
        d, e = -tall * math.sin(angle), tall * math.cos(angle)
        middle, half = drawn.width / 2, side / 2
        matrix = (a, b, middle - (a + b) * half, d, e, middle - (d + e) * half)
        fine = (side * 4, side * 4)
        smooth = drawn.transform(fine, Image.Transform.AFFINE, _finer(matrix), Image.Resampling.BILINEAR)
        yield smooth.resize((side, side), Image.Resampling.BOX)


def _finer(matrix: tuple[float, ...]) -> tuple[float, ...]:
    a, b, c, d, e, f = matrix
    return (a / 4, b / 4, c, d / 4, e / 4, f)


def _digit(label: int) -> Image.Image:
    picture = Image.new("L", (96, 96))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(112)
    draw.text((48, 48), str(label), fill=255, font=font, anchor="mm", stroke_width=2, stroke_fill=255)
    return picture


GARMENTS: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = (
    (((0.3, 0.1), (0.7, 0.1), (0.95, 0.3), (0.82, 0.42), (0.72, 0.35), (0.72, 0.9), (0.28, 0.9),
     (0.28, 0.35), (0.18, 0.42), (0.05, 0.3)),),
    (((0.32, 0.05), (0.68, 0.05), (0.75, 0.95), (0.56, 0.95), (0.5, 0.3), (0.44, 0.95),
     (0.25, 0.95)),),
    (((0.3, 0.1), (0.7, 0.1), (0.88, 0.25), (0.95, 0.85), (0.8, 0.86), (0.72, 0.4), (0.72, 0.9),
     (0.28, 0.9), (0.28, 0.4), (0.2, 0.86), (0.05, 0.85), (0.12, 0.25)),),
    (((0.4, 0.03), (0.6, 0.03), (0.62, 0.4), (0.8, 0.97), (0.2, 0.97), (0.38, 0.4)),),
    (((0.3, 0.05), (0.48, 0.1), (0.48, 0.97), (0.22, 0.97), (0.2, 0.9), (0.05, 0.88), (0.14, 0.2)),
     ((0.52, 0.1), (0.7, 0.05), (0.86, 0.2), (0.95, 0.88), (0.8, 0.9), (0.78, 0.97),
     (0.52, 0.97)),),
    (((0.05, 0.62), (0.6, 0.4), (0.62, 0.48), (0.12, 0.72)), ((0.05, 0.74), (0.95, 0.7),
     (0.95, 0.8), (0.05, 0.8)), ((0.7, 0.2), (0.78, 0.2), (0.95, 0.7), (0.85, 0.7)),),
    (((0.3, 0.08), (0.45, 0.08), (0.5, 0.3), (0.55, 0.08), (0.7, 0.08), (0.9, 0.25), (0.9, 0.6),
     (0.78, 0.6), (0.7, 0.4), (0.74, 0.92), (0.26, 0.92), (0.3, 0.4), (0.22, 0.6), (0.1, 0.6),
     (0.1, 0.25)),),
    (((0.03, 0.5), (0.35, 0.55), (0.55, 0.35), (0.95, 0.4), (0.97, 0.72), (0.03, 0.72)),),
    (((0.08, 0.4), (0.92, 0.4), (0.95, 0.9), (0.05, 0.9)), ((0.3, 0.4), (0.35, 0.15), (0.65, 0.15),
     (0.7, 0.4), (0.64, 0.4), (0.6, 0.22), (0.4, 0.22), (0.36, 0.4)),),
    (((0.45, 0.1), (0.85, 0.1), (0.88, 0.9), (0.72, 0.9), (0.7, 0.82), (0.05, 0.9), (0.05, 0.72),
     (0.42, 0.55)),),
)  # fmt: skip
"""Outlines of Fashion-MNIST's classes in a unit square: T-shirt, trousers, pullover, dress, coat, sandal,
shirt, sneaker, bag, ankle boot."""


def _garment(label: int) -> Image.Image:
    picture = Image.new("L", (96, 96))
    draw = ImageDraw.Draw(picture)
    for shade, outline in zip((210, 190, 230), GARMENTS[label], strict=False):
        draw.polygon([(x * 96, y * 96) for x, y in outline], fill=shade)
    return picture
