"""What the three graders have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.same_work.notebooks import Notebook

Passed = dict[str, frozenset[str]]
"""The requirements that each notebook meets, by its name."""


@dataclass(frozen=True)
class Work:
    """Commands that grade a class, and where."""

    folder: Path
    commands: Sequence[Sequence[str]]
    environment: Mapping[str, str] = field(repr=False)
    at_once: int = 1
    """Commands that run side by side."""


class Tool(Protocol):
    """A grader."""

    @property
    def name(self) -> str:
        """Of the command."""

    def work(self, notebooks: Sequence[Notebook], folder: Path) -> Work:
        """Lay out a class in the empty ``folder``, which costs what it likes; grading is what is measured."""

    def passed(self, notebooks: Sequence[Notebook], folder: Path) -> Passed:
        """What the graded ``notebooks`` were found to meet."""
