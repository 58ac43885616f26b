"""Recipes for the trusted trainer, from what a notebook built, compiled and fed to its network."""

from __future__ import annotations

from typing import Literal

from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Data, ModelSeen
from grader.training.configuration import CannotTrain
from grader.training.recipe import DataRef, Preprocessing, Recipe, recipe

_BATCH = 32
_UNSCALED = 1.5
"""Largest pixel up to which data that was not recognised is taken to be divided by 255."""


def recipe_of(work: Work, network: str, facts: ServedFacts, epochs: int) -> Recipe | CannotTrain | None:
    """The recipe of the model that answers ``network``; None when it was not compiled and trained."""
    answer, compiled, fit = work.answer(network), work.compilation(network), work.fit(network)
    if answer is None or compiled is None or fit is None or not work.view(fit.data).known:
        return None
    forms = [event for event in work.evidence.of(ModelSeen) if event.model == answer.model and event.config]
    shape = fit.data.shape
    if len(shape) != 3 or shape[2] not in (1, 3) or not shape[0] or not shape[1]:
        return CannotTrain(f"it is trained on samples of shape {shape}, not on photographs", "unsupported")
    channels: Literal[1, 3] = 1 if shape[2] == 1 else 3
    labels = fit.data.labels
    one_hot = labels is not None and labels.encoding == "one_hot"
    size = fit.batch_size if fit.data.container == "array" else fit.data.batch_size
    try:
        return recipe(
            forms[-1].config,
            compiled.optimizer,
            compiled.losses,
            image_size=(shape[0], shape[1]),
            data=DataRef(name=facts.name, digest=facts.digest),
            epochs=epochs,
            batch_size=size or _BATCH,
            preprocessing=_preprocessing(work, fit.data),
            labels="one_hot" if one_hot else "integer",
            label_width=labels.classes if one_hot and labels else None,
            channels=channels,
        )
    except CannotTrain as reason:
        return reason


def _preprocessing(work: Work, data: Data) -> Preprocessing:
    view = work.view(data)
    if view.scale is not None and view.offset is not None:
        return Preprocessing(scale=(view.scale,), offset=(view.offset,))
    scaled = data.maximum is not None and data.maximum <= _UNSCALED
    return Preprocessing(scale=(1 / 255 if scaled else 1.0,))
