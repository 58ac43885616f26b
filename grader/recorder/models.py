"""Watching Keras models come to be: compile, summary, save, load, and the namespace's variables."""

from __future__ import annotations

import os
from typing import Any

from grader.evidence.events import Compiled, Component, Loaded, Saved, Summarised
from grader.recorder.data import summarise
from grader.recorder.forward import write_prediction
from grader.recorder.library import library
from grader.recorder.recorder import Recorder, component
from grader.recorder.rows import as_array, first_input
from grader.recorder.watch import watch_function, watch_method


def watch_models(recorder: Recorder, namespace: dict[str, Any], shell: Any) -> None:
    """Watch every Keras model of the notebook whose globals are ``namespace``."""
    watched, log = library(), recorder.log
    keras = watched.keras

    def compiled(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        result = wrapped(*args, **kwargs)
        if not log.quiet:
            with recorder.trying("compile"):
                log.write(Compiled, model=recorder.see(model, closely=True), **settings_of(model))
        return result

    def summarised(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        with log.inside():
            result = wrapped(*args, **kwargs)
        if not log.quiet:
            with recorder.trying("summary"):
                log.write(Summarised, model=recorder.see(model))
        return result

    def saved(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        return _save(recorder, lambda: wrapped(*args, **kwargs), model, _path(args, kwargs), whole=True)

    def saved_by_function(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if log.quiet:  # called by ``Model.save``
            return wrapped(*args, **kwargs)
        model, path = args[0] if args else kwargs.get("model"), _path(args[1:], kwargs)
        return _save(recorder, lambda: wrapped(*args, **kwargs), model, path, whole=True)

    def saved_weights(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        return _save(recorder, lambda: wrapped(*args, **kwargs), model, _path(args, kwargs), whole=False)

    def loaded(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        path = _path(args, kwargs)
        try:
            with log.inside():
                model = wrapped(*args, **kwargs)
        except Exception as fault:
            with recorder.trying("load_model"):
                log.write(Loaded, path=path, error=type(fault).__name__)
            raise
        with recorder.trying("load_model"):
            origin = recorder.saved.get(path)
            recorder.came_from(model, origin)
            log.write(Loaded, model=recorder.see(model), path=path, of=origin)
        return model

    def loaded_weights(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        if log.quiet:
            return wrapped(*args, **kwargs)
        path = _path(args, kwargs)
        number = recorder.attempt("load_weights", lambda: recorder.see(model), 0)
        known = {"model": number, "path": path, "whole": False, "of": recorder.saved.get(path)}
        try:
            with log.inside():
                result = wrapped(*args, **kwargs)
        except Exception as fault:
            with recorder.trying("load_weights"):
                log.write(Loaded, **known, error=type(fault).__name__)
            raise
        with recorder.trying("load_weights"):
            log.write(Loaded, **known)
        return result

    def called(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        # With ``training=True`` it is a step of the student's own training loop.
        if log.quiet or not isinstance(model, keras.Model) or kwargs.get("training") or not _is_eager(args):
            return wrapped(*args, **kwargs)
        with log.inside():
            result = wrapped(*args, **kwargs)
        with recorder.trying("a call of the model"):
            data = summarise(args[0], None, recorder.settings.samples)
            write_prediction(recorder, recorder.see(model), data, result, None)
        return result

    watch_method(watched.compiling, "compile", compiled)
    watch_method(keras.Model, "summary", summarised)
    watch_method(keras.Model, "save", saved)
    watch_method(keras.Model, "save_weights", saved_weights)
    watch_method(keras.Model, "load_weights", loaded_weights)
    watch_method(keras.layers.Layer, "__call__", called)
    watch_function(watched.save_model, saved_by_function, below=watched.roots)
    watch_function(watched.load_model, loaded, below=watched.roots)

    def look_at_namespace(*_: Any) -> None:
        with recorder.trying("the notebook's variables"):
            held: dict[int, tuple[Any, list[str]]] = {}
            for name, value in list(namespace.items()):
                if issubclass(type(value), keras.Model) and not name.startswith("_"):
                    held.setdefault(id(value), (value, []))[1].append(name)
            for model, names in held.values():
                recorder.see(model, tuple(sorted(names)))

    shell.events.register("post_run_cell", look_at_namespace)


def _is_eager(args: tuple[Any, ...]) -> bool:
    """Whether the first argument holds numbers, so that a call is a prediction and not the building of a
    model."""
    if not args or hasattr(args[0], "_keras_history"):
        return False
    symbolic = type(args[0]).__name__ in ("KerasTensor", "SymbolicTensor", "Tensor")
    return not symbolic and as_array(first_input(args[0])) is not None


def _save(recorder: Recorder, save: Any, model: Any, path: str, *, whole: bool) -> Any:
    """Call ``save`` and record it; whatever saves during a watched call is a callback of ``fit``'s."""
    log, by_callback = recorder.log, recorder.log.quiet
    number = recorder.attempt(
        "save", lambda: recorder.identity(model) if by_callback else recorder.see(model), 0
    )
    known = {"model": number, "path": path, "whole": whole, "by": "callback" if by_callback else "save"}
    try:
        with log.inside():
            result = save()
    except Exception as fault:
        with recorder.trying("save"):
            log.write(Saved, **known, error=type(fault).__name__)
        raise
    with recorder.trying("save"):
        if recorder.saved.get(path) != number or not by_callback:
            log.write(Saved, **known)
        recorder.saved[path] = number
    return result


def _path(args: Any, kwargs: Any) -> str:
    given = args[0] if args else kwargs.get("filepath", "")
    return (
        os.path.abspath(os.fspath(given))
        if isinstance(given, str | os.PathLike)
        else str(type(given).__name__)
    )


def settings_of(model: Any) -> dict[str, Any]:
    """Optimizer, losses and metrics of a compiled model, as fields of :class:`Compiled`."""
    compiled_loss = getattr(model, "loss", None)
    losses = compiled_loss if isinstance(compiled_loss, list | tuple) else [compiled_loss]
    if isinstance(compiled_loss, dict):
        losses = list(compiled_loss.values())
    return {
        "optimizer": component(model.optimizer) if model.optimizer is not None else Component(name="none"),
        "losses": tuple(component(loss) for loss in losses if loss is not None),
        "metrics": tuple(
            _metric_names(
                getattr(model, "_compile_metrics", None) or getattr(model, "compiled_metrics", None)
            )
        ),
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
