"""Watching Keras models come to be: compile, summary, save, load, and the namespace's variables."""

from __future__ import annotations

import os
from typing import Any

from grader.evidence.events import Compiled, Component, Loaded, Predicted, Saved, Summarised
from grader.recorder.data import as_array, summarise
from grader.recorder.recorder import Recorder, component
from grader.recorder.watch import watch_function, watch_method


def watch_models(recorder: Recorder, namespace: dict[str, Any], shell: Any) -> None:
    """Watch every Keras model of the notebook whose globals are ``namespace``."""
    import keras
    from keras.src.saving import saving_api
    from keras.src.trainers.trainer import Trainer

    log = recorder.log

    def compiled(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        if not log.quiet:
            with log.inside():
                number = recorder.see(model)
                log.write(Compiled, model=number, **_compiled(model))
        return result

    def summarised(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        with log.inside():
            result = wrapped(*args, **kwargs)
        if not log.quiet:
            log.write(Summarised, model=recorder.see(model))
        return result

    def saved(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        return _save(recorder, wrapped, model, args, kwargs, whole=True)

    def saved_by_function(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if log.quiet:
            return wrapped(*args, **kwargs)
        model = args[0] if args else kwargs.get("model")
        return _save(
            recorder, lambda *rest, **named: wrapped(*args, **kwargs), model, args[1:], kwargs, whole=True
        )

    def saved_weights(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        return _save(recorder, wrapped, model, args, kwargs, whole=False)

    def loaded(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        path = _path(args, kwargs)
        try:
            with log.inside():
                model = wrapped(*args, **kwargs)
        except Exception as fault:
            log.write(Loaded, path=path, error=type(fault).__name__)
            raise
        origin = recorder.saved.get(path)
        recorder.came_from(model, origin)
        log.write(Loaded, model=recorder.see(model), path=path, of=origin)
        return model

    def loaded_weights(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        with log.inside():
            result = wrapped(*args, **kwargs)
        path = _path(args, kwargs)
        log.write(Loaded, model=recorder.see(model), path=path, whole=False, of=recorder.saved.get(path))
        return result

    def called(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        if log.quiet or not isinstance(model, keras.Model) or not args or as_array_of_data(args[0]) is None:
            return wrapped(*args, **kwargs)
        with log.inside():
            result = wrapped(*args, **kwargs)
            scores = as_array(result)
        if scores is not None and scores.ndim:
            log.write(
                Predicted,
                model=recorder.see(model),
                data=summarise(args[0], None, recorder.settings.samples),
                output_shape=scores.shape,
                classes=class_of_rows(scores),
            )
        return result

    watch_method(Trainer, "compile", compiled)
    watch_method(keras.Model, "summary", summarised)
    watch_method(keras.Model, "save", saved)
    watch_method(keras.Model, "save_weights", saved_weights)
    watch_method(keras.Model, "load_weights", loaded_weights)
    watch_method(keras.Layer, "__call__", called)
    watch_function(saving_api.save_model, saved_by_function, below=("keras", "tensorflow"))
    watch_function(saving_api.load_model, loaded, below=("keras", "tensorflow"))

    def look_at_namespace(*_: Any) -> None:
        names: dict[Any, list[str]] = {}
        for name, value in list(namespace.items()):
            if isinstance(value, keras.Model) and not name.startswith("_"):
                names.setdefault(value, []).append(name)
        with log.inside():
            for model, variables in names.items():
                recorder.see(model, tuple(sorted(variables)))

    shell.events.register("post_run_cell", look_at_namespace)


def as_array_of_data(value: Any) -> Any:
    """An eager tensor or array as NumPy; None for symbolic tensors, so that building a model is no prediction."""
    if hasattr(value, "_keras_history") or type(value).__name__ in (
        "KerasTensor",
        "SymbolicTensor",
        "Tensor",
    ):
        return None
    return as_array(value)


def class_of_rows(scores: Any) -> tuple[int, ...]:
    """``argmax`` of each row of class scores, at most 20,000 of them."""
    if scores.ndim != 2 or scores.shape[1] < 2:
        return ()
    return tuple(scores[:20_000].argmax(axis=1).tolist())


def _save(recorder: Recorder, wrapped: Any, model: Any, args: Any, kwargs: Any, *, whole: bool) -> Any:
    log, path = recorder.log, _path(args, kwargs)
    if not whole and log.quiet and not _by_callback():
        return wrapped(*args, **kwargs)
    by = "callback" if _by_callback() else "save"
    number = recorder.identity(model) if by == "callback" else recorder.see(model)
    try:
        with log.inside():
            result = wrapped(*args, **kwargs)
    except Exception as fault:
        log.write(Saved, model=number, path=path, whole=whole, by=by, error=type(fault).__name__)
        raise
    if recorder.saved.get(path) != number or by == "save":
        log.write(Saved, model=number, path=path, whole=whole, by=by)
    recorder.saved[path] = number
    return result


def _by_callback() -> bool:
    import sys

    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.endswith("model_checkpoint.py"):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _path(args: Any, kwargs: Any) -> str:
    given = args[0] if args else kwargs.get("filepath", "")
    return (
        os.path.abspath(os.fspath(given))
        if isinstance(given, str | os.PathLike)
        else str(type(given).__name__)
    )


def _compiled(model: Any) -> dict[str, Any]:
    compiled_loss = getattr(model, "loss", None)
    losses = compiled_loss if isinstance(compiled_loss, list | tuple) else [compiled_loss]
    if isinstance(compiled_loss, dict):
        losses = list(compiled_loss.values())
    return {
        "optimizer": component(model.optimizer) if model.optimizer is not None else Component(name="none"),
        "losses": tuple(component(loss) for loss in losses if loss is not None),
        "metrics": tuple(_metric_names(getattr(model, "_compile_metrics", None))),
    }


def _metric_names(compile_metrics: Any) -> list[str]:
    given = getattr(compile_metrics, "_user_metrics", None)
    if given is None:
        return []
    if isinstance(given, dict):
        given = list(given.values())
    names: list[str] = []
    for metric in given if isinstance(given, list | tuple) else [given]:
        if isinstance(metric, list | tuple):
            names.extend(_metric_names_of(metric))
        else:
            names.extend(_metric_names_of([metric]))
    return names


def _metric_names_of(metrics: Any) -> list[str]:
    return [
        metric if isinstance(metric, str) else component(metric).name
        for metric in metrics
        if metric is not None
    ]
