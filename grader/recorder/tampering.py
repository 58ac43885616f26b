"""Noticing code that reaches for the recorder, and putting the recorder out of easy reach.

A recorder that lives in the student's process cannot be out of reach for good. What is done here ends the
ways that are known from attacks on graders; whoever goes on digging leaves traces, which are recorded.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from grader.evidence.events import Tampered
from grader.recorder.recorder import Recorder

_HOOKS = {
    "sys.settrace": "looks into all frames (sys.settrace)",
    "sys.setprofile": "looks into all frames (sys.setprofile)",
}
_SEARCHES = ("gc.get_objects", "gc.get_referrers", "gc.get_referents")


def hide(recorder: Recorder) -> None:
    """Leave the recorder no name by which it can be imported or found; to be called when all is installed."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        what = _HOOKS.get(event)
        if event in _SEARCHES and gc.get_freeze_count() == 0:
            what = f"searches the interpreter's objects ({event})"
        if what is not None and _by_notebook():
            recorder.log.write(Tampered, what=what)

    for name in [name for name in sys.modules if name.partition(".")[0] == "grader"]:
        del sys.modules[name]
    # What is frozen is not among the objects that gc lists.
    gc.collect()
    gc.freeze()
    sys.addaudithook(hook)


def _by_notebook() -> bool:
    """Whether it was a cell that called, not a library."""
    return "ipykernel_" in sys._getframe(2).f_code.co_filename
