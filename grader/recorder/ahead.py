"""The quickest way for Keras to take the steps of a shortened training, which are few.

Keras on TensorFlow traces the training step and builds metrics and optimizer meanwhile; a function that makes
variables is traced twice (https://www.tensorflow.org/guide/function, "Creating tf.Variables"). Building them
ahead saves two fifths of a short training. Of a very short one tracing itself takes most: its steps are run
one by one, which gives the same up to rounding.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from grader.recorder.library import library

FEW = 6
"""Steps of training and validation that take no longer than tracing: measured on dense and convolutional
networks of five to ten layers."""


@contextlib.contextmanager
def quickly(model: Any, x: Any, y: Any, steps: int | None) -> Iterator[None]:
    """Have ``model`` trained within by so many steps (None: unknown) on batches like those of ``x``, ``y``.

    A network whose class is the student's own is left alone: its ``call`` is called as often as Keras calls
    it.
    """
    if not _is_keras_own(model):
        yield
    elif steps is not None and steps <= FEW and not model.run_eagerly and model.train_function is None:
        with _one_by_one(model):
            yield
    else:
        build_ahead(model, x, y)
        yield


@contextlib.contextmanager
def _one_by_one(model: Any) -> Iterator[None]:
    model.run_eagerly, model.test_function = True, None
    try:
        yield
    finally:
        model.run_eagerly = False
        model.train_function = model.test_function = None


def build_ahead(model: Any, x: Any, y: Any) -> None:
    """Build metrics, loss and optimizer of a compiled network for batches like those of ``x`` and ``y``.

    What cannot be built is left to the training, which says why.
    """
    with contextlib.suppress(Exception):
        if hasattr(x, "element_spec"):
            parts = x.element_spec
            batch = tuple(_like(part, tuple(part.shape)) for part in parts[:2])
        else:
            batch = tuple(_like(part, (None, *part.shape[1:])) for part in (x, y))
        model._symbolic_build(data_batch=batch)


def _is_keras_own(model: Any) -> bool:
    """Whether it is a built network of a class of Keras 3's."""
    own = type(model).__module__.split(".")[0] in library().roots
    return own and hasattr(model, "_symbolic_build") and model.built and bool(getattr(model, "inputs", None))


def _like(part: Any, shape: tuple[int | None, ...]) -> Any:
    keras = library().keras
    return keras.KerasTensor(shape, keras.backend.standardize_dtype(part.dtype))
