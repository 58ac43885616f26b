"""Checks of figures: training curves and grids of photographs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import numpy as np

from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
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
    hint = f"Plot history.history['{series}'] and history.history['val_{series}'] with plt.plot()."
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
        missing = next(name for name in names if name not in present)
        hint = f"Plot history.history['{missing}'] as well."
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
    """Whether a line begins with one of the series, as it is or in percent.

    A shortened training is lengthened by its last value, so the line may go on.
    """
    for name in names:
        given = history.get(name, ())
        if given and len(values) >= len(given):
            begin = np.asarray(values[: len(given)])
            if any(np.allclose(begin, np.multiply(given, unit), rtol=1e-4, atol=1e-6) for unit in (1, 100)):
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
    picked = "random image" if random else "image"
    wanted = f"a {picked} of each class" if each_class else f"{picked}s of the {split} set"
    wanted = wanted.replace("a image", "an image")
    hint = (
        "For each class folder, pick random.choice(os.listdir(class_folder)) and show it with plt.imshow()."
    )
    by_cell: dict[int, set[str]] = {}
    for figure in work.evidence.of(FigureShown):
        files = [name.split("/") for name in files_shown(work, figure, data)]
        shown = {label for part, label, _ in files if part == split}
        by_cell.setdefault(figure.cell, set()).update(shown)
    cell = max(by_cell, key=lambda index: (len(by_cell[index]), -index), default=None)
    if cell is None or not by_cell[cell]:
        return absent(wanted, hint, found="no figure with images of the data")
    shown = by_cell[cell]
    count = f"images of {len(shown)} of {len(facts.classes)} classes"
    if each_class and len(shown) < len(facts.classes):
        verdict = partly if 2 * len(shown) >= len(facts.classes) else unmet
        return verdict(wanted, count, hint, cells=(cell,))
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
    hint = (
        f"Call plt.subplot({rows}, {-(-least // rows)}, i + 1) before plt.imshow() of image number i, from 0."
    )
    showing = [figure for figure in work.evidence.of(FigureShown) if files_shown(work, figure, data)]
    grids: list[Outcome] = []
    for figure in showing:
        pictured = [axes for axes in figure.axes if axes.pictures]
        if 2 * len(files_shown(work, figure, data)) >= least:
            have = _rows(pictured)
            found = f"{counted(len(pictured), 'image')} in {counted(have, 'row')}"
            right = have == rows and len(pictured) >= least
            cells = (figure.cell,)
            grids.append(
                met(wanted, found, cells=cells) if right else partly(wanted, found, hint, cells=cells)
            )
    if grids:
        return max(grids, key=lambda outcome: outcome.score)
    single = [figure.cell for figure in showing]
    if single:
        return unmet(wanted, "images in figures of their own", hint, cells=tuple(dict.fromkeys(single)))
    return absent(wanted, hint, found="no figure with images of the data")


def files_shown(work: Work, figure: FigureShown, data: str) -> list[str]:
    """Files of the data set, ``split/class/name``, that a figure's pictures were recognised to be."""
    view = work.views.get(figure_key(figure))
    return [name for name in view.files if name] if view and view.data == data else []


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
    """Whether something random is called in the figure's cell or where that gets its names from."""
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
