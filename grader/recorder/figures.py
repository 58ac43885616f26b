"""Watching matplotlib: a figure counts when it becomes visible, in the notebook or as a file."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.evidence.events import Axes, FigureShown, Line, Picture, Thumbnails
from grader.evidence.thumbnails import block_means
from grader.recorder.recorder import Recorder
from grader.recorder.watch import watch_method

_VALUES = 1000
_AXES = 200
_BARS = 100
_TEXTS = 150
_SHORT = 60
"""Characters kept of a text in an axes."""
_TILES = (28, 32)
"""Sides of the small images that notebooks put together to one picture."""
_MOST_TILES = 144
_MOST_TILED = 4
"""Pictures of a figure above which none is taken apart: a picture put together fills its figure."""
_LIGHTLY = {"compress_level": 2}
"""How figures in a notebook are packed: by zlib's own 6 a grid of photographs takes twice as long to draw,
and a seventh less room."""
_BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""


def draw_lightly(recorder: Recorder) -> None:
    """Draw what a notebook shows in little time, or not at all where the settings say so.

    Before :func:`watch_figures`, which then sees each figure first.
    """
    from matplotlib.backend_bases import FigureCanvasBase

    def drawn(wrapped: Any, canvas: Any, args: Any, kwargs: Any) -> Any:
        target = args[0] if args else kwargs.get("filename")
        if isinstance(target, str | os.PathLike) or kwargs.get("format") != "png":
            return wrapped(*args, **kwargs)
        if not recorder.settings.draws:
            target.write(_BLANK)
            return None
        return wrapped(*args, **{"pil_kwargs": _LIGHTLY, **kwargs})

    watch_method(FigureCanvasBase, "print_figure", drawn)


def watch_figures(recorder: Recorder) -> None:
    """Record each figure as it is rendered."""
    from matplotlib.backend_bases import FigureCanvasBase

    def rendered(wrapped: Any, canvas: Any, args: Any, kwargs: Any) -> Any:
        target = args[0] if args else kwargs.get("filename")
        if not recorder.log.quiet:
            with recorder.trying("a figure"):
                title = getattr(canvas.figure, "_suptitle", None)
                drawn = canvas.figure.axes[:_AXES]
                few = sum(len(ax.images) for ax in drawn) <= _MOST_TILED
                recorder.log.write(
                    FigureShown,
                    title=title.get_text()[:300] if title is not None else "",
                    axes=tuple(_axes(ax, few) for ax in drawn),
                    path=os.path.abspath(target) if isinstance(target, str | os.PathLike) else None,
                )
        with recorder.log.inside():
            return wrapped(*args, **kwargs)

    watch_method(FigureCanvasBase, "print_figure", rendered)


def _axes(ax: Any, take_apart: bool) -> Axes:
    from matplotlib.collections import QuadMesh
    from matplotlib.patches import Rectangle

    box = ax.get_position()
    legend = ax.get_legend()
    meshes = [collection for collection in ax.collections if isinstance(collection, QuadMesh)]
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return Axes(
        title=ax.get_title()[:300],
        xlabel=ax.get_xlabel()[:300],
        ylabel=ax.get_ylabel()[:300],
        position=(float(box.x0), float(box.y0), float(box.width), float(box.height)),
        lines=tuple(_line(line) for line in ax.lines[:50]),
        pictures=tuple(_picture(image.get_array(), take_apart) for image in ax.images[:20]),
        bars=len(bars),
        bar_values=tuple(_lengths(ax))[:_BARS],
        mesh=bool(meshes),
        heat_maps=tuple(_picture(_values(mesh), False) for mesh in meshes[:4]),
        texts=tuple(text.get_text()[:_SHORT] for text in ax.texts[:_TEXTS]),
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


def _lengths(ax: Any) -> Iterator[float]:
    """Of each bar, lying ones by their width."""
    from matplotlib.container import BarContainer

    for container in ax.containers:
        if isinstance(container, BarContainer):
            lying = getattr(container, "orientation", "vertical") == "horizontal"
            for bar in container.patches:
                yield float(bar.get_width() if lying else bar.get_height())


def _values(mesh: Any) -> np.ndarray:
    """Of a mesh, a row for each of its rows."""
    array: np.ndarray = np.ma.filled(np.ma.asarray(mesh.get_array(), dtype=float), 0.0)
    # A mesh over one axis of edges holds its values flat in older versions of matplotlib.
    corners = mesh.get_coordinates().shape
    return array.reshape(corners[0] - 1, corners[1] - 1) if array.ndim == 1 else array


def _picture(values: Any, take_apart: bool) -> Picture:
    array = np.asarray(values)
    pixels = array[..., None] if array.ndim == 2 else array
    if pixels.ndim != 3 or pixels.shape[2] > 4 or not pixels.size:
        return Picture(shape=tuple(array.shape))
    pixels = np.asarray(pixels, dtype=float)[..., : min(3, pixels.shape[2])]
    tiles = _tiles(pixels) if take_apart else None
    return Picture(
        shape=tuple(array.shape),
        thumbnail=Thumbnails.of(block_means(pixels[None])),
        tiles=None if tiles is None else Thumbnails.of(block_means(tiles)),
    )


def _tiles(pixels: np.ndarray) -> np.ndarray | None:
    """The small images that a picture may be put together from without gaps; None for a single image."""
    height, width, channels = pixels.shape
    for side in _TILES:
        down, across = height // side, width // side
        if height % side == width % side == 0 and 4 <= down * across <= _MOST_TILES:
            grid = pixels.reshape(down, side, across, side, channels)
            return grid.transpose(0, 2, 1, 3, 4).reshape(down * across, side, side, channels)
    return None
