"""What the data that a notebook handed around turned out to be: its samples among the served images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from grader.checks.figures import figure_key
from grader.checks.work import View, Work, view_key
from grader.datasets.identify import Identification, identify
from grader.datasets.index import ImageIndex
from grader.evidence.events import Data, DatasetLoaded, Evaluated, FigureShown, Fitted, Predicted, Thumbnails
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
    name, by_path = _by_path(work, data)
    recognised = _identify(data.thumbnails, indexes)
    if recognised is None:
        return View(data=name, by_path=by_path)
    name, found = recognised
    scale, offset = found.preprocessing.scale, found.preprocessing.offset
    fitted = bool(scale) and (found.preprocessing.exact or found.preprocessing.words != "unknown")
    return View(
        data=name,
        counts=dict(found.splits()),
        files=found.files(),
        scale=float(np.mean(scale)) if fitted else None,
        offset=float(np.mean(offset)) if fitted else None,
        scales=tuple(scale) if fitted else (),
        offsets=tuple(offset) if fitted else (),
        words=str(found.preprocessing),
        by_path=by_path,
    )


def _identify(
    kept: Thumbnails | None, indexes: Mapping[str, ImageIndex]
) -> tuple[str, Identification] | None:
    """The data set in which most of the images are found, if most of them are."""
    try:
        thumbnails = np.zeros((0, 8, 8, 1)) if kept is None else kept.array()
    except ValueError:  # what the sandbox wrote is no array of that size
        return None
    if not len(thumbnails) or not np.isfinite(thumbnails).all():
        return None
    candidates = [(name, identify(thumbnails, index)) for name, index in sorted(indexes.items())]
    best = max(candidates, key=lambda candidate: candidate[1].matched, default=None)
    return best if best is not None and best[1].matched >= _RECOGNISED * len(thumbnails) else None


def _by_path(work: Work, data: Data) -> tuple[str | None, str | None]:
    """Data set and split of the only folder that the data was loaded from."""
    loads = [event for event in work.evidence.of(DatasetLoaded) if event.dataset in data.loads]
    for name in work.data:
        splits = {work.split_of(load.path, name) for load in loads}
        if len(splits) == 1 and (split := splits.pop()) in work.data[name].splits:
            return name, split
    return None, None


def _figure(figure: FigureShown, indexes: Mapping[str, ImageIndex]) -> View:
    """The pictures' files in the data set that most of them come from."""
    pictures = [picture for axes in figure.axes for picture in axes.pictures]
    found = [_identify(picture.thumbnail, indexes) for picture in pictures]
    data = next(iter(Counter(each[0] for each in found if each).most_common(1)), (None, 0))[0]
    files = tuple(each[1].files()[0] if each and each[0] == data else None for each in found)
    return View(data=data, files=files)
