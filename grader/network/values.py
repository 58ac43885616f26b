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


def argument_text(name: str, value: Any) -> str:
    """An argument's value, or what a rubric admits for it, for reading: ``3×3``, ``"same"``, ``relu``,
    ``16..64``."""
    if isinstance(value, Allowed):
        return " or ".join(argument_text(name, option) for option in value.options)
    if name == "activation" and isinstance(value, str):
        return value
    if isinstance(value, float) and value and abs(value) < 0.1 and math.isclose(1 / value, round(1 / value)):
        return f"1/{round(1 / value)}" if name == "scale" else text(value)
    if isinstance(value, tuple) and value and all(type(size) is int or size is None for size in value):
        if name in ("strides", "dilation_rate", "size") and len(set(value)) == 1:
            return str(value[0])
        return "×".join("any" if size is None else str(size) for size in value)
    return str(value) if isinstance(value, Between) else text(value)


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
