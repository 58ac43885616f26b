"""The labels that come with the data: their encoding, and whether they belong to their images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from grader.checks.aspects import named, of_each
from grader.checks.compiling import TARGETS, encoding_of, plain
from grader.checks.fits import NOT_RUN, tried
from grader.checks.loading import label_agreement
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Data, Evaluated, Fitted, Labels

Encoding = Literal["one_hot", "integer"]

_BELONG = 0.8
"""Share of labels that must be their images'; doubles can be mistaken."""
_WORDS = {"one_hot": "one-hot labels", "integer": "integer labels"}
_ONE_HOT = frozenset(("to_categorical", "one_hot", "get_dummies", "OneHotEncoder", "LabelBinarizer", "eye"))
"""Calls that make labels one-hot."""
_ALIKE = "Prepare the labels of the validation and the test data as those of the training data."


@check("targets", written_as=("fit", "to_categorical", "one_hot"))
def targets(
    work: Work,
    *,
    network: str | None = None,
    networks: tuple[str, ...] = (),
    encoding: Encoding = "one_hot",
    classes: int | None = None,
    strict: bool = False,
) -> Outcome:
    """Look at the labels that the network is trained, validated and evaluated on.

    The other encoding with the loss that goes with it (integers with sparse categorical cross-entropy) is as
    good. Labels wrong in the validation or test data only, or of another width, are partly; labels that are
    no classes, or not those of their images, are not.

    Args:
        network: Name of the expected network.
        networks: Names of several, in place of ``network``: some of them right is partly. One that is never
            trained is left out.
        encoding: How the labels are to be encoded.
        classes: Number of classes, the width of one-hot labels.
        strict: Whether only that encoding will do.
    """
    width = f" of {classes} classes" if classes else ""
    wanted = f"{_WORDS[encoding]}{width} for training, validation and test"
    hint = _hint(encoding, classes)

    def judge(name: str) -> Outcome:
        fit = tried(work, name)
        if fit is None:
            return absent(wanted, hint, found="the network is never trained")
        cells, found, remarks = (fit.cell,), in_words(fit.data.labels), tuple[str, ...]()
        meant = encoding_of(fit.data)
        if fit.error == NOT_RUN and not meant:
            return _as_written(work, fit, encoding, wanted, hint)
        if fault := fault_of_labels(work, fit.data):
            return unmet(wanted, f"training: {fault}", hint, cells=cells)
        if meant != encoding:
            if strict or not _takes(work, name, meant):
                return unmet(wanted, f"training: {found}", hint, cells=cells)
            remarks = (f"{found[0].upper()}{found[1:]}, with the loss that takes them, are as good.",)
        if classes and _has_other_width(fit.data.labels, classes):
            return partly(wanted, f"training: {found}", hint, cells=cells)
        if faults := list(_faults_elsewhere(work, name, meant, classes)):
            words = "; ".join([f"training: {found}", *dict.fromkeys(faults)])
            return partly(wanted, words, _ALIKE, cells=cells)
        return met(wanted, found, cells=cells, remarks=remarks)

    return of_each(named(network, networks), judge, absent_counts=False)


def _as_written(work: Work, fit: Fitted, encoding: Encoding, wanted: str, hint: str) -> Outcome:
    """By the calls in the notebook, where no labels could be seen."""
    calls = {call.name for source in work.sources for call in source.calls}
    meant = "one_hot" if calls & _ONE_HOT else "integer"
    verdict = met(wanted, f"{_WORDS[meant]}, as written", cells=(fit.cell,))
    return verdict if meant == encoding else unmet(wanted, verdict.found, hint, cells=(fit.cell,))


def _faults_elsewhere(work: Work, network: str, meant: str, classes: int | None) -> Iterator[str]:
    fit = tried(work, network)
    held = [("validation", fit.validation)] if fit and fit.validation is not None else []
    judged = [("evaluation", event.data) for event in work.of_alike(network, Evaluated)]
    for part, data in (*held, *judged):
        # What only stands in the source has labels that were not seen.
        if data.labels is None or not (data.labels.shape or data.labels.values):
            continue
        if fault := fault_of_labels(work, data):
            yield f"{part}: {fault}"
        elif encoding_of(data) != meant or (classes and _has_other_width(data.labels, classes)):
            yield f"{part}: {in_words(data.labels)}"


def fault_of_labels(work: Work, data: Data) -> str | None:
    """What makes the labels of some data useless, in words; None when nothing does."""
    labels, view = data.labels, work.view(data)
    if labels is None or not encoding_of(data):
        return in_words(labels)
    if view.data is None:
        return None
    facts = work.data[view.data]
    agreement = label_agreement(facts, view.labels(facts.classes), labels.values)
    if agreement is None or agreement >= _BELONG:
        return None
    return f"{in_words(labels)}, {1 - agreement:.0%} of which do not belong to their images"


def in_words(labels: Labels | None) -> str:
    """``one-hot labels of 10 classes``."""
    if labels is None:
        return "no labels"
    if labels.encoding == "one_hot":
        return f"one-hot labels of {labels.classes} classes"
    if labels.encoding in ("integer", "binary"):
        return "integer labels"
    if len(labels.shape) > 1 and (labels.minimum, labels.maximum) == (0, 1):
        return f"labels that are one-hot twice ({'×'.join(map(str, labels.shape))} numbers each)"
    return f"labels from {labels.minimum:g} to {labels.maximum:.3g}, which are no classes"


def _has_other_width(labels: Labels | None, classes: int) -> bool:
    return labels is not None and labels.encoding == "one_hot" and labels.classes != classes


def _takes(work: Work, network: str, encoding: str) -> bool:
    """Whether the network is compiled with the loss for labels so encoded."""
    compiled = work.compilation(network)
    return bool(compiled and compiled.losses and TARGETS.get(plain(compiled.losses[0].name), "") == encoding)


def _hint(encoding: Encoding, classes: int | None) -> str:
    if encoding == "one_hot":
        width = f", {classes}" if classes else ""
        return f"Make the class numbers one-hot once: y = keras.utils.to_categorical(y{width}), for each set."
    return "Give fit() the class numbers themselves, as load_data() or label_mode='int' has them."
