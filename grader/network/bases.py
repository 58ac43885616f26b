"""Pre-trained bases: a network of ``keras.applications`` inside another one, seen as one layer.

Whether it is nested (``base`` as a layer), written out (``Model(base.input, head(base.output))``) or renamed,
its layers come in a row once a configuration is read, and their kinds and parameters tell which one it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from grader.network.network import Layer, Network, Shape

TOP_CLASSES = 1000
"""ImageNet's: what a base with its top tells apart."""

_TABLE = "bases.json"
"""Written by ``benchmarks/pretrained_bases.py`` from Keras 3.15."""
_TOP_LAYERS = 12
"""Most layers of a top: VGG's has nine, activations counted."""
OPTIONAL = "Rescaling"
"""EfficientNet has one more with ``weights="imagenet"``."""


@dataclass(frozen=True)
class Base:
    """What is known of a network of ``keras.applications``, its top (dense layers) left out."""

    name: str
    parameters: int
    trainable: int
    """Of the parameters, when nothing is frozen: without the moving averages of batch normalization."""
    with_top: int
    """Parameters with the top."""
    channels: int
    steps: tuple[tuple[int, int], ...]
    """Window and stride of each layer that makes the picture smaller."""
    first: tuple[str, int | None, str]
    """Kind, parameters and name of the first layer with weights."""
    fingerprint: str
    """Of the layers from the first with weights to the last."""
    length: int
    """Of these layers, those left out that not every copy has."""
    before: tuple[str, ...]
    """Kinds of the layers before them."""
    after: tuple[str, ...]

    def output_shape(self, source: Shape) -> Shape:
        """Of the tower's output for pictures of a shape; axes that are too small come out below one."""
        sizes = list(source[:-1])
        for window, stride in self.steps:
            sizes = [None if size is None else (size - window) // stride + 1 for size in sizes]
        return (*sizes, self.channels)


@cache
def bases() -> Mapping[str, Base]:
    """Every network of ``keras.applications``, by its function's name."""
    table = json.loads(files("grader.network").joinpath(_TABLE).read_text())
    return {
        name: Base(
            name=name,
            steps=tuple(map(tuple, entry.pop("steps"))),
            first=tuple(entry.pop("first")),
            before=tuple(entry.pop("before")),
            after=tuple(entry.pop("after")),
            **entry,
        )
        for name, entry in table.items()
    }


def is_base(kind: str) -> bool:
    """Whether a kind of layer is a whole network of ``keras.applications``."""
    return kind in bases()


def base_of_file(name: str) -> str | None:
    """The network whose weights are published under a file name: ``vgg16_weights_tf_dim_…_notop.h5``."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower().removeprefix("weights_"))
    fitting = [base for base in bases() if plain.startswith(base.lower())]
    return max(fitting, key=len, default=None)


def fingerprint(layers: Sequence[Layer]) -> str:
    """Of a row of layers, by kinds and parameters: the same for pictures of every size."""
    told = [(layer.kind, layer.parameters) for layer in layers if layer.kind != OPTIONAL]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def with_bases(network: Network) -> Network:
    """The network with each base as one layer.

    Its arguments are ``include_top`` and ``trainable``: True, False, or ``"some"`` when a part is frozen.
    """
    layers = network.layers
    for start in range(len(layers)):
        for base in _that_start_with(layers[start]):
            found = _found(layers, start, base)
            merged = found and _merged(network, *found, base)
            if merged:
                return with_bases(merged)
    return network


def _that_start_with(layer: Layer) -> Iterator[Base]:
    """Longest first: a VGG19 begins as a VGG16 does."""
    for base in sorted(bases().values(), key=lambda base: -base.length):
        kind, parameters, name = base.first
        if (layer.kind, layer.parameters) == (kind, parameters) and _stem(layer.name) == _stem(name):
            yield base


def _stem(name: str) -> str:
    """A name without the number that Keras gives to a second layer of the kind."""
    return re.sub(r"_\d+$", "", name)


def _found(layers: Sequence[Layer], start: int, base: Base) -> tuple[int, int] | None:
    """First and last position of a base whose first layer with weights is at ``start``."""
    stop, count = start, 0
    while stop < len(layers) and count < base.length:
        count += layers[stop].kind != OPTIONAL
        stop += 1
    if count < base.length or fingerprint(layers[start:stop]) != base.fingerprint:
        return None
    end = stop + len(base.after)
    if tuple(layer.kind for layer in layers[stop:end]) != base.after:
        return None
    begin = start
    for kind in reversed(base.before):
        if begin and layers[begin - 1].kind == kind:
            begin -= 1
    return begin, end - 1


def _merged(network: Network, begin: int, end: int, base: Base) -> Network | None:
    """The network with these layers as one; None where others read what is inside."""
    layers = network.layers
    top = _top(layers, end)
    last = end if top is None else top
    inside = range(begin, last + 1)
    sources = tuple(dict.fromkeys(each for at in inside for each in layers[at].inputs if each not in inside))
    readers = [each for layer in layers[last + 1 :] for each in layer.inputs]
    if any(each in inside and each != last for each in readers):
        return None
    weighted = [layers[at] for at in inside if layers[at].parameters != 0]
    state = {layer.trainable for layer in weighted}
    parameters = base.parameters if top is None else base.with_top
    whole = Layer(
        kind=base.name,
        arguments={"include_top": top is not None, "trainable": state.pop() if len(state) == 1 else "some"},
        output_shape=layers[last].output_shape,
        parameters=parameters,
        trainable=any(layer.trainable for layer in weighted),
        name=base.name.lower(),
        inputs=sources,
        trainable_parameters=_trainable(weighted, parameters - (base.parameters - base.trainable)),
    )
    gone = last - begin

    def moved(at: int) -> int:
        return at if at < begin else max(at - gone, begin)

    rest = [
        replace(layer, inputs=tuple(map(moved, layer.inputs)))
        for layer in (*layers[:begin], whole, *layers[last + 1 :])
    ]
    return replace(network, layers=tuple(rest), problems=_problems(network))


def _trainable(weighted: Sequence[Layer], at_most: int) -> int | None:
    """Of a base's parameters; layers that are not computed are known together only."""
    if all(layer.trainable for layer in weighted):
        return at_most
    counted = [layer.trainable_parameters for layer in weighted]
    return None if None in counted else sum(count or 0 for count in counted)


def _top(layers: Sequence[Layer], end: int) -> int | None:
    """Last position of the top that ImageNet's classes are told apart with, if it is there."""
    found = None
    for position in range(end + 1, min(end + 1 + _TOP_LAYERS, len(layers))):
        layer = layers[position]
        if _stem(layer.name) == "predictions" and layer.output_shape == (TOP_CLASSES,):
            found = position
    return found


def _problems(network: Network) -> tuple[str, ...]:
    """Without the layers of the base's own that are not computed."""
    inside = ("LayerScale", "CustomScaleLayer")
    return tuple(problem for problem in network.problems if not problem.startswith(inside))
