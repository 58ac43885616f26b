"""Checks of evaluation, prediction and reports: on which data, scaled how, against which labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from grader.checks.compiling import loss
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.scaling import scaled_alike
from grader.checks.work import Work
from grader.evidence.events import ArgmaxCalled, Evaluated, MetricCalled, Predicted

_RESHUFFLED = "Load the test set with shuffle=False, or gather labels and predictions in the same loop."


def _on(split: str) -> str:
    return f"the {split} set"


@check("evaluated", written_as=("evaluate",))
def evaluated(work: Work, *, network: str, data: str, split: str = "test") -> Outcome:
    """Look for ``evaluate`` on a split of the data, scaled as in training.

    On other data it does not count; on a set scaled unlike the training set it is partly.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that must be evaluated on.
    """
    wanted = f"evaluate() on {_on(split)}, with loss and accuracy shown"
    events = work.of(network, Evaluated)
    if not events:
        return absent(wanted, f"Call evaluate() on {_on(split)}.", found="the network is never evaluated")
    return judge_evaluations(work, network, events, wanted, split)


def judge_evaluations(
    work: Work, network: str, events: Sequence[Evaluated], wanted: str, split: str
) -> Outcome:
    """The best that some evaluations of a network amount to."""
    cells = tuple(dict.fromkeys(event.cell for event in events))
    blamed = _loss_is_wrong(work, network)
    right = [
        event for event in events if work.view(event.data).split == split and (not event.error or blamed)
    ]
    if not right:
        seen = ", ".join(sorted({_describe(work, event) for event in events}))
        return unmet(
            wanted,
            f"evaluated on {seen}",
            f"Evaluate on {_on(split)}, loaded from its own folder.",
            cells=cells,
        )
    alike = [event for event in right if scaled_alike(work, network, event.data)]
    if alike:
        samples = alike[-1].data.samples
        return met(wanted, f"evaluated on {_on(split)} ({samples} images)", cells=(alike[-1].cell,))
    scaling = work.view(right[-1].data).words
    hint = "Rescale the test set exactly as the training set."
    return partly(
        wanted, f"evaluated on {_on(split)}, but scaled otherwise ({scaling})", hint, cells=(right[-1].cell,)
    )


def _loss_is_wrong(work: Work, network: str) -> bool:
    """Whether a crash here is the loss's, which costs its own points: one slip costs once."""
    return work.compilation(network) is not None and loss(work, network=network).score == 0


def _is_of_the_data(work: Work, event: Predicted) -> bool:
    return not work.data or work.view(event.data).known


def _describe(work: Work, event: Evaluated | Predicted) -> str:
    view = work.view(event.data)
    fits = [fit for fit in work.evidence.events if fit.kind == "fitted" and fit.validation is not None]
    if any(
        set(view.files) - {None} and set(view.files) <= set(work.view(fit.validation).files) for fit in fits
    ):
        return "the validation set"
    if view.split is not None:
        return _on(view.split)
    return "a mixture of splits" if view.known else "other data"


@check("predicted", written_as=("predict",))
def predicted(work: Work, *, network: str, data: str, split: str = "test") -> Outcome:
    """Look for predictions on the images of a split, in one call or batch by batch, scaled as in training.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split to predict.
    """
    wanted = f"predict() on the images of {_on(split)}"
    events = [event for event in work.of_family(network, Predicted) if event.error is None]
    if not events:
        return absent(wanted, f"Call predict() on {_on(split)}.", found="the network never predicts")
    total = len(work.data[data].splits.get(split, ()))
    right = [event for event in events if work.view(event.data).split == split]
    seen = {file for event in right for file in work.view(event.data).files if file}
    cells = tuple(dict.fromkeys(event.cell for event in right or events))
    if not right:
        other = ", ".join(sorted({_describe(work, event) for event in events}))
        return unmet(wanted, f"predictions of {other}", f"Predict {_on(split)}.", cells=cells)
    if seen and len(seen) < total / 2:
        hint = "Predict every image of the test set, not a few."
        return partly(wanted, f"predictions of {len(seen)} of {total} images", hint, cells=cells)
    if not any(scaled_alike(work, network, event.data) for event in right):
        hint = "Rescale the test set exactly as the training set."
        return partly(wanted, "predictions of images scaled unlike those trained on", hint, cells=cells)
    return met(wanted, f"predictions of {_on(split)}", cells=cells)


@check("argmax", written_as=("argmax",))
def argmax(work: Work, *, network: str) -> Outcome:
    """Look whether class scores were turned into labels: by ``argmax``, or by labels equal to it in a report.

    Args:
        network: Name of the expected network.
    """
    wanted = "argmax over the predicted class scores"
    predictions = [event for event in work.of_family(network, Predicted) if _is_of_the_data(work, event)]
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
        return partly(
            wanted, "argmax in a cell that failed", "Mend the error in this cell.", cells=tuple(written)
        )
    if not predictions:
        return absent(wanted, "Call predict(), then np.argmax(scores, axis=1).")
    return unmet(
        wanted,
        "scores that are not turned into labels",
        "Use np.argmax(scores, axis=1).",
        cells=tuple(sorted(after)),
    )


@check("report", written_as=("classification_report", "confusion_matrix"))
def report(
    work: Work, *, network: str, data: str, split: str = "test", metric: str = "classification_report"
) -> Outcome:
    """Look for a scikit-learn report of true against predicted labels of a split, in matching order.

    Labels gathered in another pass over a set that reshuffles do not line up with the predictions: partly. So is a
    report on another split.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that the report must be about.
        metric: Name of the scikit-learn function.
    """
    wanted = f"{metric} of true against predicted labels of {_on(split)}"
    calls = [event for event in work.evidence.of(MetricCalled) if event.name == metric]
    about = [event for event in calls if event.error is None and _is_about(work, network, event)]
    if not about:
        if not calls:
            return absent(wanted, f"Call sklearn.metrics.{metric}(true, predicted).")
        cells = tuple(event.cell for event in calls)
        return unmet(
            wanted,
            f"a {metric} that is not about this network's predictions",
            "Pass it this network's labels.",
            cells=cells,
        )
    best = max(
        (_judge_report(work, network, event, wanted, data, split) for event in about), key=lambda o: o.score
    )
    return best


def _predictions_of(work: Work, network: str, event: MetricCalled) -> list[Predicted]:
    """The predictions whose labels, in this order, are the report's."""
    made = [prediction for prediction in work.of_family(network, Predicted) if prediction.classes]
    for prediction in reversed(made):
        if prediction.classes == event.predicted:
            return [prediction]
    for start in range(len(made)):
        joined: list[int] = []
        for end in range(start, len(made)):
            joined.extend(made[end].classes)
            if tuple(joined) == event.predicted:
                return made[start : end + 1]
    return []


def _is_about(work: Work, network: str, event: MetricCalled) -> bool:
    return bool(_predictions_of(work, network, event)) or (
        not event.predicted and bool(work.of_family(network, Predicted))
    )


def _judge_report(
    work: Work, network: str, event: MetricCalled, wanted: str, data: str, split: str
) -> Outcome:
    cells = (event.cell,)
    predictions = _predictions_of(work, network, event)
    views = [work.view(prediction.data) for prediction in predictions]
    if any(view.split != split for view in views):
        found = f"a report on {_describe(work, predictions[0])}"
        return partly(wanted, found, f"Make the report from the predictions of {_on(split)}.", cells=cells)
    if not all(scaled_alike(work, network, prediction.data) for prediction in predictions):
        hint = "Rescale the test set exactly as the training set."
        return partly(wanted, "a report from images scaled unlike those trained on", hint, cells=cells)
    if any(prediction.data.reshuffles for prediction in predictions):
        return partly(
            wanted,
            "labels and predictions from two passes over a set that reshuffles",
            _RESHUFFLED,
            cells=cells,
        )
    true = [label for view in views for label in view.labels(work.data[data].classes)]
    if event.true and len(true) == len(event.true):
        wrong = sum(
            known is not None and known != given for known, given in zip(true, event.true, strict=True)
        )
        if wrong > len(true) / 5:
            found = f"{wrong} of {len(true)} true labels do not belong to the image predicted"
            return partly(wanted, found, _RESHUFFLED, cells=cells)
    counts = Counter(event.predicted)
    return met(
        wanted, f"{event.name} of {len(event.true)} labels ({len(counts)} classes predicted)", cells=cells
    )
