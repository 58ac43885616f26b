"""Summaries of the data handed to ``fit``, ``evaluate`` and ``predict``, and shorter versions of it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.evidence.events import Data, Labels, Thumbnails
from grader.evidence.thumbnails import block_means
from grader.recorder.lineage import loads_of

Batch = tuple[np.ndarray, np.ndarray | None]


def summarise(x: Any, y: Any, samples: int) -> Data:
    """What ``x`` (and ``y``) hold, from at most ``samples`` of them; never consumes what can be read only once."""
    if _is_dataset(x):
        return _dataset(x, samples)
    if _is_sequence_of_batches(x):
        return _generator(x, samples)
    length = _length(x)
    if length is None or isinstance(x, dict | str):
        return Data(container="other", samples=length)
    # Rows first: a tensor of all images is never copied as a whole.
    chosen = spread(length, samples)
    array, targets = as_array(_rows(x, chosen)), as_array(_rows(y, chosen) if _length(y) == length else None)
    if array is None or array.ndim == 0:
        return Data(container="other", samples=length)
    return _summary("array", [(array, targets)], length, None, loads_of(x), reshuffles=False, limit=samples)


def as_array(value: Any) -> np.ndarray | None:
    """A NumPy view of an array-like, or None (``value`` is None, a dict of inputs, a generator, …)."""
    if value is None or isinstance(value, dict) or hasattr(value, "__next__"):
        return None
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    try:
        array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
    except Exception:
        return None
    return array if array.dtype.kind in "biuf" else None


def _is_dataset(x: Any) -> bool:
    return hasattr(x, "element_spec") and hasattr(x, "_variant_tensor")


def _is_sequence_of_batches(x: Any) -> bool:
    return (
        not isinstance(x, list | tuple | np.ndarray)
        and hasattr(x, "__getitem__")
        and hasattr(x, "batch_size")
    )


def _length(x: Any) -> int | None:
    try:
        return len(x)
    except Exception:
        return None


def _dataset(dataset: Any, samples: int) -> Data:
    batches, total, complete = _take(_dataset_batches(dataset), samples)
    if not batches:
        return Data(container="dataset", samples=0 if complete else None, loads=loads_of(dataset))
    if not complete:
        total = _count(dataset, len(batches[0][0]))
    first_again, _, _ = _take(_dataset_batches(dataset), len(batches[0][0]))
    return _summary(
        "dataset",
        batches,
        total,
        _batch_size_of(dataset) or (len(batches[0][0]) if len(batches) > 1 else None),
        loads_of(dataset),
        reshuffles=not _same_order(batches[0], first_again[0]),
        limit=samples,
    )


def _dataset_batches(dataset: Any) -> Iterator[Batch]:
    batched = any(part is not None for part in [_batch_size_of(dataset)]) or _looks_batched(dataset)
    for element in dataset:
        x, y = (
            (element[0], element[1]) if isinstance(element, tuple) and len(element) > 1 else (element, None)
        )
        x = x[0] if isinstance(x, tuple) else x
        first, second = as_array(x), as_array(y)
        if first is None:
            return
        if not batched:
            first, second = first[None], None if second is None else second[None]
        yield first, second


def _looks_batched(dataset: Any) -> bool:
    spec = dataset.element_spec
    while isinstance(spec, tuple):
        spec = spec[0]
    return bool(
        getattr(spec, "shape", None) is not None and spec.shape.rank is not None and spec.shape.rank > 3
    )


def _batch_size_of(dataset: Any) -> int | None:
    """The size asked of the outermost ``batch``, found by walking back through map, cache, prefetch, take, …"""
    seen = 0
    while dataset is not None and seen < 64:
        size = getattr(dataset, "_batch_size", None)
        if size is not None:
            return int(size)
        inputs = getattr(dataset, "_inputs", list)()
        dataset = inputs[0] if inputs else None
        seen += 1
    return None


def _count(dataset: Any, first: int) -> int | None:
    try:
        batches = int(dataset.cardinality().numpy())
    except Exception:
        return None
    return batches * (_batch_size_of(dataset) or first) if batches >= 0 else None


def _same_order(one: Batch, two: Batch) -> bool:
    if one[0].shape != two[0].shape:
        return False
    if one[1] is not None and two[1] is not None and not np.array_equal(one[1], two[1]):
        return False
    a, b = (block_means(_pictures(batch[0][:16])).reshape(len(batch[0][:16]), -1) for batch in (one, two))
    # Random augmentation moves pixels but keeps pictures alike; another order does not.
    apart = np.abs(a - b).mean()
    return bool(apart <= 0.5 * np.abs(a - np.roll(a, 1, axis=0)).mean() or apart == 0 or len(a) < 2)


def _generator(sequence: Any, samples: int) -> Data:
    kept = {
        name: getattr(sequence, name)
        for name in ("total_batches_seen", "batch_index")
        if hasattr(sequence, name)
    }
    batches, _, _ = _take(_sequence_batches(sequence), samples)
    for name, value in kept.items():
        setattr(sequence, name, value)
    total = getattr(sequence, "samples", None) or getattr(sequence, "n", None)
    if not batches:
        return Data(container="generator", samples=total, loads=loads_of(sequence))
    total = total or len(sequence) * len(batches[0][0])
    size = getattr(sequence, "batch_size", None)
    return _summary(
        "generator",
        batches,
        total,
        size,
        loads_of(sequence),
        reshuffles=bool(getattr(sequence, "shuffle", False)),
        limit=samples,
    )


def _sequence_batches(sequence: Any) -> Iterator[Batch]:
    for index in range(len(sequence)):
        element = sequence[index]
        x, y = (
            (element[0], element[1])
            if isinstance(element, tuple | list) and len(element) > 1
            else (element, None)
        )
        first = as_array(x)
        if first is None:
            return
        yield first, as_array(y)


def _take(batches: Iterator[Batch], samples: int) -> tuple[list[Batch], int, bool]:
    """The first batches, the samples in them, and whether that was all."""
    taken: list[Batch] = []
    total = 0
    for batch in batches:
        if total >= samples:
            return taken, total, False
        taken.append(batch)
        total += len(batch[0])
    return taken, total, True


def spread(length: int, wanted: int) -> np.ndarray:
    """Indices of ``wanted`` samples evenly spread over ``length``, so that sorted classes are all met."""
    if length <= wanted:
        return np.arange(length)
    return np.linspace(0, length - 1, wanted).astype(int)


def _summary(
    container: Any,
    batches: list[Batch],
    total: int | None,
    batch_size: int | None,
    loads: tuple[int, ...],
    *,
    reshuffles: bool,
    limit: int,
) -> Data:
    x = np.concatenate([batch[0] for batch in batches if batch[0].shape[1:] == batches[0][0].shape[1:]])[
        :limit
    ]
    targets = [batch[1] for batch in batches]
    y = np.concatenate(targets)[:limit] if all(target is not None for target in targets) else None
    finite = x[np.isfinite(x)] if x.dtype.kind == "f" else x
    return Data(
        container=container,
        samples=total,
        batch_size=batch_size,
        shape=tuple(int(side) for side in x.shape[1:]),
        dtype=str(x.dtype),
        minimum=float(finite.min()) if finite.size else None,
        maximum=float(finite.max()) if finite.size else None,
        thumbnails=_thumbnails(x),
        labels=None if y is None else _labels(y),
        loads=loads,
        reshuffles=reshuffles,
        digest=hashlib.sha256(np.ascontiguousarray(x[:32]).tobytes()).hexdigest()[:16],
    )


def _pictures(x: np.ndarray) -> np.ndarray:
    """Samples as ``(n, h, w, c)``: images as they are, anything else as flat stripes."""
    if x.ndim == 4:
        return x
    if x.ndim == 3:
        return x[..., None]
    flat = x.reshape(len(x), -1)
    side = round(flat.shape[1] ** 0.5)
    if side * side == flat.shape[1]:
        return flat.reshape(len(x), side, side, 1)
    thirds = round((flat.shape[1] / 3) ** 0.5)
    if 3 * thirds * thirds == flat.shape[1]:
        return flat.reshape(len(x), thirds, thirds, 3)
    return flat[:, None, :, None]


def _thumbnails(x: np.ndarray) -> Thumbnails | None:
    pictures = _pictures(x)
    if not len(x) or pictures.shape[3] > 4:
        return None
    return Thumbnails.of(block_means(pictures))


def _labels(y: np.ndarray) -> Labels:
    flat = y.reshape(len(y), -1)
    integral = bool(np.all(np.equal(np.mod(flat, 1), 0))) if flat.size else False
    width = flat.shape[1]
    about = {
        "shape": tuple(int(side) for side in y.shape[1:]),
        "dtype": str(y.dtype),
        "minimum": float(flat.min()) if flat.size else 0.0,
        "maximum": float(flat.max()) if flat.size else 0.0,
    }
    if width > 1 and integral and np.all(flat.sum(axis=1) == 1) and np.all((flat == 0) | (flat == 1)):
        classes = flat.argmax(axis=1)
        return Labels(encoding="one_hot", classes=width, values=tuple(classes.tolist()), **about)
    if width == 1 and integral:
        values = flat[:, 0].astype(int)
        encoding = "binary" if y.dtype.kind == "f" and values.max() <= 1 and values.min() >= 0 else "integer"
        return Labels(
            encoding=encoding, classes=int(values.max()) + 1, values=tuple(values.tolist()), **about
        )
    return Labels(encoding="other", classes=width, **about)


def shorten(x: Any, y: Any, samples: int) -> tuple[Any, Any]:
    """The same data, at most ``samples`` of it, in a container of the same kind; arrays keep their spread of classes."""
    if _is_dataset(x):
        size = _batch_size_of(x)
        shorter = x.take(max(1, samples // size) if size else samples)
        return (shorter.map(_cut(samples)) if size and samples < size else shorter), y
    array_like = hasattr(x, "shape") and hasattr(x, "__getitem__")
    if array_like and len(x) > samples:
        chosen = spread(len(x), samples)
        fewer, labels = _rows(x, chosen), _rows(y, chosen)
        # Never one without the other: a mismatch would be a failure of our making.
        return (fewer, labels) if fewer is not x and (y is None or labels is not y) else (x, y)
    return x, y


def _cut(samples: int) -> Callable[..., Any]:
    """A map over batches that keeps their first rows."""
    import tensorflow

    def cut(*parts: Any) -> Any:
        rows = tensorflow.nest.map_structure(lambda part: part[:samples], parts)
        return rows[0] if len(parts) == 1 else rows

    return cut


def _rows(values: Any, chosen: np.ndarray) -> Any:
    if values is None:
        return None
    if hasattr(values, "iloc"):
        return values.iloc[chosen]
    if hasattr(values, "numpy"):
        import tensorflow

        return tensorflow.gather(values, chosen)
    array = as_array(values)
    return values if array is None else array[chosen]


def peek(generator: Any) -> tuple[Any, Any]:
    """The first item of a Python generator, and a generator that still delivers it."""
    first = next(generator, None)
    return first, itertools.chain([] if first is None else [first], generator)
