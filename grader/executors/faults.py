"""What stopped a submission, in words for the teacher."""

from __future__ import annotations

from grader import crash
from grader.execution.ladder import KernelWasKilled
from grader.execution.process import KernelDidNotStart, ZygoteDidNotStart


def in_words(fault: Exception) -> str:
    """What stopped a submission, in one line; a fault that nobody foresaw leaves its traceback in a file."""
    lines = str(fault).strip().splitlines() or [type(fault).__name__]
    match fault:
        case KernelDidNotStart() | ZygoteDidNotStart():
            return f"no kernel could be started: {lines[-1]}"
        case KernelWasKilled():
            return lines[0]
        case OSError(strerror=str(reason), filename=None):
            return reason
        case OSError(strerror=str(reason), filename=path):
            return f"{path}: {reason}"
    return crash.told(fault)
