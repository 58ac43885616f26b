"""What the network's first real layer receives: the pipeline's scaling and the network's own, taken together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Data
from grader.network.network import Network


def _ratio(value: Any) -> Any:
    if isinstance(value, str) and value.count("/") == 1:
        above, below = value.split("/")
        return float(above) / float(below) if float(below) else value
    return value


Ratio = Annotated[
    float,
    BeforeValidator(_ratio),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[\d.]+\s*/\s*[\d.]+$"}]}),
]
"""A number, or two with a slash: ``1/255``."""

_TOLERANCE = 0.05
"""Relative; resizing by another method moves fitted scales by about a hundredth."""


def effective_scale(work: Work, network: str, data: Data | None) -> tuple[float, float] | None:
    """Scale and offset from raw 0..255 pixels to the first layer that is not preprocessing; None if unknown."""
    view, answer = work.view(data), work.answer(network)
    if answer is None or view.scale is None or view.offset is None:
        return None
    scale, offset = _of_network(answer.network)
    return view.scale * scale, view.offset * scale + offset


def _of_network(network: Network) -> tuple[float, float]:
    scale, offset = 1.0, 0.0
    for layer in network.layers:
        if layer.kind == "Rescaling":
            own, shift = (
                _number(layer.arguments.get("scale", 1.0)),
                _number(layer.arguments.get("offset", 0.0)),
            )
            scale, offset = scale * own, offset * own + shift
        elif layer.kind.startswith(("Conv", "Dense", "SeparableConv", "DepthwiseConv")):
            break
    return scale, offset


def _number(value: Any) -> float:
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0] if value else 1.0
    return float(value) if isinstance(value, int | float) else 1.0


def _close(found: tuple[float, float], scale: float, offset: float) -> bool:
    return (
        math.isclose(found[0], scale, rel_tol=_TOLERANCE)
        and abs(found[1] - offset) <= _TOLERANCE * abs(scale) * 255
    )


def scaled_alike(work: Work, network: str, data: Data) -> bool:
    """Whether ``data`` is scaled as what the network was trained on; unknown counts as alike."""
    fit = work.fit(network)
    trained = effective_scale(work, network, fit.data if fit else None)
    judged = effective_scale(work, network, data)
    return trained is None or judged is None or _close(judged, *trained)


@check("rescaled", written_as=("fit", "Rescaling", "map", "ImageDataGenerator"))
def rescaled(work: Work, *, network: str, scale: Ratio, offset: float = 0.0) -> Outcome:
    """Judge by effect how pixels are scaled in what the network is trained and validated on.

    Scaling in the pipeline, in the network or by hand is the same; one half only is partly, twice or never is not.

    Args:
        network: Name of the expected network.
        scale: Factor on raw 0..255 pixels, e.g. 1/255.
        offset: What is added after scaling.
    """
    wanted = f"pixels rescaled by {_in_words(scale)} for training and validation"
    fit = work.fit(network)
    if fit is None:
        return absent(wanted, "Rescale the pixels, then train.", found="the network is never trained")
    halves = {"training": fit.data} | ({"validation": fit.validation} if fit.validation is not None else {})
    found = {name: effective_scale(work, network, data) for name, data in halves.items()}
    if all(each is None for each in found.values()):
        if not work.view(fit.data).known:
            hint = "Train on the worksheet's images, rescaled."
            return unmet(wanted, "trained on other data than the worksheet's", hint, cells=(fit.cell,))
        return _by_range(fit.data, wanted, fit.cell, scale)
    right = {name: each is None or _close(each, scale, offset) for name, each in found.items()}
    words = "; ".join(f"{name}: {_describe(each)}" for name, each in found.items())
    cells = (fit.cell,)
    if all(right.values()):
        return met(wanted, words, cells=cells)
    hint = "Put Rescaling(1./255) once into the network, or map it once over the training and the validation set alike."
    return (
        partly(wanted, words, hint, cells=cells)
        if any(right.values())
        else unmet(wanted, words, hint, cells=cells)
    )


def _by_range(data: Data, wanted: str, cell: int, scale: float) -> Outcome:
    """Augmented or cropped pictures are not recognised: their range still tells."""
    if data.maximum is None:
        return unmet(
            wanted, "data that could not be looked at", "Train on the images of the worksheet.", cells=(cell,)
        )
    words = f"pixels from {data.minimum:.3g} to {data.maximum:.3g}"
    top = 255 * scale
    if 0.2 * top <= data.maximum <= 1.05 * top:
        return met(wanted, words, cells=(cell,))
    return unmet(wanted, words, "Rescale the pixels exactly once.", cells=(cell,))


def _in_words(scale: float) -> str:
    return f"1/{round(1 / scale)}" if scale and abs(1 / scale - round(1 / scale)) < 1e-6 else f"{scale:g}"


def _describe(found: tuple[float, float] | None) -> str:
    if found is None:
        return "not recognised"
    scale, offset = found
    names = {1.0: "raw 0..255", 1 / 255: "divided by 255", 1 / 255**2: "divided by 255 twice"}
    for known, words in names.items():
        if _close(found, known, 0.0):
            return words
    return f"× {scale:.4g} + {offset:.3g}"
