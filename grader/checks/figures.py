"""What figures show: the served images among their pictures, and what cannot be seen of them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from grader.checks.work import Work
from grader.evidence.events import Axes, FigureShown
from grader.submissions.source import CellSource

_UNWATCHED = ("plotly.", "altair.", "bokeh.", "hvplot.", "holoviews.", "livelossplot.", "cufflinks.")
"""Libraries that draw without matplotlib, or draw while a network trains."""
_SMOOTHED = re.compile(r"smooth|convolve|savgol|gaussian_filter|rolling|ewm|moving_av|interp|spline", re.I)


@dataclass(frozen=True)
class Shown:
    """An axes and the served images recognised in it."""

    axes: Axes
    files: tuple[str | None, ...]
    """``split/class/name`` of each picture, or of each tile of a picture put together; None for others."""


def shown_in(work: Work, figure: FigureShown, data: str) -> list[Shown]:
    """Every axes of a figure that has pictures, with their files in the data set."""
    view = work.views.get(figure_key(figure))
    files = view.files if view is not None and view.data == data else ()
    shown, at = [], 0
    for axes in figure.axes:
        seen: list[str | None] = []
        for picture in axes.pictures:
            tiles = picture.tiles.count if picture.tiles is not None else 0
            whole, parts = files[at : at + 1], files[at + 1 : at + 1 + tiles]
            seen.extend(parts if any(parts) else whole or (None,))
            at += 1 + tiles
        if axes.pictures:
            shown.append(Shown(axes, tuple(seen)))
    return shown


def files_shown(work: Work, figure: FigureShown, data: str) -> list[str]:
    """Files of the data set, ``split/class/name``, that a figure's pictures were recognised to be."""
    return [file for shown in shown_in(work, figure, data) for file in shown.files if file]


def figure_key(figure: FigureShown) -> str:
    """Under this key a work's views tell what a figure's pictures are.

    The view's ``files`` hold for each picture, axes by axes, its own file and then those of its tiles.
    """
    return hashlib.sha256(figure.model_dump_json().encode()).hexdigest()


def written_in(work: Work, *calls: str) -> CellSource | None:
    """The first failed cell, judged as written, that makes all of these calls; ``a|b`` is either one."""
    for source in work.sources:
        if source.index in work.written:
            made = {call.name for call in source.calls}
            if all(made & set(call.split("|")) for call in calls):
                return source
    return None


def drawn_unseen(cell: CellSource) -> bool:
    """Whether a cell draws with a library that the recorder does not watch."""
    return any(f"{call.resolved}.".startswith(_UNWATCHED) for call in cell.calls)


def smoothed(cell: CellSource) -> bool:
    """Whether a cell smooths what it draws, so that the values are not those of a history."""
    return any(_SMOOTHED.search(call.dotted) for call in cell.calls)
