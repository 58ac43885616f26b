"""Building ahead what Keras would build while it traces the first training step.

Keras on TensorFlow builds metrics and optimizer in the step that it traces, and a function that makes
variables is traced twice (https://www.tensorflow.org/guide/function, "Creating tf.Variables"). Built ahead, a
short training is traced once.
"""

from __future__ import annotations

import contextlib
from typing import Any

from grader.recorder.library import library


def build_ahead(model: Any, x: Any, y: Any) -> None:
    """Build metrics, loss and optimizer of a compiled network for batches like those of ``x`` and ``y``.

    What cannot be built is left to the training, which says why. A network whose class is the student's own
    is left alone: its ``call`` is called as often as Keras calls it.
    """
    if not _is_keras_own(model):
        return
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
