"""What the data that a notebook handed around turned out to be: its samples among the served images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from grader.checks.figures import figure_key
from grader.checks.work import View, Work, view_key
from grader.datasets.identify import Identification, identify
from grader.datasets.index import ImageIndex
from grader.evidence.events import (
    Data,
    Evaluated,
    FigureShown,
    Fitted,
    Picture,
    Predicted,
    Thumbnails,
)
from grader.evidence.evidence import Evidence
from grader.evidence.sampling import spread

_RECOGNISED = 0.5
"""Share of samples that must be served images for data to count as the served data."""

_LARGE, _COMPARED = 10_000, 64
"""Among more images than that (60,000 of them cost a fifth of a second for 64 samples), so many samples are
compared and the others go without a name."""

_ODD_ONES = 6
"""Pictures of a figure that are looked up again one by one."""


def views_of(work: Work, indexes: Mapping[str, ImageIndex]) -> dict[str, View]:
    """A view of all data and figures in the work's evidence, under the keys by which checks ask for them.

    Views that the work has already are kept: what is judged as written holds all that ran.
    """
    indexes = {name: index.on(work.evidence.rung) for name, index in indexes.items()}
    views = dict(work.views)
    for data in _all_data(work.evidence):
        if (key := view_key(data)) not in views:
            views[key] = _view(work, data, indexes)
    for figure in work.evidence.of(FigureShown):
        if (key := figure_key(figure)) not in views:
            views[key] = _figure(figure, indexes)
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
        files=_in_place(found.files(), data.thumbnails.count if data.thumbnails else 0),
        scale=float(np.mean(scale)) if fitted else None,
        offset=float(np.mean(offset)) if fitted else None,
        scales=tuple(scale) if fitted else (),
        offsets=tuple(offset) if fitted else (),
        residual=found.preprocessing.residual if fitted else 0.0,
        words=str(found.preprocessing),
        by_path=by_path,
    )


def _identify(
    kept: Thumbnails | None, indexes: Mapping[str, ImageIndex]
) -> tuple[str, Identification] | None:
    """The data set in which most of the images are found, if most of them are."""
    thumbnails = _means(kept)
    if thumbnails is None:
        return None
    candidates = [
        (name, identify(thumbnails[_compared(len(thumbnails), index)], index))
        for name, index in sorted(indexes.items())
    ]
    best = max(candidates, key=lambda candidate: candidate[1].share, default=None)
    return best if best is not None and best[1].share >= _RECOGNISED else None


def _compared(count: int, index: ImageIndex) -> np.ndarray:
    """Which of so many samples are compared with an index: all of them unless it is a large one."""
    return spread(count, _COMPARED if len(index.paths) > _LARGE else count)


def _in_place(found: tuple[str | None, ...], count: int) -> tuple[str | None, ...]:
    """The files found for some of ``count`` samples, each at its sample's place."""
    files: list[str | None] = [None] * count
    for row, file in zip(spread(count, len(found)), found, strict=True):
        files[row] = file
    return tuple(files)


def _by_path(work: Work, data: Data) -> tuple[str | None, str | None]:
    """Data set and split of the only folder that the data was loaded from."""
    loads = work.loads_of(data)
    for name in work.data:
        splits = {work.split_of(load.path, name) for load in loads}
        if len(splits) == 1 and (split := splits.pop()) in work.data[name].splits:
            return name, split
    return None, None


def _figure(figure: FigureShown, indexes: Mapping[str, ImageIndex]) -> View:
    """The files of its pictures, and of their tiles, in the data set that most of them come from."""
    pictures = [picture for axes in figure.axes for picture in axes.pictures]
    parts = [part for picture in pictures for part in _parts(picture)]
    found = [(name, _files(parts, index)) for name, index in sorted(indexes.items())] if parts else []
    data, files = max(found, key=lambda each: sum(file is not None for file in each[1]), default=("", ()))
    return View(data=data, files=tuple(files)) if any(files) else View(files=(None,) * len(parts))


def _parts(picture: Picture) -> Iterator[np.ndarray | None]:
    """Block means of a picture, then of each of its tiles; None where there are none."""
    for kept, count in ((picture.thumbnail, 1), (picture.tiles, picture.tiles.count if picture.tiles else 0)):
        means = _means(kept)
        yield from (None,) * count if means is None else means[:count]


def _means(kept: Thumbnails | None) -> np.ndarray | None:
    try:
        means = None if kept is None else kept.array()
    except ValueError:  # what the sandbox wrote is no array of that size
        return None
    return means if means is not None and len(means) and np.isfinite(means).all() else None


def _files(parts: Sequence[np.ndarray | None], index: ImageIndex) -> list[str | None]:
    """The file of each part in one data set; all of a figure are looked up together, which is faster."""
    files: list[str | None] = [None] * len(parts)
    for channels in {part.shape[2] for part in parts if part is not None}:
        rows = [row for row, part in enumerate(parts) if part is not None and part.shape[2] == channels]
        _look_up(rows, parts, index, files)
        missed = [row for row in rows if files[row] is None]
        # Beside pictures that were found, others may be of another kind: blue first, or cropped.
        if len(missed) < len(rows):
            for row in missed[:_ODD_ONES]:
                _look_up([row], parts, index, files)
    return files


def _look_up(
    rows: Sequence[int], parts: Sequence[np.ndarray | None], index: ImageIndex, files: list[str | None]
) -> None:
    together = np.stack([part for row in rows if (part := parts[row]) is not None])
    for row, file in zip(rows, identify(together, index).files(), strict=True):
        files[row] = file
