"""Wrapping library calls, in every place where a student can import them from."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import wrapt

Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]
"""As wrapt has it: ``(wrapped, instance, args, kwargs)``."""


_replaced: list[tuple[Any, str, Any]] = []
"""Every place at which something was wrapped: its owner, its name, and what stood there."""


def watch_method(owner: type, name: str, wrapper: Wrapper) -> None:
    """Wrap a method where it is defined."""
    _replaced.append((owner, name, vars(owner).get(name)))
    wrapt.wrap_function_wrapper(owner, name, wrapper)


def unwatch() -> None:
    """Put back all that was wrapped in this process."""
    while _replaced:
        owner, name, original = _replaced.pop()
        if original is None:
            delattr(owner, name)
        else:
            setattr(owner, name, original)


@dataclass(frozen=True)
class _Watched:
    function: Callable[..., Any]
    watched: Any
    below: tuple[str, ...]


_together: list[_Watched] | None = None
"""Functions for which all modules are looked through at once."""


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Look through the modules once for all functions that are watched in the block: there are thousands."""
    global _together
    _together = []
    try:
        yield
    finally:
        functions, _together = _together, None
        _put_in_place(functions)


def watch_function(function: Callable[..., Any], wrapper: Wrapper, *, below: tuple[str, ...]) -> None:
    """Wrap a function under each name by which the loaded modules of the packages ``below`` hold it.

    Libraries re-export: ``keras.models.load_model`` and ``tf.keras.models.load_model`` are one function under
    many names, and a student may import any of them.
    """
    each = _Watched(function, wrapt.FunctionWrapper(function, wrapper), below)
    if _together is None:
        _put_in_place([each])
    else:
        _together.append(each)


def _put_in_place(functions: list[_Watched]) -> None:
    wanted: dict[int, list[_Watched]] = {}
    for each in functions:
        wanted.setdefault(id(each.function), []).append(each)
    roots = {root for each in functions for root in each.below}
    for module_name, module in list(sys.modules.items()):
        root = module_name.partition(".")[0]
        if module is None or root not in roots:
            continue
        held = [(name, value) for name, value in list(vars(module).items()) if id(value) in wanted]
        for name, function in held:
            for each in wanted[id(function)]:
                if root in each.below:
                    _replaced.append((module, name, function))
                    setattr(module, name, each.watched)
                    break
