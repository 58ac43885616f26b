"""Checks of pictures shown with what the network made of them: right and wrong answers, scores as bars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.checks.figures import Shown, drawn_unseen, files_shown, shown_in, written_in
from grader.checks.labelled import classes_named, words_of
from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.samples import class_of, taken_for
from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Axes, FigureShown, Fitted, Predicted

_CLOSE = 2e-3
"""Largest difference between a bar and a score: some round what they draw."""
_CHOSEN = {
    True: re.compile(r"==|right|correct", re.IGNORECASE),
    False: re.compile(r"!=|wrong|incorrect|misclass|~|not_equal", re.IGNORECASE),
}


@check("examples_shown", written_as=("imshow",))
def examples_shown(
    work: Work, *, network: str, data: str, split: str = "test", correct: bool = True, at_least: int = 1
) -> Outcome:
    """Look for images shown that the network classified rightly (or wrongly).

    Images are recognised by their pixels and what the network took them for is looked up; where that is not
    known, a title that names both the true and the predicted class tells, in a figure with
    images of the data. Fewer than asked for are partly. Images that nobody picked and that a network takes
    for others after a shortened training count, with a remark.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that the images come from.
        correct: Whether rightly classified images are asked for; otherwise wrongly classified ones.
        at_least: How many of them.
    """
    facts = work.data[data]
    kind = "correctly" if correct else "incorrectly"
    wanted = f"{counted(at_least, 'image')} shown that the network classified {kind}"
    sign = "==" if correct else "!="
    hint = f"Pick images with np.where(predicted {sign} true)[0] and show them with plt.imshow()."
    events = [event for event in work.of_alike(network, Predicted) if event.error is None]
    if not events:
        return absent(wanted, hint, found="no predictions of this network")
    if (source := written_in(work, "imshow")) is not None and _CHOSEN[correct].search(source.python):
        return met(wanted, "imshow() of images picked so", cells=(source.index,))
    given = taken_for(work, network, data)
    first = min(map(work.position, events))
    right: dict[int, set[str]] = {}
    seen: list[int] = []
    for figure in work.evidence.of(FigureShown):
        if work.position(figure) < first:
            continue
        pictured = shown_in(work, figure, data)
        if not any(file for shown in pictured for file in shown.files):
            continue  # whatever its titles say
        for number, shown in enumerate(pictured):
            for each, answer in _answers(shown, facts, given, split):
                seen.append(figure.cell)
                if answer == correct:
                    right.setdefault(figure.cell, set()).add(each or f"{id(figure)}/{number}")
    everything = set[str]().union(*right.values())
    if len(everything) >= at_least:
        found = f"{counted(len(everything), 'image')} classified {kind}"
        return met(wanted, found, cells=tuple(right))
    if everything:
        found = f"only {counted(len(everything), 'image')} classified {kind}"
        return partly(wanted, found, hint, cells=tuple(right))
    judged = [class_of(file, facts.classes) in labels for file, labels in given.items()]
    if judged and correct not in judged and (cell := _written(work, correct, events[0].cell)) is not None:
        remark = f"in the shortened run no image was classified {kind}: judged as written"
        return met(wanted, "code that picks and shows them", cells=(cell,), remarks=(remark,))
    if correct and len(seen) >= max(2, at_least) and _by_chance(work, network, seen):
        found = f"{counted(len(seen), 'image')} shown with what the network took them for"
        remark = "none of these images is classified correctly in the shortened run, which did not pick them"
        return met(wanted, found, cells=tuple(dict.fromkeys(seen)), remarks=(remark,))
    if seen:
        return unmet(wanted, f"none of the images shown is classified {kind}", hint, cells=(seen[0],))
    return absent(wanted, hint, found=f"no figure with images of the {split} set after the predictions")


def _answers(
    shown: Shown, facts: ServedFacts, given: dict[str, set[int]], split: str
) -> Iterator[tuple[str | None, bool]]:
    """Each image of an axes that the network gave an answer for, and whether that is right."""
    if len(shown.files) == 1 and (shown.files[0] is None or shown.files[0] not in given):
        told = classes_named(words_of(shown.axes), facts.classes)
        if len(told) == 2 and (shown.files[0] or split).startswith(split):
            yield shown.files[0], told[0] == told[1]
        return
    for file in shown.files:
        if file is not None and file.startswith(f"{split}/") and file in given:
            yield file, class_of(file, facts.classes) in given[file]


def _by_chance(work: Work, network: str, cells: Sequence[int]) -> bool:
    """Whether images were shown whatever the network took them for, and it learnt less here than at the
    student's."""
    picked = any(_CHOSEN[False].search(source.python) for source in work.sources if source.index in cells)
    return not picked and any(fit.shortened for fit in work.of_alike(network, Fitted))


def _written(work: Work, correct: bool, start: int) -> int | None:
    """A cell that ran from ``start`` on and shows images picked by whether the answer is right."""
    for source in work.sources:
        if source.index >= start and work.cell(source.index).status == "ok":
            shows = any(call.name == "imshow" for call in source.calls)
            if shows and _CHOSEN[correct].search(source.python):
                return source.index
    return None


@check("prediction_bars", written_as=("barh", "bar", "barplot"))
def prediction_bars(work: Work, *, network: str, data: str) -> Outcome:
    """Look for images shown with a bar chart of the class scores that the network gave them.

    Bars are known by their lengths: the scores of a prediction, or, beyond the first rows of a large one,
    shares that add up to one with the longest for the predicted class. Lying or standing bars are alike. A
    chart without an image of the data is partly, and so is one of numbers that are no scores of this network.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
    """
    wanted = "images shown with a bar chart of the network's class scores"
    hint = "Show the image with plt.imshow() and its scores beside it: plt.barh(class_names, predictions[i])."
    events = [event for event in work.of_alike(network, Predicted) if event.error is None]
    if not events:
        return absent(wanted, hint, found="no predictions of this network")
    if (source := written_in(work, "imshow", "bar|barh|barplot")) is not None:
        return met(wanted, "imshow() with a bar chart", cells=(source.index,))
    size = len(work.data[data].classes)
    pictured = {figure.cell for figure in work.evidence.of(FigureShown) if files_shown(work, figure, data)}
    charts: list[tuple[int, bool]] = []
    for figure in work.evidence.of(FigureShown):
        if work.position(figure) > min(map(work.position, events)):
            bars = [axes for axes in figure.axes if 2 <= len(axes.bar_values) <= size]
            charts += [(figure.cell, _is_a_prediction(work, axes, events)) for axes in bars]
    right = [cell for cell, is_prediction in charts if is_prediction]
    with_image = [cell for cell in right if cell in pictured]
    if with_image:
        cells = tuple(dict.fromkeys(with_image))
        return met(wanted, counted(len(with_image), "bar chart") + " of class scores", cells=cells)
    if right:
        hint = "Show each image with plt.imshow() beside the bars of its scores."
        return partly(wanted, "bars of class scores without the image", hint, cells=(right[0],))
    for source in work.sources:
        after = source.index >= events[0].cell and work.cell(source.index).status == "ok"
        if after and drawn_unseen(source) and re.search(r"\bBar\(|\.bar\(", source.python):
            remark = "drawn by a library that is not watched: judged as written"
            return met(wanted, "a bar chart", cells=(source.index,), remarks=(remark,))
    if charts:
        found = "bars that are not this network's class scores"
        return partly(wanted, found, hint, cells=(charts[0][0],))
    return absent(wanted, hint, found="no bar chart of class scores")


def _is_a_prediction(work: Work, axes: Axes, events: Sequence[Predicted]) -> bool:
    """Whether the bars are scores of the network: of a row that is known, or such as a row must be."""
    import numpy as np

    bars = np.asarray(axes.bar_values)
    for event in events:
        for row in event.scores:
            scores = np.asarray(row)
            for unit in (1, 100):
                best = np.sort(unit * scores)[::-1][: len(bars)]
                if len(bars) == len(scores) and np.allclose(bars, unit * scores, rtol=0, atol=unit * _CLOSE):
                    return True
                if np.allclose(np.sort(bars)[::-1], best, rtol=0, atol=unit * _CLOSE):
                    return True
    beyond = [label for event in events for label in event.classes[len(event.scores) :]]
    shares = bool(np.all(bars >= 0)) and any(abs(bars.sum() - unit) <= 0.02 * unit for unit in (1, 100))
    return shares and int(bars.argmax()) in beyond
