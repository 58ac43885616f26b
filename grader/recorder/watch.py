"""Wrapping library calls, in every place where a student can import them from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import wrapt

Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]
"""As wrapt has it: ``(wrapped, instance, args, kwargs)``."""


def watch_method(owner: type, name: str, wrapper: Wrapper) -> None:
    """Wrap a method where it is defined."""
    wrapt.wrap_function_wrapper(owner, name, wrapper)


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
            setattr(module, name, watched)
