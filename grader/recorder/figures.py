"""Watching matplotlib: a figure counts when it becomes visible, in the notebook or as a file."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from grader.evidence.events import Axes, FigureShown, Line, Picture, Thumbnails
from grader.evidence.thumbnails import block_means
from grader.recorder.recorder import Recorder
from grader.recorder.watch import watch_method

_VALUES = 1000
_AXES = 200


def watch_figures(recorder: Recorder) -> None:
    """Record each figure as it is rendered."""
    from matplotlib.backend_bases import FigureCanvasBase

    def rendered(wrapped: Any, canvas: Any, args: Any, kwargs: Any) -> Any:
        target = args[0] if args else kwargs.get("filename")
        if not recorder.log.quiet:
            with recorder.trying("a figure"):
                title = getattr(canvas.figure, "_suptitle", None)
                recorder.log.write(
                    FigureShown,
                    title=title.get_text()[:300] if title is not None else "",
                    axes=tuple(_axes(ax) for ax in canvas.figure.axes[:_AXES]),
                    path=os.path.abspath(target) if isinstance(target, str | os.PathLike) else None,
                )
        with recorder.log.inside():
            return wrapped(*args, **kwargs)

    watch_method(FigureCanvasBase, "print_figure", rendered)


def _axes(ax: Any) -> Axes:
    from matplotlib.collections import QuadMesh
    from matplotlib.patches import Rectangle

    box = ax.get_position()
    legend = ax.get_legend()
    return Axes(
        title=ax.get_title()[:300],
        xlabel=ax.get_xlabel()[:300],
        ylabel=ax.get_ylabel()[:300],
        position=(float(box.x0), float(box.y0), float(box.width), float(box.height)),
        lines=tuple(_line(line) for line in ax.lines[:50]),
        pictures=tuple(_picture(image) for image in ax.images[:20]),
        bars=sum(isinstance(patch, Rectangle) for patch in ax.patches),
        mesh=any(isinstance(collection, QuadMesh) for collection in ax.collections),
        legend=tuple(text.get_text()[:300] for text in legend.get_texts()) if legend is not None else (),
    )


def _line(line: Any) -> Line:
    label = str(line.get_label())
    try:
        values = np.asarray(line.get_ydata(), dtype=float).ravel()
    except (TypeError, ValueError):
        values = np.zeros(0)
    return Line(
        label="" if label.startswith("_") else label[:300],
        values=tuple(values[:_VALUES].tolist()),
        length=len(values),
    )


def _picture(image: Any) -> Picture:
    array = np.asarray(image.get_array())
    pixels = array[..., None] if array.ndim == 2 else array
    if pixels.ndim != 3 or pixels.shape[2] > 4 or not pixels.size:
        return Picture(shape=tuple(array.shape))
    means = block_means(np.asarray(pixels[None], dtype=float)[..., : min(3, pixels.shape[2])])
    return Picture(shape=tuple(array.shape), thumbnail=Thumbnails.of(means))
