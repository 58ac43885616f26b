"""The canonical network: what a Keras model computes, whatever way it was written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int | None, ...]
"""Without the batch axis."""


class UnreadableNetwork(ValueError):  # noqa: N818
    """A configuration that is no Keras model's, or one beyond every sensible size; the message says which."""


@dataclass(frozen=True)
class Layer:
    """One layer with its effective hyper-parameters.

    ``kind`` is the Keras class name, aliases resolved. An activation is a layer of its own (kind
    ``"Activation"``, argument ``activation``), wherever the student wrote it; a linear activation is none.
    """

    kind: str
    arguments: Mapping[str, Any]
    output_shape: Shape | None
    parameters: int | None
    trainable: bool = True
    name: str = ""
    """The student's layer name, for messages."""
    inputs: tuple[int, ...] = ()
    """Positions of the layers it reads; empty for one that reads the network's input."""
    trainable_parameters: int | None = None
    """Of the parameters, those that training changes: none of a frozen layer's, no moving averages."""


@dataclass(frozen=True)
class Network:
    """Layers in data-flow order."""

    layers: tuple[Layer, ...]
    input_shape: Shape | None
    problems: tuple[str, ...] = field(default=())
    """What could not be read, e.g. a layer of the student's own class."""

    @property
    def parameters(self) -> int | None:
        """Number of parameters, or None when a layer's cannot be known."""
        return _sum(layer.parameters for layer in self.layers)

    @property
    def trainable_parameters(self) -> int | None:
        """Number of parameters that training changes; None when a layer's cannot be known."""
        return _sum(layer.trainable_parameters for layer in self.layers)


def _sum(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else sum(count or 0 for count in known)
