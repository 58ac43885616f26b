"""Watching ``fit``: what was asked for is recorded, a short version of it is run.

What is shortened keeps its shape: a ``History`` has the epochs asked for, unless the training ended itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.evidence.events import Component, Data, Fitted, Shortened, Stubbed
from grader.recorder.ahead import build_ahead
from grader.recorder.data import is_sequence_of_batches, peek, shorten, summarise
from grader.recorder.forward import (
    Shorter,
    build,
    evaluate,
    of_batch,
    predict,
    predict_on_batch,
    whole,
)
from grader.recorder.library import library
from grader.recorder.old_keras import AgedLogs, without_old_arguments
from grader.recorder.recorder import Recorder, component
from grader.recorder.rows import as_array, length_of
from grader.recorder.watch import watch_method


def watch_training(recorder: Recorder) -> None:
    """Watch every model's training, evaluation and prediction."""
    trainer = library().training

    def watched(call: Any, name: str) -> Any:
        signature = inspect.signature(getattr(trainer, name))

        def wrapper(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
            if recorder.log.quiet:
                return wrapped(*args, **kwargs)
            # Wrong arguments raise here what Keras itself would raise.
            bound = signature.bind(model, *args, **without_old_arguments(recorder, kwargs))
            bound.apply_defaults()
            given = dict(bound.arguments)
            given.pop("self")
            given.update(given.pop("kwargs", {}))
            return call(recorder, wrapped, model, given)

        return wrapper

    for name, call in (
        ("fit", _fit),
        ("evaluate", evaluate),
        ("predict", predict),
        ("predict_on_batch", predict_on_batch),
    ):
        watch_method(trainer, name, watched(call, name))


_TENSORBOARD = importlib.util.find_spec("tensorboard") is not None
"""Without it Keras's callback of this name fails in the first epoch, which is no fault of the student's."""


@dataclass(frozen=True)
class _Asked:
    """A call of ``fit`` as the student wrote it."""

    record: dict[str, Any]
    """Fields of :class:`Fitted`."""
    data: Data
    first_epoch: int
    epochs: int
    """To be run; 0 when Keras will refuse what was given."""
    frequency: int
    """A validation is asked for after every so many epochs."""


def _fit(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    first_batch, given["x"] = peek(given["x"])
    epochs = given["epochs"] if isinstance(given["epochs"], int) else 0
    nothing = Data(container="other")
    unknown = _Asked({"model": 0, "epochs": epochs, "data": nothing}, nothing, 0, epochs, 1)
    asked = recorder.attempt("fit", lambda: _asked(recorder, model, given, first_batch), unknown)
    as_given: Shorter = (given, None)
    shorter, shortened = recorder.attempt("fit", lambda: _shorter(recorder, model, given, asked), as_given)
    if not _TENSORBOARD and any(map(_is_tensorboard, callbacks_of(shorter))):
        kept = [callback for callback in callbacks_of(shorter) if not _is_tensorboard(callback)]
        shorter = {**shorter, "callbacks": kept}
        with recorder.trying("fit"):
            recorder.log.write(Stubbed, name="tensorboard", detail="not installed: its callback was left out")
    try:
        with recorder.log.inside():
            build_ahead(model, shorter["x"], shorter["y"])
            history = wrapped(**shorter)
    except BaseException as fault:
        with recorder.trying("fit"):
            how = {"shortened": shortened, "error": type(fault).__name__}
            after = recorder.attempt("fit", lambda: _digest_of_weights(model), "")
            recorder.log.write(Fitted, **asked.record, **how, weights_after=after)
        raise
    with recorder.trying("fit"):
        recorder.see(model)
        recorder.log.write(
            Fitted,
            **asked.record,
            history={str(name): numbers_of(values) for name, values in history.history.items()},
            epochs_run=len(history.epoch),
            shortened=shortened,
            weights_after=_digest_of_weights(model),
        )
        if shortened is not None and len(history.epoch) == shortened.epochs and not _stops_early(given):
            _lengthen(history, asked)
        history.history = AgedLogs(history.history, recorder)
    return history


def _asked(recorder: Recorder, model: Any, given: dict[str, Any], first_batch: Any) -> _Asked:
    limit = recorder.settings.samples
    x, y = given["x"], given["y"]
    data = summarise(x, y, limit) if first_batch is None else of_batch(first_batch, limit)
    validation = _validation(given["validation_data"], limit)
    share = float(given["validation_split"] or 0.0)
    training, held_out = data, validation
    if validation is None and 0 < share < 1 and hasattr(x, "shape") and hasattr(y, "shape"):
        # As Keras cuts them: the last fraction of the arrays, without shuffling.
        cut = int((length_of(x) or 0) * (1 - share))
        # Slices of an array are views; those of a tensor would be copies of gigabytes.
        x, y = (part if (array := as_array(part)) is None else array for part in (x, y))
        training, held_out = summarise(x[:cut], y[:cut], limit), summarise(x[cut:], y[cut:], limit)
    epochs, first = given["epochs"], given["initial_epoch"] or 0
    countable = isinstance(epochs, int | np.integer) and isinstance(first, int | np.integer)
    frequency = given.get("validation_freq", 1)
    return _Asked(
        record={
            "model": recorder.see(model),
            "epochs": int(epochs) if countable else 0,
            "batch_size": whole(given["batch_size"]),
            "steps_per_epoch": whole(given["steps_per_epoch"]),
            "validation_split": share,
            "callbacks": tuple(callback_component(callback) for callback in callbacks_of(given)),
            "weights": _digest_of_weights(model),
            "shuffle": bool(given["shuffle"]),
            "data": training,
            "validation": held_out,
        },
        data=data,
        first_epoch=int(first) if countable else 0,
        epochs=max(0, int(epochs) - int(first)) if countable else 0,
        frequency=frequency if isinstance(frequency, int) and frequency > 0 else 1,
    )


def _shorter(recorder: Recorder, model: Any, given: dict[str, Any], asked: _Asked) -> Shorter:
    """The arguments cut down to the budget in epochs and samples (a batch only where one alone is beyond
    it)."""
    if not asked.epochs:
        return given, None
    shorter, data = dict(given), asked.data
    build(model, data)
    batch = data.batch_size or whole(given["batch_size"]) or 32
    steps = whole(given["steps_per_epoch"])
    seen = data.thumbnails.count if data.thumbnails is not None else batch
    total = steps * batch if steps else data.samples or max(seen, batch)
    allowed = recorder.budget.samples(model, data, batch, training=True)
    epochs = max(1, min(asked.epochs, recorder.settings.max_epochs, allowed // max(1, total)))
    least = recorder.budget.least(model, data, batch, training=True)
    kept = max(min(least, total), min(total, allowed // epochs))
    shorter["epochs"] = asked.first_epoch + epochs
    if epochs < asked.epochs:
        # A validation after every tenth epoch would never come.
        shorter["validation_freq"] = 1
    counted = bool(steps) or data.samples is None or data.container == "generator"
    unknown = data.container == "other" and data.samples is None
    # An array of which only so many steps are taken is shortened too, for Keras copies what it is given.
    unused = data.container == "array" and (data.samples or 0) > kept * epochs
    if not unknown and (kept < total or data.samples is None or unused):
        # With steps given, Keras goes on in the second epoch where the first one ended.
        rows = kept * epochs if counted else kept
        shorter["x"], shorter["y"] = shorten(given["x"], given["y"], rows)
        if shorter["x"] is given["x"]:
            counted = True
        elif given["sample_weight"] is not None:
            shorter["sample_weight"] = shorten(given["sample_weight"], None, rows)[0]
    if counted and not unknown:
        shorter["steps_per_epoch"] = max(1, min(steps or kept // batch, kept // batch))
    _shorten_validation(shorter, kept, batch)
    recorder.budget.spend(model, data, batch, kept * epochs, training=True)
    if epochs == asked.epochs and (kept == total or unknown):
        return given, None
    return shorter, Shortened(epochs=epochs, samples=kept)


def _shorten_validation(given: dict[str, Any], kept: int, batch: int) -> None:
    validation, steps = given["validation_data"], max(1, kept // batch)
    if isinstance(validation, tuple | list) and len(validation) >= 2:
        x, y = shorten(validation[0], validation[1], kept)
        weights = [shorten(each, None, kept)[0] for each in validation[2:]] if x is not validation[0] else []
        given["validation_data"] = (x, y, *(weights or validation[2:]))
    elif validation is not None:
        given["validation_data"], _ = shorten(validation, None, kept)
        asked = whole(given["validation_steps"])
        if asked or is_sequence_of_batches(validation):
            given["validation_steps"] = min(asked or length_of(validation) or steps, steps)


def _validation(validation: Any, limit: int) -> Data | None:
    if validation is None:
        return None
    if isinstance(validation, tuple | list) and len(validation) >= 2:
        return summarise(validation[0], validation[1], limit)
    return summarise(validation, None, limit)


def callbacks_of(given: dict[str, Any]) -> list[Any]:
    """The callbacks among the arguments of ``fit``."""
    callbacks = given["callbacks"] or []
    return list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]


def _is_tensorboard(callback: Any) -> bool:
    return type(callback).__name__ == "TensorBoard"


def callback_component(callback: Any) -> Component:
    """A callback, or the class of one that was never made, by its Keras name."""
    return component(type(callback) if isinstance(callback, type) else callback)


def _stops_early(given: dict[str, Any]) -> bool:
    return any(
        "EarlyStopping" in [kind.__name__ for kind in type(callback).__mro__]
        for callback in callbacks_of(given)
    )


def _lengthen(history: Any, asked: _Asked) -> None:
    """Give each series of a History the length that the student's code expects, its last value repeated."""
    for name, values in history.history.items():
        wanted = asked.epochs // asked.frequency if str(name).startswith("val_") else asked.epochs
        if values:
            values[:] = [*values, *[values[-1]] * (wanted - len(values))][: max(1, wanted)]
    history.epoch = list(range(asked.first_epoch, asked.first_epoch + asked.epochs))
    history.params = {**(history.params or {}), "epochs": asked.first_epoch + asked.epochs}


def numbers_of(values: Any) -> tuple[float, ...]:
    """A series of a History; empty for what is none."""
    try:
        return tuple(float(value) for value in values)
    except (TypeError, ValueError):
        return ()


_HASHED = 1 << 16
"""Numbers of each weight that its digest is made from, evenly spread."""


def _digest_of_weights(model: Any) -> str:
    digest = hashlib.sha256()
    weights = model.weights
    for weight in weights:
        flat = np.asarray(weight.numpy()).ravel()
        digest.update(np.ascontiguousarray(flat[:: max(1, flat.size // _HASHED)]).tobytes())
    return digest.hexdigest()[:16] if weights else ""
