"""Spellings of older Keras releases, answered by small shims and recorded as ``api_age``."""

from __future__ import annotations

import importlib.machinery
import sys
import types
from typing import Any

from grader.evidence.events import ApiAge
from grader.recorder.recorder import Recorder
from grader.recorder.watch import watch_method


def provide_old_spellings(recorder: Recorder) -> None:
    """``lr=``, ``decay=``, ``keras.utils.np_utils``, ``predict_classes``, ``fit_generator`` and their kin."""
    import keras
    from keras.src.callbacks import ModelCheckpoint
    from keras.src.optimizers.optimizer import Optimizer

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
        if isinstance(kind, type) and issubclass(kind, Optimizer) and "__init__" in vars(kind):
            watch_method(kind, "__init__", optimizer)

    def checkpoint(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if "period" in kwargs:
            aged("period", "save_freq")
            kwargs = {name: value for name, value in kwargs.items() if name != "period"}
        return wrapped(*args, **kwargs)

    watch_method(ModelCheckpoint, "__init__", checkpoint)
    _old_methods(keras.Model, aged)
    _old_modules(keras)


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
            for gone in ("workers", "use_multiprocessing", "max_queue_size", "max_q_size"):
                kwargs.pop(gone, None)
            return getattr(self, name)(generator, *args, **kwargs)

        return method

    model_class.predict_classes = predict_classes
    model_class.predict_proba = lambda self, *args, **kwargs: self.predict(*args, **kwargs)
    for name in ("fit", "evaluate", "predict"):
        setattr(model_class, f"{name}_generator", generator_method(name))


def _old_modules(keras: Any) -> None:
    def alias(name: str, **members: Any) -> None:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        module.__dict__.update(members)
        sys.modules[name] = module

    for root in ("keras", "tensorflow.keras"):
        alias(
            f"{root}.utils.np_utils",
            to_categorical=keras.utils.to_categorical,
            normalize=keras.utils.normalize,
        )
        for old in ("convolutional", "core", "pooling", "normalization", "advanced_activations"):
            alias(f"{root}.layers.{old}", **{name: getattr(keras.layers, name) for name in dir(keras.layers)})
    from keras.src.legacy.preprocessing import image

    for name in ("ImageDataGenerator", "DirectoryIterator", "NumpyArrayIterator", "random_rotation", "random_shift"):
        if hasattr(image, name) and not hasattr(keras.preprocessing.image, name):
            setattr(keras.preprocessing.image, name, getattr(image, name))
    keras.utils.np_utils = sys.modules["keras.utils.np_utils"]
