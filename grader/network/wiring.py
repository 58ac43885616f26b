"""How a serialized functional model's layers are connected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.network.arguments import MAX_DEPTH, shape_of
from grader.network.network import Shape, UnreadableNetwork

Reference = tuple[str, int, int]
"""Layer name, which call of it, which of its outputs: Keras's ``keras_history``."""

_MAX_REFERENCES = 5_000


@dataclass(frozen=True)
class Call:
    """One call of a layer."""

    sources: tuple[Reference, ...]
    shapes: tuple[Shape | None, ...]
    """Of the sources, as the configuration claims them."""
    constants: tuple[Any, ...]
    """What else it was called with."""
    tensor_first: bool
    """Whether the first argument is a tensor: ``x - 1``, not ``1 - x``."""


def call_of(entry: Mapping[str, Any] | None, index: int) -> Call:
    """The layer's call number ``index``.

    Raises:
        UnreadableNetwork: there is none, or it reads nothing.
    """
    name = str(entry.get("name"))[:60] if entry else ""
    nodes = entry.get("inbound_nodes") if entry else None
    if (
        not isinstance(nodes, list | tuple)
        or not 0 <= index < len(nodes)
        or not isinstance(nodes[index], Mapping)
    ):
        raise UnreadableNetwork(f'the layer "{name}" is used but not connected')
    keywords = nodes[index].get("kwargs")
    leaves = list(_leaves(nodes[index].get("args"), 0))
    leaves += _leaves(list(keywords.values()) if isinstance(keywords, Mapping) else [], 0)
    sources: list[Reference] = []
    shapes: list[Shape | None] = []
    for leaf in filter(_is_tensor, leaves):
        tensor = leaf.get("config")
        tensor = tensor if isinstance(tensor, Mapping) else {}
        sources += list(references(tensor.get("keras_history")))[:1]
        shapes.append(shape_of(tensor.get("shape")))
    if not sources:
        raise UnreadableNetwork(f'what the layer "{name}" reads is not given')
    constants = tuple(leaf for leaf in leaves if leaf is not None and not _is_tensor(leaf))
    return Call(tuple(sources), tuple(shapes), constants, _is_tensor(leaves[0]))


def references(value: Any) -> Iterator[Reference]:
    """The references in ``["dense", 0, 0]``, or in a list or dictionary of such."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, list | tuple) or not 0 < len(value) <= _MAX_REFERENCES:
        raise UnreadableNetwork("the connections between the layers cannot be read")
    for each in [value] if isinstance(value[0], str) else value:
        match each:
            case [str(name), int(node), int(tensor)]:
                yield name, node, tensor
            case _:
                raise UnreadableNetwork("the connections between the layers cannot be read")


def _is_tensor(leaf: Any) -> bool:
    return isinstance(leaf, Mapping) and leaf.get("class_name") == "__keras_tensor__"


def _leaves(value: Any, depth: int) -> Iterator[Any]:
    if depth > MAX_DEPTH:
        raise UnreadableNetwork(f"call arguments are nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each, depth + 1)
    else:
        yield value
