"""Checks of ``compile``."""

from __future__ import annotations

from typing import Literal

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Component, Data

_COMPILE = "Call compile() on the network before fit()."
_ACCURACIES = ("accuracy", "acc", "categoricalaccuracy", "sparsecategoricalaccuracy", "binaryaccuracy")
_OPTIMIZERS = ["adam", "adamw", "nadam", "adamax", "adagrad", "adadelta", "sgd", "rmsprop", "ftrl", "lion", "adafactor", "lossscaleoptimizer", "muon", "lamb"]
_TARGETS = {"sparsecategoricalcrossentropy": "integer", "categoricalcrossentropy": "one_hot"}


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


@check("optimizer", written_as=("compile",))
def optimizer(work: Work, *, network: str, one_of: tuple[str, ...] = ()) -> Outcome:
    """Look at the optimizer that the network was compiled with.

    Args:
        network: Name of the expected network.
        one_of: Keras names that are accepted; empty accepts every optimizer that Keras has.
    """
    names = tuple(map(_plain, one_of)) or tuple(_OPTIMIZERS)
    wanted = "compiled with " + (" or ".join(one_of) if one_of else "a usual optimizer, e.g. Adam")
    compiled = work.compilation(network)
    if compiled is None:
        return absent(wanted, _COMPILE, found="the network is never compiled")
    found = compiled.optimizer.name
    if _plain(found) in names:
        return met(wanted, found, cells=(compiled.cell,))
    return partly(wanted, found, f"Use {' or '.join(one_of) or 'Adam'}.", cells=(compiled.cell,))


@check("loss", written_as=("compile",))
def loss(work: Work, *, network: str) -> Outcome:
    """Judge whether the loss fits the encoding of the labels and the activation of the output layer.

    Integer labels ask for sparse categorical cross-entropy, one-hot labels for categorical cross-entropy; a softmax
    output for ``from_logits=False``, a linear one for ``from_logits=True``.

    Args:
        network: Name of the expected network.
    """
    wanted = "a cross-entropy that fits the labels' encoding and the output layer"
    compiled, answer, fit = work.compilation(network), work.answer(network), work.fit(network)
    if compiled is None or answer is None:
        return absent(wanted, _COMPILE, found="the network is never compiled")
    if not compiled.losses:
        return unmet(wanted, "compiled without a loss", "Pass loss= to compile().", cells=(compiled.cell,))
    given = compiled.losses[0]
    encoding = _encoding(fit.data if fit else None)
    found = f"{given.name} with {_labels_in_words(encoding)} and {answer.output_activation} output"
    cells = tuple(dict.fromkeys((compiled.cell, answer.cell)))
    if fault := _encoding_fault(given, encoding):
        return unmet(wanted, found, fault, cells=cells)
    if fault := _output_fault(given, answer.output_activation):
        return partly(wanted, found, fault, cells=cells)
    remarks = _remarks(answer.output_activation)
    return met(wanted, found, cells=(compiled.cell,), remarks=remarks)


def _encoding(data: Data | None) -> Literal["integer", "one_hot", "unknown"]:
    if data is None or data.labels is None:
        return "unknown"
    return {"integer": "integer", "binary": "integer", "one_hot": "one_hot"}.get(
        data.labels.encoding, "unknown"
    )  # type: ignore[return-value]


def _labels_in_words(encoding: str) -> str:
    return {"integer": "integer labels", "one_hot": "one-hot labels"}.get(
        encoding, "labels that were not seen"
    )


def _encoding_fault(given: Component, encoding: str) -> str | None:
    name = _plain(given.name)
    if name not in _TARGETS:
        return "Use sparse_categorical_crossentropy for integer labels, categorical_crossentropy for one-hot ones."
    if encoding in ("unknown", _TARGETS[name]):
        return None
    right = "sparse_categorical_crossentropy" if encoding == "integer" else "categorical_crossentropy"
    return f"These are {_labels_in_words(encoding)}: use {right}."


def _output_fault(given: Component, activation: str) -> str | None:
    logits = bool(given.config.get("from_logits", False))
    if activation == "softmax" and logits:
        return "The output layer has softmax already: leave out from_logits=True."
    if activation == "linear" and not logits:
        return "The output layer gives logits: add softmax, or from_logits=True to the loss."
    return None


def _remarks(activation: str) -> tuple[str, ...]:
    if activation in ("softmax", "linear"):
        return ()
    # Keras divides the outputs by their sum, so the loss works; the activation costs its points in the output layer.
    return (
        f"The loss divides the {activation} outputs by their sum to get probabilities; softmax gives them at once.",
    )


@check("metrics", written_as=("compile",))
def metrics(work: Work, *, network: str, include: tuple[str, ...] = ("accuracy",)) -> Outcome:
    """Look for metrics in ``compile``.

    Args:
        network: Name of the expected network.
        include: Metrics that must be there; ``accuracy`` means any accuracy that Keras has.
    """
    wanted = ", ".join(include) + " among the metrics"
    compiled = work.compilation(network)
    if compiled is None:
        return absent(wanted, _COMPILE, found="the network is never compiled")
    given = [_plain(metric) for metric in compiled.metrics]
    missing = [name for name in include if not _is_among(name, given)]
    found = ", ".join(compiled.metrics) or "no metrics"
    if not missing:
        return met(wanted, found, cells=(compiled.cell,))
    hint = f"Add {', '.join(missing)} to metrics=[…] in compile()."
    return unmet(wanted, found, hint, cells=(compiled.cell,))


def _is_among(name: str, given: list[str]) -> bool:
    plain = _plain(name)
    return any(metric in _ACCURACIES for metric in given) if plain in ("accuracy", "acc") else plain in given
