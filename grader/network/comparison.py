"""What a comparison of two networks says, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["same", "differs", "missing", "extra", "allowed"]


@dataclass(frozen=True)
class Difference:
    """One thing in which a layer differs from what its line states."""

    argument: str
    """A Keras argument; ``layer`` for another kind of layer, ``position`` for one in the wrong place."""
    expected: str
    found: str
    harmless: bool = False
    """The network computes the same all the same: a ReLU after the max pooling instead of before it."""


@dataclass(frozen=True)
class Step:
    """One row of the comparison."""

    verdict: Verdict
    expected: int | None
    """Number of the expected line, from 0, members of unordered groups counted one by one; None for an
    addition."""
    found: tuple[int, ...] = ()
    """Positions in ``Network.layers``: the layer, then its activation; empty for a missing one."""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """How a network compares with the expected one."""

    steps: tuple[Step, ...]
    """In data-flow order; every expected line once, every layer of the network once."""
    similarity: float
    """1 for the expected network, near 0 for an unrelated one; comparable between networks."""
    input: Difference | None = None
    """The input shape, where it is stated and differs."""

    def answer(self, line: int) -> Step:
        """The step of an expected line."""
        return next(step for step in self.steps if step.expected == line)

    @property
    def order(self) -> tuple[int, ...]:
        """The expected lines in the order in which they fit best."""
        return tuple(step.expected for step in self.steps if step.expected is not None)

    @property
    def missing(self) -> int:
        """Number of expected layers that nothing answers."""
        return sum(step.verdict == "missing" for step in self.steps)

    @property
    def extra(self) -> int:
        """Number of layers that were not asked for and may not be added."""
        return sum(step.verdict == "extra" for step in self.steps)

    @property
    def moved(self) -> int:
        """Number of layers in the wrong place."""
        return self._differing("position")

    @property
    def replaced(self) -> int:
        """Number of layers of another kind than asked for."""
        return self._differing("layer")

    @property
    def kinds_in_order(self) -> bool:
        """Whether the kinds of layers are the expected ones in the expected order, whatever their
        arguments."""
        return not (self.missing or self.extra or self.moved or self.replaced)

    @property
    def same(self) -> bool:
        """Whether nothing differs; allowed additions are none."""
        return self.input is None and all(step.verdict in ("same", "allowed") for step in self.steps)

    def _differing(self, argument: str) -> int:
        return sum(any(each.argument == argument for each in step.differences) for step in self.steps)
