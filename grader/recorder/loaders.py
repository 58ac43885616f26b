"""Watching what loads data: folders of images, and the data sets that Keras would download."""

from __future__ import annotations

import inspect
import json
import os
from typing import Any

import numpy as np

from grader.evidence.events import DatasetLoaded
from grader.recorder.library import library
from grader.recorder.lineage import remember
from grader.recorder.recorder import Recorder
from grader.recorder.watch import watch_function, watch_method


def watch_loaders(recorder: Recorder, arrays: dict[str, str]) -> None:
    """Watch image folders, and serve ``keras.datasets`` from ``arrays`` (name → .npz in the notebook's
    world)."""
    watched = library()
    count = iter(range(1, 1_000_000))

    def image_folder(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        load = next(count)
        record: dict[str, Any] = {"dataset": load, "loader": "image_dataset_from_directory"}
        with recorder.trying("image_dataset_from_directory"):
            arguments = _arguments(wrapped, args, kwargs)
            record |= {"path": _absolute(arguments.get("directory")), "arguments": _plain(arguments)}
        try:
            with recorder.log.inside():
                loaded = wrapped(*args, **kwargs)
        except Exception as fault:
            with recorder.trying("image_dataset_from_directory"):
                recorder.log.write(DatasetLoaded, **record, error=type(fault).__name__)
            raise
        with recorder.trying("image_dataset_from_directory"):
            parts = loaded if isinstance(loaded, list | tuple) else (loaded,)
            for part in parts:
                remember(part, load)
            recorder.log.write(
                DatasetLoaded,
                **record,
                samples=sum(len(getattr(part, "file_paths", ())) for part in parts) or None,
                classes=tuple(map(str, getattr(parts[0], "class_names", None) or ())),
            )
        return loaded

    def from_directory(wrapped: Any, generator: Any, args: Any, kwargs: Any) -> Any:
        load = next(count)
        record: dict[str, Any] = {"dataset": load, "loader": "flow_from_directory"}
        with recorder.trying("flow_from_directory"):
            arguments = _arguments(wrapped, args, kwargs)
            settings = {name: value for name, value in vars(generator).items() if not name.startswith("_")}
            split = {"validation_split": getattr(generator, "_validation_split", None)}
            record |= {
                "path": _absolute(arguments.get("directory")),
                "arguments": _plain(settings | arguments | split),
            }
        try:
            with recorder.log.inside():
                iterator = wrapped(*args, **kwargs)
        except Exception as fault:
            with recorder.trying("flow_from_directory"):
                recorder.log.write(DatasetLoaded, **record, error=type(fault).__name__)
            raise
        with recorder.trying("flow_from_directory"):
            remember(iterator, load)
            recorder.log.write(
                DatasetLoaded,
                **record,
                samples=int(iterator.samples),
                classes=tuple(map(str, iterator.class_indices)),
            )
        return iterator

    watch_function(watched.image_dataset_from_directory, image_folder, below=watched.roots)
    watch_method(watched.preprocessing.ImageDataGenerator, "flow_from_directory", from_directory)
    _serve_arrays(recorder, arrays, count)


def _serve_arrays(recorder: Recorder, arrays: dict[str, str], count: Any) -> None:
    import importlib

    def serve(name: str, path: str) -> Any:
        def load_data(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
            labels = "_coarse" if "coarse" in (*args, *kwargs.values()) else ""
            with recorder.log.inside(), np.load(path, allow_pickle=False) as served:
                parts = tuple(
                    served[part] for part in ("x_train", f"y_train{labels}", "x_test", f"y_test{labels}")
                )
            load = next(count)
            with recorder.trying(f"{name}.load_data"):
                for part in parts:
                    remember(part, load)
                recorder.log.write(
                    DatasetLoaded,
                    dataset=load,
                    loader=f"{name}.load_data",
                    samples=len(parts[0]) + len(parts[2]),
                    classes=tuple(str(label) for label in range(int(parts[1].max()) + 1)),
                )
            return (parts[0], parts[1]), (parts[2], parts[3])

        return load_data

    for name, path in arrays.items():
        module = importlib.import_module(f"{library().datasets}.{name}")
        watch_function(module.load_data, serve(name, path), below=library().roots)


def _arguments(function: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return dict(kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def _plain(arguments: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in arguments.items():
        try:
            plain[name] = json.loads(json.dumps(value, default=_number))
        except (TypeError, ValueError):
            plain[name] = str(value)[:200]
    return plain


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(type(value).__name__)


def _absolute(path: Any) -> str | None:
    return os.path.abspath(os.fspath(path)) if isinstance(path, str | os.PathLike) else None
