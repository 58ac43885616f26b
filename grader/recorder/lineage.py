"""Which loader did this data come from? Data made by a watched loader carries its number on.

Datasets are found by walking back through their transformations, iterators by identity, arrays by the memory
that their views share.
"""

from __future__ import annotations

import weakref
from typing import Any

_loads: dict[int, tuple[Any, int]] = {}


def remember(value: Any, load: int) -> None:
    """``value`` came from load number ``load``."""
    try:
        reference: Any = weakref.ref(value)
    except TypeError:
        return
    _loads[id(value)] = (reference, load)


def loads_of(value: Any) -> tuple[int, ...]:
    """Numbers of the loads that ``value`` derives from, oldest first."""
    found: set[int] = set()
    waiting, seen = [value], 0
    while waiting and seen < 256:
        current = waiting.pop()
        seen += 1
        known = _loads.get(id(current))
        if known is not None and known[0]() is current:
            found.add(known[1])
            continue
        inputs = getattr(current, "_inputs", None)
        if callable(inputs) and hasattr(current, "element_spec"):
            waiting.extend(inputs())
        base = getattr(current, "base", None)
        if base is not None and base is not current:
            waiting.append(base)
    return tuple(sorted(found))
