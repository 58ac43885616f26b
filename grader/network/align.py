"""Comparing a student's network with the expected one: which layer answers which line, and what differs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from grader.network.arguments import RECURRENT
from grader.network.comparison import Comparison, Difference, Step
from grader.network.costs import (
    ACTIVATION,
    INPUT,
    OPENING,
    OTHER_ACTIVATION,
    argument_differences,
    commutes,
    cost_of,
    is_light,
    related,
    takes_activation,
    weight,
)
from grader.network.gotoh import Costs, Pair, align
from grader.network.network import Layer, Network
from grader.network.signatures import is_known
from grader.network.spec import ExpectedNetwork, LayerSpec, Unordered
from grader.network.values import argument_text


def compare(network: Network, expected: ExpectedNetwork) -> Comparison:
    """Align a network with the expected one.

    Of every order of the unordered groups the one that fits best is taken. Layers that may be added cost
    nothing, nor does an activation that its line leaves free. A shape of unknown size is not held against
    the network.
    """
    lines = expected.lines
    best: tuple[float, list[_Unit], list[Pair]] | None = None
    for order in orders(expected):
        units = _units(lines, order)
        cost, pairs = align(_costs(units, network, expected))
        if best is None or cost < best[0] - 1e-9:
            best = cost, units, pairs
    assert best is not None
    steps = _Answers(network, expected, *best[1:]).steps()
    return Comparison(steps, _similarity(network, expected, steps), _input_difference(network, expected))


def orders(expected: ExpectedNetwork) -> Iterator[tuple[int, ...]]:
    """Every order of the expected lines that the unordered groups admit, the written one first."""
    groups: list[list[tuple[int, ...]]] = []
    number = 0
    for each in expected.layers:
        size = len(each.members) if isinstance(each, Unordered) else 1
        groups.append(list(itertools.permutations(range(number, number + size))))
        number += size
    for choice in itertools.islice(itertools.product(*groups), 1000):
        yield tuple(itertools.chain.from_iterable(choice))


def _costs(units: list[_Unit], network: Network, expected: ExpectedNetwork) -> Costs:
    before: list[_Unit | None] = [None, *units]
    return Costs(
        [unit.weight for unit in units],
        [[_adding(unit, layer, expected) for layer in network.layers] for unit in before],
        [[_pairing(unit, layer) for layer in network.layers] for unit in units],
        [unit.is_activation for unit in units],
        OPENING,
    )


@dataclass(frozen=True, eq=False)
class _Unit:
    """What one element of the alignment is: an expected layer, or the activation that its line states."""

    line: int
    spec: LayerSpec
    is_activation: bool
    weight: float
    frees_activation: bool = False
    """Whether an activation right after it is free."""


def _units(lines: tuple[LayerSpec, ...], order: tuple[int, ...]) -> list[_Unit]:
    units: list[_Unit] = []
    for index, line in enumerate(order):
        spec = lines[line]
        follower = next(
            (lines[later].kind for later in order[index + 1 :] if not is_light(lines[later].kind)), ""
        )
        free = spec.activation is None and takes_activation(spec.kind) and follower != "Activation"
        units.append(_Unit(line, spec, False, weight(spec.kind), free))
        if spec.activation is not None and spec.activation.single != "linear":
            optional = spec.activation.admits("linear")
            units.append(_Unit(line, spec, True, 0.0 if optional else ACTIVATION))
    return units


def _pairing(unit: _Unit, layer: Layer) -> float:
    if unit.is_activation:
        if layer.kind != "Activation" or unit.spec.activation is None:
            return math.inf
        return 0.0 if unit.spec.activation.admits(layer.arguments["activation"]) else OTHER_ACTIVATION
    if layer.kind != unit.spec.kind and not related(layer.kind, unit.spec.kind):
        return math.inf
    return cost_of(argument_differences(unit.spec, layer))


def _adding(before: _Unit | None, layer: Layer, expected: ExpectedNetwork) -> float:
    if expected.allows(layer.kind):
        return 0.0
    if layer.kind == "Activation" and before is not None and before.frees_activation:
        return 0.0
    return weight(layer.kind)


class _Answers:
    """Turns pairs of alignment units into steps, one for each expected line."""

    def __init__(
        self, network: Network, expected: ExpectedNetwork, units: list[_Unit], pairs: list[Pair]
    ) -> None:
        self._network, self._expected = network, expected
        self._lines = expected.lines
        self._sequence = [(None if i is None else units[i], j) for i, j in pairs]
        self._layer: dict[int, int] = {}
        self._activation: dict[int, int] = {}
        self._differences: dict[int, list[Difference]] = {}
        self._taken: set[int] = set()

    def steps(self) -> tuple[Step, ...]:
        self._pair()
        self._move()
        for line in self._layer:
            self._judge_activation(line)
        steps: list[Step] = []
        for unit, position in self._sequence:
            if unit is not None and not unit.is_activation:
                steps.append(self._step(unit.line))
            elif position is not None and position not in self._taken:
                self._add(steps, position)
        return tuple(steps)

    def _add(self, steps: list[Step], position: int) -> None:
        kind, last = self._kind(position), steps[-1] if steps else None
        follows = last is not None and last.expected is None and last.found == (position - 1,)
        if (
            last is not None
            and follows
            and kind == "Activation"
            and takes_activation(self._kind(position - 1))
        ):
            # The activation of an added layer is part of it.
            steps[-1] = replace(last, found=(position - 1, position))
            return
        steps.append(Step("allowed" if self._expected.allows(kind) else "extra", None, (position,)))

    def _kind(self, position: int) -> str:
        return self._network.layers[position].kind

    def _step(self, line: int) -> Step:
        if line not in self._layer:
            return Step("missing", line)
        found = (self._layer[line], *([self._activation[line]] if line in self._activation else []))
        differences = tuple(self._differences[line])
        differs = any(not each.harmless for each in differences)
        return Step("differs" if differs else "same", line, found, differences)

    def _pair(self) -> None:
        last: _Unit | None = None
        for unit, position in self._sequence:
            if position is None:
                continue
            if unit is None:
                if last is not None and last.frees_activation and self._kind(position) == "Activation":
                    self._follow(last.line, position)
            elif not unit.is_activation:
                self._take(unit.line, position)
                last = unit
            elif unit.line in self._layer:
                self._follow(unit.line, position)

    def _follow(self, line: int, position: int) -> None:
        """Let an activation belong to a line, unless that has one."""
        if line not in self._activation:
            self._activation[line] = position
            self._taken.add(position)

    def _take(self, line: int, position: int) -> None:
        self._layer[line] = position
        self._taken.add(position)
        self._differences[line] = argument_differences(self._lines[line], self._network.layers[position])

    def _move(self) -> None:
        """A missing layer and an extra one of its kind are one layer in the wrong place."""
        previous = "the input"
        for unit, position in list(self._sequence):
            if unit is None or unit.is_activation:
                continue
            spec = unit.spec
            if position is None:
                strays = [stray for stray in self._strays() if self._kind(stray) == spec.kind]
                if strays:
                    nearest = min(strays, key=lambda stray: cost_of(self._differing(spec, stray)))
                    place = Difference("position", f"after {previous}", f"after {self._before(nearest)}")
                    self._take(unit.line, nearest)
                    self._differences[unit.line].insert(0, place)
            previous = spec.kind

    def _differing(self, spec: LayerSpec, position: int) -> list[Difference]:
        return argument_differences(spec, self._network.layers[position])

    def _strays(self) -> Iterator[int]:
        for unit, position in self._sequence:
            if unit is not None or position is None or position in self._taken:
                continue
            if not self._expected.allows(self._kind(position)):
                yield position

    def _before(self, position: int) -> str:
        kinds = [layer.kind for layer in self._network.layers[:position] if layer.kind != "Activation"]
        return kinds[-1] if kinds else "the input"

    def _judge_activation(self, line: int) -> None:
        required = self._lines[line].activation
        if required is None:
            return
        wanted = argument_text("activation", required)
        layers = self._network.layers
        if line in self._activation:
            name = layers[self._activation[line]].arguments["activation"]
            if not required.admits(name):
                self._differences[line].append(Difference("activation", wanted, str(name)))
            return
        stray, passed = self._stray_activation(self._layer[line])
        if stray is not None and (required.single != "linear" or not passed):
            name = layers[stray].arguments["activation"]
            self._activation[line] = stray
            self._taken.add(stray)
            found = f"{name} after {passed[-1]}" if passed else str(name)
            harmless = required.admits(name) and commutes(name, passed)
            self._differences[line].append(Difference("activation", wanted, found, harmless))
        elif not required.admits("linear"):
            self._differences[line].append(Difference("activation", wanted, "none"))

    def _stray_activation(self, position: int) -> tuple[int | None, list[str]]:
        """The nearest activation after a layer that belongs to no other, and the kinds of layers in
        between."""
        passed: list[str] = []
        for later in range(position + 1, len(self._network.layers)):
            kind = self._kind(later)
            if kind == "Activation":
                return (None if later in self._taken else later), passed
            if takes_activation(kind) or kind.startswith(RECURRENT) or not is_known(kind):
                break
            if not self._expected.allows(kind) or later in self._taken:
                passed.append(kind)
        return None, passed


def _similarity(network: Network, expected: ExpectedNetwork, steps: tuple[Step, ...]) -> float:
    """Shared over united weight (Tanimoto), so that what only one of the networks has counts in full."""
    lines = expected.lines
    total = cost = 0.0
    for step in steps:
        if step.expected is None:
            weights = [weight(network.layers[position].kind) for position in step.found]
            size = 0.0 if step.verdict == "allowed" else sum(weights)
            total += size
            cost += size
            continue
        spec = lines[step.expected]
        size = weight(spec.kind)
        if spec.activation is not None and not spec.activation.admits("linear"):
            size += ACTIVATION
        total += size if step.verdict == "missing" else 2 * size
        cost += size if step.verdict == "missing" else min(cost_of(step.differences), 2 * size)
    if expected.input is not None and network.input_shape is not None:
        total += 2 * INPUT
        cost += 2 * INPUT if _input_difference(network, expected) else 0.0
    return (total - cost) / (total + cost) if total else 1.0


def _input_difference(network: Network, expected: ExpectedNetwork) -> Difference | None:
    wanted, found = expected.input, network.input_shape
    if wanted is None or found is None:
        return None
    agree = len(wanted) == len(found) and all(
        size is None or other is None or size == other for size, other in zip(wanted, found, strict=True)
    )
    return (
        None if agree else Difference("input", argument_text("input", wanted), argument_text("input", found))
    )
