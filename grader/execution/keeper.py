"""Ending what a notebook has started where no pid namespace does it: the process beside its kernel does.

Whatever a kernel's children do (double fork, sessions of their own), they become children of that process
when their parents end (PR_SET_CHILD_SUBREAPER, prctl(2)).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path

import psutil

from grader.execution import linux

_ROUNDS = 200
"""Of killing all that is there: enough for a fork bomb within its limit of processes."""


def be_ready(scratch: Path, grader: int) -> None:
    """Take over whoever is orphaned, and end all when the zygote ends; to be called before the fork.

    With the ``grader`` (its process id) gone too, nobody else will remove the ``scratch`` folder.
    """
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, lambda *_: _end(scratch, grader))
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGTERM)


def end_children() -> None:
    """Kill all processes that descend from this one, until none is left."""
    this = psutil.Process()
    for _ in range(_ROUNDS):
        found = this.children(recursive=True)
        if not found:
            return
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(found, timeout=0.5)


def _end(scratch: Path, grader: int) -> None:
    end_children()
    if not _lives(grader):
        shutil.rmtree(scratch, ignore_errors=True)
    os._exit(0)


def _lives(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False
