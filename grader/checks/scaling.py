"""What the network's first real layer receives: the pipeline's scaling and the network's own together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from grader.checks.aspects import named, of_each
from grader.checks.channels import WEIGHTED, channel_map, deviation_left
from grader.checks.fits import trains_on_the_data
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Data, Evaluated, Predicted
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
_A_SET = 10
"""Samples from which predictions are of a set and not of examples, which are passed around in many ways."""
_DARKEST, _BRIGHTEST = 0.2, 1.05
"""Largest pixel, as a share of white, by which unrecognised images pass for scaled once."""
_STANDARDISED = 0.25
"""By which the deviation may miss 1: ImageNet's numbers for the training set's are within that."""


def effective_scale(work: Work, network: str, data: Data | None) -> tuple[float, float] | None:
    """Scale and offset from raw 0..255 pixels to the first layer with weights; None if unknown."""
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
        elif layer.kind.startswith(WEIGHTED):
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
def rescaled(
    work: Work,
    *,
    network: str | None = None,
    networks: tuple[str, ...] = (),
    scale: Ratio,
    offset: float = 0.0,
    test: bool = False,
    or_standardised: bool = False,
) -> Outcome:
    """Judge by effect how pixels are scaled in what the network is trained and validated on.

    Scaling in the pipeline, in the network or by hand is the same; one half only is partly, twice or never is
    not.
    Augmented or cropped images are not recognised: there the range that reaches the network tells.

    Args:
        network: Name of the expected network.
        networks: Names of several, in place of ``network``: some of them right is partly. One that is never
            trained is left out.
        scale: Factor on raw 0..255 pixels, e.g. 1/255.
        offset: What is added after scaling.
        test: Whether what the network is evaluated on (or predicts) counts too.
        or_standardised: Whether pixels that were standardised afterwards will do: the factor is lost in that.
    """
    written = _written(scale, offset)
    sets = "training, validation and test" if test else "training and validation"
    wanted = f"pixels rescaled by {_in_words(scale)} for {sets}"
    hint = (
        f"Put {written} once into the network, or map it once over the training and the validation set alike."
    )

    def judge(name: str) -> Outcome:
        fit = work.fit(name)
        if fit is None:
            first = f"Put {written} into the network and train it."
            return absent(wanted, first, found="the network is never trained")
        cells = (fit.cell,)
        if not trains_on_the_data(work, fit):
            other = f"Train on the worksheet's images, rescaled with {written}."
            return unmet(wanted, "trained on other data than the worksheet's", other, cells=cells)
        halves = {"training": fit.data}
        halves |= {"validation": fit.validation} if fit.validation is not None else {}
        if test and (judged_on := _judged_on(work, name)):
            halves |= {"test": judged_on[-1]}
        judged = {part: _judged(work, name, data, scale, offset) for part, data in halves.items()}
        found = "; ".join(f"{part}: {words}" for part, (_, words) in judged.items())
        right = [
            is_right or (or_standardised and _is_standardised(work, name, halves[part]))
            for part, (is_right, _) in judged.items()
        ]
        if all(right):
            return met(wanted, found, cells=cells)
        verdict = partly if any(right) else unmet
        return verdict(wanted, found, hint, cells=cells)

    return of_each(named(network, networks), judge, absent_counts=False)


def _judged_on(work: Work, network: str) -> list[Data]:
    """What the network is evaluated on; where it never is, the sets that it predicts."""
    predicted = [event.data for event in work.of_alike(network, Predicted)]
    evaluated = [event.data for event in work.of_alike(network, Evaluated)]
    return evaluated or [data for data in predicted if (data.samples or 0) >= _A_SET]


def _is_standardised(work: Work, network: str, data: Data) -> bool:
    """Whether pixels lie around 0 with a deviation of about 1, whoever's numbers they were given."""
    found, facts = channel_map(work, network, data), work.data.get(work.view(data).data or "")
    if found is None or facts is None:
        return work.view(data).words == "standardised"
    return deviation_left(found, facts) <= _STANDARDISED


def _judged(work: Work, network: str, data: Data, scale: float, offset: float) -> tuple[bool, str]:
    """Whether one half is scaled as wanted, and how it is scaled in words."""
    fitted = effective_scale(work, network, data)
    if fitted is not None:
        return _close(fitted, scale, offset), _describe(fitted)
    answer = work.answer(network)
    if answer is None or data.minimum is None or data.maximum is None:
        return False, "data that could not be looked at"
    own, shift = _of_network(answer.network)
    low, high = (value * own + shift for value in (data.minimum, data.maximum))
    # The brightest pixel of photographs is hardly below a fifth of white, and resizing overshoots a little.
    top = (high - offset) / (255 * scale)
    return _DARKEST <= top <= _BRIGHTEST, f"pixels from {low:.3g} to {high:.3g}"


def _written(scale: float, offset: float) -> str:
    """The Keras layer that scales so."""
    inverse = 1 / scale if scale else 0.0
    factor = f"1./{inverse:g}" if abs(inverse * 2 - round(inverse * 2)) < 1e-6 else f"{scale:g}"
    return f"Rescaling({factor})" if not offset else f"Rescaling({factor}, offset={offset:g})"


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
