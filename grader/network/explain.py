"""Networks and their differences in words, with Keras's names."""

from __future__ import annotations

from dataclasses import dataclass

from grader.network.arguments import written_out
from grader.network.comparison import Comparison, Difference, Step, Verdict
from grader.network.expected import expected_layers
from grader.network.network import Layer, Network, Shape
from grader.network.signatures import REQUIRED, is_known, signature
from grader.network.spec import ExpectedNetwork, LayerSpec
from grader.network.values import argument_text

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CHANGES_SHAPE = {
    "layer",
    "filters",
    "units",
    "kernel_size",
    "strides",
    "padding",
    "pool_size",
    "dilation_rate",
}
_NOT_SHOWN = ("initializer", "regularizer", "constraint", "data_format")


@dataclass(frozen=True)
class Row:
    """One row of the expected and the built network set side by side (fields as ``grade.ComparisonRow``)."""

    expected: str | None
    built: str | None
    shape: str
    parameters: int | None
    verdict: Verdict
    note: str
    expected_shape: str = ""
    expected_parameters: int | None = None


def shape_text(shape: Shape | None) -> str:
    """``(64, 64, 32)`` as ``64×64×32``; ``?`` for an axis of unknown size, nothing for an unknown shape."""
    return "" if shape is None else "×".join("?" if size is None else str(size) for size in shape)


def layer_text(layer: Layer | LayerSpec, activation: Layer | None = None) -> str:
    """A layer as Keras code writes it, without what is Keras's default.

    ``Conv2D(32, 3×3, padding="same") → relu``; the activation is the expected line's own, or a layer given
    beside.
    """
    if layer.kind == "Activation":
        name = layer.arguments.get("activation")
        return argument_text("activation", name) if name is not None else "any activation"
    arguments = ", ".join(_shown_arguments(layer))
    after = ""
    if isinstance(layer, LayerSpec) and layer.activation is not None and layer.activation.single != "linear":
        after = f" → {argument_text('activation', layer.activation)}"
    elif activation is not None:
        after = f" → {activation.arguments['activation']}"
    return f"{layer.kind}({arguments}){after}"


def _shown_arguments(layer: Layer | LayerSpec) -> list[str]:
    known = signature(layer.kind) if is_known(layer.kind) else None
    positional = [name for name, default in known.defaults.items() if default is REQUIRED] if known else []
    positional += ["pool_size"] if "pool_size" in layer.arguments and "pool_size" not in positional else []
    shown = [argument_text(name, layer.arguments[name]) for name in positional if name in layer.arguments]
    for name, value in layer.arguments.items():
        if name in positional or name.endswith(_NOT_SHOWN) or known is None:
            continue
        default = written_out(layer.kind, name, known.defaults.get(name))
        implied = name == "strides" and isinstance(layer, Layer) and value == layer.arguments.get("pool_size")
        if isinstance(layer, LayerSpec) or not (value == default or implied):
            shown.append(f"{name}={argument_text(name, value)}")
    return shown


def explain(comparison: Comparison, network: Network, expected: ExpectedNetwork) -> tuple[str, ...]:
    """A sentence for each thing in which the network differs, in data-flow order.

    For instance: ``your second Conv2D has padding "valid" where the worksheet asks for "same": its output is
    126×126×32 instead of 128×128×32``.
    """
    sentences = []
    if comparison.input is not None:
        wanted, found = comparison.input.expected, comparison.input.found
        sentences.append(f"your network reads inputs of {found} where the worksheet asks for {wanted}")
    wanted_layers = expected_layers(expected, comparison.order)
    for index, step in enumerate(comparison.steps):
        sentences += _sentences(comparison, index, step, network, expected, wanted_layers)
    return tuple(sentences)


def _sentences(
    comparison: Comparison,
    index: int,
    step: Step,
    network: Network,
    expected: ExpectedNetwork,
    wanted: tuple[Layer, ...],
) -> list[str]:
    if step.verdict == "extra":
        return [f"{_yours(network, step.found[0])} is not asked for: {_built(network, step)}"]
    if step.expected is None:
        return []
    if step.verdict == "missing":
        place = _place(comparison, index, network)
        return [f"{layer_text(expected.lines[step.expected])} is missing {place}"]
    if not step.differences:
        return []
    first, *others = map(_clause, step.differences)
    clauses = " and ".join([first, *(clause.replace("the worksheet asks", "it asks") for clause in others)])
    subject = _yours(network, step.found[0])
    return [f"{subject} {clauses}{_effect(comparison, step, network, expected, wanted)}"]


def _effect(
    comparison: Comparison, step: Step, network: Network, expected: ExpectedNetwork, wanted: tuple[Layer, ...]
) -> str:
    """What the differences do to the output shape; nothing where the layer's input is off already."""
    if step.expected is None or not {each.argument for each in step.differences} & _CHANGES_SHAPE:
        return ""
    layer = network.layers[step.found[0]]
    place = comparison.order.index(step.expected)
    asked_source = wanted[comparison.order[place - 1]].output_shape if place else expected.input
    source = network.layers[layer.inputs[0]].output_shape if layer.inputs else network.input_shape
    found, asked = layer.output_shape, wanted[step.expected].output_shape
    if source != asked_source or found == asked or found is None or asked is None:
        return ""
    return f": its output is {shape_text(found)} instead of {shape_text(asked)}"


def _clause(difference: Difference) -> str:
    wanted, found = difference.expected, difference.found
    if difference.argument == "position":
        return f"stands {found}; the worksheet asks for it {wanted}"
    if difference.argument == "layer":
        return f"stands where the worksheet asks for {wanted}"
    if difference.argument == "activation":
        if wanted == "linear":
            return f"is followed by {found} where the worksheet asks for no activation"
        if found == "none":
            return f"has no activation where the worksheet asks for {wanted}"
        remark = ", which computes the same" if difference.harmless else ""
        return f"has the activation {found} where the worksheet asks for {wanted}{remark}"
    return f"has {difference.argument} {found} where the worksheet asks for {wanted}"


def _yours(network: Network, position: int) -> str:
    """``your second Conv2D``, or ``your Flatten`` where there is only one."""
    kind = network.layers[position].kind
    alike = [index for index, layer in enumerate(network.layers) if layer.kind == kind]
    if kind == "Activation":
        return f"your activation after {_before(network, position)}"
    if len(alike) == 1:
        return f"your {kind}"
    number = alike.index(position)
    return f"your {_ORDINALS[number] if number < len(_ORDINALS) else f'{number + 1}th'} {kind}"


def _before(network: Network, position: int) -> str:
    earlier = [index for index in range(position) if network.layers[index].kind != "Activation"]
    return _yours(network, earlier[-1]) if earlier else "the input"


def _place(comparison: Comparison, index: int, network: Network) -> str:
    for step in reversed(comparison.steps[:index]):
        if step.found:
            return f"after {_yours(network, step.found[0])}"
    return "at the start"


def _built(network: Network, step: Step) -> str:
    layer, *activation = (network.layers[position] for position in step.found)
    return layer_text(layer, activation[0] if activation else None)


def rows(comparison: Comparison, network: Network, expected: ExpectedNetwork) -> tuple[Row, ...]:
    """The side-by-side table, in data-flow order; the note of a row says what differs and what it does to
    the shape."""
    wanted = expected_layers(expected, comparison.order)
    steps = enumerate(comparison.steps)
    return tuple(_row(comparison, index, step, network, expected, wanted) for index, step in steps)


def _row(
    comparison: Comparison,
    index: int,
    step: Step,
    network: Network,
    expected: ExpectedNetwork,
    wanted: tuple[Layer, ...],
) -> Row:
    line = None if step.expected is None else layer_text(expected.lines[step.expected])
    asked = None if step.expected is None else wanted[step.expected]
    wanted_shape, count = (shape_text(asked.output_shape), asked.parameters) if asked else ("", None)
    if not step.found:
        note = f"missing {_place(comparison, index, network)}"
        return Row(line, None, "", None, step.verdict, note, wanted_shape, count)
    layer = network.layers[step.found[0]]
    notes: list[str] = []
    if step.expected is not None:
        notes = _sentences(comparison, index, step, network, expected, wanted)
    shape, built = shape_text(layer.output_shape), _built(network, step)
    return Row(line, built, shape, layer.parameters, step.verdict, "; ".join(notes), wanted_shape, count)


def compared_parameters(comparison: Comparison, network: Network) -> int | None:
    """The network's parameters without those of layers that may be added; None when one cannot be known."""
    allowed = {position for step in comparison.steps if step.verdict == "allowed" for position in step.found}
    counts = [layer.parameters for position, layer in enumerate(network.layers) if position not in allowed]
    return None if None in counts else sum(count or 0 for count in counts)
