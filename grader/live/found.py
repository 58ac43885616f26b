"""What was done before anybody watched, read from the objects that the namespace holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grader.evidence.events import Compiled, Data, Fitted, ModelSeen
from grader.live.history import Execution, last_runs
from grader.recorder.library import library
from grader.recorder.models import settings_of
from grader.recorder.recorder import Recorder, describe, input_shape_of
from grader.recorder.training import numbers_of
from grader.submissions.source import CellSource, parse_cell


def write_found(recorder: Recorder, namespace: Mapping[str, Any], ran: Sequence[Execution]) -> None:
    """Write the events that the models in ``namespace`` must have caused in the inputs that ``ran``.

    A model says how it is built and compiled. Its History says how long it was trained, and counts only
    where a single call of ``fit`` was ever made: of several nothing tells which one the later cells used.
    """
    sources = [parse_cell(run.number, run.source) for run in last_runs(ran)]
    fits = [source.index for source in sources for call in source.calls if call.name == "fit"]
    for model, names in _models(namespace):
        number, cell = recorder.identity(model), _home(names, sources)
        recorder.log.write(ModelSeen, model=number, cell=cell, variables=names, **_form(model))
        if getattr(model, "compiled", False):
            recorder.log.write(Compiled, model=number, cell=cell, **settings_of(model))
        if len(fits) == 1 and _epochs(model):
            history = model.history
            recorder.log.write(
                Fitted,
                model=number,
                cell=fits[0],
                epochs=int((history.params or {}).get("epochs") or 0),
                epochs_run=len(history.epoch),
                data=Data(container="other"),
                history={str(name): numbers_of(values) for name, values in history.history.items()},
            )


def _models(namespace: Mapping[str, Any]) -> list[tuple[Any, tuple[str, ...]]]:
    held: dict[int, tuple[Any, list[str]]] = {}
    for name, value in list(namespace.items()):
        if issubclass(type(value), library().keras.Model) and not name.startswith("_"):
            held.setdefault(id(value), (value, []))[1].append(name)
    # Of equal ones the last counts: the one that was trained, not a copy of it that was loaded from its file.
    ordered = sorted(held.values(), key=lambda each: _epochs(each[0]))
    return [(model, tuple(sorted(names))) for model, names in ordered]


def _epochs(model: Any) -> int:
    """How many a model's last training had; 0 for one that was never trained in this session."""
    return len(getattr(getattr(model, "history", None), "epoch", None) or ())


def _form(model: Any) -> dict[str, Any]:
    config, problem = describe(model)
    return {
        "class_name": type(model).__name__,
        "config": config,
        "problem": problem,
        "input_shape": input_shape_of(model),
    }


def _home(names: Sequence[str], sources: Sequence[CellSource]) -> int:
    """The last input that gave the model one of its names."""
    makers = [source.index for source in sources if source.defines.intersection(names)]
    return makers[-1] if makers else 0
