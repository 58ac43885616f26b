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

_Place = tuple[str, Any, str]
"""The package of a module, the module, and a name in it."""

_index: dict[int, list[_Place]] = {}
"""Where each function stands, by its identity, in the modules that were indexed."""

_indexed: set[str] = set()
"""Names of these modules."""


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


def index_modules() -> None:
    """Note where the loaded modules hold which function, so that forks need not look through them: what a
    fork touches, it copies."""
    for module_name, module in list(sys.modules.items()):
        _indexed.add(module_name)
        for place, value in _held_by(module_name, module):
            if callable(value):
                _index.setdefault(id(value), []).append(place)


def _put_in_place(functions: list[_Watched]) -> None:
    wanted: dict[int, list[_Watched]] = {}
    for each in functions:
        wanted.setdefault(id(each.function), []).append(each)
    roots = {root for each in functions for root in each.below}
    places = [place for identity in wanted for place in _index.get(identity, ())]
    for module_name in sys.modules.keys() - _indexed:
        if module_name.partition(".")[0] in roots:
            held = _held_by(module_name, sys.modules[module_name])
            places += [place for place, value in held if id(value) in wanted]
    for root, module, name in places:
        function = vars(module).get(name)
        for each in wanted.get(id(function), ()):
            if root in each.below:
                _replaced.append((module, name, function))
                setattr(module, name, each.watched)
                break


def _held_by(module_name: str, module: Any) -> Iterator[tuple[_Place, Any]]:
    """What stands in a module, and where."""
    root = module_name.partition(".")[0]
    for name, value in list(getattr(module, "__dict__", {}).items()):
        yield (root, module, name), value
