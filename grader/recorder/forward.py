"""Watching ``evaluate`` and ``predict``: at most the budget is run, and there is still a row for each
input."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.evidence.events import Data, Evaluated, Predicted, Shortened
from grader.recorder.data import count_rows, is_dataset, peek, shorten, summarise
from grader.recorder.recorder import Recorder
from grader.recorder.rows import as_array, stretched

_SCORED_ROWS, _SCORED_CLASSES = 32, 20
"""Most rows and columns of a prediction that are kept as they are."""

Shorter = tuple[dict[str, Any], Shortened | None]
"""Arguments of a call within the budget, and what was left out of it."""

_NOTHING = Data(container="other")


def evaluate(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    """Run a call of ``evaluate`` within the budget, and record it."""
    number, data, shorter, shortened = _prepared(recorder, "evaluate", model, given)
    try:
        with recorder.log.inside():
            result = wrapped(**shorter)
    except BaseException as fault:
        with recorder.trying("evaluate"):
            recorder.log.write(
                Evaluated, model=number, data=data, shortened=shortened, error=type(fault).__name__
            )
        raise
    with recorder.trying("evaluate"):
        recorder.log.write(
            Evaluated, model=number, data=data, results=results_of(result), shortened=shortened
        )
    return result


def results_of(result: Any) -> dict[str, float]:
    """What ``evaluate`` gave, by name."""
    if isinstance(result, dict):
        return {str(name): float(value) for name, value in result.items()}
    values = result if isinstance(result, list | tuple) else [result]
    return {f"metric_{index}" if index else "loss": float(value) for index, value in enumerate(values)}


def predict(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    """Run a call of ``predict`` within the budget, and record it; the result has a row for each input."""
    number, data, shorter, shortened = _prepared(recorder, "predict", model, given)
    try:
        with recorder.log.inside():
            result = wrapped(**shorter)
    except BaseException as fault:
        with recorder.trying("predict"):
            recorder.log.write(
                Predicted, model=number, data=data, shortened=shortened, error=type(fault).__name__
            )
        raise
    with recorder.trying("predict"):
        if shortened is not None:
            result = stretched(result, _rows_wanted(given, data) or len(result))
        write_prediction(recorder, number, data, result, shortened)
    return result


def _rows_wanted(given: dict[str, Any], data: Data) -> int | None:
    steps, batch = whole(given["steps"]), data.batch_size or whole(given["batch_size"]) or 32
    samples = count_rows(given["x"]) if is_dataset(given["x"]) else data.samples
    return min(filter(None, (samples, steps * batch if steps else None)), default=None)


def predict_on_batch(recorder: Recorder, wrapped: Any, model: Any, given: dict[str, Any]) -> Any:
    """Record a call of ``predict_on_batch``."""
    data = recorder.attempt(
        "predict", lambda: summarise(given["x"], None, recorder.settings.samples), _NOTHING
    )
    with recorder.log.inside():
        result = wrapped(**given)
    with recorder.trying("predict"):
        write_prediction(recorder, recorder.see(model), data, result, None)
    return result


def write_prediction(
    recorder: Recorder, number: int, data: Data, result: Any, shortened: Shortened | None
) -> None:
    """Record the scores that a model gave for ``data``."""
    scores = as_array(result)
    recorder.log.write(
        Predicted,
        model=number,
        data=data,
        output_shape=() if scores is None else scores.shape,
        classes=() if scores is None else class_of_rows(scores),
        scores=() if scores is None else _first_rows(scores),
        shortened=shortened,
    )


def class_of_rows(scores: np.ndarray) -> tuple[int, ...]:
    """``argmax`` of each row of class scores, at most 20,000 of them."""
    if scores.ndim != 2 or scores.shape[1] < 2:
        return ()
    return tuple(scores[:20_000].argmax(axis=1).tolist())


def _first_rows(scores: np.ndarray) -> tuple[tuple[float, ...], ...]:
    if scores.ndim != 2 or not 2 <= scores.shape[1] <= _SCORED_CLASSES:
        return ()
    return tuple(tuple(row) for row in np.round(scores[:_SCORED_ROWS].astype(float), 5).tolist())


def _prepared(
    recorder: Recorder, what: str, model: Any, given: dict[str, Any]
) -> tuple[int, Data, dict[str, Any], Shortened | None]:
    limit = recorder.settings.samples
    first, given["x"] = peek(given["x"])

    def look() -> Data:
        return summarise(given["x"], given.get("y"), limit) if first is None else of_batch(first, limit)

    data = recorder.attempt(what, look, _NOTHING)
    number = recorder.attempt(what, lambda: recorder.see(model), 0)
    as_given: Shorter = (given, None)
    return number, data, *recorder.attempt(what, lambda: _shorter(recorder, model, given, data), as_given)


def _shorter(recorder: Recorder, model: Any, given: dict[str, Any], data: Data) -> Shorter:
    if data.container == "other" and data.samples is None:
        return given, None
    build(model, data)
    batch = data.batch_size or whole(given["batch_size"]) or 32
    steps = whole(given["steps"])
    total = steps * batch if steps else data.samples or batch
    least = recorder.budget.least(model, data, batch, training=False)
    kept = max(min(least, total), min(total, recorder.budget.samples(model, data, batch, training=False)))
    recorder.budget.spend(model, data, batch, kept, training=False)
    if kept >= total and (steps or data.samples is not None):
        return given, None
    shorter = dict(given)
    shorter["x"], labels = shorten(given["x"], given.get("y"), kept)
    if "y" in given:
        shorter["y"] = labels
        if given.get("sample_weight") is not None and shorter["x"] is not given["x"]:
            shorter["sample_weight"] = shorten(given["sample_weight"], None, kept)[0]
    if shorter["x"] is given["x"] or (is_dataset(given["x"]) and data.samples is None):
        shorter["steps"] = max(1, kept // batch)
    return shorter, Shortened(samples=kept)


def of_batch(batch: Any, limit: int) -> Data:
    """What a Python generator delivers, judged by its first batch."""
    x, y = batch[:2] if isinstance(batch, tuple | list) and len(batch) > 1 else (batch, None)
    data = summarise(x, y, limit)
    return data.model_copy(update={"container": "generator", "batch_size": data.samples, "samples": None})


def build(model: Any, data: Data) -> None:
    """Build a model that waits for its first data, so that its work can be counted."""
    if not getattr(model, "built", True) and data.shape:
        try:
            model.build((None, *data.shape))
        except Exception:
            return


def whole(value: Any) -> int | None:
    """A positive number as an integer; None for anything else."""
    return int(value) if isinstance(value, int | float | np.integer) and value > 0 else None
