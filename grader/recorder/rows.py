"""Rows of whatever holds samples: arrays, tensors, tables, lists, and several inputs at once; nothing is
copied whole."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_array(value: Any) -> np.ndarray | None:
    """A NumPy view of an array-like of numbers, or None (None, a dict of inputs, text, a generator, …)."""
    if value is None or isinstance(value, dict | str | bytes) or hasattr(value, "__next__"):
        return None
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    try:
        # Of a tensor this is its own memory; ``numpy()`` would be a copy.
        array = np.asarray(value)
    except Exception:
        return None
    return array if array.dtype.kind in "biuf" else None


def length_of(value: Any) -> int | None:
    """How many samples there are, or None when it cannot be told or several inputs disagree."""
    inputs = _inputs(value)
    if inputs is not None:
        lengths = {length_of(each) for each in inputs}
        return lengths.pop() if len(lengths) == 1 else None
    if isinstance(value, str | bytes):
        return None
    try:
        return len(value)
    except Exception:
        return None


def first_input(value: Any) -> Any:
    """The first of several inputs; anything else as it is."""
    inputs = _inputs(value)
    return first_input(inputs[0]) if inputs else value


def _inputs(value: Any) -> list[Any] | None:
    """Several inputs that are passed together, as against samples in a list, which all have one shape of rank
    2 or 3."""
    if isinstance(value, dict):
        return list(value.values())
    if not isinstance(value, list | tuple) or not value or len(value) > 16:
        return None
    if not all(hasattr(each, "shape") and len(each.shape) >= 2 for each in value):
        return None
    shapes = [tuple(each.shape) for each in value]
    one_shape = len(set(shapes)) == 1
    return list(value) if len(value) == 1 or not one_shape or len(shapes[0]) > 3 else None


def rows(values: Any, chosen: np.ndarray) -> Any:
    """The chosen samples in a container like theirs. Raises ``TypeError`` when they cannot be taken out."""
    if values is None:
        return None
    if isinstance(values, dict):
        return {name: rows(each, chosen) for name, each in values.items()}
    if _inputs(values) is not None:
        return type(values)([rows(each, chosen) for each in values])
    if hasattr(values, "iloc"):
        return values.iloc[chosen]
    if isinstance(values, list | tuple):
        return [values[index] for index in chosen]
    if type(values).__name__ == "Dataset":  # h5py reads what it is asked for, and only from disk
        return values[np.unique(chosen)]
    array = as_array(values)
    if array is None or not array.ndim:
        raise TypeError(f"no rows can be taken from {type(values).__name__}")
    return array[chosen]


def stretched(result: Any, samples: int) -> Any:
    """As many rows as there were samples, from the rows of a :func:`spread`: each stands for its neighbours
    too."""
    if isinstance(result, dict):
        return {name: stretched(each, samples) for name, each in result.items()}
    if isinstance(result, list | tuple):
        return type(result)(stretched(each, samples) for each in result)
    if not isinstance(result, np.ndarray) or not len(result):
        return result
    return result[np.round(np.linspace(0, len(result) - 1, samples)).astype(int)]
