"""Where a benchmark was measured."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil


def facts() -> dict[str, str | int]:
    """The machine and the libraries."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line for line in lines if line.startswith("model name")]
    return {
        "processors": len(os.sched_getaffinity(0)),
        "model": models[0].partition(":")[2].strip() if models else platform.machine(),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("tensorflow", "keras", "numpy")},
    }
