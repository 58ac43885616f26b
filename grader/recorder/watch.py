"""Wrapping library calls, in every place where a student can import them from."""

from __future__ import annotations

import sys
from collections.abc import Callable
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


def watch_function(function: Callable[..., Any], wrapper: Wrapper, *, below: tuple[str, ...]) -> None:
    """Wrap a function under each name by which the loaded modules of the packages ``below`` hold it.

    Libraries re-export: ``keras.models.load_model`` and ``tf.keras.models.load_model`` are one function under
    many names, and a student may import any of them.
    """
    watched = wrapt.FunctionWrapper(function, wrapper)
    for module_name, module in list(sys.modules.items()):
        if module is None or module_name.split(".")[0] not in below:
            continue
        names = [name for name, value in list(vars(module).items()) if value is function]
        for name in names:
            _replaced.append((module, name, function))
            setattr(module, name, watched)
