"""Building what a training needs before it is traced.

Keras on TensorFlow builds metrics and optimizer while the training step is traced, and a function that makes
variables is traced twice (https://www.tensorflow.org/guide/function, "Creating tf.Variables"). Of a shortened
training that is two fifths.
"""

from __future__ import annotations

import contextlib
from typing import Any

from grader.recorder.library import library


def build_ahead(model: Any, x: Any, y: Any) -> None:
    """Build metrics, loss and optimizer of a compiled network for batches like those of ``x`` and ``y``.

    Only where the network is built and its class Keras's own: a student's ``call`` is called as often as
    Keras calls it. What cannot be built is left to the training, which says why.
    """
    symbolic_build = getattr(model, "_symbolic_build", None)
    own = type(model).__module__.split(".")[0] not in library().roots
    if own or symbolic_build is None or not model.built or not getattr(model, "inputs", None):
        return
    with contextlib.suppress(Exception):
        if hasattr(x, "element_spec"):
            parts = x.element_spec
            batch = tuple(_like(part, tuple(part.shape)) for part in parts[:2])
        else:
            batch = tuple(_like(part, (None, *part.shape[1:])) for part in (x, y))
        symbolic_build(data_batch=batch)


def _like(part: Any, shape: tuple[int | None, ...]) -> Any:
    keras = library().keras
    return keras.KerasTensor(shape, keras.backend.standardize_dtype(part.dtype))
