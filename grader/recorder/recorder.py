"""What the files of this room share: the log, the budget, the identity of models."""

from __future__ import annotations

import hashlib
import json
import weakref
from typing import Any

import numpy as np

from grader.evidence.events import Component, ModelSeen
from grader.recorder.budget import Budget
from grader.recorder.log import Log


class Recorder:
    """One run's recorder."""

    def __init__(self, log: Log) -> None:
        """Record into ``log``."""
        self.log = log
        self.settings = log.settings
        self.budget = Budget(log.settings)
        self.saved: dict[str, int] = {}
        """Absolute path of each saved file and the model in it."""
        self._models: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._loaded_from: dict[int, int] = {}
        self._seen: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._count = 0

    def identity(self, model: Any) -> int:
        """The number of this very object."""
        if model not in self._models:
            self._count += 1
            self._models[model] = self._count
        return self._models[model]

    def came_from(self, model: Any, origin: int | None) -> None:
        """``model`` was loaded from the file of the model numbered ``origin``."""
        if origin is not None:
            self._loaded_from[self.identity(model)] = origin

    def see(self, model: Any, variables: tuple[str, ...] = ()) -> int:
        """Write a :class:`ModelSeen` if the model changed since the last one; returns its identity."""
        number = self.identity(model)
        config, problem = describe(model)
        known_config, known_variables = self._seen.get(number, ("", ()))
        state = (_digest(config), variables or known_variables)
        if state != (known_config, known_variables):
            self._seen[number] = state
            self.log.write(
                ModelSeen,
                model=number,
                class_name=type(model).__name__,
                config=config,
                problem=problem,
                variables=state[1],
                input_shape=_input_shape(model),
                parameters=_parameter_count(model),
                loaded_from=self._loaded_from.get(number),
            )
        return number


def _digest(config: Any) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True, default=str).encode()).hexdigest()


def describe(model: Any) -> tuple[dict[str, Any] | None, str | None]:
    """The model's configuration as plain JSON, or why it has none."""
    import keras

    try:
        config = keras.saving.serialize_keras_object(model)
        return json.loads(json.dumps(config, default=str)), None
    except Exception as fault:
        return None, f"{type(fault).__name__}: {str(fault)[:300]}"


def component(thing: Any) -> Component:
    """An optimizer, loss, metric or callback by its Keras name, with the plain part of what it was given."""
    if isinstance(thing, str):
        return Component(name=thing)
    if callable(thing) and hasattr(thing, "__name__"):
        return Component(name=str(thing.__name__))
    config: dict[str, Any] = {}
    try:
        config = dict(thing.get_config())
    except Exception:
        config = {name: value for name, value in vars(thing).items() if not name.startswith("_")}
    return Component(
        name=type(thing).__name__,
        config={str(name): value for name, value in map(_plain, config.items()) if value is not ...},
    )


def _plain(item: tuple[str, Any]) -> tuple[str, Any]:
    name, value = item
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return name, value
    try:
        return name, json.loads(json.dumps(value))
    except (TypeError, ValueError):
        if hasattr(value, "get_config"):
            return name, type(value).__name__
        return name, ...


def _input_shape(model: Any) -> tuple[int | None, ...] | None:
    try:
        shape = model.input_shape
        return tuple(shape[1:]) if isinstance(shape, tuple) else None
    except Exception:
        return None


def _parameter_count(model: Any) -> int | None:
    try:
        return int(model.count_params())
    except Exception:
        return None
