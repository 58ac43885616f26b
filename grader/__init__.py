"""An autograder for convolutional-network coursework in Keras notebooks."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext grader``: the magic ``%grade``, for a self-check in a live notebook."""
    from grader.live.extension import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext grader``."""
    from grader.live.extension import unload

    unload(shell)
