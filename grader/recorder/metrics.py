"""Watching scikit-learn's metrics and ``argmax``: whose labels were compared with whose predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.evidence.events import ArgmaxCalled, MetricCalled
from grader.recorder.forward import class_of_rows
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


def watch_metrics(recorder: Recorder) -> None:
    """Watch ``sklearn.metrics`` and NumPy's and TensorFlow's ``argmax``."""
    import sklearn.metrics
    import tensorflow

    def watched(name: str) -> Any:
        def metric(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
            if recorder.log.quiet:
                return wrapped(*args, **kwargs)
            true = args[0] if args else kwargs.get("y_true")
            predicted = args[1] if len(args) > 1 else kwargs.get("y_pred", kwargs.get("y_score"))
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

    for name in _METRICS:
        watch_function(getattr(sklearn.metrics, name), watched(name), below=("sklearn",))

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
    watch_function(tensorflow.keras.ops.argmax, argmax, below=("keras", "tensorflow"))


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
