"""Checks of figures: training curves and grids of photographs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Axes, FigureShown

_RANDOM = re.compile(r"rand|choice|sample|shuffle|permut", re.IGNORECASE)
_ROW = 0.25
"""Axes whose middles differ by less than this share of an axes' height stand in one row."""


@check("curves", written_as=("plot", "plot_history"))
def curves(work: Work, *, network: str, series: str, together: bool = False) -> Outcome:
    """Look for curves of a training: the line's values are compared with the history that ``fit`` returned.

    Args:
        network: Name of the expected network.
        series: Name in the history, e.g. ``loss`` or ``accuracy``; its ``val_`` partner is asked for too.
        together: Whether both must stand in one axes; otherwise separate figures are as good.
    """
    wanted = f"curves of training and validation {series}"
    fit = work.fit(network)
    hint = f"Plot history.history['{series}'] and ['val_{series}']."
    if fit is None or not fit.history:
        return absent(wanted, hint, found="no training whose history could be plotted")
    names = {name: _series_names(name) for name in (series, f"val_{series}")}
    drawn: dict[str, list[tuple[int, Axes]]] = {name: [] for name in names}
    for figure in work.evidence.of(FigureShown):
        for axes in figure.axes:
            for name, spellings in names.items():
                if any(_draws(line.values, fit.history, spellings) for line in axes.lines):
                    drawn[name].append((figure.cell, axes))
    present = [name for name, places in drawn.items() if places]
    cells = tuple(dict.fromkeys(cell for places in drawn.values() for cell, _ in places))
    if not present:
        return absent(wanted, hint, found=f"no figure shows the {series} of this training")
    if len(present) == 1:
        return partly(wanted, f"only the curve of {present[0]}", hint, cells=cells)
    shared = any(axes in [other for _, other in drawn[f"val_{series}"]] for _, axes in drawn[series])
    if together and not shared:
        return partly(wanted, "the two curves in separate axes", "Draw both into one axes.", cells=cells)
    return met(wanted, "both curves", cells=cells)


def _series_names(name: str) -> tuple[str, ...]:
    """The names under which Keras may report the same series."""
    prefix = "val_" if name.startswith("val_") else ""
    if name.removeprefix("val_") not in ("accuracy", "acc"):
        return (name,)
    spellings = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy")
    return tuple(prefix + spelling for spelling in spellings)


def _draws(values: tuple[float, ...], history: dict[str, tuple[float, ...]], names: Iterable[str]) -> bool:
    """Whether a line begins with one of the series (a shortened training is lengthened by its last value)."""
    for name in names:
        given = history.get(name, ())
        if (
            given
            and len(values) >= len(given)
            and np.allclose(values[: len(given)], given, rtol=1e-4, atol=1e-6)
        ):
            return True
        if (
            given
            and len(values) >= len(given)
            and np.allclose(values[: len(given)], np.multiply(given, 100), rtol=1e-4)
        ):
            return True
    return False


@check("images_shown", written_as=("imshow",))
def images_shown(
    work: Work, *, data: str, split: str = "train", each_class: bool = True, random: bool = False
) -> Outcome:
    """Look for a figure that shows photographs of the data, recognised by their pixels.

    Args:
        data: Name of the data set.
        split: The split that the photographs come from.
        each_class: Whether every class must be shown.
        random: Whether the code must pick them at random.
    """
    facts = work.data[data]
    wanted = (
        ("a random image of each class" if random else "an image of each class") if each_class else "images"
    )
    hint = "Take random.choice(os.listdir(class_folder)) for each class folder and show it with imshow."
    by_cell: dict[int, set[str]] = {}
    for figure in work.evidence.of(FigureShown):
        shown = {name.split("/")[1] for name in _files_shown(work, figure) if name.split("/")[0] == split}
        by_cell.setdefault(figure.cell, set()).update(shown)
    cell = max(by_cell, key=lambda index: (len(by_cell[index]), -index), default=None)
    if cell is None or not by_cell[cell]:
        return absent(wanted, hint, found="no figure with images of the data")
    shown = by_cell[cell]
    count = f"images of {len(shown)} of {len(facts.classes)} classes"
    if each_class and len(shown) < len(facts.classes):
        enough = 2 * len(shown) >= len(facts.classes)
        return (
            partly(wanted, count, hint, cells=(cell,))
            if enough
            else unmet(wanted, count, hint, cells=(cell,))
        )
    if random and not _picks_at_random(work, cell):
        return partly(wanted, f"{count}, always the same ones", hint, cells=(cell,))
    return met(wanted, count, cells=(cell,))


@check("image_rows", written_as=("imshow",))
def image_rows(work: Work, *, data: str, rows: int = 2, at_least: int | None = None) -> Outcome:
    """Look at the layout of the figure that shows the photographs: rows are told from the axes' places.

    Args:
        data: Name of the data set.
        rows: Number of rows that the images must stand in.
        at_least: Fewest images in the figure; as many as there are classes when left out.
    """
    facts = work.data[data]
    least = at_least or len(facts.classes)
    wanted = f"at least {least} images in one figure, in {rows} rows"
    hint = f"Use plt.subplot({rows}, {-(-least // rows)}, i + 1) for image number i."
    judged: list[tuple[Fraction, int, int, int]] = []
    for figure in work.evidence.of(FigureShown):
        pictured = [axes for axes in figure.axes if axes.pictures]
        if len(_files_shown(work, figure)) >= least / 2:
            have = _rows(pictured)
            right = have == rows and len(pictured) >= least
            judged.append((Fraction(1) if right else Fraction(1, 2), figure.cell, len(pictured), have))
    if judged:
        score, cell, count, have = max(judged, key=lambda each: (each[0], -each[1]))
        return Outcome(
            score,
            wanted,
            f"{count} images in {have} row{'s' * (have != 1)}",
            "" if score == 1 else hint,
            (cell,),
        )
    single = [figure.cell for figure in work.evidence.of(FigureShown) if _files_shown(work, figure)]
    if single:
        return unmet(wanted, "images in figures of their own", hint, cells=tuple(dict.fromkeys(single)))
    return absent(wanted, hint, found="no figure with images of the data")


def _files_shown(work: Work, figure: FigureShown) -> list[str]:
    view = work.views.get(figure_key(figure))
    return [name for name in view.files if name] if view else []


def figure_key(figure: FigureShown) -> str:
    """Under this key a work's views tell what a figure's pictures are."""
    return hashlib.sha256(figure.model_dump_json().encode()).hexdigest()


def _rows(axes: list[Axes]) -> int:
    middles = sorted(each.position[1] + each.position[3] / 2 for each in axes)
    height = max((each.position[3] for each in axes), default=1.0)
    return sum(
        index == 0 or middle - middles[index - 1] > _ROW * height for index, middle in enumerate(middles)
    )


def _picks_at_random(work: Work, cell: int) -> bool:
    """Whether code up to the figure calls something random, in the figure's cell or where it gets its images."""
    near = [source for source in work.sources if source.index <= cell]
    here = next((source for source in near if source.index == cell), None)
    if here is None:
        return False
    needed = set(here.uses)
    chosen = [here]
    for source in reversed(near[: near.index(here)]):
        if needed & source.defines:
            chosen.append(source)
            needed |= source.uses
    return any(_RANDOM.search(call.resolved) for source in chosen for call in source.calls)
