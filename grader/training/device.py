"""Where networks are trained: on the processors, or on a GPU that TensorFlow finds.

Notebooks always run on the processors. What a recipe gave on one kind of device stands for the other: both
compute in float32, and differ as two kinds of processors do, in the order in which they add up.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

Device = Literal["cpu", "gpu"]
Wanted = Literal["auto", "cpu", "gpu"]

SHARE = 3 << 30
"""Bytes of a GPU's memory that one training may take: of the largest that is trained, weights with gradients
and an optimizer's moments are 0.8 GB, activations 1.2 GB (:mod:`grader.training.trainer`)."""
_BESIDE = 1 << 30
"""Bytes left to each process beside that, for CUDA and its libraries: an estimate, measured on no GPU yet."""

_NODES = ("/dev/nvidia0", "/dev/dxg", "/dev/kfd")
"""What a GPU is on Linux, on Linux within Windows, and from AMD."""
_ASK = "import tensorflow as tf; print('GPUs:', len(tf.config.list_physical_devices('GPU')))"
_ANSWER = 120.0
"""Seconds that TensorFlow may take to be imported and to look for GPUs."""


def why_no_gpu() -> str:
    """Why no network can be trained on a GPU here; empty where one can.

    Where there is a GPU, TensorFlow is asked, in a process of its own and for as long as its import takes.
    """
    if not any(Path(node).exists() for node in _NODES):
        return "this machine has none"
    try:
        asked = subprocess.run(
            [sys.executable, "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ANSWER,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return f"TensorFlow does not say whether it finds one ({type(fault).__name__})"
    lines = [line for line in asked.stdout.splitlines() if line.startswith("GPUs:")]
    if lines and lines[-1] != "GPUs: 0":
        return ""
    return "TensorFlow finds none that it can use; for NVIDIA's: pip install 'tensorflow[and-cuda]'"


def device_for(wanted: Wanted) -> Device:
    """The device that is wanted, or by itself a GPU where there is one."""
    if wanted == "auto":
        return "cpu" if why_no_gpu() else "gpu"
    return wanted


def trainings_at_a_time(device: Device, most: int) -> int:
    """How many networks are trained beside each other: ``most``, on a GPU as far as its memory allows.

    Of what is free on the first GPU, as ``nvidia-smi`` tells; one at a time where it does not.
    """
    if device == "cpu":
        return most
    return max(1, min(most, _free_memory() // (SHARE + _BESIDE)))


def _free_memory() -> int:
    command = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER, check=True).stdout
        return int(told.splitlines()[0]) << 20
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return 0
