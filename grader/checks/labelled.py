"""The check of labels beside photographs, and what words say about classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.checks.figures import Shown, shown_in, written_in
from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.samples import class_of
from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Axes, FigureShown

_WORD = re.compile(r"[^\W\d_]+|\d+")
_ALSO = {
    "airplane": ("plane", "aeroplane", "airplanes"),
    "automobile": ("car", "auto", "automobiles", "cars"),
}
"""What else the classes of a known data set are called."""


@check("images_labelled", written_as=("imshow", "title", "set_title", "xlabel"))
def images_labelled(work: Work, *, data: str, split: str | None = None, at_least: int = 1) -> Outcome:
    """Look for photographs that stand with their class, by its name or number, rightly.

    Titles and labels of the axes count, also one for a whole row or column of images, and labels printed by
    the same cell in the images' order. Fewer than asked for are partly, and so are labels of which more than
    a tenth are wrong.

    Args:
        data: Name of the data set.
        split: The split that the images come from; every one by default.
        at_least: How many images must be labelled.
    """
    facts = work.data[data]
    wanted = f"{counted(at_least, 'image')} shown with the class of each"
    hint = "Give each image its class: plt.title(class_names[label]) after plt.imshow()."
    by_cell: dict[int, list[tuple[str, bool | None]]] = {}
    for figure in work.evidence.of(FigureShown):
        for file, answer in _judged(figure, shown_in(work, figure, data), facts):
            if split is None or file.startswith(f"{split}/"):
                by_cell.setdefault(figure.cell, []).append((file, answer))
    if (
        source := written_in(work, "imshow", "title|set_title|xlabel|set_xlabel|set_ylabel|text")
    ) is not None:
        return met(wanted, "imshow() with a title", cells=(source.index,))
    by_cell = {cell: images for cell, images in by_cell.items() if images}
    if not by_cell:
        return absent(wanted, hint, found="no figure with images of the data")
    outcomes = []
    for cell, images in by_cell.items():
        right = sum(answer is True for _, answer in images)
        wrong = sum(answer is False for _, answer in images)
        if not right and not wrong and _printed(work, cell, [file for file, _ in images], facts):
            right = len(images)
        found = f"{right} of {counted(len(images), 'image')} labelled rightly"
        if right >= at_least and wrong <= 0.1 * right:
            outcomes.append(met(wanted, found, cells=(cell,)))
        elif right and right >= wrong:
            outcomes.append(partly(wanted, found, hint, cells=(cell,)))
        else:
            found = "images with the labels of other classes" if wrong else "images without their labels"
            outcomes.append(unmet(wanted, found, hint, cells=(cell,)))
    return max(outcomes, key=lambda outcome: outcome.score)


def _judged(
    figure: FigureShown, pictured: Sequence[Shown], facts: ServedFacts
) -> Iterator[tuple[str, bool | None]]:
    """Each recognised image of a figure; whether its label is right, None where it has none."""
    for shown in pictured:
        if len(shown.files) == 1 and (file := shown.files[0]) is not None:
            true = class_of(file, facts.classes)
            told = classes_named(_label_of(shown.axes, figure, len(pictured)), facts.classes)
            yield file, true in told if told else None


def _label_of(axes: Axes, figure: FigureShown, pictures: int) -> str:
    """The words beside an image: its own, else those at the head of its row or column."""
    own = words_of(axes) or (figure.title if pictures == 1 else "")
    if own:
        return own
    left, bottom = axes.position[:2]
    row = [other for other in figure.axes if abs(other.position[1] - bottom) < axes.position[3] / 4]
    column = [other for other in figure.axes if abs(other.position[0] - left) < axes.position[2] / 4]
    heads = (
        min(row, key=lambda other: other.position[0], default=axes),
        max(column, key=lambda other: other.position[1], default=axes),
    )
    return next((words_of(head) for head in heads if words_of(head)), "")


def words_of(axes: Axes) -> str:
    """All that is written in and beside an axes, its ticks left out."""
    return " \n".join(filter(None, (axes.title, axes.xlabel, axes.ylabel, *axes.texts)))


def classes_named(text: str, classes: Sequence[str]) -> list[int]:
    """Numbers of the classes that a text names, in order: by name, or by number where it has no name."""
    words = text.lower()
    named: list[tuple[int, int]] = []
    for number, name in enumerate(classes):
        for spelling in (name.lower(), name.lower().replace("_", " "), *_ALSO.get(name.lower(), ())):
            pattern = rf"(?<![^\W\d_]){re.escape(spelling)}(?:s|es)?(?![^\W\d_])"
            named += [(found.start(), number) for found in re.finditer(pattern, words)]
    if named:
        return [number for _, number in sorted(set(named))]
    numbers = (int(each) for each in re.findall(r"(?<![\d.])\d+(?![\d.%])", words))
    return [number for number in numbers if number < len(classes)]


def _printed(work: Work, cell: int, files: Sequence[str], facts: ServedFacts) -> bool:
    """Whether a cell prints the classes of its images, in their order, by name or by number."""
    words = [word.lower() for word in _WORD.findall(work.cell(cell).text)]
    true = [class_of(file, facts.classes) for file in files]
    names = [facts.classes[number].lower() for number in true if number is not None]
    numbers = [str(number) for number in true]
    return bool(files) and any(
        words[start : start + len(each)] == each
        for each in (names, numbers)
        for start in range(len(words) - len(each) + 1)
    )
