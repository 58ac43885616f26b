"""How much layers differ, as shares of a layer.

Leaving a layer out costs 1. The figures decide what is seen as the same layer with other arguments and what
as another layer: two layers of one kind always pair rather than count as one missing and one extra.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from grader.network.arguments import RECURRENT
from grader.network.bases import is_base
from grader.network.comparison import Difference
from grader.network.network import Layer
from grader.network.signatures import is_known, signature
from grader.network.spec import LayerSpec
from grader.network.values import argument_text

OPENING = 0.2
"""Of each run of missing or of extra layers, so that a left-out block is seen as one."""

ACTIVATION = 0.4
"""Weight of an activation."""

INPUT = 1.0
"""Weight of the input shape."""

OTHER_ACTIVATION = 0.2
"""Of a wrong activation where one is asked for."""

_LIGHT = 0.5
_OTHER_KIND = 0.9
_MOST_OF_ARGUMENTS = 0.8
_ARGUMENT = {
    "filters": 0.25,
    "units": 0.25,
    "kernel_size": 0.25,
    "pool_size": 0.2,
    "strides": 0.2,
    "padding": 0.2,
}
_OTHER_ARGUMENT = 0.1

_LIGHT_KINDS = re.compile(
    r".*Dropout.*|.*Normalization|Rescaling|Resizing|Random.*|Gaussian.*|ZeroPadding.*|Cropping.*"
)
_RELATED = (
    ("MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling"),
    ("Flatten", "GlobalMaxPooling", "GlobalAveragePooling"),
    ("Conv", "SeparableConv", "DepthwiseConv", "ConvTranspose"),
    ("BatchNormalization", "LayerNormalization", "GroupNormalization"),
    ("Dropout", "SpatialDropout", "AlphaDropout", "GaussianDropout"),
    ("LSTM", "GRU", "SimpleRNN"),
)
_MONOTONE = ("relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "softsign")
_MOVES_VALUES_ONLY = ("Flatten", "Reshape", "Permute")


def takes_activation(kind: str) -> bool:
    """Whether the layer has an ``activation`` argument that is applied to its output."""
    if not is_known(kind) or kind == "Activation" or kind.startswith(RECURRENT):
        return False
    return "activation" in signature(kind).arguments


def weight(kind: str) -> float:
    """What a layer counts for when it is missing or extra."""
    if kind == "Activation":
        return ACTIVATION
    return _LIGHT if is_light(kind) else 1.0


@lru_cache(4096)
def is_light(kind: str) -> bool:
    """Whether the layer changes the network little: regularization, normalization, preparation of the
    input."""
    return _LIGHT_KINDS.fullmatch(kind) is not None


@lru_cache(4096)
def related(one: str, other: str) -> bool:
    """Whether two kinds of layers do the same job, so that one may have been taken for the other."""
    if is_base(one) and is_base(other):
        return True
    stems = [re.sub(r"[123]D", "", kind) for kind in (one, other)]
    return any(all(stem in family for stem in stems) for family in _RELATED)


def argument_differences(spec: LayerSpec, layer: Layer) -> list[Difference]:
    """In what a layer differs from what its line states, the activation aside."""
    other_kind = layer.kind != spec.kind
    differences = [Difference("layer", spec.kind, layer.kind)] if other_kind else []
    for name, allowed in spec.arguments.items():
        found = layer.arguments.get(name)
        if not allowed.admits(found) and not (other_kind and found is None):
            differences.append(Difference(name, argument_text(name, allowed), argument_text(name, found)))
    return differences


def cost_of(differences: Sequence[Difference]) -> float:
    """Of one pairing, as a share of a layer."""
    special = {"layer": _OTHER_KIND, "position": 1.0, "activation": OTHER_ACTIVATION}
    harmful = [each.argument for each in differences if not each.harmless]
    arguments = sum(_ARGUMENT.get(name, _OTHER_ARGUMENT) for name in harmful if name not in special)
    # Of two layers of another kind the one with the nearer arguments should still be taken.
    most = 0.1 if "layer" in harmful else _MOST_OF_ARGUMENTS
    return min(arguments, most) + sum(special[name] for name in harmful if name in special)


def commutes(activation: str, passed: list[str]) -> bool:
    """Whether the activation may stand behind these layers too: max(relu(x)) is relu(max(x))."""
    return all(
        kind in _MOVES_VALUES_ONLY or (activation in _MONOTONE and re.match(r"(Global)?MaxPooling", kind))
        for kind in passed
    )
