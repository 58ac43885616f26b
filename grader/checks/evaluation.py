"""Checks of evaluation, prediction and reports: on which data, scaled how, against which labels."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.compiling import loss
from grader.checks.loading import label_agreement
from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.samples import true_labels
from grader.checks.scaling import scaled_alike
from grader.checks.shown import shown
from grader.checks.work import Work
from grader.evidence.events import ArgmaxCalled, Evaluated, MetricCalled, Predicted

_RESHUFFLED = "Load the test set with shuffle=False, or gather labels and predictions in the same loop."
_RESCALE = "Rescale the test images exactly as the training images: map the same Rescaling over both."
_ARGMAX = "Call np.argmax(predictions, axis=1)."
_IN_LINE = 0.8
"""Share of true labels that must be their images' for a report to line up; doubles can be mistaken."""


def _on(split: str) -> str:
    return f"the {split} set"


@check("evaluated", written_as=("evaluate",))
def evaluated(work: Work, *, network: str, data: str, split: str = "test") -> Outcome:
    """Look for ``evaluate`` on a split of the data, scaled as in training.

    On other data it does not count; on a set scaled unlike the training set it is partly, and so is an
    evaluation of which neither the loss nor the accuracy is shown.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that must be evaluated on.
    """
    wanted = f"evaluate() on {_on(split)}, with loss and accuracy shown"
    events = work.of(network, Evaluated)
    if not events:
        return absent(wanted, f"Call evaluate() on {_on(split)}.", found="the network is never evaluated")
    outcome = judge_evaluations(work, network, events, wanted, data, split)
    about = [event for event in events if work.view(event.data).shows(data, split) and event.results]
    if outcome.score == 1 and about and not any(_is_shown(work, event) for event in about):
        hint = "Show what evaluate() returns: print(loss, accuracy), or leave out verbose=0."
        return partly(wanted, f"{outcome.found}, but nothing of it is shown", hint, cells=outcome.cells)
    return outcome


def _is_shown(work: Work, event: Evaluated) -> bool:
    return any(shown(work, value, event.cell) is not None for value in event.results.values())


def judge_evaluations(
    work: Work, network: str, events: Sequence[Evaluated], wanted: str, data: str, split: str
) -> Outcome:
    """The best that some evaluations of a network amount to."""
    about = [event for event in events if work.view(event.data).shows(data, split)]
    if not about:
        seen = ", ".join(sorted({_describe(work, event) for event in events}))
        hint = f"Load the images of the {split} folder and call evaluate() on them."
        cells = tuple(dict.fromkeys(event.cell for event in events))
        return unmet(wanted, f"evaluated on {seen}", hint, cells=cells)
    blamed = loss_is_wrong(work, network)
    right = [event for event in about if not event.error or blamed]
    if not right:
        hint = "Mend the error that evaluate() raises."
        return unmet(wanted, f"evaluate() fails ({about[-1].error})", hint, cells=(about[-1].cell,))
    alike = [event for event in right if scaled_alike(work, network, event.data)]
    if alike:
        samples = alike[-1].data.samples
        amount = "" if samples is None else f" ({counted(samples, 'image')})"
        return met(wanted, f"evaluated on {_on(split)}{amount}", cells=(alike[-1].cell,))
    found = f"evaluated on {_on(split)}, but scaled otherwise ({work.view(right[-1].data).words})"
    return partly(wanted, found, _RESCALE, cells=(right[-1].cell,))


def loss_is_wrong(work: Work, network: str) -> bool:
    """Whether a crash here is the loss's, which costs its own points: one slip costs once."""
    return work.compilation(network) is not None and loss(work, network=network).score == 0


def _is_of_the_data(work: Work, event: Predicted) -> bool:
    return not work.data or work.view(event.data).known


def _describe(work: Work, event: Evaluated | Predicted) -> str:
    view = work.view(event.data)
    if view.recognised and any(view.recognised <= files for files in work.held_out):
        return "the validation set"
    if view.split is not None:
        return _on(view.split)
    return "a mixture of splits" if view.known else "other data"


@check("predicted", written_as=("predict",))
def predicted(
    work: Work, *, network: str, data: str, split: str = "test", at_least: int | None = None
) -> Outcome:
    """Look for predictions on the images of a split, in one call or batch by batch, scaled as in training.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split to predict.
        at_least: So many of its images are enough; when left out, all of them are asked for.
    """
    amount = f"at least {counted(at_least, 'image')}" if at_least else "the images"
    wanted = f"predict() on {amount} of {_on(split)}"
    events = [event for event in work.of_alike(network, Predicted) if event.error is None]
    if not events:
        return absent(wanted, f"Call predict() on {_on(split)}.", found="the network never predicts")
    total = len(work.data[data].splits.get(split, ()))
    right = [event for event in events if work.view(event.data).shows(data, split)]
    cells = tuple(dict.fromkeys(event.cell for event in right or events))
    if not right:
        other = ", ".join(sorted({_describe(work, event) for event in events}))
        hint = f"Call predict() on the images of {_on(split)}."
        return unmet(wanted, f"predictions of {other}", hint, cells=cells)
    seen = len(frozenset[str]().union(*(work.view(event.data).recognised for event in right)))
    # Thumbnails are kept of the first samples only: one large call tells by its number of samples.
    most = max(seen, *(event.data.samples or 0 for event in right))
    least = at_least if at_least is not None else total / 2
    if seen and most < least:
        hint = f"Predict {amount if at_least else 'every image'} of {_on(split)}."
        return partly(wanted, f"predictions of {seen} of {total} images", hint, cells=cells)
    if not any(scaled_alike(work, network, event.data) for event in right):
        return partly(wanted, "predictions of images scaled unlike those trained on", _RESCALE, cells=cells)
    return met(wanted, f"predictions of {_on(split)}", cells=cells)


@check("argmax", written_as=("argmax",))
def argmax(work: Work, *, network: str) -> Outcome:
    """Look whether class scores were turned into labels: by ``argmax``, or by labels equal to it in a report.

    Args:
        network: Name of the expected network.
    """
    wanted = "argmax over the predicted class scores"
    predictions = [event for event in work.of_alike(network, Predicted) if _is_of_the_data(work, event)]
    labels = [event.classes for event in predictions if event.classes]
    calls = [event for event in work.evidence.of(ArgmaxCalled) if event.classes in labels]
    if calls:
        return met(wanted, "argmax of the predictions", cells=(calls[-1].cell,))
    together = [label for classes in labels for label in classes]
    for metric in work.evidence.of(MetricCalled):
        if metric.predicted and (metric.predicted in labels or list(metric.predicted) == together):
            return met(wanted, "labels equal to the argmax of the predictions", cells=(metric.cell,))
    after = {event.cell for event in predictions}
    written = [
        cell.index
        for cell in work.sources
        if after and cell.index >= min(after) and any(call.name == "argmax" for call in cell.calls)
    ]
    if written:
        if any(work.cell(index).status == "ok" for index in written):
            return met(wanted, "argmax of scores", cells=tuple(written))
        hint = "Mend the error in this cell."
        return partly(wanted, "argmax in a cell that failed", hint, cells=tuple(written))
    if not predictions:
        return absent(wanted, f"Call predict() on the test images. {_ARGMAX}", found="no predictions")
    found = "scores that are not turned into labels"
    return unmet(wanted, found, _ARGMAX, cells=tuple(sorted(after)))


@check("report", written_as=("classification_report", "confusion_matrix"))
def report(
    work: Work, *, network: str, data: str, split: str = "test", metric: str = "classification_report"
) -> Outcome:
    """Look for a scikit-learn report of true against predicted labels of a split, in matching order.

    Labels gathered in another pass over a set that reshuffles do not line up with the predictions: partly.
    So is a report on another split, or one from images scaled unlike those trained on.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that the report must be about.
        metric: Name of the scikit-learn function.
    """
    wanted = f"{metric} of true against predicted labels of {_on(split)}"
    calls = [event for event in work.evidence.of(MetricCalled) if event.name == metric]
    about = [event for event in calls if event.error is None and is_about(work, network, event)]
    if not about:
        return judge_other_reports(calls, metric, wanted)
    outcomes = [judge_report(work, network, event, wanted, data, split) for event in about]
    return max(outcomes, key=lambda outcome: outcome.score)


def judge_other_reports(calls: Sequence[MetricCalled], metric: str, wanted: str) -> Outcome:
    """What calls amount to none of which is about the network that is asked for."""
    if not calls:
        hint = f"Call {metric}(true_labels, predicted_labels) from sklearn.metrics."
        return absent(wanted, hint, found=f"no {metric}")
    if all(event.error for event in calls):
        hint = "Pass it two lists of integer labels of the same length: the true and the predicted ones."
        found = f"{metric} fails ({calls[-1].error})"
    else:
        hint = "Pass it the labels that np.argmax gives for this network's predictions, in their order."
        found = f"a {metric} that is not about this network's predictions"
    return unmet(wanted, found, hint, cells=tuple(dict.fromkeys(event.cell for event in calls)))


def predictions_of(work: Work, network: str, event: MetricCalled) -> list[Predicted]:
    """The predictions of the network whose labels, in this order, are the metric's."""
    made = [prediction for prediction in work.of_alike(network, Predicted) if prediction.classes]
    for prediction in reversed(made):
        if prediction.classes == event.predicted:
            return [prediction]
    for start, first in enumerate(made):
        if first.classes != event.predicted[: len(first.classes)]:
            continue
        joined: list[int] = []
        for end in range(start, len(made)):
            joined.extend(made[end].classes)
            if len(joined) >= len(event.predicted):
                break
        if tuple(joined) == event.predicted:
            return made[start : end + 1]
    return []


def is_about(work: Work, network: str, event: MetricCalled) -> bool:
    """Whether a metric is about the network's predictions; labels given by name cannot be told from them."""
    return bool(predictions_of(work, network, event)) or (
        not event.predicted and bool(work.of_alike(network, Predicted))
    )


def judge_report(
    work: Work, network: str, event: MetricCalled, wanted: str, data: str, split: str
) -> Outcome:
    """What a metric about the network's predictions amounts to: of which split, against which labels."""
    cells = (event.cell,)
    predictions = predictions_of(work, network, event)
    views = [work.view(prediction.data) for prediction in predictions]
    if any(not view.shows(data, split) for view in views):
        other = ", ".join(sorted({_describe(work, prediction) for prediction in predictions}))
        hint = f"Make the report from the predictions of {_on(split)}."
        return partly(wanted, f"a report on {other}", hint, cells=cells)
    if not all(scaled_alike(work, network, prediction.data) for prediction in predictions):
        return partly(wanted, "a report from images scaled unlike those trained on", _RESCALE, cells=cells)
    if any(prediction.data.reshuffles for prediction in predictions):
        found = "labels and predictions from two passes over a set that reshuffles"
        return partly(wanted, found, _RESHUFFLED, cells=cells)
    true = tuple(label for prediction in predictions for label in true_labels(work, prediction.data))
    agreement = label_agreement(work.data[data], true, event.true) if len(true) == len(event.true) else None
    if agreement is not None and agreement < _IN_LINE:
        found = f"{1 - agreement:.0%} of the true labels do not belong to the image predicted"
        one_hot = len(set(event.true)) == 1
        hint = "Take the true labels as they are: argmax of labels that are not one-hot gives only zeros."
        return partly(wanted, found, hint if one_hot else _RESHUFFLED, cells=cells)
    if not event.predicted:
        return met(wanted, f"{event.name} of labels given by name", cells=cells)
    classes = f"{len(set(event.predicted))} of {len(work.data[data].classes)} classes predicted"
    return met(wanted, f"{event.name} of {counted(len(event.true), 'label')} ({classes})", cells=cells)
