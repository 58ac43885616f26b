"""Summaries of the data handed to ``fit``, ``evaluate`` and ``predict``, and shorter versions of it."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

import numpy as np

from grader.evidence.events import Data
from grader.evidence.sampling import spread
from grader.evidence.thumbnails import block_means
from grader.recorder.lineage import loads_of
from grader.recorder.rows import as_array, first_input, length_of, rows
from grader.recorder.sketch import Sketch, as_pictures

Batch = tuple[np.ndarray, np.ndarray | None]

_ENDLESS, _UNKNOWN = -1, -2  # as tf.data has them
_ONE_TO_ONE = re.compile("^_(Parallel)?(Map|Prefetch|Cache|Shuffle|Options)Dataset")
"""Transformations that neither add nor drop samples."""
_AT_A_TIME = 64
_PATIENCE = 5.0
"""Seconds that looking at one data set may take; what a slow pipeline delivered by then must do."""


def summarise(x: Any, y: Any, samples: int) -> Data:
    """What ``x`` (and ``y``) hold, from at most ``samples`` of them; never consumes what can be read only
    once."""
    if is_dataset(x):
        return _dataset(x, samples)
    if is_sequence_of_batches(x):
        return _sequence(x, samples)
    length = length_of(x)
    x, y = first_input(x), first_input(y)
    if length is None:
        return Data(container="other")
    chosen = spread(length, samples)
    try:
        array = as_array(rows(x, chosen))
    except (TypeError, IndexError, KeyError, ValueError):
        array = None
    if array is None or array.ndim == 0 or len(array) != len(chosen):
        return Data(container="other", samples=length)
    sketch = Sketch(samples)
    sketch.add(array, _targets(y, length, chosen))
    return sketch.data(container="array", samples=length, loads=loads_of(x))


def _targets(y: Any, length: int, chosen: np.ndarray) -> np.ndarray | None:
    if length_of(y) != length:
        return None
    try:
        return as_array(rows(y, chosen))
    except (TypeError, IndexError, KeyError, ValueError):
        return None


def is_dataset(x: Any) -> bool:
    """Whether ``x`` is a ``tf.data.Dataset``."""
    return hasattr(x, "element_spec") and hasattr(x, "_variant_tensor")


def is_sequence_of_batches(x: Any) -> bool:
    """Whether ``x`` is a ``keras.utils.PyDataset`` (once ``Sequence``), such as ``flow_from_directory``
    gives."""
    return hasattr(x, "__getitem__") and any(
        kind.__name__ == "PyDataset" or (kind.__name__ == "Sequence" and "keras" in kind.__module__)
        for kind in type(x).__mro__
    )


def _dataset(dataset: Any, samples: int) -> Data:
    began = time.monotonic()
    batches = _dataset_batches(dataset)
    first = next(batches, None)
    if first is None:
        return Data(container="dataset", samples=count_of(dataset, 1), loads=loads_of(dataset))
    first_took = time.monotonic() - began
    sketch, total = _sketched(itertools.chain([first], batches), samples)
    delivered = len(first[0])
    again = next(_dataset_batches(dataset), None) if first_took < _PATIENCE else first
    return sketch.data(
        container="dataset",
        samples=count_of(dataset, delivered) if total is None else total,
        batch_size=batch_size_of(dataset)
        or (delivered if _is_batched(dataset) and sketch.seen > delivered else None),
        loads=loads_of(dataset),
        reshuffles=again is not None and not _same_order(first, again),
    )


def _sketched(batches: Iterator[Batch], samples: int) -> tuple[Sketch, int | None]:
    """The first batches, and the number of samples if these were all.

    A pipeline that fails on the way is left to fail in ``fit``, where the student sees it.
    """
    sketch, began = Sketch(samples), time.monotonic()
    total = 0
    try:
        for x, y in batches:
            if total >= samples or time.monotonic() - began > _PATIENCE:
                return sketch, None
            sketch.add(x, y)
            total += len(x)
    except Exception:
        return sketch, None
    return sketch, total


def _dataset_batches(dataset: Any) -> Iterator[Batch]:
    batched = _is_batched(dataset)
    try:
        for element in dataset:
            x, y = element[:2] if isinstance(element, tuple) and len(element) > 1 else (element, None)
            first, second = as_array(_part(x)), as_array(_part(y))
            if first is None:
                return
            if not batched:
                first, second = first[None], None if second is None else second[None]
            yield first, second
    except Exception:
        return


def _part(value: Any) -> Any:
    """The first of several inputs or outputs in an element."""
    while isinstance(value, tuple | list | dict) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
    return value


def _is_batched(dataset: Any) -> bool:
    if batch_size_of(dataset) is not None:
        return True
    shape = getattr(_part(dataset.element_spec), "shape", None)
    return shape is not None and shape.rank is not None and shape.rank > 3


def batch_size_of(dataset: Any) -> int | None:
    """The size asked of the outermost ``batch``, found by walking back through map, cache, prefetch, take,
    …"""
    for _ in range(64):
        size = getattr(dataset, "_batch_size", None)
        if size is not None:
            return int(size)
        inputs = getattr(dataset, "_inputs", None)
        sources = inputs() if callable(inputs) else []
        if not sources or type(dataset).__name__ == "_UnbatchDataset":
            return None
        dataset = sources[0]
    return None


def count_of(dataset: Any, delivered: int | None) -> int | None:
    """Samples in all, to the last batch's size; None when endless or unknown.

    ``delivered`` are those of a batch, where the data set itself does not say how many.
    """
    exact = _exact_count(dataset)
    if exact is not None:
        return exact
    elements = _cardinality(dataset)
    return elements * (batch_size_of(dataset) or delivered or 1) if elements >= 0 else None


def _cardinality(dataset: Any) -> int:
    try:
        return int(dataset.cardinality().numpy())
    except Exception:
        return _UNKNOWN


def _exact_count(dataset: Any) -> int | None:
    """Samples, where only batches were made of them and nothing was added or left out since."""
    for _ in range(64):
        inputs = getattr(dataset, "_inputs", None)
        sources = inputs() if callable(inputs) else []
        if len(sources) != 1:
            return None
        if getattr(dataset, "_batch_size", None) is not None:
            samples, size = _cardinality(sources[0]), int(dataset._batch_size)
            whole_batches = bool(getattr(dataset, "_drop_remainder", False))
            return None if samples < 0 else samples - samples % size if whole_batches else samples
        if not _ONE_TO_ONE.search(type(dataset).__name__):
            return None
        dataset = sources[0]
    return None


def count_rows(dataset: Any) -> int | None:
    """How many rows a prediction for all of a data set has, by going through it where nothing else tells."""
    exact = _exact_count(dataset)
    if exact is not None or _cardinality(dataset) == _ENDLESS:
        return exact
    return sum(len(x) for x, _ in _dataset_batches(dataset))


def _same_order(one: Batch, two: Batch) -> bool:
    if one[0].shape != two[0].shape:
        return False
    if one[1] is not None and two[1] is not None and not np.array_equal(one[1], two[1]):
        return False
    if not one[0].size:
        return True
    a, b = (block_means(as_pictures(batch[0][:16])).reshape(len(batch[0][:16]), -1) for batch in (one, two))
    # Random augmentation moves pixels but keeps pictures alike; another order does not.
    apart = np.abs(a - b).mean()
    return bool(apart <= 0.5 * np.abs(a - np.roll(a, 1, axis=0)).mean() or apart == 0 or len(a) < 2)


def _sequence(sequence: Any, samples: int) -> Data:
    # Looking must not change what training will see: Keras's own iterators count, and seed NumPy by their
    # count.
    kept = {
        name: getattr(sequence, name)
        for name in ("total_batches_seen", "batch_index")
        if hasattr(sequence, name)
    }
    random = np.random.get_state()
    try:
        batches_of = _unaugmented if _holds_arrays(sequence) else _sequence_batches
        sketch, seen = _sketched(batches_of(sequence), samples)
        total = getattr(sequence, "samples", None) or getattr(sequence, "n", None) or seen
        size = getattr(sequence, "batch_size", None) or _rows_of(sequence, 0)
        batches = length_of(sequence)
        if total is None and size and batches:
            total = size * (batches - 1) + (_rows_of(sequence, batches - 1) or size)
    finally:
        np.random.set_state(random)
        for name, value in kept.items():
            setattr(sequence, name, value)
    return sketch.data(
        container="generator",
        samples=total if isinstance(total, int) else None,
        batch_size=size if isinstance(size, int) and size > 0 else None,
        loads=loads_of(sequence),
        reshuffles=bool(getattr(sequence, "shuffle", False)),
    )


def _holds_arrays(sequence: Any) -> bool:
    """Whether it is an iterator of ``ImageDataGenerator.flow`` over arrays of images."""
    return hasattr(sequence, "image_data_generator") and isinstance(getattr(sequence, "x", None), np.ndarray)


def _unaugmented(sequence: Any) -> Iterator[Batch]:
    """What ``flow`` delivers but for its random part: turned and shifted images cannot be known again."""
    standardise, labels = sequence.image_data_generator.standardize, as_array(sequence.y)
    for start in range(0, len(sequence.x), _AT_A_TIME):
        part = sequence.x[start : start + _AT_A_TIME]
        x = np.stack([standardise(image.astype(np.float32)) for image in part])
        yield x, None if labels is None else labels[start : start + _AT_A_TIME]


def _rows_of(sequence: Any, batch: int) -> int | None:
    try:
        element = sequence[batch]
        return length_of(_part(element))
    except Exception:
        return None


def _sequence_batches(sequence: Any) -> Iterator[Batch]:
    for index in range(len(sequence)):
        element = sequence[index]
        x, y = element[:2] if isinstance(element, tuple | list) and len(element) > 1 else (element, None)
        first = as_array(_part(x))
        if first is None:
            return
        yield first, as_array(_part(y))


def shorten(x: Any, y: Any, samples: int) -> tuple[Any, Any]:
    """The same data, at most ``samples`` of it, in containers of the same kinds; arrays keep their spread of
    classes.

    What cannot be shortened comes back as it was, both or none of the two: a mismatch would be a failure of
    our making.
    """
    if is_dataset(x):
        size = batch_size_of(x)
        shorter = x.take(max(1, samples // size) if size else samples)
        return (shorter.map(_cut(samples)) if size and samples < size else shorter), y
    length = length_of(x)
    plain_list = isinstance(x, list) and first_input(x) is x
    if length is None or length <= samples or plain_list or (y is not None and length_of(y) != length):
        return x, y
    chosen = spread(length, samples)
    try:
        return rows(x, chosen), rows(y, chosen)
    except (TypeError, IndexError, KeyError, ValueError):
        return x, y


def _cut(samples: int) -> Callable[..., Any]:
    """A map over batches that keeps their first rows."""
    import tensorflow

    def cut(*parts: Any) -> Any:
        fewer = tensorflow.nest.map_structure(lambda part: part[:samples], parts)
        return fewer[0] if len(parts) == 1 else fewer

    return cut


def peek(x: Any) -> tuple[Any, Any]:
    """The first item of a Python generator, and a generator that still delivers it; None and ``x`` for all
    else."""
    if not isinstance(x, GeneratorType):
        return None, x
    first = next(x, None)
    return first, (item for item in itertools.chain([] if first is None else [first], x))
