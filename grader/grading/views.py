"""What the data that a notebook handed around turned out to be: each kept sample found among the served images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from grader.checks.figures import figure_key
from grader.checks.files import split_of
from grader.checks.work import View, Work, view_key
from grader.datasets.identify import Identification, identify
from grader.datasets.index import ImageIndex
from grader.evidence.events import Data, DatasetLoaded, Evaluated, FigureShown, Fitted, Predicted
from grader.evidence.evidence import Evidence

_RECOGNISED = 0.5
"""Share of samples that must be served images for data to count as the served data."""


def views_of(work: Work, indexes: Mapping[str, ImageIndex]) -> dict[str, View]:
    """A view of all data and figures in the work's evidence, under the keys by which checks ask for them."""
    views = {view_key(data): _view(work, data, indexes) for data in _all_data(work.evidence)}
    for figure in work.evidence.of(FigureShown):
        views[figure_key(figure)] = _figure(figure, indexes)
    return views


def _all_data(evidence: Evidence) -> Iterator[Data]:
    for event in evidence.events:
        if isinstance(event, Fitted | Evaluated | Predicted):
            yield event.data
        if isinstance(event, Fitted) and event.validation is not None:
            yield event.validation


def _view(work: Work, data: Data, indexes: Mapping[str, ImageIndex]) -> View:
    by_path = _by_path(work, data)
    found = None if data.thumbnails is None else _identify(data.thumbnails.array(), indexes)
    if found is None:
        return View(by_path=by_path)
    scale, offset = found.preprocessing.scale, found.preprocessing.offset
    fitted = bool(scale) and (found.preprocessing.exact or found.preprocessing.words != "unknown")
    return View(
        counts=dict(found.splits()),
        files=found.files(),
        scale=float(np.mean(scale)) if fitted else None,
        offset=float(np.mean(offset)) if fitted else None,
        words=str(found.preprocessing),
        by_path=by_path,
    )


def _identify(thumbnails: np.ndarray, indexes: Mapping[str, ImageIndex]) -> Identification | None:
    usable = np.isfinite(thumbnails).all() and len(thumbnails)
    candidates = [identify(thumbnails, index) for index in indexes.values()] if usable else []
    best = max(candidates, key=lambda found: found.matched, default=None)
    return best if best is not None and best.matched >= _RECOGNISED * len(thumbnails) else None


def _by_path(work: Work, data: Data) -> str | None:
    loads = [event for event in work.evidence.of(DatasetLoaded) if event.dataset in data.loads]
    for name in work.data:
        splits = {split_of(work, load.path, name) for load in loads}
        if len(splits) == 1 and (split := splits.pop()) in work.data[name].splits:
            return split
    return None


def _figure(figure: FigureShown, indexes: Mapping[str, ImageIndex]) -> View:
    files: list[str | None] = []
    for axes in figure.axes:
        for picture in axes.pictures:
            found = None if picture.thumbnail is None else _identify(picture.thumbnail.array(), indexes)
            files.append(found.files()[0] if found else None)
    return View(files=tuple(files))
