"""What crashed cells were going to do, read from their source.

Work that could not run is judged on what is written: the calls in failed cells become the events that they
would have caused, as far as their arguments can be read, and the same checks judge them. Who is to blame for
the crash decides what that is worth (:mod:`grader.grading.mark`).
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.work import ServedFacts
from grader.evidence.events import (
    AnyEvent,
    ArgmaxCalled,
    Axes,
    Compiled,
    Component,
    Data,
    DataHeld,
    DatasetLoaded,
    Evaluated,
    FigureShown,
    Fitted,
    ImageOpened,
    Labels,
    Line,
    Loaded,
    MetricCalled,
    ModelSeen,
    Picture,
    Predicted,
    Saved,
)
from grader.evidence.evidence import Evidence, Place, Probe
from grader.grading.written_loads import written_loads, written_scaling
from grader.grading.written_models import WRITTEN_MODEL, Binding, bindings
from grader.network.signatures import is_known, kind_of, signature
from grader.submissions.source import Call, CellSource, Expression

_LOADS = 2_000_000
"""First identity of the data sets that only stand in source."""
_CALLBACK = re.compile(
    r"\b(ModelCheckpoint|EarlyStopping|ReduceLROnPlateau|LearningRateScheduler|CSVLogger)\b"
)
_SERIES = {"loss": (0.7,), "val_loss": (0.8,), "accuracy": (0.5,), "val_accuracy": (0.4,)}
"""History of a training that never ran; its values only tell the series apart."""


_HEAT_MAPS = ("heatmap", "matshow", "imshow", "pcolormesh", "ConfusionMatrixDisplay", "from_predictions")


@dataclass(frozen=True)
class _Reader:
    """Reads calls, with what the notebook's names stand for."""

    constants: Mapping[str, Any]
    lists: Mapping[str, tuple[str, ...]]
    """Callback classes that a name was given, singly or in a list."""
    facts: ServedFacts | None
    model: int
    counter: Iterator[int]
    held: Mapping[str, Data]
    """Data that failed cells named, as the notebook held it."""
    histories: tuple[Mapping[str, tuple[float, ...]], ...]
    """Of the trainings that ran, and of one that did not."""
    bound: tuple[Binding, ...] = ()
    """The names of the notebook's networks, in the order in which they got them."""

    def on(self, call: Call, cell: int) -> _Reader:
        """The same for one call: ``model`` is the one that had the name it is called on."""
        had = [
            each.model
            for each in self.bound
            if each.name == call.receiver
            and (each.cell < cell or (each.cell == cell and each.model >= WRITTEN_MODEL))
        ]
        return replace(self, model=had[-1]) if had else self

    def value(self, given: Any) -> Any:
        """A literal, or what a name stands for; None when it cannot be told."""
        if isinstance(given, Expression):
            return self.constants.get(str(given))
        return given


def written_evidence(
    evidence: Evidence,
    sources: Sequence[CellSource],
    failed: frozenset[int],
    model: int | None,
    served: Sequence[ServedFacts],
    printed: Mapping[int, str],
) -> Evidence:
    """Evidence with the events that the ``failed`` cells would have caused, and what they would have printed.

    A network written in a failed cell is a model of its own, which the calls after it are about. A call on a
    name that a model had is about that model; all others are about ``model``, the one that answers the
    rubric's first network in what really ran.
    """
    constants: dict[str, Any] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for source in sources:
        constants.update(source.constants)
        lists.update(_callback_names(source))
    held = {event.variable: event.data for event in evidence.of(DataHeld)}
    histories: list[Mapping[str, tuple[float, ...]]] = [fit.history for fit in evidence.of(Fitted)]
    numbers = itertools.count(_LOADS)
    facts = served[0] if served else None
    reader = _Reader(constants, lists, facts, model or WRITTEN_MODEL, numbers, held, (*histories, _SERIES))
    reader = replace(reader, bound=bindings(evidence, sources, failed))
    extra: list[AnyEvent] = []
    places = list(evidence.places)
    for source in sources:
        # The data set that the notebook spoke of last; a rubric's only one needs no mention.
        reader = replace(reader, facts=next((each for each in served if _names(source, each)), reader.facts))
        if source.index in failed:
            built = _model(source, reader)
            if built is not None:
                reader = replace(reader, model=built.model)
                extra.append(built)
            for load, names, data in _loads(source, reader, places):
                reader = replace(reader, held={**reader.held, **dict.fromkeys(names, data), **held})
                extra.append(load)
            reader = replace(reader, held={**reader.held, **written_scaling(source, reader.held)})
            extra.extend(_events(source, reader, places))
    mended = [_with_history(event) for event in evidence.events]
    events = sorted([*mended, *extra], key=lambda event: event.cell)
    probe = evidence.probe or _probe(sources, failed)
    cells = tuple(
        cell.model_copy(update={"text": f"{cell.text}\n{printed[cell.index]}"})
        if cell.index in printed
        else cell
        for cell in evidence.cells
    )
    changed = {"cells": cells, "events": tuple(events), "places": tuple(places), "probe": probe}
    return evidence.model_copy(update=changed)


def _names(source: CellSource, facts: ServedFacts) -> bool:
    return re.search(rf"\b{re.escape(facts.name)}\b", source.source, re.IGNORECASE) is not None


def _loads(
    source: CellSource, reader: _Reader, places: list[Place]
) -> Iterator[tuple[DatasetLoaded, tuple[str, ...], Data]]:
    if reader.facts is None:
        return
    facts = reader.facts
    for load, names, data in written_loads(
        source, reader.value, lambda words: _split_in(words, facts), len(facts.classes), reader.counter
    ):
        _stand_in(load.path, facts, places)
        yield load, names, data


def _split_in(words: str, facts: ServedFacts) -> str | None:
    """The split that a name or path speaks of: ``test_ds``, ``…/train/``; ``val_ds`` is of the first."""
    text, splits = words.lower(), tuple(facts.splits)
    return next((each for each in splits if each.lower() in text), splits[0] if "val" in text else None)


def _stand_in(path: str | None, facts: ServedFacts, places: list[Place]) -> None:
    """Make a folder of what is only written a place of the notebook's world."""
    split = next((split for split in facts.splits if path == f"/written/{split}"), None)
    if path and split and all(place.path != path for place in places):
        places.append(Place(path=path, data=facts.name, part=split))


def _with_history(event: AnyEvent) -> AnyEvent:
    if isinstance(event, Fitted) and event.error and not event.history:
        return event.model_copy(update={"history": dict(_SERIES)})
    return event


def _callback_names(source: CellSource) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names that the cell gives to callbacks or lists of them, with their classes."""
    for node in source.tree.body if source.tree else ():
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found = tuple(dict.fromkeys(_CALLBACK.findall(ast.unparse(node.value))))
            if found:
                yield node.targets[0].id, found


def _model(source: CellSource, reader: _Reader) -> ModelSeen | None:
    """The network that the cell's layer calls would have made, in the order written."""
    layers: list[dict[str, Any]] = []
    shape: tuple[int, ...] | None = None
    for call in sorted(source.calls, key=lambda call: call.line):
        name = kind_of(call.name)
        given = {
            **_positional(name, call),
            **{key: value for key, value in call.keywords.items() if key != "**"},
        }
        stated = reader.value(given.pop("input_shape", given.get("shape")))
        if (
            shape is None
            and isinstance(stated, list | tuple)
            and all(isinstance(side, int) for side in stated)
        ):
            shape = tuple(stated)
        if not is_known(name) or name in ("InputLayer", "Input", "Sequential", "Model"):
            continue
        config = {key: reader.value(value) for key, value in given.items() if key != "shape"}
        if name == "Dense" and config.get("units") is None:
            # ``Dense(num_classes)`` with a name that a crash left unknown gets the benefit of the doubt.
            config["units"] = len(reader.facts.classes) if reader.facts else 1
        kept = {key: value for key, value in config.items() if value is not None}
        layers.append({"module": "keras.layers", "class_name": name, "config": kept, "registered_name": None})
    if len(layers) < 2:
        return None
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "written", "layers": layers}}
    return ModelSeen(
        cell=source.index,
        model=WRITTEN_MODEL + source.index,
        class_name="Sequential",
        config=config,
        input_shape=shape,
    )


def _positional(kind: str, call: Call) -> dict[str, Any]:
    if not is_known(kind):
        return {}
    return dict(zip(signature(kind).defaults, call.args, strict=False))


def _events(source: CellSource, given: _Reader, places: list[Place]) -> Iterator[AnyEvent]:
    cell = source.index
    for call in sorted(source.calls, key=lambda call: call.line):
        reader = given.on(call, cell)
        if call.name == "compile" and call.receiver not in ("re",):
            yield _compiled(cell, call, reader)
        elif call.name == "fit":
            yield from _fitted(cell, call, reader, places)
        elif call.name in ("evaluate", "predict"):
            yield from _judged(cell, call, reader, places)
        elif call.name == "save" and call.args and call.receiver not in ("plt", "np", "fig"):
            yield Saved(cell=cell, model=reader.model, path=str(reader.value(call.args[0]) or ""))
        elif call.name == "load_model":
            path = str(reader.value(call.args[0]) or "") if call.args else ""
            yield Loaded(cell=cell, model=reader.model, path=path, of=reader.model)
        elif call.name == "argmax":
            yield ArgmaxCalled(cell=cell, shape=(1, 2), axis=1, classes=(0,))
        elif call.name in ("classification_report", "confusion_matrix", "accuracy_score", "crosstab"):
            yield MetricCalled(cell=cell, name=call.name, true=(0,), predicted=(0,))
    yield from _figure(source, given)
    yield from _opened(source, given, places)


def _opened(source: CellSource, reader: _Reader, places: list[Place]) -> Iterator[AnyEvent]:
    """Every training image, where the cell opens images in a loop and catches errors."""
    names = {call.name for call in source.calls}
    if (
        reader.facts is None
        or not names & {"open", "imread", "load_img", "verify"}
        or "except" not in source.python
    ):
        return
    split = next(iter(reader.facts.splits))
    _stand_in(f"/written/{split}", reader.facts, places)
    for file in reader.facts.splits[split]:
        yield ImageOpened(cell=source.index, path=f"/written/{file}", by="written")


def _probe(sources: Sequence[CellSource], failed: frozenset[int]) -> Probe | None:
    """What a broken file would have met in a failed cell that removes files and prints what it removes."""
    for source in sources:
        if source.index in failed and "except" in source.python:
            names = {call.name for call in source.calls}
            printed = "print" in names
            return Probe(
                broken="broken",
                opened=source.index,
                removed=bool(names & {"remove", "unlink"}),
                text={source.index: "broken"} if printed else {},
            )
    return None


def _compiled(cell: int, call: Call, reader: _Reader) -> Compiled:
    given = dict(zip(("optimizer", "loss"), call.args, strict=False)) | dict(call.keywords)
    loss = given.get("loss")
    losses = () if loss is None else (_component(loss, reader),)
    metrics = given.get("metrics")
    names = metrics if isinstance(metrics, list | tuple) else re.findall(r"\w+", str(metrics or ""))
    return Compiled(
        cell=cell,
        model=reader.model,
        optimizer=_component(given.get("optimizer", "rmsprop"), reader),
        losses=losses,
        metrics=tuple(str(name) for name in names),
    )


def _component(given: Any, reader: _Reader) -> Component:
    value = reader.value(given)
    if isinstance(value, str):
        return Component(name=value)
    names = re.findall(r"([A-Za-z_]\w*)\s*(?:\(|$)", str(given))
    config = {"from_logits": True} if re.search(r"from_logits\s*=\s*True", str(given)) else {}
    return Component(name=names[0] if names else str(given), config=config)


def _fitted(cell: int, call: Call, reader: _Reader, places: list[Place]) -> Iterator[AnyEvent]:
    given = dict(zip(("x", "y", "batch_size", "epochs"), call.args, strict=False)) | dict(call.keywords)
    load, data = _data(cell, given.get("x"), reader, places)
    yield from load
    validation = None
    if (held := given.get("validation_data")) is not None:
        load, validation = _data(cell, held, reader, places)
        yield from load
    epochs, batch = reader.value(given.get("epochs")), reader.value(given.get("batch_size"))
    yield Fitted(
        cell=cell,
        model=reader.model,
        epochs=epochs if isinstance(epochs, int) else 1,
        batch_size=batch if isinstance(batch, int) else None,
        data=data,
        validation=validation,
        validation_split=float(reader.value(given.get("validation_split")) or 0.0),
        callbacks=tuple(Component(name=name) for name in _callbacks(given.get("callbacks"), reader)),
        history=dict(_SERIES),
        error="not run",
    )


def _callbacks(given: Any, reader: _Reader) -> tuple[str, ...]:
    names: list[str] = []
    for word in re.findall(r"\w+", str(given or "")):
        names.extend(reader.lists.get(word, (word,) if word[:1].isupper() else ()))
    return tuple(dict.fromkeys(names))


def _judged(cell: int, call: Call, reader: _Reader, places: list[Place]) -> Iterator[AnyEvent]:
    given = dict(zip(("x", "y"), call.args, strict=False)) | dict(call.keywords)
    load, data = _data(cell, given.get("x"), reader, places)
    yield from load
    if call.name == "evaluate":
        yield Evaluated(cell=cell, model=reader.model, data=data)
    else:
        yield Predicted(cell=cell, model=reader.model, data=data, output_shape=(1, 2), classes=(0,))


def _data(cell: int, given: Any, reader: _Reader, places: list[Place]) -> tuple[list[AnyEvent], Data]:
    """Data that the notebook held under that name; else told from the name: ``test_ds`` is the test split."""
    for word in re.findall(r"\w+", str(given or "")):
        if word in reader.held:
            return [], reader.held[word]
    name = str(given or "").lower()
    labels = Labels(encoding="other", shape=(), dtype="")
    array = re.search(r"\bx_|_x\b|images|\bx\b|array", name) is not None
    data = Data(container="array" if array else "dataset", labels=labels)
    if reader.facts is None:
        return [], data
    split = _split_in(name, reader.facts)
    if split is None:
        return [], data
    number = next(reader.counter)
    path = f"/written/{split}"
    _stand_in(path, reader.facts, places)
    load = DatasetLoaded(cell=cell, dataset=number, loader="written", path=path)
    return [load], data.model_copy(update={"loads": (number,), "digest": name})


def _figure(source: CellSource, reader: _Reader) -> Iterator[AnyEvent]:
    """The curves that a cell names, of whichever training it means, and its heat maps."""
    plots = any(call.name in ("plot", "lineplot") for call in source.calls)
    series = [name for name in _SERIES if name in source.strings]
    if plots and series:
        lines = tuple(
            Line(label=name, values=history[name], length=len(history[name]))
            for history in reader.histories
            for name in series
            if name in history
        )
        yield FigureShown(cell=source.index, axes=(Axes(position=(0.1, 0.1, 0.8, 0.8), lines=lines),))
    if any(call.name in _HEAT_MAPS for call in source.calls):
        drawn = Axes(position=(0.1, 0.1, 0.8, 0.8), mesh=True, heat_maps=(Picture(shape=(1, 1)),))
        yield FigureShown(cell=source.index, axes=(drawn,))
