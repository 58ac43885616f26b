"""Recipes for the trusted trainer, from what a notebook built, compiled and fed to its network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Data, ModelSeen
from grader.training.configuration import CannotTrain
from grader.training.recipe import DataRef, Preprocessing, Recipe, recipe

_BATCH = 32
_MEASURED = 0.01
"""Of a scale; thumbnails give that of resized photographs so exactly (:mod:`grader.datasets.scaling`)."""
_UNSCALED = 1.5
"""Largest pixel up to which data that was not recognised is taken to be divided by 255."""


@dataclass(frozen=True)
class Budget:
    """What the grader decides of a short training."""

    epochs: int
    samples: int | None = None
    """Training images used at most."""


def recipe_of(work: Work, network: str, facts: ServedFacts, budget: Budget) -> Recipe | CannotTrain | None:
    """The recipe of the model that answers ``network``; None when it was not compiled and trained."""
    answer, compiled, fit = work.answer(network), work.compilation(network), work.fit(network)
    if answer is None or compiled is None or fit is None:
        return None
    image = image_shape(fit.data.shape)
    if not work.view(fit.data).known and (image is None or len(fit.data.shape) == len(image)):
        # A generator may alter images on their way, so that they are not recognised.
        altered = fit.data.container == "generator"
        return CannotTrain("the images that it is trained on are not recognised") if altered else None
    if image is None:
        return CannotTrain(f"it is trained on samples of shape {fit.data.shape}, not on images")
    forms = [event for event in work.evidence.of(ModelSeen) if event.model == answer.model and event.config]
    labels = fit.data.labels
    one_hot = labels is not None and labels.encoding == "one_hot"
    size = fit.batch_size if fit.data.container == "array" else fit.data.batch_size
    height, width, channels = image
    try:
        return recipe(
            forms[-1].config if forms else None,
            compiled.optimizer,
            compiled.losses,
            image_size=(height, width),
            data=DataRef(name=facts.name, digest=facts.digest),
            epochs=budget.epochs,
            samples=budget.samples,
            batch_size=size or _BATCH,
            preprocessing=_preprocessing(work, fit.data),
            labels="one_hot" if one_hot else "integer",
            label_width=labels.classes if one_hot and labels else None,
            channels=channels,
            fed=tuple(side for side in fit.data.shape if side is not None),
        )
    except CannotTrain as reason:
        return reason


def image_shape(sample: tuple[int | None, ...]) -> tuple[int, int, Literal[1, 3]] | None:
    """Height, width and channels of the image that a sample of this shape is, or was before it was flattened.

    A number of values is the area of a square or three times one, never both. None when it is no image.
    """
    sides = [side for side in sample if side]
    if len(sides) != len(sample) or not sides:
        return None
    if len(sides) == 3:
        return (sides[0], sides[1], 1 if sides[2] == 1 else 3) if sides[2] in (1, 3) else None
    if len(sides) == 2 and sides[1] > 1:
        return sides[0], sides[1], 1
    values = math.prod(sides)
    for channels in (1, 3):
        side = math.isqrt(values // channels)
        if side > 1 and side * side * channels == values:
            return side, side, channels
    return None


def _preprocessing(work: Work, data: Data) -> Preprocessing:
    view = work.view(data)
    channels = len(view.scales) == data.shape[2] if len(data.shape) == 3 else False
    if channels and view.scales and view.offsets and not _alike(view.scales, view.offsets):
        return Preprocessing(scale=view.scales, offset=view.offsets)
    if view.scale is not None and view.offset is not None:
        return Preprocessing(scale=(view.scale,), offset=(view.offset,))
    scaled = data.maximum is not None and data.maximum <= _UNSCALED
    return Preprocessing(scale=(1 / 255 if scaled else 1.0,))


def _alike(scales: Sequence[float], offsets: Sequence[float]) -> bool:
    """Whether the channels' maps differ by no more than they are measured to: one map then serves all, and
    equal recipes stay equal."""
    largest = max(map(abs, scales))
    return (
        max(scales) - min(scales) <= _MEASURED * largest
        and max(offsets) - min(offsets) <= _MEASURED * largest * 255
    )
