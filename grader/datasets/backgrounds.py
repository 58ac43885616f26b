"""Backgrounds of the small scenes: skies, waters, meadows, roads, rooms, with things lying about in them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from grader.datasets.drawing import random_of

Setting = Literal["sky", "water", "grass", "leaves", "ground", "road", "room"]
Hsv = tuple[float, float, float]
"""Hue, saturation and value, 0 to 1; hues wrap."""

SETTINGS: tuple[Setting, ...] = ("sky", "water", "grass", "leaves", "ground", "road", "room")
"""Kinds of backgrounds."""

EACH = 300
"""Backgrounds of each kind; scenes take them with their sides swapped or not."""

_FINE = 2


def backgrounds(side: int) -> np.ndarray:
    """Every background, uint8 of shape ``(settings, EACH, side, side, 3)``."""
    drawn = []
    for name in SETTINGS:
        rng = random_of("backgrounds", name)
        drawn.append(np.stack([_background(name, side, rng) for _ in range(EACH)]))
    return np.stack(drawn)


def rgb(hsv: np.ndarray) -> np.ndarray:
    """Red, green and blue, 0 to 255, of hues, saturations and values along the last axis."""
    hue, saturation, value = hsv[..., :1], np.clip(hsv[..., 1:2], 0, 1), np.clip(hsv[..., 2:], 0, 1)
    wheel = np.clip(np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    colour: np.ndarray = 255 * value * (1 - saturation * (1 - wheel))
    return colour


def _background(name: Setting, side: int, rng: np.random.Generator) -> np.ndarray:
    fine = side * _FINE
    top, bottom, grain, horizon = _SCENERY[name]
    upper, lower = (rgb(np.array(hsv) + rng.normal(0, (0.05, 0.13, 0.15))) for hsv in (top, bottom))
    rows = np.linspace(0, 1, fine)[:, np.newaxis, np.newaxis]
    if horizon:
        edge = rng.uniform(0.15, 0.75)
        mix = np.clip((rows - edge) * rng.uniform(6, 60), 0, 1)
    else:
        mix = rows
    pixels = upper * (1 - mix) + lower * mix
    pixels = pixels + _noise(fine, grain, rng) * mix + _noise(fine, 14.0, rng, coarse=True)
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    _clutter(picture, rng)
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX))


_SCENERY: dict[Setting, tuple[Hsv, Hsv, float, bool]] = {
    "sky": ((0.58, 0.45, 0.75), (0.57, 0.2, 0.88), 4, False),
    "water": ((0.56, 0.2, 0.8), (0.57, 0.5, 0.45), 24, True),
    "grass": ((0.3, 0.25, 0.6), (0.25, 0.5, 0.45), 34, True),
    "leaves": ((0.28, 0.5, 0.3), (0.24, 0.5, 0.45), 46, False),
    "ground": ((0.12, 0.15, 0.65), (0.09, 0.35, 0.5), 28, True),
    "road": ((0.3, 0.15, 0.5), (0.6, 0.06, 0.45), 14, True),
    "room": ((0.09, 0.25, 0.65), (0.07, 0.35, 0.45), 10, True),
}
"""Hue, saturation and value above and below, grain, and whether there is a horizon."""


def _noise(side: int, strength: float, rng: np.random.Generator, coarse: bool = False) -> np.ndarray:
    """A grey texture of any grain and direction, of shape ``(side, side, 1)``."""
    cells = rng.integers(3, 6, 2) if coarse else rng.integers(8, side // 2, 2)
    small = Image.fromarray(rng.normal(0, 1, tuple(cells)).astype(np.float32))
    texture = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC))
    return strength * texture[..., np.newaxis]


def _clutter(picture: Image.Image, rng: np.random.Generator) -> None:
    """A few things of any form and colour, half hidden or not."""
    pen = ImageDraw.Draw(picture)
    side = picture.width
    for _ in range(int(rng.integers(0, 6))):
        middle = np.array(picture.getpixel((side // 2, side // 2)))
        colour = tuple(rng.normal(middle, 45).clip(0, 255).astype(int).tolist())
        x, y = rng.uniform(0, side, 2)
        wide, tall = rng.uniform(0.04, 0.3, 2) * side
        form = int(rng.integers(4))
        if form == 0:
            pen.ellipse((x - wide, y - tall, x + wide, y + tall), fill=colour)
        elif form == 1:
            pen.rectangle((x - wide, y - tall, x + wide, y + tall), fill=colour)
        elif form == 2:
            pen.line((x, y, *rng.uniform(0, side, 2)), fill=colour, width=int(rng.integers(1, 6)))
        else:
            corners = np.array((x, y)) + rng.normal(0, side * 0.15, (3, 2))
            pen.polygon([(float(across), float(down)) for across, down in corners], fill=colour)
