"""``weights="imagenet"`` without a network: the teacher's files, or random weights and a note of it.

``keras.applications`` builds the network, fetches the file of its weights and loads it. Fetching gives the
served file; where there is none, an empty one in its place, and loading that leaves the weights as they are.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from grader.evidence.events import PretrainedLoaded
from grader.recorder.library import library
from grader.recorder.recorder import Recorder
from grader.recorder.watch import watch_function, watch_method

_ORIGIN = "keras-applications"
"""In the address of every file of weights that ``keras.applications`` fetches."""


def provide_weights(recorder: Recorder, served: dict[str, str]) -> None:
    """Serve pre-trained weights from ``served``: ``xception.notop`` or ``xception.top`` → file."""
    fetched: dict[str, str] = {}

    def fetch(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        name = str(args[0] if args else kwargs.get("fname"))
        origin = str(args[1] if len(args) > 1 else kwargs.get("origin"))
        if _ORIGIN not in origin:
            return wrapped(*args, **kwargs)
        path = _served(os.path.basename(name), served) or _empty(os.path.basename(name))
        fetched[os.path.realpath(path)] = os.path.basename(name)
        return path

    def load(wrapped: Any, model: Any, args: Any, kwargs: Any) -> Any:
        path = str(args[0] if args else kwargs.get("filepath"))
        name = fetched.get(os.path.realpath(path))
        if name is None:
            return wrapped(*args, **kwargs)
        loaded = path in served.values() and _loads(recorder, lambda: wrapped(*args, **kwargs))
        with recorder.trying("pre-trained weights"):
            recorder.log.write(PretrainedLoaded, file=name, served=loaded)
        return None

    watch_function(library().get_file, fetch, below=library().roots)
    watch_method(library().keras.Model, "load_weights", load)


def _served(name: str, served: dict[str, str]) -> str | None:
    """The served file for a published name: ``vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5``."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower().removeprefix("weights_"))
    part = "notop" if "notop" in plain else "top"
    fitting = [key for key in served if key.endswith(f".{part}") and plain.startswith(key.rpartition(".")[0])]
    return served[max(fitting, key=len)] if fitting else None


def _empty(name: str) -> str:
    """A file where Keras would have kept it."""
    path = Path.home() / ".keras/models" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


def _loads(recorder: Recorder, load: Any) -> bool:
    """Whether the served file fits the network: MobileNet has one for each width."""
    try:
        with recorder.log.inside():
            load()
    except (ValueError, OSError, KeyError):
        return False
    return True
