"""Observing ``fit``, ``evaluate`` and ``predict`` in a session that is the student's own.

Nothing is shortened, replaced or consumed: a dataset is not gone through, for that would advance its
shuffling and fill its cache. What it says of itself must do.
"""

from __future__ import annotations

import inspect
from typing import Any

from grader.evidence.events import Data, Evaluated, Fitted, Labels
from grader.recorder.data import batch_size_of, count_of, is_dataset, is_sequence_of_batches, summarise
from grader.recorder.forward import results_of, whole, write_prediction
from grader.recorder.library import library
from grader.recorder.lineage import loads_of
from grader.recorder.recorder import Recorder
from grader.recorder.rows import as_array, length_of
from grader.recorder.training import callback_component, callbacks_of, numbers_of
from grader.recorder.watch import watch_method

_NOTHING = Data(container="other")


def observe_training(recorder: Recorder) -> None:
    """Record each call of ``fit``, ``evaluate`` and ``predict`` when it has ended, as it was made."""
    trainer = library().training

    def observed(name: str, record: Any) -> Any:
        signature = inspect.signature(getattr(trainer, name))

        def wrapper(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
            if recorder.log.quiet:
                return wrapped(*args, **kwargs)
            asked = recorder.attempt(name, lambda: _asked(recorder, signature, model, args, kwargs), None)
            try:
                with recorder.log.inside():
                    result = wrapped(*args, **kwargs)
            except BaseException as fault:
                with recorder.trying(name):
                    record(recorder, model, asked, None, type(fault).__name__)
                raise
            with recorder.trying(name):
                record(recorder, model, asked, result, None)
            return result

        return wrapper

    for name, record in (("fit", _fitted), ("evaluate", _evaluated), ("predict", _predicted)):
        watch_method(trainer, name, observed(name, record))


def _asked(
    recorder: Recorder, signature: inspect.Signature, model: Any, args: Any, kwargs: Any
) -> dict[str, Any]:
    """The arguments by name, and under ``data`` and ``held_out`` what they say of the samples."""
    bound = signature.bind(model, *args, **kwargs)
    bound.apply_defaults()
    given = dict(bound.arguments)
    x, y, limit = given.get("x"), given.get("y"), recorder.settings.samples
    given["data"], given["held_out"] = described(x, y, limit), None
    validation, share = given.get("validation_data"), float(given.get("validation_split") or 0.0)
    if isinstance(validation, tuple | list) and len(validation) >= 2:
        given["held_out"] = described(validation[0], validation[1], limit)
    elif validation is not None:
        given["held_out"] = described(validation, None, limit)
    elif 0 < share < 1 and hasattr(x, "shape") and hasattr(y, "shape"):
        # As Keras cuts them: the last fraction of the arrays, without shuffling.
        cut = int((length_of(x) or 0) * (1 - share))
        cuttable: list[Any] = [part if (array := as_array(part)) is None else array for part in (x, y)]
        x, y = cuttable
        given["data"] = described(x[:cut], y[:cut], limit)
        given["held_out"] = described(x[cut:], y[cut:], limit)
    return given


def _fitted(
    recorder: Recorder, model: Any, asked: dict[str, Any] | None, history: Any, error: str | None
) -> None:
    if asked is None:
        return
    series = history.history if history is not None else {}
    recorder.log.write(
        Fitted,
        model=recorder.see(model),
        epochs=whole(asked["epochs"]) or 0,
        batch_size=whole(asked["batch_size"]),
        steps_per_epoch=whole(asked["steps_per_epoch"]),
        data=asked["data"],
        validation=asked["held_out"],
        validation_split=float(asked["validation_split"] or 0.0),
        callbacks=tuple(callback_component(callback) for callback in callbacks_of(asked)),
        shuffle=bool(asked["shuffle"]),
        history={str(name): numbers_of(values) for name, values in series.items()},
        epochs_run=len(history.epoch) if history is not None else 0,
        error=error,
    )


def _evaluated(
    recorder: Recorder, model: Any, asked: dict[str, Any] | None, result: Any, error: str | None
) -> None:
    number, data = recorder.see(model), asked["data"] if asked else _NOTHING
    results = {} if error else results_of(result)
    recorder.log.write(Evaluated, model=number, data=data, results=results, error=error)


def _predicted(
    recorder: Recorder, model: Any, asked: dict[str, Any] | None, result: Any, error: str | None
) -> None:
    if error is None:
        number = recorder.see(model)
        write_prediction(recorder, number, asked["data"] if asked else _NOTHING, result, None)


def described(x: Any, y: Any, samples: int) -> Data:
    """What data says of itself: arrays are looked into (at most ``samples`` of them), nothing is iterated."""
    if is_dataset(x):
        return _dataset(x)
    if is_sequence_of_batches(x):
        size = whole(getattr(x, "batch_size", None))
        total = whole(getattr(x, "samples", None) or getattr(x, "n", None))
        return Data(container="generator", samples=total, batch_size=size, loads=loads_of(x))
    if hasattr(x, "__next__"):
        return Data(container="generator")
    return summarise(x, y, samples)


def _dataset(dataset: Any) -> Data:
    size, spec = batch_size_of(dataset), dataset.element_spec
    x, y = spec[:2] if isinstance(spec, tuple) and len(spec) > 1 else (spec, None)
    loads, sides = loads_of(dataset), _sides(x)
    return Data(
        container="dataset",
        samples=count_of(dataset, size),
        batch_size=size,
        shape=sides[1:] if size else sides,
        dtype=getattr(getattr(x, "dtype", None), "name", ""),
        labels=_labels(y, bool(size)) if loads else None,
        loads=loads,
    )


def _sides(spec: Any) -> tuple[int | None, ...]:
    shape = getattr(spec, "shape", None)
    return tuple(shape.as_list()) if shape is not None and shape.rank is not None else ()


def _labels(spec: Any, batched: bool) -> Labels | None:
    """The encoding of a loader's labels, which their shape and kind of number tell; None for any other."""
    dtype = getattr(spec, "dtype", None)
    if dtype is None or getattr(getattr(spec, "shape", None), "rank", None) is None:
        return None
    sides = _sides(spec)
    each = sides[1:] if batched else sides
    if dtype.is_integer and each in ((), (1,)):
        return Labels(encoding="integer", shape=sides, dtype=dtype.name)
    if dtype.is_floating and len(each) == 1 and each[0] is not None and each[0] > 1:
        return Labels(encoding="one_hot", shape=sides, dtype=dtype.name, classes=each[0])
    return None
