"""What this machine gives to grading."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from grader.execution.strengths import STRENGTHS, Probed, probe
from grader.training.device import why_no_gpu

LIBRARIES = ("tensorflow", "keras", "tf_keras", "numpy", "scikit-learn", "nbclient", "ipykernel")


MEMORY_A_JOB = 3 << 30
"""Bytes for a notebook with its kernel (half a GiB and what the student loads) and for a network in training
(up to 2.3 GiB, measured on worksheet5)."""


def jobs_here() -> int:
    """Notebooks that this machine can execute at a time: one a processor, as far as there is memory."""
    processors = len(os.sched_getaffinity(0))
    return max(1, min(processors, psutil.virtual_memory().available // MEMORY_A_JOB))


@dataclass(frozen=True)
class Machine:
    """Facts that decide whether, how fast and how safely notebooks run."""

    sandboxes: tuple[Probed, ...]
    """From the strongest to none."""
    system: str
    python: str
    libraries: dict[str, str | None]
    """Version of each; None where it is not installed."""
    processors: int
    """Those that this process may use."""
    no_gpu: str
    """Why networks are not trained on a GPU; empty where they are."""
    memory: int
    """Bytes, of which ``memory_free`` can be had now."""
    memory_free: int
    space: dict[str, tuple[Path, int]]
    """Free bytes where notebooks run and where results of runs are kept."""

    @property
    def fenced(self) -> bool:
        """Whether there is any sandbox."""
        return any(each.works and each.strength != "none" for each in self.sandboxes)


def machine(cache: Path) -> Machine:
    """Look at this machine; every sandbox is tried. ``cache`` need not exist."""
    memory = psutil.virtual_memory()
    places = {"notebooks run in": Path(tempfile.gettempdir()), "runs are kept in": cache}
    return Machine(
        sandboxes=tuple(probe(strength) for strength in STRENGTHS),
        system=f"{platform.system()} {platform.release()} on {platform.machine()}",
        python=platform.python_version(),
        libraries={name: _version(name) for name in LIBRARIES},
        processors=len(os.sched_getaffinity(0)),
        no_gpu=why_no_gpu(),
        memory=memory.total,
        memory_free=memory.available,
        space={what: (path, _free(path)) for what, path in places.items()},
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _free(path: Path) -> int:
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free
