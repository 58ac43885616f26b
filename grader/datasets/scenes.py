"""Small scenes that stand in for CIFAR-10's photographs: an animal or a vehicle on a background of its own.

What tells a class is how its parts lie to one another and how they are marked, at any place, size, turn and
colour. Colours hint at it as they do on photographs: each class has a few looks, a body's colour with a
background, light before dark in one and dark before light in another, so that no single colour at any place
speaks for it. A linear model learns little, a dense network somewhat more, and filters, the more when they
are stacked, most: as on the real set (``benchmarks/standin_ranking.py`` measures it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from grader.datasets import objects
from grader.datasets.backgrounds import SETTINGS, Hsv, Setting, backgrounds, rgb
from grader.datasets.drawing import random_of
from grader.datasets.objects import SPRITE, Drawing, Marking

SIDE = 32
"""Pixels of a sample's side."""

OBJECTS = 400
"""Objects drawn of each class; a sample turns, scales, mirrors and paints one of them."""

USUAL = 0.7
"""Share of the samples with one of their class's looks; others have any colour before any background."""

_CHUNK = 2500


@dataclass(frozen=True)
class Kind:
    """What the scenes of one class have in common."""

    draw: Callable[[Drawing], None]
    markings: tuple[Marking, ...]
    looks: tuple[tuple[Setting, Hsv], ...]
    """Backgrounds and the bodies' colours (hue, saturation, value) that it often has together."""


BROWN: Hsv = (0.08, 0.5, 0.5)
GREY: Hsv = (0.6, 0.1, 0.5)
BLACK: Hsv = (0.6, 0.2, 0.18)
WHITE: Hsv = (0.12, 0.06, 0.92)
GREEN: Hsv = (0.27, 0.6, 0.5)
ORANGE: Hsv = (0.08, 0.6, 0.75)
RED: Hsv = (0.99, 0.75, 0.65)
BLUE: Hsv = (0.6, 0.65, 0.55)

KINDS = (
    Kind(objects.airplane, ("plain", "panels"), (("sky", GREY), ("sky", WHITE), ("road", WHITE))),
    Kind(objects.automobile, ("plain",), (("road", RED), ("ground", BLUE), ("ground", BLACK))),
    Kind(objects.bird, ("grain", "spots"), (("sky", BLACK), ("leaves", RED), ("grass", GREY))),
    Kind(objects.cat, ("stripes", "grain"), (("room", BLACK), ("room", WHITE), ("grass", ORANGE))),
    Kind(objects.deer, ("plain", "spots"), (("grass", BROWN), ("leaves", ORANGE), ("sky", BROWN))),
    Kind(objects.dog, ("patches", "grain"), (("room", BROWN), ("grass", BLACK), ("grass", WHITE))),
    Kind(objects.frog, ("spots",), (("leaves", GREEN), ("ground", GREEN), ("water", GREEN))),
    Kind(objects.horse, ("plain", "patches"), (("grass", BROWN), ("ground", WHITE), ("leaves", BLACK))),
    Kind(objects.ship, ("panels", "plain"), (("water", WHITE), ("water", BLACK), ("sky", RED))),
    Kind(objects.truck, ("panels",), (("road", WHITE), ("ground", RED), ("road", BLUE))),
)
"""In CIFAR-10's order of classes."""


def draw_scenes(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A scene for each label (0 to 9), uint8 of shape ``(n, 32, 32, 3)``."""
    bank = np.stack([np.stack(list(_objects(kind))) for kind in KINDS])
    grounds = backgrounds(SIDE)
    drawn = np.empty((len(labels), SIDE, SIDE, 3), np.uint8)
    for start in range(0, len(labels), _CHUNK):
        part = slice(start, start + _CHUNK)
        drawn[part] = _paint(bank, grounds, labels[part], rng)
    return drawn


def _objects(kind: Kind) -> Iterator[np.ndarray]:
    rng = random_of("objects", kind.draw.__name__)
    for _ in range(OBJECTS):
        drawing = Drawing(rng)
        kind.draw(drawing)
        yield np.asarray(drawing.sprite(kind.markings[int(rng.integers(len(kind.markings)))]))


def _paint(bank: np.ndarray, grounds: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(labels)
    placed = _placed(bank[labels, rng.integers(OBJECTS, size=n)], rng).astype(np.float32) / 255
    second, light, dark, cover = (placed[..., i : i + 1] for i in range(4))
    looks = [KINDS[label].looks[int(rng.integers(len(KINDS[label].looks)))] for label in labels]
    usual = rng.random(n) < USUAL
    body, other, black = _colours(np.array([hsv for _, hsv in looks]), usual, rng)
    colour = (body * (1 - second) + other * second) * (2 * light) * (1 - dark) + black * dark
    liked = [SETTINGS.index(setting) for setting, _ in looks]
    setting = np.where(usual, liked, rng.integers(len(SETTINGS), size=n))
    ground = grounds[setting, rng.integers(grounds.shape[1], size=n)].astype(np.float32)
    mirrored = rng.random(n) < 0.5
    ground[mirrored] = ground[mirrored, :, ::-1]
    pixels = colour * cover + ground * (1 - cover)
    contrast, brightness = rng.uniform(0.8, 1.5, (n, 1, 1, 1)), rng.normal(0, 18, (n, 1, 1, 1))
    pixels = (pixels - 120) * contrast.astype(np.float32) + (120 + brightness).astype(np.float32)
    pixels += rng.standard_normal(pixels.shape, np.float32) * 12
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _placed(sprites: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each object in a sample's frame: turned, scaled, mirrored and moved, perhaps over the border."""
    n = len(sprites)
    size = rng.uniform(0.55, 1.0, n) * SIDE
    angle = np.radians(rng.normal(0, 15, n))
    across, down = SPRITE / size * rng.choice((-1, 1), n), SPRITE / size * rng.uniform(0.85, 1.18, n)
    x, y = SIDE / 2 + rng.uniform(-1, 1, (2, n)) * ((SIDE - size) / 2 * 0.8 + 2.5)
    a, b, d, e = across * np.cos(angle), across * np.sin(angle), -down * np.sin(angle), down * np.cos(angle)
    middle = SPRITE / 2
    matrices = np.stack([a, b, middle - a * x - b * y, d, e, middle - d * x - e * y], axis=-1).tolist()
    frame, affine, smooth = (SIDE, SIDE), Image.Transform.AFFINE, Image.Resampling.BILINEAR
    return np.stack(
        [
            np.asarray(Image.fromarray(sprite, "RGBA").transform(frame, affine, matrix, smooth))
            for sprite, matrix in zip(sprites, matrices, strict=True)
        ]
    )


def _colours(
    liked: np.ndarray, usual: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Body, second and dark colour of each sample, float32 of shape ``(n, 1, 1, 3)``, 0 to 255."""
    n = len(liked)
    anyhow = np.stack([rng.random(n), rng.uniform(0.05, 0.7, n), rng.uniform(0.25, 0.9, n)], axis=-1)
    body = np.where(usual[:, np.newaxis], liked + rng.normal(0, (0.02, 0.1, 0.1), (n, 3)), anyhow)
    hue, saturation, value = body.T
    # The second colour is well lighter or darker, so that markings are seen on every body.
    step = np.where(value > 0.55, -1, 1) * rng.uniform(0.22, 0.45, n)
    other = [hue + rng.normal(0, 0.12, n), saturation * rng.uniform(0.3, 1.2, n), value + step]
    dark = [rng.random(n), np.full(n, 0.25), rng.uniform(0.04, 0.2, n)]
    painted = (rgb(hsv).astype(np.float32) for hsv in (body, np.stack(other, -1), np.stack(dark, -1)))
    first, second, third = (colour[:, np.newaxis, np.newaxis] for colour in painted)
    return first, second, third
