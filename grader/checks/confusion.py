"""The check of confusion matrices: of whose predictions, against which labels, shown how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from grader.checks.evaluation import is_about, judge_other_reports, judge_report
from grader.checks.figures import drawn_unseen
from grader.checks.outcome import Outcome, absent, met, partly
from grader.checks.registry import check
from grader.checks.samples import is_trained, true_labels
from grader.checks.scaling import scaled_alike
from grader.checks.work import Work
from grader.evidence.events import FigureShown, MetricCalled, Picture, Predicted

if TYPE_CHECKING:
    import numpy as np

_NAMES = ("confusion_matrix", "crosstab")
_ROUNDED = 0.006
"""Largest difference that rounding to two decimals makes, as a share of the largest value."""
_WORDS = re.compile(r"confusion|predict|true|actual", re.IGNORECASE)
_PLOT = "Plot it: ConfusionMatrixDisplay(confusion_matrix(true, predicted)).plot(), or sns.heatmap(matrix)."


@check(
    "confusion_matrix",
    written_as=("confusion_matrix", "ConfusionMatrixDisplay", "from_predictions", "heatmap", "crosstab"),
)
def confusion_matrix(
    work: Work, *, network: str, data: str, split: str = "test", plotted: bool = False
) -> Outcome:
    """Look for the confusion matrix of a network's predictions for a split, in line with the true labels.

    However it was counted (scikit-learn, TensorFlow, pandas, a loop) and drawn, it is known by its numbers,
    as counts or as shares. Wrong labels, another split, a network that is not trained yet, and a matrix
    printed where a plot is asked for are partly. The matrix of another network is not.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that it must be about.
        plotted: Whether it must be drawn as a heat map; otherwise printed numbers are as good.
    """
    wanted = f"the confusion matrix of the predictions for the {split} set" + (", plotted" if plotted else "")
    calls = [event for event in work.evidence.of(MetricCalled) if event.name in _NAMES]
    about = [event for event in calls if event.error is None and is_about(work, network, event)]
    outcomes = [_called(work, network, event, wanted, data, split, plotted) for event in about]
    outcomes += _own(work, network, wanted, data, split, plotted)
    if outcomes:
        return max(outcomes, key=lambda outcome: outcome.score)
    if not any(event.classes for event in work.of_alike(network, Predicted)):
        hint = f"Call predict() on the {split} set, then confusion_matrix(true_labels, predicted_labels)."
        return absent(wanted, hint, found="no predictions of this network")
    return judge_other_reports(calls, "confusion_matrix", wanted)


def _called(
    work: Work, network: str, event: MetricCalled, wanted: str, data: str, split: str, plotted: bool
) -> Outcome:
    """What a call that counts a matrix of this network's predictions amounts to."""
    outcome = judge_report(work, network, event, wanted, data, split)
    of_trained = [
        prediction
        for prediction in work.of_alike(network, Predicted)
        if prediction.classes == event.predicted and is_trained(work, prediction)
    ]
    made = [
        prediction
        for prediction in work.of_alike(network, Predicted)
        if prediction.classes == event.predicted
    ]
    if made and not of_trained:
        return partly(
            wanted, "a matrix of the network before its training", "Call fit() first.", cells=(event.cell,)
        )
    drawn = _drawn_in(work, event)
    if drawn is not None:
        cells = tuple(dict.fromkeys((event.cell, drawn)))
        return met(wanted, f"{outcome.found}, plotted", cells=cells) if outcome.score == 1 else outcome
    if plotted and outcome.score == 1:
        return partly(wanted, "a matrix that is not plotted", _PLOT, cells=(event.cell,))
    return outcome


def _own(work: Work, network: str, wanted: str, data: str, split: str, plotted: bool) -> Iterator[Outcome]:
    """Matrices that the notebook counts itself, known by their numbers."""
    size = len(work.data[data].classes)
    for prediction in work.of_alike(network, Predicted):
        if not prediction.classes or not work.view(prediction.data).shows(data, split):
            continue
        true = true_labels(work, prediction.data)
        pairs = [(t, p) for t, p in zip(true, prediction.classes, strict=False) if t is not None]
        if len(pairs) < len(prediction.classes):
            continue
        matrix = counts([t for t, _ in pairs], [p for _, p in pairs], size)
        figures = (each for each in _heat_maps(work) if _shows(each[1], matrix))
        figure = next((each[0] for each in figures), None)
        printed = None if figure is not None else _printed(work, matrix, prediction.cell)
        cell = figure.cell if figure is not None else printed
        if cell is None or prediction.data.reshuffles:
            continue
        if not scaled_alike(work, network, prediction.data):
            hint = "Rescale the test images exactly as the training images."
            yield partly(wanted, "a matrix from images scaled unlike those trained on", hint, cells=(cell,))
        elif not is_trained(work, prediction):
            found = "a matrix of the network before its training"
            yield partly(wanted, found, "Call fit() first.", cells=(cell,))
        elif figure is None and plotted:
            yield partly(wanted, "a matrix that is printed, not plotted", _PLOT, cells=(cell,))
        else:
            shown = "plotted" if figure is not None else "printed"
            yield met(wanted, f"the matrix of {len(pairs)} predictions, {shown}", cells=(cell,))


def counts(true: Sequence[int], predicted: Sequence[int], size: int = 0) -> np.ndarray:
    """The confusion matrix, a row for each true class; of at least ``size`` classes."""
    import numpy as np

    size = max([size - 1, *true, *predicted]) + 1
    matrix = np.zeros((size, size))
    np.add.at(matrix, (np.asarray(true, int), np.asarray(predicted, int)), 1)
    return matrix


def _matrix_of(event: MetricCalled) -> np.ndarray | None:
    labels = [*event.true, *event.predicted]
    if not labels or len(event.true) != len(event.predicted) or min(labels) < 0 or max(labels) > 1000:
        return None
    return counts(event.true, event.predicted)


def _drawn_in(work: Work, event: MetricCalled) -> int | None:
    """The cell in which the matrix of a call is drawn."""
    matrix = _matrix_of(event)
    others = [
        each
        for call in work.evidence.of(MetricCalled)
        if call.name in _NAMES and call != event and (each := _matrix_of(call)) is not None
    ]
    for figure, picture in _heat_maps(work):
        if matrix is not None and _shows(picture, matrix):
            return figure.cell
    start = work.position(event)
    for figure, picture in _heat_maps(work):
        # Logarithms, masks and other forms of the numbers: the last matrix counted before is the one drawn.
        before = [call for call in work.evidence.of(MetricCalled) if call.name in _NAMES]
        before = [call for call in before if work.position(call) < work.position(figure)]
        square = len(picture.shape) == 2 and picture.shape[0] == picture.shape[1]
        fits = square and (matrix is None or picture.shape[0] <= len(matrix))
        latest = bool(before) and before[-1] is event and work.position(figure) > start
        if fits and latest and not any(_shows(picture, other) for other in others):
            return figure.cell
    sources = {source.index: source for source in work.sources}
    for index in range(event.cell, len(work.evidence.cells)):
        source = sources.get(index)
        if source is None or work.cell(index).status != "ok" or not drawn_unseen(source):
            continue
        if re.search(r"imshow|heatmap", source.python, re.IGNORECASE):
            return index
    return None


def _heat_maps(work: Work) -> Iterator[tuple[FigureShown, Picture]]:
    for figure in work.evidence.of(FigureShown):
        for axes in figure.axes:
            for picture in (*axes.heat_maps, *axes.pictures):
                if len(picture.shape) == 2:
                    yield figure, picture


def _shows(picture: Picture, matrix: np.ndarray) -> bool:
    """Whether a heat map draws a matrix: as counts or shares, either way round."""
    if picture.thumbnail is None or picture.shape[0] > len(matrix) or len(set(picture.shape)) > 1:
        return False

    import numpy as np

    from grader.evidence.thumbnails import block_means

    # Classes that neither occur nor are predicted are left out by scikit-learn.
    used = np.flatnonzero(matrix.sum(axis=0) + matrix.sum(axis=1))
    full = matrix if picture.shape == matrix.shape else matrix[np.ix_(used, used)]
    if picture.shape != full.shape:
        return False
    drawn = picture.thumbnail.array()[0, :, :, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        forms = [
            full,
            full / full.sum(axis=1, keepdims=True),
            full / full.sum(axis=0, keepdims=True),
            full / full.sum(),
        ]
    for form in map(np.nan_to_num, forms):
        for unit in (1, 100):
            means = block_means((unit * form)[np.newaxis])[0, :, :, 0]
            close = _ROUNDED * max(float(np.abs(means).max()), 1e-9)
            if any(np.allclose(drawn, each, rtol=0, atol=close) for each in (means, means.T)):
                return True
    return False


def _printed(work: Work, matrix: np.ndarray, start: int) -> int | None:
    """The first cell from ``start`` on whose text holds most rows of the matrix, or of its transpose."""
    for cell in work.evidence.cells[start:]:
        numbers = f" {' '.join(re.findall(r'[0-9]+', cell.text))} "
        for each in (matrix, matrix.T):
            rows = [f" {' '.join(str(int(value)) for value in row)} " for row in each]
            if 2 * sum(row in numbers for row in rows) > len(rows):
                return cell.index
    return None
