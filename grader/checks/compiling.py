"""Checks of ``compile``."""

from __future__ import annotations

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Component, Data

COMPILE = "Call compile() on the network before fit()."
ACCURACIES = ("accuracy", "acc", "categoricalaccuracy", "sparsecategoricalaccuracy", "binaryaccuracy")
OPTIMIZERS = (
    *("sgd", "rmsprop", "adam", "adamw", "nadam", "adamax", "adagrad", "adadelta", "adafactor"),
    *("ftrl", "lion", "lamb", "muon", "lossscaleoptimizer"),
)
"""Of keras.optimizers."""
TARGETS = {
    "sparsecategoricalcrossentropy": "integer",
    "categoricalcrossentropy": "one_hot",
    "categoricalfocalcrossentropy": "one_hot",
}
"""The labels' encoding that each loss asks for."""
_LOSSES = {"integer": "sparse_categorical_crossentropy", "one_hot": "categorical_crossentropy"}


def plain(name: str) -> str:
    """A Keras name without the ways in which it may be spelled: ``categoricalcrossentropy``."""
    return name.replace("_", "").lower()


@check("optimizer", written_as=("compile",))
def optimizer(work: Work, *, network: str, one_of: tuple[str, ...] = ()) -> Outcome:
    """Look at the optimizer that the network was compiled with.

    Args:
        network: Name of the expected network.
        one_of: Keras names that are accepted; empty accepts every optimizer that Keras has.
    """
    names = tuple(map(plain, one_of)) or tuple(OPTIMIZERS)
    wanted = "compiled with " + (" or ".join(one_of) if one_of else "a usual optimizer, e.g. Adam")
    compiled = work.compilation(network)
    if compiled is None:
        return absent(wanted, COMPILE, found="the network is never compiled")
    found = compiled.optimizer.name
    if plain(found) in names:
        return met(wanted, found, cells=(compiled.cell,))
    hint = f'Pass optimizer="{one_of[0].lower() if one_of else "adam"}" to compile().'
    return partly(wanted, found, hint, cells=(compiled.cell,))


@check("loss", written_as=("compile",))
def loss(work: Work, *, network: str) -> Outcome:
    """Judge whether the loss fits the encoding of the labels and the activation of the output layer.

    Integer labels ask for sparse categorical cross-entropy, one-hot labels for categorical cross-entropy; a
    softmax output for ``from_logits=False``, a linear one for ``from_logits=True``.

    Args:
        network: Name of the expected network.
    """
    wanted = "a cross-entropy that fits the labels' encoding and the output layer"
    compiled, answer, fit = work.compilation(network), work.answer(network), work.fit(network)
    if compiled is None or answer is None:
        return absent(wanted, COMPILE, found="the network is never compiled")
    if not compiled.losses:
        hint = 'Pass loss="sparse_categorical_crossentropy" to compile().'
        return unmet(wanted, "compiled without a loss", hint, cells=(compiled.cell,))
    given = compiled.losses[0]
    encoding = encoding_of(fit.data if fit else None)
    found = f"{given.name} with {labels_in_words(encoding)} and {answer.output_activation} output"
    cells = tuple(dict.fromkeys((compiled.cell, answer.cell)))
    if fault := _encoding_fault(given, encoding):
        return unmet(wanted, found, fault, cells=cells)
    if fault := _output_fault(given, answer.output_activation):
        return partly(wanted, found, fault, cells=cells)
    remarks = _remarks(answer.output_activation)
    return met(wanted, found, cells=(compiled.cell,), remarks=remarks)


def encoding_of(data: Data | None) -> str:
    """Of its labels: ``integer`` (0 and 1 of two classes too) or ``one_hot``; empty when not seen."""
    encoding = "" if data is None or data.labels is None else data.labels.encoding
    return "integer" if encoding == "binary" else encoding.replace("other", "")


def labels_in_words(encoding: str) -> str:
    """``one-hot labels``."""
    return {"integer": "integer labels", "one_hot": "one-hot labels"}.get(
        encoding, "labels that were not seen"
    )


def _encoding_fault(given: Component, encoding: str) -> str | None:
    right = TARGETS.get(plain(given.name))
    if right is None and not encoding:
        return f'Use loss="{_LOSSES["integer"]}" for integer labels, "{_LOSSES["one_hot"]}" for one-hot ones.'
    if right is not None and (right == encoding or not encoding):
        return None
    labels = "one-hot vectors" if encoding == "one_hot" else "integers"
    return f'Your labels are {labels}: use loss="{_LOSSES[encoding]}".'


def _output_fault(given: Component, activation: str) -> str | None:
    logits = bool(given.config.get("from_logits", False))
    if activation == "softmax" and logits:
        return "The output layer has softmax already: leave out from_logits=True."
    if activation == "linear" and not logits:
        return 'The output layer gives logits: give it activation="softmax", or the loss from_logits=True.'
    return None


def _remarks(activation: str) -> tuple[str, ...]:
    if activation in ("softmax", "linear"):
        return ()
    # The loss works all the same; the activation costs its points where the output layer is judged.
    return (f"The loss divides the {activation} outputs by their sum; softmax gives probabilities at once.",)


@check("metrics", written_as=("compile",))
def metrics(work: Work, *, network: str, include: tuple[str, ...] = ("accuracy",)) -> Outcome:
    """Look for metrics in ``compile``.

    Args:
        network: Name of the expected network.
        include: Metrics that must be there; ``accuracy`` means any accuracy that Keras has.
    """
    wanted = f"{' and '.join(include)} among the metrics"
    compiled = work.compilation(network)
    if compiled is None:
        return absent(wanted, COMPILE, found="the network is never compiled")
    given = [plain(metric) for metric in compiled.metrics]
    missing = [name for name in include if not _is_among(name, given)]
    found = ", ".join(compiled.metrics) or "no metrics"
    if not missing:
        return met(wanted, found, cells=(compiled.cell,))
    hint = f"Pass metrics={list(include)} to compile()."
    return unmet(wanted, found, hint, cells=(compiled.cell,))


def _is_among(name: str, given: list[str]) -> bool:
    wanted = plain(name)
    return any(metric in ACCURACIES for metric in given) if wanted in ("accuracy", "acc") else wanted in given
