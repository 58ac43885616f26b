"""Checks of the photographs that a notebook shows: which, how many, in what order, under which labels."""

from __future__ import annotations

import re
from collections import Counter

from grader.checks.figures import files_shown, written_in
from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Axes, FigureShown
from grader.submissions.source import CellSource

_RANDOM = re.compile(r"rand|choice|sample|shuffle|permut", re.IGNORECASE)
_ROW = 0.25
"""Axes whose middles differ by less than this share of an axes' height stand in one row."""


_WITH_DOUBLES = 0.9
"""Share of different images from which a random choice counts as whole: drawn with replacement, ten out of
two hundred are all different in four classes of five only."""


@check("images_shown", written_as=("imshow", "matshow"))
def images_shown(
    work: Work,
    *,
    data: str,
    split: str = "train",
    each_class: bool = True,
    per_class: int | None = None,
    at_least: int | None = None,
    random: bool = False,
) -> Outcome:
    """Look for photographs of the data shown by one cell, recognised by their pixels.

    All that is asked for is met, at least half of it partly. An image shown twice counts once; one picture
    put together from many is taken apart.

    Args:
        data: Name of the data set.
        split: The split that the photographs come from.
        each_class: Whether every class must be shown.
        per_class: Fewest images of every class; one when left out.
        at_least: Fewest images, whatever their classes, where not every class must be shown.
        random: Whether the code must pick them at random.
    """
    facts = work.data[data]
    everywhere = (each_class and at_least is None) or per_class is not None
    each = per_class or 1
    total = each * len(facts.classes) if everywhere else at_least or 1
    picked = "random image" if random else "image"
    if everywhere:
        wanted = f"{counted(each, picked)} of each class"
    else:
        wanted = f"{counted(at_least, picked) if at_least else picked + 's'} of the {split} set"
    hint = _how_to_show(work, data, everywhere=everywhere, each=each, total=total)
    by_cell: dict[int, set[str]] = {}
    for figure in work.evidence.of(FigureShown):
        files = {name for name in files_shown(work, figure, data) if name.startswith(f"{split}/")}
        by_cell.setdefault(figure.cell, set()).update(files)

    def amount(index: int) -> int:
        if not everywhere:
            return len(by_cell[index])
        return sum(min(each, number) for number in _classes(by_cell[index]).values())

    cell = max(by_cell, key=lambda index: (amount(index), -index), default=None)
    if (source := written_in(work, "imshow")) is not None and _speaks_of(source, work.data[data], split):
        if random and not _picks_at_random(work, source.index):
            return partly(wanted, "images, always the same ones", hint, cells=(source.index,))
        return met(wanted, "imshow() of images", cells=(source.index,))
    if cell is None or not by_cell[cell]:
        return absent(wanted, hint, found="no figure with images of the data")
    number, classes = len(by_cell[cell]), len(_classes(by_cell[cell]))
    found = f"images of {classes} of {len(facts.classes)} classes" if everywhere else counted(number, "image")
    if per_class is not None:
        found = f"{counted(number, 'image')} of {classes} of {len(facts.classes)} classes"
    if amount(cell) < (_WITH_DOUBLES * total if random else total):
        verdict = partly if 2 * amount(cell) >= total else unmet
        return verdict(wanted, found, hint, cells=(cell,))
    if random and not _picks_at_random(work, cell):
        return partly(wanted, f"{found}, always the same ones", hint, cells=(cell,))
    return met(wanted, found, cells=(cell,))


def _speaks_of(source: CellSource, facts: ServedFacts, split: str) -> bool:
    """Whether a cell's names and paths speak of the split, or of no split and no result."""
    words = source.python.lower()
    if any(other.lower() in words for other in facts.splits):
        return split.lower() in words
    return re.search(r"predict|confusion|\bcm\b|heatmap|history", words) is None


def _classes(files: set[str]) -> Counter[str]:
    return Counter(file.split("/")[1] for file in files)


def _how_to_show(work: Work, data: str, *, everywhere: bool, each: int, total: int) -> str:
    in_folders = any(
        "." in file.rsplit("/", 1)[-1] for files in work.data[data].splits.values() for file in files
    )
    if not everywhere:
        return f"Show {counted(total, 'image')}: for i in range({total}), plt.subplot() and plt.imshow()."
    if in_folders and each == 1:
        choice = "random.choice(os.listdir(class_folder))"
        return f"For each class folder, pick {choice} and show it with plt.imshow()."
    choice = f"np.random.choice(np.where(y_train == label)[0], {each})"
    return f"For each label, show the images that {choice} picks, each with plt.imshow()."


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


def _rows(axes: list[Axes]) -> int:
    middles = sorted(each.position[1] + each.position[3] / 2 for each in axes)
    height = max((each.position[3] for each in axes), default=1.0)
    return sum(
        index == 0 or middle - middles[index - 1] > _ROW * height for index, middle in enumerate(middles)
    )


def _picks_at_random(work: Work, cell: int) -> bool:
    """Whether something random is called in the figure's cell or where that gets its names from.

    Setting a seed draws nothing.
    """
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
    calls = [call for source in chosen for call in source.calls if "seed" not in call.name]
    return any(_RANDOM.search(call.resolved) for call in calls)
