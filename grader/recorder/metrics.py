"""Watching scikit-learn's metrics and ``argmax``: whose labels were compared with whose predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.evidence.events import ArgmaxCalled, MetricCalled
from grader.recorder.forward import class_of_rows
from grader.recorder.library import library
from grader.recorder.recorder import Recorder
from grader.recorder.rows import as_array
from grader.recorder.watch import watch_function

_METRICS = (
    "classification_report",
    "confusion_matrix",
    "accuracy_score",
    "precision_score",
    "recall_score",
    "f1_score",
    "precision_recall_fscore_support",
    "roc_auc_score",
    "balanced_accuracy_score",
)
_LABELS = 20_000
_TRUE = ("y_true", "labels", "index")
_PREDICTED = ("y_pred", "y_score", "predictions", "columns")
"""Names under which scikit-learn, TensorFlow and pandas take the labels."""


def watch_metrics(recorder: Recorder) -> None:
    """Watch ``sklearn.metrics``, others' confusion matrices, and NumPy's and TensorFlow's ``argmax``."""
    watch_sklearn(recorder)
    watch_tensorflow(recorder)
    watch_pandas(recorder)
    watch_argmax(recorder)


def watch_sklearn(recorder: Recorder) -> None:
    """Watch ``sklearn.metrics``."""
    import sklearn.metrics

    for name in _METRICS:
        watch_function(getattr(sklearn.metrics, name), _metric(recorder, name), below=("sklearn",))


def watch_tensorflow(recorder: Recorder) -> None:
    """Watch TensorFlow's confusion matrix."""
    import tensorflow

    confusion_matrix = tensorflow.math.confusion_matrix
    watch_function(confusion_matrix, _metric(recorder, "confusion_matrix"), below=("tensorflow",))


def watch_pandas(recorder: Recorder) -> None:
    """Watch ``pandas.crosstab``."""
    import pandas

    watch_function(pandas.crosstab, _metric(recorder, "crosstab"), below=("pandas",))


def _metric(recorder: Recorder, name: str) -> Any:
    def metric(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if recorder.log.quiet:
            return wrapped(*args, **kwargs)
        true = args[0] if args else _first(kwargs, _TRUE)
        predicted = args[1] if len(args) > 1 else _first(kwargs, _PREDICTED)
        error = None
        try:
            with recorder.log.inside():
                return wrapped(*args, **kwargs)
        except Exception as fault:
            error = type(fault).__name__
            raise
        finally:
            with recorder.trying(name):
                recorder.log.write(
                    MetricCalled,
                    name=name,
                    true=_labels(true),
                    predicted=_labels(predicted),
                    shapes=(_shape(true), _shape(predicted)),
                    error=error,
                )

    return metric


def watch_argmax(recorder: Recorder) -> None:
    """Watch ``argmax`` of NumPy, TensorFlow and Keras."""
    import tensorflow

    def argmax(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        if not recorder.log.quiet and args:
            with recorder.trying("argmax"):
                scores = as_array(args[0])
                if scores is not None and scores.ndim >= 1 and scores.size >= 2:
                    axis = args[1] if len(args) > 1 else kwargs.get("axis")
                    recorder.log.write(
                        ArgmaxCalled,
                        shape=scores.shape,
                        axis=int(axis) if axis is not None else None,
                        classes=class_of_rows(scores),
                    )
        return result

    watch_function(np.argmax, argmax, below=("numpy",))
    watch_function(tensorflow.argmax, argmax, below=("tensorflow",))
    if hasattr(tensorflow.keras, "ops"):  # Keras 2 has none
        watch_function(tensorflow.keras.ops.argmax, argmax, below=library().roots)


def _first(given: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((given[name] for name in names if name in given), None)


def _labels(values: Any) -> tuple[int, ...]:
    array = as_array(np.asarray(values) if isinstance(values, list) else values)
    if array is None or array.ndim > 2 or (array.ndim == 2 and array.shape[1] != 1):
        return ()
    flat = array.ravel()[:_LABELS]
    if flat.dtype.kind == "f" and not np.all(flat == np.round(flat)):
        return ()
    return tuple(int(value) for value in flat)


def _shape(values: Any) -> tuple[int, ...]:
    try:
        return tuple(int(side) for side in np.shape(values))
    except Exception:
        return ()
