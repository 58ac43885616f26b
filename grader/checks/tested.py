"""The check of a test accuracy that is shown, by whatever means it was worked out."""

from __future__ import annotations

from collections.abc import Iterator

from grader.checks.evaluation import is_about, judge_evaluations, judge_report
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.samples import is_trained, numbering, true_labels
from grader.checks.scaling import scaled_alike
from grader.checks.shown import shown
from grader.checks.work import Work
from grader.evidence.events import Evaluated, MetricCalled, Predicted

_REPORTS = ("accuracy_score", "classification_report", "balanced_accuracy_score")
_SHOW = 'Show it: print("Test accuracy:", accuracy).'


@check("tested", written_as=("evaluate", "accuracy_score", "classification_report"))
def tested(work: Work, *, network: str, data: str, split: str = "test") -> Outcome:
    """Look for the accuracy on a split, worked out by any means and shown.

    ``evaluate``, ``accuracy_score``, a classification report and own arithmetic are alike: a number counts as
    the accuracy when it equals that of the recorded predictions with the true labels. An accuracy that is
    worked out and never shown is partly, so is one of images scaled unlike those trained on, against wrong
    labels, or before the training.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that it must be tested on.
    """
    wanted = f"the accuracy on the {split} set, shown"
    outcomes = [
        *_evaluated(work, network, wanted, data, split),
        *_scored(work, network, wanted, data, split),
        *_by_hand(work, network, wanted, data, split),
    ]
    if outcomes:
        return max(outcomes, key=lambda outcome: outcome.score)
    hint = f"Call model.evaluate() on the {split} set and print the accuracy that it returns."
    predictions = [event for event in work.of_alike(network, Predicted) if event.error is None]
    about = [event for event in predictions if work.view(event.data).shows(data, split)]
    if about:
        found = f"predictions for the {split} set, but no accuracy of them"
        return unmet(wanted, found, hint, cells=tuple(dict.fromkeys(event.cell for event in about)))
    return absent(wanted, hint, found="the network is never tested")


def _evaluated(work: Work, network: str, wanted: str, data: str, split: str) -> Iterator[Outcome]:
    events = work.of_alike(network, Evaluated)
    about = [event for event in events if work.view(event.data).shows(data, split)]
    if events and not about:
        yield judge_evaluations(work, network, events, wanted, data, split)
    for event in about:
        outcome = judge_evaluations(work, network, [event], wanted, data, split)
        accuracies = [value for name, value in event.results.items() if name != "loss" and 0 <= value <= 1]
        if outcome.score < 1:
            yield outcome
        elif not is_trained(work, event):
            yield partly(wanted, "tested before the training", "Call fit() first.", cells=outcome.cells)
        elif event.results and not accuracies:
            hint = 'Compile with metrics=["accuracy"], so that evaluate() returns it.'
            yield partly(wanted, "evaluate() gives the loss only", hint, cells=outcome.cells)
        elif event.results and all(shown(work, value, event.cell) is None for value in accuracies):
            yield partly(
                wanted, f"{outcome.found}, but the accuracy is not shown", _SHOW, cells=outcome.cells
            )
        else:
            yield met(wanted, outcome.found, cells=outcome.cells)


def _scored(work: Work, network: str, wanted: str, data: str, split: str) -> Iterator[Outcome]:
    import numpy as np

    for event in work.evidence.of(MetricCalled):
        if event.name not in _REPORTS or event.error or not is_about(work, network, event):
            continue
        outcome = judge_report(work, network, event, wanted, data, split)
        value = float(np.mean(np.equal(event.true, event.predicted))) if event.predicted else None
        if outcome.score == 1 and value is not None and shown(work, value, event.cell) is None:
            yield partly(wanted, f"{event.name}, but the accuracy is not shown", _SHOW, cells=outcome.cells)
        else:
            yield outcome


def _by_hand(work: Work, network: str, wanted: str, data: str, split: str) -> Iterator[Outcome]:
    """A number shown that is the accuracy of recorded predictions."""
    import numpy as np

    numbers = numbering(work, network, data)
    for event in work.of_alike(network, Predicted):
        if event.error or not event.classes or not work.view(event.data).shows(data, split):
            continue
        true = true_labels(work, event.data)
        pairs = [
            (label, numbers.get(given, given)) for label, given in zip(true, event.classes, strict=False)
        ]
        known = [label == given for label, given in pairs if label is not None]
        if len(known) < len(event.classes):
            continue
        value = float(np.mean(known))
        cell = shown(work, value, event.cell)
        if cell is None:
            continue
        found = f"an accuracy of {value:.4f} shown"
        if not scaled_alike(work, network, event.data):
            hint = "Rescale the test images exactly as the training images."
            yield partly(wanted, f"{found}, of images scaled otherwise", hint, cells=(cell,))
        elif not is_trained(work, event):
            yield partly(wanted, f"{found}, before the training", "Call fit() first.", cells=(cell,))
        else:
            yield met(wanted, found, cells=(cell,))
