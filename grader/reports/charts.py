"""The geometry of the pages' drawings; the templates turn it into SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from grader.grading.grade import TrainingGrade

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 12, 34


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """A curve: points for an SVG polyline, and its last point."""

    kind: str
    label: str
    points: str
    end: tuple[float, float]


@dataclass(frozen=True)
class Curves:
    """Accuracy over epochs, in SVG units."""

    lines: tuple[Line, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    summary: str
    """The drawing in words, for those who cannot see it."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Bar:
    """One bar of the distribution, in SVG units: 100 wide, up to 36 high."""

    x: float
    height: float
    count: int
    label: str


def curves(training: TrainingGrade) -> Curves | None:
    """The student's and the reference's curves; None when there is no curve at all."""
    named = [
        ("student", "this network", training.curve),
        ("reference", "the reference", training.reference_curve),
    ]
    drawn = [(kind, label, [v for v in values if math.isfinite(v)]) for kind, label, values in named]
    drawn = [line for line in drawn if line[2]]
    if not drawn:
        return None
    epochs = max(len(values) for _, _, values in drawn)
    highest = max(value for _, _, values in drawn for value in values)
    top = min(1.0, math.ceil(highest * 5 + 0.2) / 5) if highest <= 1 else highest

    def x(epoch: int) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (epoch - 1) / max(1, epochs - 1), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(0.0, value) / top, 1)

    lines = tuple(
        Line(
            kind,
            label,
            " ".join(f"{x(epoch)},{y(value)}" for epoch, value in enumerate(values, 1)),
            (x(len(values)), y(values[-1])),
        )
        for kind, label, values in drawn
    )
    words = [f"{label} reaches {values[-1]:.2f} after {len(values)} epochs" for _, label, values in drawn]
    return Curves(
        lines,
        tuple(Tick(x(epoch), str(epoch)) for epoch in _epochs(epochs)),
        tuple(Tick(y(step * top / 4), f"{step * top / 4:.2g}") for step in range(5)),
        "Training accuracy by epoch: " + ", ".join(words) + ".",
    )


def _epochs(count: int) -> list[int]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if count / step <= 9)
    return sorted({1, *range(step, count + 1, step)}) if step > 1 else list(range(1, count + 1))


def bars(counts: Sequence[int]) -> list[Bar]:
    """The distribution of marks in tenths of the points."""
    tallest = max([1, *counts])
    width = 100 / len(counts)
    return [
        Bar(
            round(number * width, 2),
            round(36 * count / tallest, 2),
            count,
            f"{number * 100 // len(counts)}–{(number + 1) * 100 // len(counts)} %",
        )
        for number, count in enumerate(counts)
    ]
