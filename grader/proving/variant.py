"""What a variant of the reference is: a changed notebook, and what the change is expected to cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

from grader.proving.code import Sources
from grader.proving.reference import Reference


@dataclass(frozen=True)
class Breach:
    """What a mutation breaks, in the words of the worksheet and not of any check.

    Which requirements of a rubric that concerns is told by :mod:`grader.proving.expectations`.
    """

    aspect: str
    """``epochs``, ``argument``, ``scaling``, …: a key of the table of expectations."""
    cell: int
    networks: frozenset[str] = frozenset()
    """The networks of the rubric that it happens to."""
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Of each of them, the expected layer lines that the changed code builds, from 1."""
    outputs: frozenset[str] = frozenset()
    """The networks of which it changes the output layer."""
    detail: str = ""
    """The argument, the callback, the series, the split, …"""


@dataclass(frozen=True)
class Change:
    """A change to the reference's cells."""

    sources: Sources
    where: str
    """What was changed, in one line."""
    breach: Breach | None = None
    """None for an equivalent."""


@dataclass(frozen=True)
class Variant:
    """A notebook made from the reference."""

    kind: str
    where: str
    notebook: NotebookNode
    breach: Breach | None = None
    """What it breaks; None for an equivalent."""
    intended: frozenset[str] = frozenset()
    """Check ids of which at least one must lose points."""
    allowed: frozenset[str] = frozenset()
    """Check ids that may lose points too."""
    only_words: bool = False
    """Whether it differs from the reference in its words only, so that nothing is to be executed."""

    @property
    def is_mutant(self) -> bool:
        """Whether it is to lose points."""
        return self.breach is not None


Mutation = Callable[[Reference], Iterator[Change]]
Equivalence = Callable[[Reference], NotebookNode | None]

MUTATIONS: dict[str, Mutation] = {}
"""Each kind of mutant, by its name in words."""
EQUIVALENCES: dict[str, Equivalence] = {}
"""Each kind of equivalent, by its name in words."""


def mutation(kind: str) -> Callable[[Mutation], Mutation]:
    """Register a generator of mutants, one for each place where it can be done."""

    def register(function: Mutation) -> Mutation:
        MUTATIONS[kind] = function
        return function

    return register


def equivalence(kind: str) -> Callable[[Equivalence], Equivalence]:
    """Register a rewriting of the whole notebook; it gives None where there is nothing to rewrite."""

    def register(function: Equivalence) -> Equivalence:
        EQUIVALENCES[kind] = function
        return function

    return register
