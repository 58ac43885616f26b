"""Watching ``fit``, ``evaluate`` and ``predict``: what was asked for is recorded, a short version of it is run.

What is shortened keeps its shape: a ``History`` has the epochs asked for (unless early stopping was passed),
``predict`` a row for each input.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import numpy as np

from grader.evidence.events import Data, Evaluated, Fitted, Predicted, Shortened
from grader.recorder.data import as_array, peek, shorten, summarise
from grader.recorder.models import class_of_rows
from grader.recorder.recorder import Recorder, component
from grader.recorder.watch import watch_method


_LEAST = 8
"""Samples that every call passes through the network, whatever it costs."""


def watch_training(recorder: Recorder) -> None:
    """Watch every model's training, evaluation and prediction."""
    from keras.src.backend.tensorflow.trainer import TensorFlowTrainer

    def watched(call: Any, name: str) -> Any:
        signature = inspect.signature(getattr(TensorFlowTrainer, name))

        def wrapper(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
            if recorder.log.quiet:
                return wrapped(*args, **kwargs)
            # Wrong arguments raise here what Keras itself would raise.
            bound = signature.bind(model, *args, **kwargs)
            bound.apply_defaults()
            given = dict(bound.arguments)
            given.pop("self")
            given.update(given.pop("kwargs", {}))
            return call(recorder, wrapped, model, given)

        return wrapper

    watch_method(TensorFlowTrainer, "fit", watched(_fit, "fit"))
    watch_method(TensorFlowTrainer, "evaluate", watched(_evaluate, "evaluate"))
    watch_method(TensorFlowTrainer, "predict", watched(_predict, "predict"))
    watch_method(TensorFlowTrainer, "predict_on_batch", watched(_predict_on_batch, "predict_on_batch"))


def _fit(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    log, limit = recorder.log, recorder.settings.samples
    asked = int(given["epochs"] or 1)
    first_epoch = int(given["initial_epoch"] or 0)
    if hasattr(given["x"], "__next__"):
        first, given["x"] = peek(given["x"])
        data = _of_batch(first, limit)
    else:
        data = summarise(given["x"], given["y"], limit)
    validation = _validation(given["validation_data"], limit)
    callbacks = given["callbacks"] or []
    callbacks = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
    with log.inside():
        weights = _digest_of_weights(model)
        number = recorder.see(model)
    record = {
        "model": number,
        "epochs": asked,
        "batch_size": _whole(given["batch_size"]),
        "steps_per_epoch": _whole(given["steps_per_epoch"]),
        "validation": validation,
        "validation_split": float(given["validation_split"] or 0.0),
        "callbacks": tuple(component(callback) for callback in callbacks),
        "weights": weights,
    }
    record["data"], record["validation"] = _split_off(given, data, validation, limit)
    shortened = _shorten_fit(recorder, model, given, data, asked - first_epoch)
    try:
        with log.inside():
            history = wrapped(**given)
    except BaseException as fault:
        log.write(Fitted, **record, shortened=shortened, error=type(fault).__name__)
        raise
    with log.inside():
        recorder.see(model)
    record["history"] = {
        str(name): tuple(float(value) for value in values) for name, values in history.history.items()
    }
    log.write(Fitted, **record, epochs_run=len(history.epoch), shortened=shortened)
    if not _stops_early(callbacks):
        _lengthen(history, asked - first_epoch, first_epoch)
    return history


def _shorten_fit(
    recorder: Recorder, model: Any, given: dict[str, Any], data: Data, epochs: int
) -> Shortened | None:
    """Cut epochs and samples down to the budget, in place; the batch size stays."""
    _build(model, data)
    batch = data.batch_size or _whole(given["batch_size"]) or 32
    total = data.samples or (given["steps_per_epoch"] or 1) * batch
    allowed = recorder.budget.samples(model, training=True)
    kept_epochs = max(1, min(epochs, recorder.settings.max_epochs, allowed // max(1, total)))
    kept = max(min(_LEAST, total), min(total, allowed // kept_epochs))
    given["epochs"] = int(given["initial_epoch"] or 0) + kept_epochs
    steps = max(1, kept // batch)  # a batch may itself be cut, when one of them costs more than the budget
    if given["steps_per_epoch"]:
        given["steps_per_epoch"] = min(int(given["steps_per_epoch"]), steps)
    elif kept < total or data.samples is None:
        given["x"], given["y"] = shorten(given["x"], given["y"], kept)
        if hasattr(given["x"], "__next__") or data.container == "generator" or data.samples is None:
            given["steps_per_epoch"] = steps
        if given["sample_weight"] is not None and data.container == "array":
            given["sample_weight"] = shorten(given["sample_weight"], None, kept)[0]
    _shorten_validation(given, kept, batch)
    recorder.budget.spend(model, kept * kept_epochs, training=True)
    if kept_epochs == epochs and kept == total:
        return None
    return Shortened(epochs=kept_epochs, samples=kept)


def _shorten_validation(given: dict[str, Any], kept: int, batch: int) -> None:
    validation = given["validation_data"]
    if isinstance(validation, tuple | list) and len(validation) >= 2:
        x, y = shorten(validation[0], validation[1], kept)
        given["validation_data"] = (x, y)
    elif validation is not None:
        given["validation_data"], _ = shorten(validation, None, kept)
        if given["validation_steps"]:
            given["validation_steps"] = min(int(given["validation_steps"]), max(1, kept // batch))


def _evaluate(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    data = summarise(given["x"], given["y"], recorder.settings.samples)
    with recorder.log.inside():
        number = recorder.see(model)
    kept = _shorten_forward(recorder, model, given, data)
    shortened = None if kept is None else Shortened(samples=kept)
    try:
        with recorder.log.inside():
            result = wrapped(**given)
    except BaseException as fault:
        recorder.log.write(
            Evaluated, model=number, data=data, shortened=shortened, error=type(fault).__name__
        )
        raise
    values = result if isinstance(result, list | tuple) else [result]
    named = (
        result
        if isinstance(result, dict)
        else dict(zip(getattr(model, "metrics_names", ["loss"]), values, strict=False))
    )
    if len(values) > 1 and not isinstance(result, dict):
        named = {"loss": values[0]} | {f"metric_{index}": value for index, value in enumerate(values[1:], 1)}
    results = {str(name): float(value) for name, value in named.items()}
    recorder.log.write(Evaluated, model=number, data=data, results=results, shortened=shortened)
    return result


def _predict(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    if hasattr(given["x"], "__next__"):
        first, given["x"] = peek(given["x"])
        data = _of_batch(first, recorder.settings.samples)
    else:
        data = summarise(given["x"], None, recorder.settings.samples)
    with recorder.log.inside():
        number = recorder.see(model)
    kept = _shorten_forward(recorder, model, given, data)
    shortened = None if kept is None else Shortened(samples=kept)
    try:
        with recorder.log.inside():
            result = wrapped(**given)
    except BaseException as fault:
        recorder.log.write(
            Predicted, model=number, data=data, shortened=shortened, error=type(fault).__name__
        )
        raise
    if kept is not None and data.samples and isinstance(result, np.ndarray):
        result = np.resize(result, (data.samples, *result.shape[1:]))
    _write_prediction(recorder, number, data, result, shortened)
    return result


def _predict_on_batch(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    data = summarise(given["x"], None, recorder.settings.samples)
    with recorder.log.inside():
        number = recorder.see(model)
        result = wrapped(**given)
    _write_prediction(recorder, number, data, result, None)
    return result


def _write_prediction(
    recorder: Recorder, number: int, data: Data, result: Any, shortened: Shortened | None
) -> None:
    scores = as_array(result)
    recorder.log.write(
        Predicted,
        model=number,
        data=data,
        output_shape=() if scores is None else scores.shape,
        classes=() if scores is None else class_of_rows(scores),
        shortened=shortened,
    )


def _shorten_forward(recorder: Recorder, model: Any, given: dict[str, Any], data: Data) -> int | None:
    """Cut ``x`` down to the budget, in place; how many samples were kept, or None when all were."""
    _build(model, data)
    batch = data.batch_size or _whole(given["batch_size"]) or 32
    allowed = recorder.budget.samples(model, training=False)
    total = data.samples or batch
    kept = max(min(_LEAST, total), min(total, allowed))
    recorder.budget.spend(model, kept, training=False)
    if kept >= total and data.samples is not None:
        return None
    given["x"], labels = shorten(given["x"], given.get("y"), kept)
    if "y" in given:
        given["y"] = labels
    if data.container == "generator" or data.samples is None:
        given["steps"] = max(1, kept // batch)
    return kept


def _build(model: Any, data: Data) -> None:
    """Build a model that waits for its first data, so that its work can be counted."""
    if not getattr(model, "built", True) and data.shape:
        try:
            model.build((None, *data.shape))
        except Exception:
            return


def _validation(validation: Any, limit: int) -> Data | None:
    if validation is None:
        return None
    if isinstance(validation, tuple | list) and len(validation) >= 2:
        return summarise(validation[0], validation[1], limit)
    return summarise(validation, None, limit)


def _split_off(
    given: dict[str, Any], data: Data, validation: Data | None, limit: int
) -> tuple[Data, Data | None]:
    """Training and validation part as Keras cuts them: the last fraction of arrays, without shuffling."""
    share = float(given["validation_split"] or 0.0)
    x, y = given["x"], given["y"]
    if validation is not None or not 0 < share < 1 or data.container != "array" or y is None:
        return data, validation
    cut = int(len(x) * (1 - share))
    return summarise(x[:cut], y[:cut], limit), summarise(x[cut:], y[cut:], limit)


def _of_batch(batch: Any, limit: int) -> Data:
    """What a Python generator delivers, judged by its first batch."""
    x, y = (batch[0], batch[1]) if isinstance(batch, tuple | list) and len(batch) > 1 else (batch, None)
    data = summarise(x, y, limit)
    return data.model_copy(update={"container": "generator", "batch_size": data.samples, "samples": None})


def _stops_early(callbacks: list[Any]) -> bool:
    return any(
        "EarlyStopping" in [base.__name__ for base in type(callback).__mro__] for callback in callbacks
    )


def _lengthen(history: Any, epochs: int, first: int) -> None:
    """Give each series of a History the length that the student's code expects, its last value repeated."""
    for values in history.history.values():
        if values:
            values.extend([values[-1]] * (epochs - len(values)))
    history.epoch = list(range(first, first + epochs))
    history.params = {**(history.params or {}), "epochs": first + epochs}


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float | np.integer) and value > 0 else None


def _digest_of_weights(model: Any) -> str:
    try:
        digest = hashlib.sha256()
        for weight in model.weights:
            digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
        return digest.hexdigest()[:16] if model.weights else ""
    except Exception:
        return ""
