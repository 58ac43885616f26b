"""Whether a library's own word on its objects was replaced by the notebook's."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

from grader.recorder.library import library

_ANSWERS = ("get_config", "count_params")
"""Methods whose answers are recorded."""


def patched(model: Any) -> str:
    """The first method of a layer of Keras's, or of the model itself, that is none of Keras's; else empty.

    What the student's own classes say of themselves is their business.
    """
    roots = library().roots
    for thing in (model, *getattr(model, "layers", ())):
        owner = type(thing)
        if owner.__module__.partition(".")[0] not in roots:
            continue
        for name in _ANSWERS:
            if not _is_installed(getattr(thing, name, None)):
                return f"{owner.__name__}.{name}"
    if not _is_installed(library().keras.saving.serialize_keras_object):
        return "keras.saving.serialize_keras_object"
    return ""


@cache
def _folders() -> tuple[str, ...]:
    files = [getattr(sys.modules.get(root), "__file__", None) for root in library().roots]
    return tuple(os.path.dirname(os.path.realpath(file)) for file in files if file)


def _is_installed(function: Any) -> bool:
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return code is not None and os.path.realpath(code.co_filename).startswith(_folders())
