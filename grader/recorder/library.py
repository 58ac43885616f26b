"""The Keras that a kernel runs on: Keras 3, or for notebooks that need it Keras 2 as the package ``tf_keras``
keeps it.

The recorder watches the same calls in both; where they are defined stands here.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

LEGACY = "tf_keras"


@dataclass(frozen=True)
class Library:
    """What the recorder watches of one Keras."""

    keras: Any
    roots: tuple[str, ...]
    """Packages whose modules hold its functions."""
    compiling: type
    """Defines ``compile``."""
    training: type
    """Defines ``fit``, ``evaluate`` and ``predict``."""
    save_model: Callable[..., Any]
    load_model: Callable[..., Any]
    image_dataset_from_directory: Callable[..., Any]
    load_img: Callable[..., Any]
    preprocessing: Any
    """The module of ``ImageDataGenerator`` and its kin."""
    checkpoint: type
    optimizer: type
    get_file: Callable[..., Any]
    datasets: str
    """The package of ``cifar10`` and the other data sets."""


@cache
def library() -> Library:
    """The Keras of this process; decided before the first call by :func:`become_legacy`."""
    root = LEGACY if is_legacy() else "keras"

    def of(module: str, name: str = "") -> Any:
        found = importlib.import_module(f"{root}.src.{module}")
        return getattr(found, name) if name else found

    legacy = is_legacy()
    return Library(
        keras=importlib.import_module(root),
        roots=(root, "keras", "tensorflow"),
        compiling=of("engine.training", "Model") if legacy else of("trainers.trainer", "Trainer"),
        training=of("engine.training", "Model")
        if legacy
        else of("backend.tensorflow.trainer", "TensorFlowTrainer"),
        save_model=of("saving.saving_api", "save_model"),
        load_model=of("saving.saving_api", "load_model"),
        image_dataset_from_directory=of(
            "utils.image_dataset" if legacy else "utils.image_dataset_utils", "image_dataset_from_directory"
        ),
        load_img=of("utils.image_utils", "load_img"),
        preprocessing=of("preprocessing.image" if legacy else "legacy.preprocessing.image"),
        checkpoint=of("callbacks", "ModelCheckpoint"),
        optimizer=of("optimizers.optimizer", "Optimizer"),
        get_file=of("utils.data_utils" if legacy else "utils.file_utils", "get_file"),
        datasets=f"{root}.src.datasets",
    )


def is_legacy() -> bool:
    """Whether ``import keras`` gives Keras 2 in this process."""
    return LEGACY in sys.modules and sys.modules.get("keras") is sys.modules[LEGACY]


def become_legacy() -> None:
    """Make ``keras`` and ``tensorflow.keras`` Keras 2 in this process.

    Must come before anything imports TensorFlow or Keras. The variable is TensorFlow's own switch
    (https://www.tensorflow.org/guide/keras). Raises ``ImportError`` when ``tf_keras`` is not installed.
    """
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    sys.meta_path.insert(0, _KerasIsLegacy())
    importlib.import_module("keras")


class _KerasIsLegacy(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``tf_keras.X`` for ``keras.X``: one module under two names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The spec of a module of Keras; None for all others and for what ``tf_keras`` has not got."""
        if fullname.split(".")[0] != "keras":
            return None
        try:
            importlib.import_module(_legacy_name(fullname))
        except ModuleNotFoundError as fault:
            if fullname == "keras" or not str(fault.name).startswith(LEGACY):
                raise
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module of ``tf_keras`` itself."""
        return sys.modules[_legacy_name(spec.name)]

    def exec_module(self, module: ModuleType) -> None:
        """It ran when it was imported under its own name."""


def _legacy_name(name: str) -> str:
    return LEGACY + name.removeprefix("keras")
