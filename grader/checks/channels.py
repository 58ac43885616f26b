"""The map from raw pixels to a network's first layer with weights, channel by channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Data
from grader.network.bases import bases
from grader.network.network import Network

WEIGHTED = ("Conv", "Dense", "SeparableConv", "DepthwiseConv", *bases())
"""How the kinds of layers begin that end the preprocessing in a network."""


@dataclass(frozen=True)
class ChannelMap:
    """``scale × raw + offset`` for each channel, raw pixels being 0..255."""

    scales: tuple[float, ...]
    offsets: tuple[float, ...]

    @property
    def scale(self) -> float:
        """Mean over the channels."""
        return sum(self.scales) / len(self.scales)

    @property
    def subtracted(self) -> tuple[float, ...]:
        """The raw grey levels that become 0."""
        pairs = zip(self.scales, self.offsets, strict=True)
        return tuple(-offset / scale if scale else math.inf for scale, offset in pairs)

    def then(self, scales: Sequence[float], offsets: Sequence[float]) -> ChannelMap:
        """Followed by another map; one number stands for all channels."""
        n = max(len(self.scales), len(scales), len(offsets))
        s, o, s2, o2 = (_spread(values, n) for values in (self.scales, self.offsets, scales, offsets))
        return ChannelMap(
            tuple(a * b for a, b in zip(s, s2, strict=True)),
            tuple(a * b + c for a, b, c in zip(o, s2, o2, strict=True)),
        )


def _spread(values: Sequence[float], n: int) -> tuple[float, ...]:
    return tuple(values) * n if len(values) == 1 else tuple(values)


def channel_map(work: Work, network: str, data: Data | None) -> ChannelMap | None:
    """What the pipeline and the network's own first layers do to the pixels; None if unknown."""
    view, answer = work.view(data), work.answer(network)
    if answer is None or not view.scales or len(view.scales) != len(view.offsets):
        return None
    found = ChannelMap(view.scales, view.offsets)
    for scales, offsets in _maps(answer.network):
        widths = {len(scales), len(offsets), len(found.scales)} - {1}
        if len(widths) > 1:
            return None
        found = found.then(scales, offsets)
    return found


def _maps(network: Network) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Of the layers before the first with weights."""
    maps = []
    for layer in network.layers:
        if layer.kind.startswith(WEIGHTED):
            break
        if layer.kind == "Rescaling":
            scale = _numbers(layer.arguments.get("scale")) or (1.0,)
            maps.append((scale, _numbers(layer.arguments.get("offset")) or (0.0,)))
        means, squares = (_numbers(layer.arguments.get(name)) for name in ("mean", "variance"))
        if layer.kind == "Normalization" and means and squares:
            scales = tuple(1 / math.sqrt(square) if square > 0 else 1.0 for square in squares)
            n = max(len(means), len(scales))
            both = zip(_spread(means, n), _spread(scales, n), strict=False)
            maps.append((scales, tuple(-mean * scale for mean, scale in both)))
    return maps


def is_adapted(network: Network) -> bool:
    """Whether a Normalization layer in front took its numbers from data that it was shown."""
    return any(
        layer.kind == "Normalization" and not _numbers(layer.arguments.get("mean"))
        for layer in network.layers[: _first_weighted(network)]
    )


def _first_weighted(network: Network) -> int:
    kinds = [layer.kind.startswith(WEIGHTED) for layer in network.layers]
    return kinds.index(True) if True in kinds else len(kinds)


def _numbers(value: Any) -> tuple[float, ...]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (float(value),)
    if isinstance(value, Sequence) and not isinstance(value, str):
        found = tuple(number for each in value for number in _numbers(each))
        return found if len(found) == len(value) or len(value) == 1 else ()
    return ()


def mean_left(found: ChannelMap, facts: ServedFacts) -> float:
    """How far the training split's mean is from 0 after it, in deviations: by channel or all together."""
    ways = [((facts.mean,) * len(found.scales), (facts.deviation,) * len(found.scales))]
    if len(facts.channel_means) == len(found.scales):
        ways.append((facts.channel_means, facts.channel_deviations))
    return min(
        max(
            abs(level - mean) / deviation if deviation else math.inf
            for level, mean, deviation in zip(found.subtracted, means, deviations, strict=True)
        )
        for means, deviations in ways
    )


def deviation_left(found: ChannelMap, facts: ServedFacts) -> float:
    """How far its standard deviation is from 1 after it: by channel or all together."""
    ways = [(facts.deviation,) * len(found.scales)]
    if len(facts.channel_deviations) == len(found.scales):
        ways.append(facts.channel_deviations)
    return min(
        max(abs(abs(scale) * deviation - 1) for scale, deviation in zip(found.scales, way, strict=True))
        for way in ways
    )
