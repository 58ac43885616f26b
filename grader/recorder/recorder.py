"""What the files of this room share: the log, the budget, the identity of models."""

from __future__ import annotations

import contextlib
import hashlib
import json
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from grader.evidence.events import Component, ModelSeen, RecorderFault, Tampered
from grader.recorder.budget import Budget
from grader.recorder.library import library
from grader.recorder.log import Log
from grader.recorder.patched import patched
from grader.recorder.tracing import as_functional

T = TypeVar("T")


class Recorder:
    """One run's recorder."""

    def __init__(self, log: Log) -> None:
        """Record into ``log``."""
        self.log = log
        self.settings = log.settings
        self.budget = Budget(log.settings)
        self.saved: dict[str, int] = {}
        """Absolute path of each saved file and the model in it."""
        self._models: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._loaded_from: dict[int, int] = {}
        self._seen: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._looks: dict[int, tuple[Any, ...]] = {}
        self._count = 0

    @contextlib.contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Record without consequences: a fault in the block becomes a :class:`RecorderFault`, never the
        student's."""
        try:
            with self.log.inside():
                yield
        except Exception as fault:
            with contextlib.suppress(Exception):
                self.log.write(RecorderFault, what=what, error=f"{type(fault).__name__}: {str(fault)[:200]}")

    def attempt(self, what: str, work: Callable[[], T], otherwise: T) -> T:
        """What ``work`` gives, or ``otherwise`` after a fault of ours (see :meth:`trying`)."""
        with self.trying(what):
            return work()
        return otherwise

    def identity(self, model: Any) -> int:
        """The number of this very object."""
        known = self._models.get(id(model))
        if known is None or known[0]() is not model:
            self._count += 1
            known = self._models[id(model)] = (weakref.ref(model), self._count)
        return known[1]

    def came_from(self, model: Any, origin: int | None) -> None:
        """``model`` was loaded from the file of the model numbered ``origin``."""
        if origin is not None:
            self._loaded_from[self.identity(model)] = origin

    def see(self, model: Any, variables: tuple[str, ...] = (), *, closely: bool = False) -> int:
        """Write a :class:`ModelSeen` if the model changed since the last one; returns its identity.

        Only a close look, or one that names the ``variables``, compares whole configurations; between two of
        those a model is taken for unchanged as long as it has the same layers, for a thousand predictions in
        a loop must not cost a thousand configurations.
        """
        number = self.identity(model)
        look = _look_of(model)
        if not (variables or closely) and look is not None and self._looks.get(number) == look:
            return number
        if look is not None:
            self._looks[number] = look
        config, problem = describe(model)
        if replaced := patched(model):
            self.log.write(Tampered, what=f"replaces {replaced}, by which networks are recorded,")
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
                input_shape=input_shape_of(model),
                parameters=_parameter_count(model),
                loaded_from=self._loaded_from.get(number),
            )
        return number


def _look_of(model: Any) -> tuple[Any, ...] | None:
    try:
        layers = tuple((id(layer), layer.built, layer.trainable) for layer in model._flatten_layers())
        return (*layers, id(getattr(model, "optimizer", None)))
    except Exception:
        return None


def _digest(config: Any) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True, default=str).encode()).hexdigest()


def describe(model: Any) -> tuple[dict[str, Any] | None, str | None]:
    """The model's configuration as plain JSON, or why it has none."""
    try:
        config = library().keras.saving.serialize_keras_object(as_functional(model))
        return json.loads(json.dumps(config, default=str)), None
    except Exception as fault:
        return None, f"{type(fault).__name__}: {str(fault)[:300]}"


def component(thing: Any) -> Component:
    """An optimizer, loss, metric or callback by its Keras name, with the plain part of what it was given."""
    if isinstance(thing, str):
        return Component(name=thing)
    if callable(thing) and hasattr(thing, "__name__"):
        return Component(name=str(thing.__name__))
    try:
        config: dict[str, Any] = dict(thing.get_config())
    except Exception:
        attributes = getattr(thing, "__dict__", {})
        config = {name: value for name, value in attributes.items() if not name.startswith("_")}
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


def input_shape_of(model: Any) -> tuple[int | None, ...] | None:
    """Shape of one sample of the only input; None where there are several, or where it is not known yet."""
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
