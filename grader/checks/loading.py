"""Checks of how the training data is loaded: a loader's arguments, or the effect of a student's own code."""

from __future__ import annotations

from typing import Any, Literal

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import ServedFacts, Work
from grader.errors import UserError
from grader.evidence.events import DatasetLoaded, Fitted


@check("loaded", written_as=("fit", "image_dataset_from_directory", "flow_from_directory"))
def loaded(
    work: Work,
    *,
    network: str,
    data: str,
    aspect: Literal["labels", "image_size", "validation_split", "seed"],
    image_size: tuple[int, int] | None = None,
    validation_split: float | None = None,
) -> Outcome:
    """Judge one aspect of how the training data is loaded: the loader's arguments, or the effect of own code.

    Args:
        network: Name of the expected network (its training data is judged).
        data: Name of the data set.
        aspect: ``labels`` (integer or one-hot labels of the training images), ``image_size``,
            ``validation_split`` (training and validation subset both made), or ``seed`` (the same in both).
        image_size: Height and width in pixels, for ``image_size``.
        validation_split: Share of images kept for validation, for ``validation_split``.
    """
    fit = work.fit(network)
    loads = _loads(work, fit, data)
    if aspect == "labels":
        return _labels(work, fit, loads, data)
    if aspect == "seed":
        return _seed(work, fit, loads)
    if aspect == "image_size" and image_size is not None:
        return _image_size(fit, loads, image_size)
    if aspect == "validation_split" and validation_split is not None:
        return _validation_split(work, fit, loads, validation_split)
    raise UserError(f"check loaded: aspect {aspect} needs its value, {aspect}: …, in the same line")


def _loads(work: Work, fit: Fitted | None, data: str) -> list[DatasetLoaded]:
    """Loads of the training folder; those that the counting fit derives from, where that is known."""
    loads = [event for event in work.evidence.of(DatasetLoaded) if event.error is None]
    used = {*fit.data.loads, *(fit.validation.loads if fit.validation else ())} if fit else set()
    chosen = [event for event in loads if event.dataset in used]
    return chosen or [event for event in loads if work.split_of(event.path, data) == "train"]


def _cells(fit: Fitted | None, loads: list[DatasetLoaded]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(event.cell for event in loads)) or ((fit.cell,) if fit else ())


def _argument(load: DatasetLoaded, *names: str) -> Any:
    return next((load.arguments[name] for name in names if name in load.arguments), None)


def _labels(work: Work, fit: Fitted | None, loads: list[DatasetLoaded], data: str) -> Outcome:
    wanted = "training images loaded with integer labels (or one-hot labels)"
    hint = 'Use image_dataset_from_directory(train_dir, labels="inferred", label_mode="int", …).'
    cells = _cells(fit, loads)
    if fit is None:
        modes = {str(_argument(load, "label_mode", "class_mode")) for load in loads}
        if not loads:
            return absent(wanted, hint, found="no training data is loaded")
        words = f"loaded with label mode {', '.join(sorted(modes))}"
        if modes & {"int", "sparse", "categorical"}:
            return met(wanted, words, cells=cells)
        return unmet(wanted, words, hint, cells=cells)
    view, labels = work.view(fit.data), fit.data.labels
    if not view.known:
        found = "trained on other data than the worksheet's"
        return unmet(wanted, found, "Pass the worksheet's training images to fit().", cells=(fit.cell,))
    if labels is None or labels.encoding not in ("integer", "one_hot", "binary"):
        return unmet(wanted, "trained without class labels", hint, cells=cells)
    words = "one-hot labels" if labels.encoding == "one_hot" else "integer labels"
    if view.split not in ("train", None):
        found = f"trained on images of the {view.split} set"
        return unmet(wanted, found, "Load the images of the train folder.", cells=cells)
    agreement = label_agreement(work.data[data], view.labels(work.data[data].classes), labels.values)
    if agreement is not None and agreement < 0.5:
        found = f"{words}, but {1 - agreement:.0%} of them do not belong to their image"
        return unmet(wanted, found, "Keep images and labels in the same order.", cells=cells)
    return met(wanted, words, cells=cells)


def label_agreement(facts: ServedFacts, true: tuple[int | None, ...], given: tuple[int, ...]) -> float | None:
    """Share of labels that a one-to-one renaming of classes makes right; None with fewer than ten known ones.

    A student's own loading code may number the classes in another order, which is no fault.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    pairs = [(known, label) for known, label in zip(true, given, strict=False) if known is not None]
    if len(pairs) < 10:
        return None
    numbers = {label: column for column, label in enumerate(sorted({label for _, label in pairs}))}
    counts = np.zeros((len(facts.classes), len(numbers)), int)
    for known, label in pairs:
        counts[known, numbers[label]] += 1
    return float(counts[linear_sum_assignment(-counts)].sum() / len(pairs))


def _image_size(fit: Fitted | None, loads: list[DatasetLoaded], size: tuple[int, int]) -> Outcome:
    wanted = f"images of {size[0]}×{size[1]}"
    cells = _cells(fit, loads)
    found = tuple(fit.data.shape[:2]) if fit and len(fit.data.shape) >= 2 else None
    if found is None and loads:
        given = _argument(loads[0], "image_size", "target_size")
        found = tuple(given) if isinstance(given, list | tuple) else None
    hint = f"Pass image_size=({size[0]}, {size[1]}) to image_dataset_from_directory."
    if found is None:
        return absent(wanted, hint, found="no training images are loaded")
    words = "×".join(map(str, found))
    return met(wanted, words, cells=cells) if found == size else unmet(wanted, words, hint, cells=cells)


def _subsets(loads: list[DatasetLoaded]) -> dict[str, DatasetLoaded]:
    return {str(load.arguments["subset"]): load for load in loads if load.arguments.get("subset")}


def _validation_split(work: Work, fit: Fitted | None, loads: list[DatasetLoaded], share: float) -> Outcome:
    wanted = f"{share:.0%} of the training images kept for validation, both subsets made"
    hint = f'Load twice: validation_split={share}, subset="training" and subset="validation".'
    cells = _cells(fit, loads)
    if fit is not None and work.view(fit.validation).split == "test":
        return unmet(wanted, "the test set serves for validation", hint, cells=(fit.cell,))
    subsets = _subsets(loads)
    both = "both" in subsets or {"training", "validation"} <= set(subsets)
    one = next(iter(subsets.values()), None)
    given = _argument(one, "validation_split") if one else None
    if given is None and fit is not None and work.view(fit.data).known:
        given = _measured_share(fit)
        both = given is not None
    if given is None:
        return absent(wanted, hint, found="no validation subset is made")
    words = f"{float(given):.0%} kept for validation"
    if not both:
        only = one.arguments["subset"] if one else "training"
        return partly(wanted, f"{words}, but only the {only} subset is made", hint, cells=cells)
    if abs(float(given) - share) <= 0.02:
        return met(wanted, words, cells=cells)
    return partly(wanted, words, hint, cells=cells)


def _measured_share(fit: Fitted) -> float | None:
    if fit.validation_split:
        return fit.validation_split
    if fit.validation is None or not fit.validation.samples or not fit.data.samples:
        return None
    return fit.validation.samples / (fit.validation.samples + fit.data.samples)


def _seed(work: Work, fit: Fitted | None, loads: list[DatasetLoaded]) -> Outcome:
    wanted = "the same seed for the training and the validation subset"
    hint = 'Pass the same number to both calls: seed=123 beside subset="training" and subset="validation".'
    cells = _cells(fit, loads)
    subsets = _subsets(loads)
    if "both" in subsets:
        return met(wanted, "both subsets from one call", cells=cells)
    if {"training", "validation"} <= set(subsets):
        seeds = [subsets[name].arguments.get("seed") for name in ("training", "validation")]
        if {load.loader for load in subsets.values()} == {"flow_from_directory"}:
            return met(wanted, "flow_from_directory cuts both subsets from the same order", cells=cells)
        if seeds[0] is not None and seeds[0] == seeds[1]:
            return met(wanted, f"seed {seeds[0]} in both", cells=cells)
        if not any(load.arguments.get("shuffle", True) for load in subsets.values()):
            return met(wanted, "no shuffling, so no seed is needed", cells=cells)
        words = " and ".join("no seed" if seed is None else f"seed {seed}" for seed in seeds)
        return unmet(wanted, words, hint, cells=cells)
    if fit is not None and _own_split(work, fit):
        found = "one split into training and validation images, which do not overlap"
        return met(wanted, found, cells=(fit.cell,))
    if fit is not None and fit.validation_split:
        return met(wanted, "validation_split of fit(), which needs no seed", cells=(fit.cell,))
    return absent(wanted, hint, found="no two subsets are made")


def _own_split(work: Work, fit: Fitted) -> bool:
    """Whether the student's code cut validation images off the training images, none of which are in both."""
    trained, held = work.view(fit.data).recognised, work.view(fit.validation).recognised
    return bool(trained) and work.view(fit.validation).split == "train" and not trained & held
