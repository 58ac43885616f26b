"""Whether two networks are the same, whatever their layers are called and however they were written."""

from __future__ import annotations

import hashlib
from typing import Any

from grader.network.align import compare
from grader.network.comparison import Comparison
from grader.network.costs import takes_activation
from grader.network.network import Network
from grader.network.shapes import ELEMENTWISE_MERGES
from grader.network.spec import ExpectedNetwork, LayerSpec
from grader.network.values import Allowed


def digest(network: Network) -> str:
    """A stable hash (SHA-256, hexadecimal) of what the network computes and how it starts and is regularized.

    Names, and the order of the inputs of a sum or product, do not count; ``trainable`` and shared weights do.
    A layer of the student's own class counts by its name and configuration, which need not say all: compare
    ``Network.problems`` before taking equal digests for equal networks.
    """
    hashes: list[str] = []
    for layer in network.layers:
        sources = [hashes[position] for position in layer.inputs]
        if layer.kind in ELEMENTWISE_MERGES and layer.kind != "Subtract":
            sources.sort()
        arguments = sorted((name, _stable(value)) for name, value in layer.arguments.items())
        hashes.append(_hash(layer.kind, arguments, sources, layer.parameters, layer.trainable))
    return _hash(network.input_shape, sorted(hashes))


def same(one: Network, other: Network) -> bool:
    """Whether two networks are equal, disregarding names."""
    return digest(one) == digest(other)


def difference(network: Network, other: Network) -> Comparison:
    """How a network compares with another one that is taken as the expected one."""
    return compare(network, specification(other))


def specification(network: Network) -> ExpectedNetwork:
    """The expected network that states everything about a given one, line by line in its data-flow order."""
    lines: list[LayerSpec] = []
    for position, layer in enumerate(network.layers):
        arguments = {name: Allowed((value,)) for name, value in layer.arguments.items()}
        before = network.layers[position - 1] if layer.inputs == (position - 1,) else None
        fused = layer.kind == "Activation" and set(arguments) == {"activation"} and before is not None
        if fused and before is not None and takes_activation(before.kind):
            last = lines.pop()
            lines.append(LayerSpec(last.kind, last.arguments, arguments["activation"]))
        elif layer.kind != "InputLayer":
            bare = Allowed(("linear",)) if takes_activation(layer.kind) else None
            lines.append(LayerSpec(layer.kind, arguments, bare))
    return ExpectedNetwork(network.input_shape, tuple(lines))


def _stable(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({','.join(map(_stable, value))})"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return repr(float(value))
    return repr(value)


def _hash(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()
