"""The expected network's shapes and parameters, where the rubric fixes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.network.align import orders
from grader.network.arguments import effective
from grader.network.network import Layer, Shape, UnreadableNetwork
from grader.network.parameters import parameter_count
from grader.network.shapes import DoesNotFit, output_shape
from grader.network.signatures import is_known
from grader.network.spec import ExpectedNetwork, LayerSpec
from grader.network.values import Allowed, Between

_MAX_CHOICES = 64


def expected_layers(expected: ExpectedNetwork, order: Sequence[int] | None = None) -> tuple[Layer, ...]:
    """A layer for each expected line, with output shape and parameters.

    What a line leaves out takes Keras's default. Where a line leaves a choice that changes the shape or the
    number of parameters, they are None.

    Args:
        expected: The rubric's network.
        order: The lines in the order in which they stand (``Comparison.order``); the written one if None.

    Returns:
        One layer a line, in the order in which the rubric writes them.
    """
    lines = expected.lines
    layers: dict[int, Layer] = {}
    shape = expected.input
    for line in range(len(lines)) if order is None else order:
        layers[line] = _layer(lines[line], shape)
        shape = layers[line].output_shape
    return tuple(layers[line] for line in range(len(lines)))


def expected_parameters(expected: ExpectedNetwork, order: Sequence[int] | None = None) -> int | None:
    """Number of parameters of the expected network; None where the rubric leaves it open."""
    counts = [layer.parameters for layer in expected_layers(expected, order)]
    return None if None in counts else sum(count or 0 for count in counts)


def parameter_totals(expected: ExpectedNetwork) -> tuple[int, ...]:
    """Every number of parameters that the expected network may have, over the orders that it admits.

    Empty for a network without lines, whose design is free.
    """
    if not expected.lines:
        return ()
    totals = (expected_parameters(expected, order) for order in orders(expected))
    return tuple(dict.fromkeys(total for total in totals if total is not None))


def _layer(spec: LayerSpec, source: Shape | None) -> Layer:
    outcomes = {_outcome(spec.kind, arguments, source) for arguments in _choices(spec.arguments)}
    shapes, counts = {shape for shape, _ in outcomes}, {count for _, count in outcomes}
    single = {name: allowed.single for name, allowed in spec.arguments.items() if allowed.single is not None}
    return Layer(
        spec.kind,
        single,
        shapes.pop() if len(shapes) == 1 else None,
        counts.pop() if len(counts) == 1 else None,
    )


def _outcome(kind: str, stated: Mapping[str, Any], source: Shape | None) -> tuple[Shape | None, int | None]:
    inputs = [] if source is None else [source]
    try:
        arguments = effective(kind, stated) if is_known(kind) else dict(stated)
        return output_shape(kind, arguments, inputs), parameter_count(kind, arguments, inputs)
    except (DoesNotFit, UnreadableNetwork):
        return None, None


def _choices(arguments: Mapping[str, Allowed]) -> Iterator[dict[str, Any]]:
    """The arguments with every combination of what is allowed; a range stands for its ends."""
    options = [
        [
            each
            for option in allowed.options
            for each in ([int(option.low), int(option.high)] if isinstance(option, Between) else [option])
        ]
        for allowed in arguments.values()
    ]
    for chosen in itertools.islice(itertools.product(*options), _MAX_CHOICES):
        yield dict(zip(arguments, chosen, strict=True))
