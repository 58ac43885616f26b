"""What a rubric admits for one argument: a value, one of several, a range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from grader.network.arguments import snake_case, text


@dataclass(frozen=True)
class Between:
    """A range such as ``16..64``, both ends included."""

    low: float
    high: float

    def __str__(self) -> str:
        """As a rubric writes it."""
        return f"{text(self.low)}..{text(self.high)}"


@dataclass(frozen=True)
class Allowed:
    """The values that meet a requirement: ``"same"``, ``3|5``, ``16..64``."""

    options: tuple[Any, ...]
    """Plain values and :class:`Between`."""

    def admits(self, found: Any) -> bool:
        """Whether a network's value meets the requirement; numbers up to rounding, names in either
        spelling."""
        return any(_meets(option, found) for option in self.options)

    @property
    def single(self) -> Any:
        """The only value there is, or None."""
        return (
            self.options[0] if len(self.options) == 1 and not isinstance(self.options[0], Between) else None
        )

    def __str__(self) -> str:
        """As a rubric writes it."""
        return "|".join(
            str(option) if isinstance(option, Between) else text(option) for option in self.options
        )


def _meets(option: Any, found: Any) -> bool:
    if isinstance(option, Between):
        sizes = found if isinstance(found, tuple) else (found,)
        return bool(sizes) and all(_is_number(size) and option.low <= size <= option.high for size in sizes)
    if _is_number(option) and _is_number(found):
        return math.isclose(option, found, rel_tol=1e-6)
    if isinstance(option, str) and isinstance(found, str):
        # A name stands for the object with whatever settings: "l2" admits l2(l2=0.01).
        return option == found or snake_case(option) == snake_case(found).partition("(")[0]
    if isinstance(option, tuple) and isinstance(found, tuple):
        return len(option) == len(found) and all(map(_meets, option, found))
    return bool(option == found and isinstance(option, bool) == isinstance(found, bool))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
