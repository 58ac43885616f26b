"""The geometry of the pages' drawings; the templates turn it into SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.grading.grade import ClaimGrade, TrainingGrade

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 12, 34
STRIP = 112
"""Width at the right for the results on the test images."""


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
class Strip:
    """Results on the test images, beside the curves: the reference's band, what is asked for, what was
    reached."""

    left: float
    right: float
    band: tuple[float, float] | None
    """Top and height: from the reference's worst run to its best."""
    threshold: float | None
    reached: float | None


@dataclass(frozen=True)
class Curves:
    """Accuracy over epochs, in SVG units."""

    lines: tuple[Line, ...]
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    summary: str
    """The drawing in words, for those who cannot see it."""
    right: int
    """Where the curves end."""
    strip: Strip | None = None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Bar:
    """One bar of the distribution, in SVG units: 100 wide, up to 36 high."""

    x: float
    height: float
    count: int
    label: str


def curves(training: TrainingGrade) -> Curves | None:
    """The student's and the reference's short training; None when there is no curve at all."""
    named = [
        ("student", "this network", training.curve),
        ("reference", "the reference", training.reference_curve),
    ]
    return _drawn(named, "Accuracy on the training images by epoch", training)


def claimed_curves(claim: ClaimGrade) -> Curves | None:
    """A training as the saved outputs tell it; None when they tell too little to draw."""
    named = [
        ("student", "training images", claim.accuracy),
        ("reference", "validation images", claim.val_accuracy),
    ]
    return _drawn(named, "Accuracy by epoch, as saved with the notebook")


def _drawn(
    named: Sequence[tuple[str, str, Sequence[float]]], title: str, tested: TrainingGrade | None = None
) -> Curves | None:
    """The curves of (kind, label, values), and beside them the results on the test images."""
    finite = [(kind, label, [v for v in values if math.isfinite(v)]) for kind, label, values in named]
    drawn = [line for line in finite if line[2]]
    if not drawn:
        return None
    on_test = _on_test(tested) if tested else []
    epochs = max(len(values) for _, _, values in drawn)
    highest = max([*on_test, *(value for _, _, values in drawn for value in values)])
    top = min(1.0, math.ceil(highest * 5 + 0.2) / 5) if highest <= 1 else highest
    right = WIDTH - (STRIP if on_test else RIGHT)

    def x(epoch: int) -> float:
        return round(LEFT + (right - LEFT) * (epoch - 1) / max(1, epochs - 1), 1)

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
    words = [f"{label} {values[-1]:.2f} after {len(values)} epochs" for _, label, values in drawn]
    return Curves(
        lines,
        tuple(Tick(x(epoch), str(epoch)) for epoch in _epochs(epochs)),
        tuple(Tick(y(step * top / 4), f"{step * top / 4:.2g}") for step in range(5)),
        f"{title}: {', '.join(words)}.{_test_words(tested) if tested and on_test else ''}",
        right,
        _strip(tested, y) if tested and on_test else None,
    )


def _on_test(training: TrainingGrade) -> list[float]:
    figures = (training.accuracy, training.threshold, *training.reference_accuracies)
    return [figure for figure in figures if figure is not None and math.isfinite(figure)]


def _strip(training: TrainingGrade, y: Callable[[float], float]) -> Strip:
    known = training.reference_accuracies
    band = (y(max(known)), max(2.0, round(y(min(known)) - y(max(known)), 1))) if known else None
    threshold, reached = (
        None if value is None else y(value) for value in (training.threshold, training.accuracy)
    )
    return Strip(WIDTH - STRIP + 30, WIDTH - RIGHT, band, threshold, reached)


def _test_words(training: TrainingGrade) -> str:
    told = []
    if training.accuracy is not None:
        told.append(f"this network {training.accuracy:.2f}")
    if known := training.reference_accuracies:
        told.append(f"{len(known)} runs of the reference {min(known):.2f} to {max(known):.2f}")
    if training.threshold is not None:
        told.append(f"asked for {training.threshold:.2f}")
    return f" On the test images: {', '.join(told)}."


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
