"""Data sets that crashed cells were going to load, read from their source."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from grader.evidence.events import Data, DatasetLoaded, Labels
from grader.submissions.source import Call, CellSource

_LOADERS: Mapping[str, Mapping[str, Any]] = {
    "image_dataset_from_directory": {
        "labels": "inferred",
        "label_mode": "int",
        "batch_size": 32,
        "image_size": (256, 256),
        "shuffle": True,
        "seed": None,
        "validation_split": None,
        "subset": None,
    },
    "flow_from_directory": {
        "class_mode": "categorical",
        "batch_size": 32,
        "target_size": (256, 256),
        "shuffle": True,
        "seed": None,
        "subset": None,
    },
}
"""Loaders of image folders with the defaults of Keras that checks ask for."""

_ONE_HOT = "categorical"
_BY_255 = re.compile(r"/\s*\(?\s*255")


def written_loads(
    source: CellSource,
    value: Callable[[Any], Any],
    split_of: Callable[[str], str | None],
    classes: int,
    number: Iterator[int],
) -> Iterator[tuple[DatasetLoaded, tuple[str, ...], Data]]:
    """Each load in a cell's source, with the names that were to hold it and the data it would have given.

    Args:
        source: The cell.
        value: What an argument stands for; None when it cannot be told.
        split_of: The split that words such as ``train_dir`` or ``…/train`` speak of.
        classes: Number of classes of the data set.
        number: Gives each load an identity.
    """
    scaled = _BY_255.search(source.python) is not None
    generator = next((call for call in source.calls if call.name == "ImageDataGenerator"), None)
    for call in source.calls:
        if call.name not in _LOADERS:
            continue
        given = dict(call.keywords) | ({"directory": call.args[0]} if call.args else {})
        folder = given.pop("directory", "")
        path = value(folder)
        split = split_of(f"{folder} {path or ''}")
        arguments = {**_LOADERS[call.name], **{name: value(given[name]) for name in given}}
        if call.name == "flow_from_directory" and generator is not None:
            arguments["validation_split"] = value(generator.keywords.get("validation_split"))
        load = DatasetLoaded(
            cell=source.index,
            dataset=next(number),
            loader=call.name,
            path=f"/written/{split}" if split else str(path or folder),
            arguments=arguments,
        )
        yield load, _targets(source, call), _data(load, classes, scaled)


def written_scaling(source: CellSource, held: Mapping[str, Data]) -> dict[str, Data]:
    """Data that a cell divides by 255 and gives a name, as in ``train_ds = train_ds.map(…)``."""
    found: dict[str, Data] = {}
    for node in source.tree.body if source.tree and _BY_255.search(source.python) else ():
        if isinstance(node, ast.Assign):
            used = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
            names = [each.id for each in ast.walk(node.targets[0]) if isinstance(each, ast.Name)]
            for data in (held[name] for name in sorted(used & set(held)) if held[name].thumbnails is None):
                found.update(dict.fromkeys(names, data.model_copy(update={"maximum": 1.0})))
    return found


def _targets(source: CellSource, call: Call) -> tuple[str, ...]:
    """Names that the statement with the call assigns."""
    for node in source.tree.body if source.tree else ():
        if isinstance(node, ast.Assign) and node.lineno <= call.line <= (node.end_lineno or node.lineno):
            return tuple(each.id for each in ast.walk(node.targets[0]) if isinstance(each, ast.Name))
    return ()


def _data(load: DatasetLoaded, classes: int, scaled: bool) -> Data:
    mode = load.arguments.get("label_mode", load.arguments.get("class_mode"))
    one_hot = mode == _ONE_HOT
    size = load.arguments.get("image_size", load.arguments.get("target_size"))
    sides = [side for side in size if isinstance(side, int)] if isinstance(size, list | tuple) else []
    batch = load.arguments["batch_size"]
    return Data(
        container="generator" if load.loader == "flow_from_directory" else "dataset",
        batch_size=batch if isinstance(batch, int) else None,
        shape=(*sides, 3) if len(sides) == 2 else (),
        minimum=0.0,
        maximum=1.0 if scaled else 255.0,
        labels=Labels(encoding="one_hot" if one_hot else "integer", shape=(), dtype="", classes=classes)
        if mode
        else None,
        loads=(load.dataset,),
        digest=f"written {load.dataset}",
    )
