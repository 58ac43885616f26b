"""What Keras printed while it trained, read back from a cell's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_EPOCH = re.compile(r"^Epoch (\d{1,6})/(\d{1,6})\b", re.MULTILINE)
_METRIC = re.compile(
    r"\b(?P<held_out>val_)?(?:(?:sparse_)?categorical_|binary_)?acc(?:uracy)?: "
    r"(?P<value>\d(?:\.\d{1,12})?(?:e-?\d{1,3})?)(?![\w.])"
)


@dataclass(frozen=True)
class EpochLog:
    """One training, as its progress bars tell it."""

    asked: int
    """Epochs that were asked for."""
    accuracy: tuple[float, ...]
    """After each epoch, 0 to 1; empty where it was not among the metrics."""
    val_accuracy: tuple[float, ...]


def epoch_logs(text: str) -> tuple[EpochLog, ...]:
    """The trainings that a cell printed, in order, as Keras 2 and 3 print them with ``verbose`` 1 or 2."""
    return tuple(
        EpochLog(asked, _column(epochs, "accuracy"), _column(epochs, "val_accuracy"))
        for asked, epochs in _trainings(text)
    )


def _trainings(text: str) -> Iterator[tuple[int, list[dict[str, float]]]]:
    """Epochs asked for, and the figures after each; a count that starts again is another training."""
    headings = list(_EPOCH.finditer(text))
    epochs: list[dict[str, float]] = []
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        # A progress bar is rewritten at every step: the last figures are those of the whole epoch.
        figures = {
            "val_accuracy" if found["held_out"] else "accuracy": float(found["value"])
            for found in _METRIC.finditer(text, heading.end(), following.start() if following else len(text))
        }
        epochs.append(figures)
        if following is None or int(following[1]) <= int(heading[1]):
            yield int(heading[2]), epochs
            epochs = []


def _column(epochs: list[dict[str, float]], metric: str) -> tuple[float, ...]:
    """One metric up to the first epoch that lacks it: an interrupted one, or text that was cut off."""
    values: list[float] = []
    for epoch in epochs:
        if not 0 <= epoch.get(metric, -1) <= 1:
            break
        values.append(epoch[metric])
    return tuple(values)
