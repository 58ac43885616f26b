"""Drawn photographs that stand in for an image-folder data set which the grader does not hold.

A class is a kind of drawn fruit: a form, two colours, a skin and a habit of lying about (alone, in pairs,
strewn, in bunches). A photograph shows one or more of them on a background of its own, in a light of its own.
Colours of neighbouring classes overlap and backgrounds and by-standing things take colours from the same
wheel, so that the mean colour of a picture tells little and a linear model fails, as it does on photographs.
Everything follows from the names: the same classes give the same pictures.
"""

from __future__ import annotations

import colorsys
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageFilter

VERSION = 2
"""Of the drawing style: a cache of pictures drawn in another style is not used."""

SPRITE = 96
"""Side in pixels of the one object that a picture's objects are scaled and turned copies of."""

SIZES = (
    (275, 183), (275, 183), (259, 194), (225, 225), (300, 168), (290, 174),
    (282, 179), (265, 190), (311, 162), (249, 203), (230, 219), (194, 259),
    (183, 275), (168, 300), (318, 158), (255, 198), (201, 251), (152, 190),
)  # fmt: skip
"""Width and height of the pictures, as an image search's previews have them."""

Skin = Literal["smooth", "spots", "scales", "stripes", "cut"]
Habit = Literal["single", "few", "strewn", "bunch"]

SKINS: tuple[Skin, ...] = ("smooth", "spots", "cut", "scales", "stripes")
HABITS: tuple[Habit, ...] = ("strewn", "single", "few", "bunch")

HUE_SPREAD = 0.02
"""Standard deviation of a picture's hue about its class's, on a wheel of circumference 1."""


@dataclass(frozen=True)
class Kind:
    """What the pictures of one class have in common."""

    hue: float
    saturation: float
    value: float
    flesh: tuple[float, float, float]
    """Hue, saturation and value of the second colour: spots, stripes, or the inside of a cut fruit."""
    length: float
    """Length of the form in widths, from 1 (round) up."""
    lobes: int
    depth: float
    """How far the outline moves in and out, and how often; 0 is an ellipse."""
    skin: Skin
    habit: Habit

    @classmethod
    def all_of(cls, names: Sequence[str]) -> tuple[Kind, ...]:
        """One kind for each class name; hues are dealt evenly round the wheel, so that no two classes
        coincide."""
        rng = random_of("kinds", *names)
        count = len(names)
        hues = (rng.permutation(count) + rng.uniform(0.2, 0.8, count) * 0.5) / max(count, 1)
        turn = int(rng.integers(len(SKINS)))
        return tuple(
            cls(
                hue=float(hues[i] % 1),
                saturation=float(rng.uniform(0.7, 0.9)),
                value=float(rng.uniform(0.5, 0.85)),
                flesh=(
                    float(hues[i] + rng.uniform(0.4, 0.6)),
                    float(rng.uniform(0.4, 0.8)),
                    float(rng.choice((0.35, 0.9))),
                ),
                length=float(rng.choice((1.0, 1.25, 1.7))),
                lobes=int(rng.integers(3, 12)),
                depth=float(rng.choice((0.0, 0.03, 0.12))),
                skin=SKINS[(i + turn) % len(SKINS)],
                habit=HABITS[(i + i // len(SKINS)) % len(HABITS)],
            )
            for i in range(count)
        )


def file_names(count: int, rng: np.random.Generator) -> list[str]:
    """``count`` names such as a browser gives to saved pictures: ``images (3).jpeg``, ``download.jpeg``."""
    downloads = int(rng.integers(count // 4, count // 2 + 1))
    names = [
        f"{word}{f' ({number})' if number else ''}.jpeg"
        for word, total in (("images", count - downloads), ("download", downloads))
        for number in range(total)
    ]
    return [names[i] for i in rng.permutation(count)]


def draw_folder(root: Path, classes: Sequence[str], images: Mapping[str, int]) -> None:
    """Draw ``root/<split>/<class>/<name>.jpeg``: ``images[split]`` pictures of each class in each split."""
    for name, kind in zip(classes, Kind.all_of(classes), strict=True):
        rng = random_of("pictures", name)
        names = iter(file_names(sum(images.values()), rng))
        for split, count in images.items():
            folder = root / split / name
            folder.mkdir(parents=True)
            for _ in range(count):
                picture = photograph(kind, rng)
                picture.save(folder / next(names), format="JPEG", quality=int(rng.integers(75, 93)))


def photograph(kind: Kind, rng: np.random.Generator) -> Image.Image:
    """One RGB picture of a kind, of one of :data:`SIZES`."""
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    picture = _background(width, height, rng)
    for _ in range(int(rng.integers(0, 3))):
        _paste(picture, object_picture(_stranger(rng), rng), rng, float(rng.uniform(0.1, 0.32)))
    sprite = object_picture(kind, rng)
    for x, y, size in _places(kind.habit, rng):
        _paste(picture, sprite, rng, size, (x, y))
    return _camera(picture, rng)


def object_picture(kind: Kind, rng: np.random.Generator, side: int = SPRITE) -> Image.Image:
    """One object as an RGBA picture of ``side`` × ``side`` pixels, lit from the upper left, in this picture's
    shade."""
    hue = kind.hue + rng.normal(0, HUE_SPREAD)
    skin = _rgb(hue, kind.saturation + rng.normal(0, 0.06), kind.value + rng.normal(0, 0.08))
    flesh = _rgb(kind.flesh[0] + rng.normal(0, 0.03), kind.flesh[1], kind.flesh[2])
    y, x = (np.mgrid[0:side, 0:side].astype(np.float32) + 0.5) / side * 2 - 1
    angle = np.arctan2(y * kind.length, x)
    outline = 0.93 * (1 - kind.depth * (0.5 + 0.5 * np.cos(kind.lobes * angle + rng.uniform(0, 6))))
    radius = np.hypot(x, y * kind.length) / outline
    inside = np.clip((1 - radius) * side / 4, 0, 1)
    second = _pattern(kind.skin, x, y * kind.length, radius, rng)[..., np.newaxis]
    colour = skin * (1 - second) + flesh * second
    dome = np.sqrt(np.clip(1 - radius**2, 0, 1))
    light = 0.45 + 0.65 * np.clip(dome * 0.7 - x * 0.3 - y * 0.35, 0, 1)
    shine = np.exp(-((x + 0.35) ** 2 + (y * kind.length + 0.4) ** 2) / 0.03) * rng.uniform(0, 0.6)
    shaded = colour * light[..., np.newaxis] + shine[..., np.newaxis]
    pixels = np.concatenate([shaded, inside[..., np.newaxis]], axis=2)
    return Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def _pattern(
    skin: Skin, x: np.ndarray, y: np.ndarray, radius: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Where the second colour shows on an object, 0..1."""
    if skin == "spots":
        centres = rng.uniform(-0.8, 0.8, (14, 2))
        near = np.min([(x - a) ** 2 + (y - b) ** 2 for a, b in centres], axis=0)
        return _ramp((0.016 - near) * 120)
    if skin == "scales":
        return _ramp(np.sin(x * 16 + y * 8) * np.sin(y * 16 - x * 8) * 3 - 0.8)
    if skin == "stripes":
        return _ramp(np.sin(x * 14 + 2 * y + rng.uniform(0, 6)) * 3 - 0.5)
    if skin == "cut" and rng.random() < 0.7:
        seeds = (np.abs(np.hypot(x, y) - 0.35) < 0.1) & (np.cos(np.arctan2(y, x) * 7) > 0.3)
        return _ramp((0.78 - radius) * 30) * np.where(seeds, 0.0, 1.0)
    return np.zeros_like(radius)


def _ramp(values: np.ndarray) -> np.ndarray:
    between: np.ndarray = np.clip(values, 0, 1)
    return between


def _stranger(rng: np.random.Generator) -> Kind:
    """Something that happens to lie in the picture, of any colour: a leaf, a bowl, another fruit."""
    return Kind(
        hue=float(rng.random()),
        saturation=float(rng.uniform(0.2, 0.9)),
        value=float(rng.uniform(0.2, 0.9)),
        flesh=(float(rng.random()), 0.4, 0.5),
        length=float(rng.choice((1.0, 1.7, 3.0))),
        lobes=int(rng.integers(2, 8)),
        depth=float(rng.choice((0.0, 0.3))),
        skin="smooth",
        habit="single",
    )


def _places(habit: Habit, rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Centre and size, as fractions of the picture, of each object."""
    if rng.random() < 0.12:  # photographers do not keep to habits
        habit = HABITS[int(rng.integers(len(HABITS)))]
    x, y = rng.uniform(0.33, 0.67, 2)
    if habit == "single":
        return [(x, y, rng.uniform(0.7, 1.1))]
    if habit == "few":
        count = int(rng.integers(2, 5))
        return [(*rng.uniform(0.25, 0.75, 2), rng.uniform(0.45, 0.65)) for _ in range(count)]
    if habit == "strewn":
        count = int(rng.integers(9, 20))
        return [(*rng.uniform(0.05, 0.95, 2), rng.uniform(0.24, 0.36)) for _ in range(count)]
    size = rng.uniform(0.16, 0.22)
    return [(*rng.normal((x, y), 0.17, 2), size * rng.uniform(0.85, 1.15)) for _ in range(45)]


def _paste(
    picture: Image.Image,
    sprite: Image.Image,
    rng: np.random.Generator,
    size: float,
    centre: tuple[float, float] | None = None,
) -> None:
    """Put a turned, resized copy on the picture; without a centre, anywhere."""
    side = max(4, int(size * min(picture.size)))
    copy = sprite.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=1.5)
    copy = copy.rotate(float(rng.uniform(0, 360)), Image.Resampling.BILINEAR)
    x, y = centre if centre is not None else rng.random(2)
    picture.paste(copy, (int(x * picture.width - side / 2), int(y * picture.height - side / 2)), copy)


def _background(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    """A studio's light grey, foliage, a table top, or a blur of anything."""
    kind = rng.choice(("studio", "foliage", "table", "blur"), p=(0.32, 0.26, 0.26, 0.16))
    if kind == "studio":
        colour = _rgb(float(rng.random()), float(rng.uniform(0, 0.15)), float(rng.uniform(0.75, 1.0)))
        field = colour + rng.normal(0, 0.04, (3, 4, 1))
    elif kind == "foliage":
        colour = _rgb(
            float(rng.uniform(0.2, 0.42)), float(rng.uniform(0.3, 0.8)), float(rng.uniform(0.2, 0.6))
        )
        field = colour * rng.uniform(0.3, 1.7, (int(rng.integers(8, 24)), int(rng.integers(8, 24)), 1))
    elif kind == "table":
        colour = _rgb(
            float(rng.uniform(0.02, 0.14)), float(rng.uniform(0.2, 0.7)), float(rng.uniform(0.3, 0.8))
        )
        field = colour * rng.uniform(0.7, 1.3, (int(rng.integers(6, 40)), 2, 1))
    else:
        field = _rgb(float(rng.random()), 0.5, 0.5) * rng.uniform(0.3, 1.6, (5, 6, 3))
    coarse = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC)


def _camera(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Exposure, colour of the light, a gradient across the picture, blur and noise."""
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 1.5))))
    pixels = np.asarray(picture, np.float32)
    gain = rng.uniform(0.75, 1.2) * rng.normal(1, 0.05, 3)
    slope = np.linspace(1 - rng.uniform(0, 0.3), 1, pixels.shape[1])[:: int(rng.choice((-1, 1)))]
    grain = rng.standard_normal(pixels.shape[:2], np.float32) * rng.uniform(1, 6)
    pixels = pixels * (gain * slope[:, np.newaxis]).astype(np.float32) + grain[..., np.newaxis]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _rgb(hue: float, saturation: float, value: float) -> np.ndarray:
    rgb = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return np.array(rgb, np.float32)


def random_of(*names: str) -> np.random.Generator:
    """A generator that follows from names alone."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
