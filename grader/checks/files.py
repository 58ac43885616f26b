"""Checks of what the code does with the files of the data: list, load, open, remove."""

from __future__ import annotations

import ast
import posixpath
from typing import Any, Literal

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import ServedFacts, Work
from grader.evidence.events import DatasetLoaded, Fitted, ImageOpened, Listed


def split_of(work: Work, path: str | None, data: str) -> str | None:
    """Which split of the data a folder of the notebook's world is (``root`` for the folder above the splits)."""
    if path is None:
        return None
    parts = path.rstrip("/").split("/")
    for place in work.evidence.places:
        if place.data == data and path.rstrip("/") == place.path.rstrip("/"):
            return place.part
    splits = {split.lower(): split for split in work.data[data].splits}
    return splits.get(parts[-1].lower())


@check("classes_listed", written_as=("listdir", "scandir", "iterdir", "glob", "walk"))
def classes_listed(work: Work, *, data: str, split: str = "train") -> Outcome:
    """Look whether the code lists the class folders of a split, or prints all class names.

    Args:
        data: Name of the data set.
        split: The split whose folder is listed.
    """
    wanted = f"the class folders of {split}/ listed"
    for event in work.evidence.of(Listed):
        if split_of(work, event.path, data) == split:
            return met(
                wanted, f"{posixpath.basename(event.path.rstrip('/'))}/ is listed", cells=(event.cell,)
            )
    classes = work.data[data].classes
    for cell in work.evidence.cells:
        if cell.text and all(name in cell.text for name in classes):
            return met(wanted, "the class names are printed", cells=(cell.index,))
    return absent(wanted, f"List the folder with os.listdir, e.g. sorted(os.listdir({split}_dir)).")


@check("images_opened", written_as=("open", "verify", "imread", "load_img"))
def images_opened(work: Work, *, data: str, split: str = "train") -> Outcome:
    """Look whether the code opens every image of a split and goes on after a broken one.

    The second part is seen in a run of its own with a broken file planted among the images.

    Args:
        data: Name of the data set.
        split: The split whose images are opened.
    """
    wanted = f"every image in {split}/ opened, the error of a broken one caught"
    files = work.data[data].splits.get(split, ())
    seen = _opened(work, files)
    hint = "Open each file in try: Image.open(path).verify() and catch (IOError, SyntaxError)."
    if not seen:
        return absent(wanted, hint, found="the images are not opened one by one")
    cell = max(seen, key=lambda index: len(seen[index]))
    share = f"{len(set().union(*seen.values()))} of {len(files)} images are opened"
    if len(seen[cell]) < len(files) / 2:
        return absent(wanted, hint, found=share)
    if len(seen[cell]) < len(files):
        return partly(wanted, share, "Open every image of every class.", cells=(cell,))
    probe = work.evidence.probe
    if probe is None or cell in probe.failed:
        fault = "" if probe is None else f" ({probe.failed[cell]})"
        found = f"{share}, but a broken one stops the code{fault}"
        judge = partly if _catches(work, cell) else unmet
        return judge(wanted, found, hint, cells=(cell,))
    return met(wanted, f"{share}; a broken one does not stop the code", cells=(cell,))


def _catches(work: Work, cell: int) -> bool:
    """Whether the code up to a cell tries to catch errors at all."""
    trees = [source.tree for source in work.sources if source.index <= cell and source.tree is not None]
    return any(isinstance(node, ast.Try) for tree in trees for node in ast.walk(tree))


def _opened(work: Work, files: tuple[str, ...]) -> dict[int, set[str]]:
    names = {file.split("/", 1)[1]: file for file in files}
    seen: dict[int, set[str]] = {}
    for event in work.evidence.of(ImageOpened):
        parts = event.path.split("/")
        file = names.get("/".join(parts[-2:]))
        if file is not None and (
            len(parts) < 3 or parts[-3].lower() == file.split("/")[0].lower() or _is_place(work, parts)
        ):
            seen.setdefault(event.cell, set()).add(file)
    return seen


def _is_place(work: Work, parts: list[str]) -> bool:
    folder = "/".join(parts[:-2])
    return any(place.path.rstrip("/") == folder for place in work.evidence.places)


@check("broken_removed", written_as=("remove", "unlink"))
def broken_removed(work: Work, *, data: str) -> Outcome:
    """Look whether a broken image is removed and its path printed, in the run with a broken file planted.

    Only one of the two is partly.

    Args:
        data: Name of the data set.
    """
    wanted = "a broken image removed, with a message that names its path"
    hint = 'In the except branch: os.remove(path) and print(f"Removed corrupted image: {path}").'
    probe = work.evidence.probe
    if probe is None or probe.opened is None:
        return absent(wanted, hint, found="the images are not opened one by one")
    name = posixpath.basename(probe.broken)
    told = [index for index, text in probe.text.items() if index >= probe.opened and name in text]
    cells = tuple(told[:1]) or (probe.opened,)
    if probe.removed and told:
        return met(wanted, "the planted broken file was removed and named", cells=cells)
    if probe.removed:
        return partly(
            wanted, "the planted broken file was removed without a message naming it", hint, cells=cells
        )
    if told:
        return partly(wanted, "the planted broken file was named but not removed", hint, cells=cells)
    return unmet(wanted, "the planted broken file was neither removed nor named", hint, cells=cells)


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
    """Judge one aspect of how the training data is loaded, by a loader's arguments or, for own code, by its effect.

    Args:
        network: Name of the expected network (its training data is judged).
        data: Name of the data set.
        aspect: ``labels`` (integer or one-hot labels of the split's images), ``image_size``, ``validation_split``
            (training and validation subset both made), or ``seed`` (the same in both subsets).
        image_size: Height and width in pixels, for ``image_size``.
        validation_split: Share of images kept for validation, for ``validation_split``.
    """
    fit = work.fit(network)
    loads = _loads(work, fit, data)
    if aspect == "labels":
        return _labels(work, fit, loads, data)
    if aspect == "image_size":
        assert image_size is not None, "aspect image_size needs image_size"
        return _image_size(fit, loads, image_size)
    if aspect == "seed":
        return _seed(work, fit, loads)
    assert validation_split is not None, "aspect validation_split needs validation_split"
    return _validation_split(work, fit, loads, validation_split)


def _loads(work: Work, fit: Fitted | None, data: str) -> list[DatasetLoaded]:
    """Loads of the training folder; those that the counting fit derives from, where that is known."""
    loads = [event for event in work.evidence.of(DatasetLoaded) if event.error is None]
    used = {*fit.data.loads, *(fit.validation.loads if fit.validation else ())} if fit else set()
    chosen = [event for event in loads if event.dataset in used]
    return chosen or [event for event in loads if split_of(work, event.path, data) == "train"]


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
        if modes & {"int", "sparse", "categorical"}:
            return met(wanted, f"label_mode {', '.join(sorted(modes))}", cells=cells)
        return unmet(wanted, f"label_mode {', '.join(sorted(modes))}", hint, cells=cells)
    view, labels = work.view(fit.data), fit.data.labels
    if not view.known:
        return unmet(wanted, "trained on other data than the worksheet's", hint, cells=(fit.cell,))
    if labels is None or labels.encoding not in ("integer", "one_hot", "binary"):
        return unmet(wanted, "trained without class labels", hint, cells=cells)
    words = "one-hot labels" if labels.encoding == "one_hot" else "integer labels"
    if view.split not in ("train", None):
        return unmet(wanted, f"trained on images of the {view.split} set", hint, cells=cells)
    agreement = _agreement(work.data[data], view.labels(work.data[data].classes), labels.values)
    if agreement is not None and agreement < 0.5:
        found = f"{words}, but {1 - agreement:.0%} of them do not belong to their image"
        return unmet(wanted, found, "Keep images and labels in the same order.", cells=cells)
    return met(wanted, words, cells=cells)


def _agreement(facts: ServedFacts, true: tuple[int | None, ...], given: tuple[int, ...]) -> float | None:
    """Share of labels that a one-to-one renaming of classes makes right (own loading code may number them anew)."""
    from scipy.optimize import linear_sum_assignment

    pairs = [(known, label) for known, label in zip(true, given, strict=False) if known is not None]
    if len(pairs) < 10:
        return None
    size = max(len(facts.classes), max(label for _, label in pairs) + 1)
    counts = [[0] * size for _ in range(size)]
    for known, label in pairs:
        if 0 <= label < size:
            counts[known][label] += 1
    rows, columns = linear_sum_assignment([[-value for value in row] for row in counts])
    return float(sum(counts[row][column] for row, column in zip(rows, columns, strict=True))) / len(pairs)


def _image_size(fit: Fitted | None, loads: list[DatasetLoaded], size: tuple[int, int]) -> Outcome:
    wanted = f"images of {size[0]}×{size[1]}"
    cells = _cells(fit, loads)
    found = tuple(fit.data.shape[:2]) if fit and len(fit.data.shape) >= 2 else None
    if found is None and loads:
        given = _argument(loads[0], "image_size", "target_size")
        found = tuple(given) if isinstance(given, list | tuple) else None
    hint = f"Pass image_size=({size[0]}, {size[1]}) to the loader."
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
    both = subsets.get("both") or (subsets.get("training") and subsets.get("validation"))
    one = next(iter(subsets.values()), None)
    given = _argument(one, "validation_split", "_validation_split") if one else None
    if given is None and fit is not None and work.view(fit.data).known:
        given = _measured_share(fit)
        both = given is not None
    if given is None:
        return absent(wanted, hint, found="no validation subset is made")
    words = f"{float(given):.0%} kept for validation"
    if not both:
        return partly(
            wanted,
            f"{words}, but only the {one.arguments['subset'] if one else 'training'} subset",
            hint,
            cells=cells,
        )
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
    hint = "Pass the same seed=… to both calls of the loader."
    cells = _cells(fit, loads)
    subsets = _subsets(loads)
    if "both" in subsets:
        return met(wanted, "both subsets from one call", cells=cells)
    if {"training", "validation"} <= set(subsets):
        seeds = [subsets[name].arguments.get("seed") for name in ("training", "validation")]
        loaders = {load.loader for load in subsets.values()}
        if loaders == {"flow_from_directory"}:
            return met(wanted, "flow_from_directory cuts both subsets from the same order", cells=cells)
        if seeds[0] is not None and seeds[0] == seeds[1]:
            return met(wanted, f"seed {seeds[0]} in both", cells=cells)
        unshuffled = all(not subsets[name].arguments.get("shuffle", True) for name in subsets)
        if unshuffled:
            return met(wanted, "no shuffling, so no seed is needed", cells=cells)
        return unmet(wanted, f"seeds {seeds[0]} and {seeds[1]}", hint, cells=cells)
    if (
        fit is not None
        and fit.validation is not None
        and work.view(fit.data).files
        and work.view(fit.validation).split == "train"
    ):
        shared = set(work.view(fit.data).files) & set(work.view(fit.validation).files) - {None}
        if not shared:
            return met(
                wanted,
                "one split into training and validation images, which do not overlap",
                cells=(fit.cell,),
            )
    if fit is not None and fit.validation_split:
        return met(wanted, "validation_split of fit(), which needs no seed", cells=(fit.cell,))
    return absent(wanted, hint, found="no two subsets are made")
