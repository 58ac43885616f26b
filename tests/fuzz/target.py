"""What is fuzzed: material of one kind, and what reads it on the trusted side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True)
class Target:
    """Material and its reader."""

    name: str
    examples: SearchStrategy[Any]
    read: Callable[[Any], None]
    """Reads one example as the grader does, and raises where the grader would not have coped."""
    found: tuple[Any, ...] = ()
    """Examples, made small, that the grader did not cope with once."""
