"""Animals and vehicles drawn from parts, not in colours but in materials: what a scene paints.

One class is how its parts lie to one another and how its body is marked; no two objects of a class have quite
the same proportions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

SPRITE = 48
"""Side in pixels of a drawn object."""

_FINE = 96
"""Side in pixels at which it is drawn, to be made smaller."""

Point = tuple[float, float]
Marking = Literal["plain", "panels", "stripes", "spots", "patches", "grain"]


class Drawing:
    """Parts of one object in a unit square, x to the right and y down, each of a material.

    A part is of the body's colour (0), of the second colour (1) or dark (2).
    """

    def __init__(self, rng: np.random.Generator) -> None:
        """An empty drawing; ``rng`` decides how this object differs from others of its class."""
        self.rng = rng
        self._cover = Image.new("L", (_FINE, _FINE))
        self._materials = Image.new("L", (_FINE, _FINE))
        self._pens = [ImageDraw.Draw(layer) for layer in (self._cover, self._materials)]

    def about(self, value: float, spread: float = 0.12) -> float:
        """The value, a little more or less of it."""
        return value * float(1 + self.rng.uniform(-spread, spread))

    def chance(self, share: float) -> bool:
        """True in that share of the objects."""
        return bool(self.rng.random() < share)

    def polygon(self, *points: Point, material: int = 0) -> None:
        """A polygon."""
        drawn = [(x * _FINE, y * _FINE) for x, y in points]
        for pen, value in zip(self._pens, (255, material), strict=True):
            pen.polygon(drawn, fill=value)

    def ellipse(self, x: float, y: float, rx: float, ry: float, material: int = 0) -> None:
        """An ellipse by its middle and half axes."""
        box = [(x - rx) * _FINE, (y - ry) * _FINE, (x + rx) * _FINE, (y + ry) * _FINE]
        for pen, value in zip(self._pens, (255, material), strict=True):
            pen.ellipse(box, fill=value)

    def box(self, x0: float, y0: float, x1: float, y1: float, material: int = 0) -> None:
        """An upright rectangle."""
        self.polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1), material=material)

    def line(self, *points: Point, width: float, material: int = 0) -> None:
        """Strokes from point to point."""
        drawn = [(x * _FINE, y * _FINE) for x, y in points]
        for pen, value in zip(self._pens, (255, material), strict=True):
            pen.line(drawn, fill=value, width=max(1, round(width * _FINE)), joint="curve")

    def sprite(self, marking: Marking) -> Image.Image:
        """RGBA with, in this order: share of the second colour, light, share of the dark colour, cover."""
        cover, materials = (np.asarray(layer) for layer in (self._cover, self._materials))
        light, second = _marked(marking, self.rng)
        second = np.where(materials == 1, 1.0, np.where(materials == 0, second, 0.0))
        bright = np.where(materials == 1, 0.5 + light / 2, light)
        planes = [second * 255, np.clip(bright * 128, 0, 255), (materials == 2) * 255.0, cover]
        drawn = Image.fromarray(np.stack(planes, axis=-1).astype(np.uint8), "RGBA")
        return drawn.resize((SPRITE, SPRITE), Image.Resampling.BOX)


def _marked(marking: Marking, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Light (about 1) and the share of the second colour over the body of an object so marked."""
    y, x = np.mgrid[0:_FINE, 0:_FINE] / _FINE
    shade = 1.15 - 0.45 * y + 0.1 * np.cos(6 * x + rng.uniform(0, 6))
    if marking == "plain":
        return shade, np.zeros_like(shade)
    if marking == "panels":
        seams = np.minimum(
            np.abs((x * rng.uniform(3, 6)) % 1 - 0.5), np.abs((y * rng.uniform(4, 7)) % 1 - 0.5)
        )
        return shade * np.where(seams < 0.06, 0.72, 1.05), np.zeros_like(shade)
    if marking == "stripes":
        bend = 0.08 * np.sin(y * rng.uniform(6, 12) + rng.uniform(0, 6))
        waves = np.sin((x + bend) * rng.uniform(50, 70))
        return shade, np.clip(waves * 2, 0, 1)
    if marking in ("spots", "patches"):
        count, size = (26, 0.04) if marking == "spots" else (5, 0.14)
        at, radii = rng.random((count, 2)), rng.uniform(0.6, 1.3, count) * size
        near = np.min([np.hypot(x - px, y - py) / r for (px, py), r in zip(at, radii, strict=True)], axis=0)
        return shade, np.clip((1.1 - near) * 5, 0, 1)
    grain = Image.fromarray(rng.integers(0, 256, (_FINE // 3, _FINE // 6), np.uint8))
    coarse = np.asarray(grain.resize((_FINE, _FINE), Image.Resampling.BICUBIC)) / 255
    return shade * (0.72 + 0.56 * coarse), np.zeros_like(shade)


def airplane(d: Drawing) -> None:
    """Draw one."""
    body = d.about(0.075, 0.3)
    d.ellipse(0.5, 0.5, 0.46, body)
    if d.chance(0.5):  # from above
        sweep, span, root = d.about(0.2, 0.4), d.about(0.38), d.about(0.2)
        for side in (-1, 1):
            d.polygon((0.42, 0.5), (0.42 + root, 0.5), (0.52 - sweep, 0.5 + side * span),
                      (0.44 - sweep, 0.5 + side * span))  # fmt: skip
            d.polygon((0.06, 0.5), (0.18, 0.5), (0.08, 0.5 + side * 0.17), (0.02, 0.5 + side * 0.17))
    else:
        d.polygon((0.05, 0.5), (0.2, 0.5), (0.1, d.about(0.24)), (0.02, 0.24), material=1)
        d.polygon((0.38, 0.5), (0.6, 0.5), (d.about(0.32), 0.72), (0.24, 0.72))
        d.polygon((0.42, 0.47), (0.56, 0.47), (0.38, 0.36), (0.33, 0.36))
        for x in np.arange(0.3, 0.85, 0.09):
            d.ellipse(float(x), 0.48, 0.018, 0.018, 2)


def automobile(d: Drawing) -> None:
    """Draw one."""
    roof, front, back = d.about(0.32), d.about(0.72), d.about(0.2, 0.3)
    d.polygon((back, 0.52), (back + 0.12, roof), (front - 0.16, roof), (front, 0.52))
    d.polygon((0.04, 0.52), (0.9, 0.5), (0.97, 0.58), (0.96, 0.7), (0.04, 0.7))
    middle = (back + front) / 2
    d.polygon((back + 0.05, 0.5), (back + 0.13, roof + 0.04), (middle - 0.02, roof + 0.04),
              (middle - 0.02, 0.5), material=1)  # fmt: skip
    d.polygon((middle + 0.02, 0.5), (middle + 0.02, roof + 0.04), (front - 0.17, roof + 0.04),
              (front - 0.05, 0.5), material=1)  # fmt: skip
    wheel = d.about(0.1)
    for x in (0.23, 0.77):
        d.ellipse(x, 0.7, wheel, wheel, 2)
        d.ellipse(x, 0.7, wheel * 0.45, wheel * 0.45, 1)


def bird(d: Drawing) -> None:
    """Draw one."""
    lean = d.about(0.1, 0.8)
    d.polygon((0.3, 0.5), (0.02, 0.62 + lean), (0.06, 0.74 + lean), (0.35, 0.62))
    d.ellipse(0.47, 0.55, d.about(0.25), d.about(0.15))
    d.ellipse(0.7, 0.36 - lean / 2, 0.12, 0.115)
    d.polygon((0.6, 0.36), (0.78, 0.42), (0.62, 0.58), (0.5, 0.48))
    d.polygon((0.8, 0.31 - lean / 2), (0.97, 0.37 - lean / 2), (0.8, 0.41 - lean / 2), material=1)
    d.ellipse(0.73, 0.33 - lean / 2, 0.022, 0.022, 2)
    if d.chance(0.35):
        d.polygon((0.35, 0.5), (0.58, 0.5), (0.3, 0.08), (0.14, 0.12), material=1)
    else:
        d.polygon((0.3, 0.47), (0.6, 0.5), (0.42, 0.62), (0.2, 0.6), material=1)
        for x in (0.45, 0.53):
            d.line((x, 0.66), (x + 0.02, 0.9), (x + 0.09, 0.91), width=0.022, material=2)


def _four_legs(d: Drawing, top: float, bottom: float, width: float, spread: Sequence[float]) -> None:
    stride = d.about(0.05, 1.0)
    for number, x in enumerate(spread):
        foot = x + (stride if number % 2 else -stride)
        d.line((x, top), ((x + foot) / 2 + 0.01, (top + bottom) / 2), (foot, bottom), width=width)


def cat(d: Drawing) -> None:
    """Draw one."""
    if d.chance(0.6):  # sitting, face to us
        d.ellipse(0.5, 0.74, d.about(0.24), 0.24)
        d.line((0.7, 0.88), (0.88, 0.8), (0.9, d.about(0.6)), width=0.06)
        x, y, r = 0.5, 0.37, d.about(0.23)
    else:
        d.ellipse(0.45, 0.62, 0.32, d.about(0.15))
        _four_legs(d, 0.66, 0.9, 0.075, (0.22, 0.3, 0.58, 0.68))
        d.line((0.15, 0.58), (0.05, 0.4), (0.1, d.about(0.2)), width=0.055)
        x, y, r = 0.76, 0.42, d.about(0.17)
    d.ellipse(x, y, r, r * 0.88)
    for side in (-1, 1):
        d.polygon((x + side * r * 0.95, y - r * 0.3), (x + side * r * 0.85, y - r * 1.5),
                  (x + side * r * 0.2, y - r * 0.75))  # fmt: skip
        d.ellipse(x + side * r * 0.42, y - r * 0.1, r * 0.16, r * 0.18, 2)
    d.ellipse(x, y + r * 0.42, r * 0.38, r * 0.28, 1)
    d.polygon((x - r * 0.12, y + r * 0.24), (x + r * 0.12, y + r * 0.24), (x, y + r * 0.42), material=2)


def deer(d: Drawing) -> None:
    """Draw one."""
    head = d.about(0.3)
    _four_legs(d, 0.55, 0.95, 0.035, (0.24, 0.3, 0.58, 0.64))
    d.ellipse(0.43, 0.55, 0.26, d.about(0.12))
    d.polygon((0.55, 0.5), (0.66, 0.6), (0.8, head + 0.05), (0.7, head - 0.02))
    d.ellipse(0.78, head, 0.11, 0.06)
    d.polygon((0.68, head - 0.04), (0.58, head - 0.1), (0.7, head - 0.01))
    d.ellipse(0.17, 0.5, 0.05, 0.05, 1)
    if d.chance(0.65):
        for side in (-1, 1):
            x = 0.73 + side * 0.03
            d.line(
                (x, head - 0.04),
                (x + side * 0.09, head - 0.16),
                (x + side * 0.05, 0.02),
                width=0.025,
                material=2,
            )
            d.line((x + side * 0.08, head - 0.14), (x + side * 0.19, head - 0.22), width=0.022, material=2)


def dog(d: Drawing) -> None:
    """Draw one."""
    if d.chance(0.5):  # its face
        x, y, r = 0.5, 0.42, d.about(0.26)
        d.ellipse(0.5, 0.86, d.about(0.28), 0.24)
        d.ellipse(x, y, r * 0.85, r)
        for side in (-1, 1):
            d.ellipse(x + side * r * 0.95, y + r * 0.05, r * 0.3, r * 0.75, 1)
            d.ellipse(x + side * r * 0.36, y - r * 0.2, r * 0.13, r * 0.14, 2)
        d.ellipse(x, y + r * 0.5, r * 0.45, r * 0.42)
        d.ellipse(x, y + r * 0.36, r * 0.2, r * 0.14, 2)
        if d.chance(0.5):
            d.ellipse(x, y + r * 0.95, r * 0.15, r * 0.25, 1)
        return
    _four_legs(d, 0.62, 0.92, 0.07, (0.22, 0.3, 0.58, 0.66))
    d.ellipse(0.43, 0.58, 0.28, d.about(0.15))
    d.line((0.18, 0.52), (0.06, 0.42), (0.02, d.about(0.3)), width=0.05)
    d.ellipse(0.74, 0.38, 0.15, 0.135)
    d.box(0.8, 0.38, 0.96, 0.48)
    d.ellipse(0.95, 0.4, 0.03, 0.03, 2)
    d.ellipse(0.67, 0.42, 0.055, 0.14, 1)
    d.ellipse(0.8, 0.34, 0.022, 0.022, 2)


def frog(d: Drawing) -> None:
    """Draw one."""
    d.ellipse(0.5, 0.62, d.about(0.34), d.about(0.2))
    for side in (-1, 1):
        d.ellipse(0.5 + side * 0.36, 0.7, 0.12, d.about(0.15))
        d.ellipse(0.5 + side * 0.4, 0.86, 0.14, 0.045)
        d.ellipse(0.5 + side * 0.17, 0.84, 0.07, 0.05)
        d.ellipse(0.5 + side * 0.17, 0.42, 0.1, 0.1)
        d.ellipse(0.5 + side * 0.17, 0.41, 0.055, 0.06, 1)
        d.ellipse(0.5 + side * 0.17, 0.41, 0.03, 0.045, 2)
    d.line((0.24, 0.58), (0.5, 0.68), (0.76, 0.58), width=0.025, material=2)


def horse(d: Drawing) -> None:
    """Draw one."""
    _four_legs(d, 0.55, 0.96, 0.065, (0.2, 0.28, 0.56, 0.63))
    d.line((0.14, 0.45), (0.05, 0.6), (0.07, d.about(0.82)), width=0.07, material=2)
    d.ellipse(0.4, 0.5, 0.29, d.about(0.16))
    d.polygon((0.46, 0.42), (0.68, 0.56), (0.86, 0.2), (0.7, 0.12))
    d.polygon((0.7, 0.1), (0.84, 0.14), (0.99, 0.34), (0.92, 0.42), (0.78, 0.28))
    d.polygon((0.44, 0.42), (0.68, 0.06), (0.76, 0.12), (0.56, 0.46), material=2)
    d.ellipse(0.84, 0.2, 0.018, 0.018, 2)


def ship(d: Drawing) -> None:
    """Draw one."""
    deck = d.about(0.6)
    d.polygon((0.02, deck), (0.98, deck - 0.04), (0.85, 0.84), (0.12, 0.84))
    d.box(0.12, 0.77, 0.87, 0.84, 1)
    if d.chance(0.35):
        d.line((0.48, deck), (0.48, 0.06), width=0.025, material=2)
        d.polygon((0.5, 0.1), (0.5, deck - 0.06), (d.about(0.82), deck - 0.06), material=1)
        d.polygon((0.46, 0.16), (0.46, deck - 0.06), (0.2, deck - 0.06), material=1)
        return
    left, right, top = d.about(0.22, 0.3), d.about(0.62, 0.2), d.about(0.42)
    d.box(left, top, right, deck, 1)
    d.box(left + 0.06, top - 0.1, (left + right) / 2, top, 1)
    d.box(right - 0.13, d.about(0.22), right - 0.04, top, 2)
    for x in np.arange(left + 0.05, right - 0.03, 0.08):
        d.box(float(x), top + 0.05, float(x) + 0.03, top + 0.09, 2)
    d.line((0.85, deck), (0.85, 0.28), width=0.02, material=2)


def truck(d: Drawing) -> None:
    """Draw one."""
    top, split = d.about(0.22, 0.3), d.about(0.64)
    d.box(0.03, top, split - 0.02, 0.68, 1)
    for x in np.arange(0.1, split - 0.06, 0.1):
        d.box(float(x), top + 0.04, float(x) + 0.012, 0.64, 2)
    d.polygon((split, 0.34), (0.86, 0.34), (0.93, 0.52), (0.97, 0.54), (0.97, 0.72), (split, 0.72))
    d.polygon((split + 0.06, 0.38), (0.84, 0.38), (0.89, 0.51), (split + 0.06, 0.51), material=1)
    d.box(0.03, 0.68, 0.97, 0.74, 2)
    wheel = d.about(0.085)
    for x in (0.15, 0.33, 0.8):
        d.ellipse(x, 0.76, wheel, wheel, 2)
        d.ellipse(x, 0.76, wheel * 0.4, wheel * 0.4, 1)
