"""Spellings of older Keras releases, answered by small shims and recorded as ``api_age``."""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import sys
import types
from typing import Any

from grader.evidence.events import ApiAge
from grader.recorder.library import library
from grader.recorder.recorder import Recorder
from grader.recorder.watch import watch_function, watch_method

_OLD_LAYERS = (
    "convolutional",
    "core",
    "pooling",
    "normalization",
    "advanced_activations",
    "recurrent",
    "embeddings",
)
_OLD_ARGUMENTS = frozenset(("workers", "use_multiprocessing", "max_queue_size", "max_q_size"))
_OLD_SERIES = {"acc": "accuracy", "val_acc": "val_accuracy"}


def provide_old_spellings(recorder: Recorder) -> None:
    """``lr=``, ``decay=``, ``keras.utils.np_utils``, ``predict_classes``, ``fit_generator`` and their kin."""
    watched = library()
    keras = watched.keras

    def aged(name: str, instead: str) -> None:
        recorder.log.write(ApiAge, name=name, instead=instead)

    def optimizer(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if "lr" in kwargs:
            aged("lr", "learning_rate")
            kwargs = {("learning_rate" if name == "lr" else name): value for name, value in kwargs.items()}
        if "decay" in kwargs:
            aged("decay", "a learning-rate schedule")
            kwargs = {name: value for name, value in kwargs.items() if name != "decay"}
        return wrapped(*args, **kwargs)

    for name in dir(keras.optimizers):
        kind = getattr(keras.optimizers, name)
        if isinstance(kind, type) and issubclass(kind, watched.optimizer) and "__init__" in vars(kind):
            watch_method(kind, "__init__", optimizer)

    def checkpoint(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if "period" in kwargs:
            aged("period", "save_freq")
            kwargs = {name: value for name, value in kwargs.items() if name != "period"}
        return wrapped(*args, **kwargs)

    watch_method(watched.checkpoint, "__init__", checkpoint)

    def activation(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        given = args[0] if args else kwargs.get("identifier")
        if isinstance(given, str) and given != given.lower() and not hasattr(keras.activations, given):
            aged(f"activation={given!r}", repr(given.lower()))
            return wrapped(given.lower())
        return wrapped(*args, **kwargs)

    watch_function(keras.activations.get, activation, below=watched.roots)
    _old_methods(keras.Model, aged)
    _old_modules(keras, aged)


def _old_methods(model_class: Any, aged: Any) -> None:
    def predict_classes(
        self: Any, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: Any = None
    ) -> Any:
        aged("predict_classes", "argmax(predict(x), axis=-1)")
        scores = self.predict(x, batch_size=batch_size, verbose=verbose, steps=steps)
        return scores.argmax(axis=-1) if scores.shape[-1] > 1 else (scores > 0.5).astype("int32")

    def generator_method(name: str) -> Any:
        def method(self: Any, generator: Any, *args: Any, **kwargs: Any) -> Any:
            aged(f"{name}_generator", name)
            return getattr(self, name)(generator, *args, **kwargs)

        return method

    model_class.predict_classes = predict_classes
    model_class.predict_proba = lambda self, *args, **kwargs: self.predict(*args, **kwargs)
    for name in ("fit", "evaluate", "predict"):
        setattr(model_class, f"{name}_generator", generator_method(name))


def _old_modules(keras: Any, aged: Any) -> None:
    image = library().preprocessing

    def alias(name: str, instead: str, members: dict[str, Any]) -> None:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__path__ = []

        def member(wanted: str) -> Any:
            """The members are looked up one by one, so that using the old module is seen."""
            if wanted not in members:
                raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
            aged(name.removeprefix("tensorflow."), instead)
            return members[wanted]

        module.__dict__["__getattr__"] = member
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        with contextlib.suppress(ImportError):
            importlib.import_module(parent)
        if parent in sys.modules and not hasattr(sys.modules[parent], child):
            setattr(sys.modules[parent], child, module)

    layers = {name: getattr(keras.layers, name) for name in dir(keras.layers) if name[0].isupper()}
    utils = {name: getattr(keras.utils, name) for name in ("to_categorical", "normalize", "plot_model")}
    for root in ("keras", "tensorflow.keras"):
        for old in ("np_utils", "vis_utils"):
            alias(f"{root}.utils.{old}", "keras.utils", utils)
        for old in _OLD_LAYERS:
            alias(f"{root}.layers.{old}", "keras.layers", layers)
        alias(f"{root}.layers.experimental", "keras.layers", layers)
        alias(f"{root}.layers.experimental.preprocessing", "keras.layers", layers)
    for name in (
        "ImageDataGenerator",
        "DirectoryIterator",
        "NumpyArrayIterator",
        "random_rotation",
        "random_shift",
    ):
        if hasattr(image, name) and not hasattr(keras.preprocessing.image, name):
            setattr(keras.preprocessing.image, name, getattr(image, name))


def without_old_arguments(recorder: Recorder, arguments: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of ``fit``, ``evaluate`` or ``predict`` without those that Keras 3 has given
    up."""
    for name in sorted(_OLD_ARGUMENTS & arguments.keys()):
        recorder.log.write(ApiAge, name=name, instead="an argument of keras.utils.PyDataset")
    return {name: value for name, value in arguments.items() if name not in _OLD_ARGUMENTS}


class AgedLogs(dict[str, Any]):
    """``History.history`` in which ``acc`` is found too, as once it was called."""

    def __init__(self, series: dict[str, Any], recorder: Recorder) -> None:
        """Hold the series of a History."""
        super().__init__(series)
        self._recorder = recorder

    def __missing__(self, name: str) -> Any:
        """The series under its present name, ``KeyError`` when there is none."""
        present = _OLD_SERIES.get(name, "")
        if present not in self:
            raise KeyError(name)
        self._recorder.log.write(ApiAge, name=f"history['{name}']", instead=f"history['{present}']")
        return self[present]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by students as the plain dictionary that it stands for."""
        return dict, (dict(self),)
