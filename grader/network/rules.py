"""A network of free design: rules that it keeps, in place of a list of layers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grader.network.arguments import RECURRENT
from grader.network.bases import is_base
from grader.network.costs import argument_differences
from grader.network.network import Layer, Network, Shape
from grader.network.signatures import did_you_mean
from grader.network.spec import ExpectedNetwork, LayerSpec, LayerSyntaxError, Unordered, parse_layer
from grader.network.values import argument_text

FAMILIES: dict[str, str] = {
    "activation": r"Activation|PReLU",
    "augmentation": r"Random.*|AugMix|RandAugment",
    "conv": r"(Separable|Depthwise)?Conv[123]D(Transpose)?",
    "dropout": r".*Dropout.*",
    "flattening": r"Flatten|Global(Max|Average)Pooling[123]D",
    "normalization": r".+Normalization",
    "pooling": r"(Global|Adaptive)?(Max|Average)Pooling[123]D",
    "recurrent": rf"({'|'.join(RECURRENT)}).*|Bidirectional",
}
"""What a rubric calls kinds of layers that do the same job: patterns of canonical kinds."""

_IN_A_BASE = frozenset({"conv", "pooling", "normalization", "activation"})
"""What every network of ``keras.applications`` has in it; nearly all have batch normalization."""


@dataclass(frozen=True)
class Element:
    """Something that a network of free design contains: a layer, or one of a family."""

    text: str
    """As the rubric writes it."""
    layer: LayerSpec | None = None
    """None for a family."""

    def fits(self, layer: Layer) -> bool:
        """Whether a layer is one of them."""
        if self.layer is not None:
            return layer.kind == self.layer.kind and not argument_differences(self.layer, layer)
        inside = is_base(layer.kind) and self.text in _IN_A_BASE
        return inside or re.fullmatch(FAMILIES[self.text], layer.kind) is not None


@dataclass(frozen=True)
class FreeNetwork(ExpectedNetwork):
    """A network that a rubric leaves to the student, with the rules to keep; it has no lines and may have any
    layers."""

    input: Shape | None = None
    layers: tuple[LayerSpec | Unordered, ...] = ()
    may_add: tuple[str, ...] = ("*",)
    contains: tuple[Element, ...] = ()
    """In this order along the data flow, with any other layers between."""
    ends_with: LayerSpec | None = None
    at_least: int | None = None
    """Parameters."""
    at_most: int | None = None
    differs_from: tuple[str, ...] = ()
    """Names of networks that this is not."""


@dataclass(frozen=True)
class Verdict:
    """What became of one rule."""

    rule: str
    """In words: ``a Conv2D, then pooling``."""
    kept: bool
    found: str
    """What the network has instead; empty where the rule is kept."""
    hint: str = ""


def element(text: str) -> Element:
    """A line of ``contains``: a family such as ``pooling``, or a layer such as ``Conv2D(16..64)``.

    Raises:
        LayerSyntaxError: neither a family nor a layer.
    """
    name = text.strip()
    if name in FAMILIES:
        return Element(name)
    if name.isidentifier() and name.islower():
        known = ", ".join(FAMILIES)
        raise LayerSyntaxError(
            f'"{name}" is no family of layers{did_you_mean(name, FAMILIES) or f"; there is: {known}"}', 1
        )
    return Element(name, parse_layer(name))


def judge_rules(
    network: Network, free: FreeNetwork, *, same_as: Collection[str] = (), from_logits: bool = False
) -> tuple[Verdict, ...]:
    """What became of each rule, in the rubric's order; every entry of ``contains`` is one.

    Args:
        network: The student's.
        free: The rules.
        same_as: Names of the rubric's networks that the student's is equal to.
        from_logits: Whether it is trained with a loss that takes logits, for which a linear output is right.
    """
    verdicts = [*_input(network, free), *_contained(network, free.contains)]
    if free.ends_with is not None:
        verdicts.append(_ending(network, free.ends_with, from_logits))
    if free.at_least is not None or free.at_most is not None:
        verdicts.append(_size(network, free.at_least, free.at_most))
    verdicts += [
        Verdict(
            f"another network than {name}",
            name not in same_as,
            f"the same layers as {name}" if name in same_as else "",
            f"Change more than the training: other layers, or others of their arguments than in {name}.",
        )
        for name in free.differs_from
    ]
    return tuple(verdicts)


def rules_text(free: FreeNetwork) -> tuple[str, ...]:
    """Each rule in words, for people who read the rubric."""
    lines = [" → ".join(each.text for each in free.contains)] if free.contains else []
    if free.ends_with is not None:
        lines.append(f"ends with {free.ends_with.text}")
    if free.at_least is not None or free.at_most is not None:
        lines.append(_range_text(free.at_least, free.at_most))
    return (*lines, *(f"another network than {name}" for name in free.differs_from))


def _input(network: Network, free: FreeNetwork) -> list[Verdict]:
    wanted, found = free.input, network.input_shape
    if wanted is None or found is None:
        return []
    agree = len(wanted) == len(found) and all(
        None in (size, other) or size == other for size, other in zip(wanted, found, strict=True)
    )
    text = argument_text("input", found)
    hint = f"Set input_shape={wanted}."
    return [Verdict(f"inputs of {argument_text('input', wanted)}", agree, "" if agree else text, hint)]


def _contained(network: Network, elements: Sequence[Element]) -> list[Verdict]:
    """Which elements stand in their order: as many as there can be (longest common subsequence)."""
    placed = _placed(elements, network.layers)
    verdicts = []
    for index, each in enumerate(elements):
        before = f" after {elements[index - 1].text}" if index else ""
        rule = f"{each.text}{before}"
        count = sum(other.text == each.text for other in elements)
        present = sum(map(each.fits, network.layers))
        found = f"{present or 'no'} {each.text}" if present < count else f"no {rule}"
        hint = f"Add a layer: {each.text}{before}."
        verdicts.append(Verdict(rule, index in placed, "" if index in placed else found, hint))
    return verdicts


def _placed(elements: Sequence[Element], layers: Sequence[Layer]) -> frozenset[int]:
    """Numbers of the elements that find their place; several in a row may be one layer of a pre-trained base,
    and a global pooling both pools and flattens."""
    best: list[list[tuple[int, ...]]] = [[()] * (len(layers) + 1) for _ in range(len(elements) + 1)]
    for i, each in enumerate(elements, 1):
        for j, layer in enumerate(layers, 1):
            options = [best[i - 1][j], best[i][j - 1]]
            if each.fits(layer):
                shared = i > 1 and elements[i - 2].text != each.text and _does_several(layer)
                options.insert(0, (*best[i - 1][j if shared else j - 1], i - 1))
            best[i][j] = max(options, key=len)
    return frozenset(best[-1][-1])


def _does_several(layer: Layer) -> bool:
    return is_base(layer.kind) or layer.kind.startswith("Global")


def _ending(network: Network, spec: LayerSpec, from_logits: bool) -> Verdict:
    rule, hint = f"ends with {spec.text}", f"Let {spec.text} be the last layer."
    layers = list(network.layers)
    activation = "linear"
    if layers and layers[-1].kind == "Activation" and spec.kind != "Activation":
        activation = str(layers.pop().arguments.get("activation"))
    if not layers:
        return Verdict(rule, False, "no layers", hint)
    last = layers[-1]
    if last.kind != spec.kind:
        return Verdict(rule, False, f"ends with {last.kind}", hint)
    if differences := argument_differences(spec, last):
        text = " and ".join(f"{each.argument} {each.found}" for each in differences)
        return Verdict(rule, False, f"the last {last.kind} has {text}", hint)
    wanted = spec.activation
    logits = from_logits and activation == "linear"
    if wanted is not None and not wanted.admits(activation) and not logits:
        has = "no activation" if activation == "linear" else f"the activation {activation}"
        return Verdict(rule, False, f"the output has {has}", hint)
    return Verdict(rule, True, "")


def _size(network: Network, at_least: int | None, at_most: int | None) -> Verdict:
    rule = _range_text(at_least, at_most)
    have = network.parameters
    if have is None:
        return Verdict(rule, True, "")
    if at_least is not None and have < at_least:
        return Verdict(rule, False, f"{have:,} parameters", "Widen the network, or deepen it.")
    if at_most is not None and have > at_most:
        hint = "Pool before you flatten: most parameters are in the first dense layer."
        return Verdict(rule, False, f"{have:,} parameters", hint)
    return Verdict(rule, True, "")


def _range_text(at_least: int | None, at_most: int | None) -> str:
    if at_least is None:
        return f"at most {at_most:,} parameters"
    return (
        f"at least {at_least:,} parameters" if at_most is None else f"{at_least:,} to {at_most:,} parameters"
    )
