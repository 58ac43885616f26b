"""Reading drawn material for a while: what raised, what took too long, what took too much memory."""

from __future__ import annotations

import contextlib
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

import grader
from tests.fuzz.target import Target

MOST_SECONDS = 5.0
"""Of processor time for one example: a busy machine makes no hang."""
MOST_MEMORY = 1 << 30
"""Bytes that the process may hold at any time."""
_GRADER = Path(grader.__file__).parent
_BATCH = 200
"""Examples drawn with one seed."""


@dataclass(frozen=True)
class Finding:
    """What the grader does not cope with."""

    example: str
    """The smallest that was found."""
    what: str
    """A traceback, or what was exceeded."""


@dataclass
class Report:
    """What came of one target."""

    target: str
    tried: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    """By the kind of error and the line of the grader that it comes from."""
    memory: int = 0
    """Bytes, the most that the process held."""
    slowest: float = 0.0
    """Seconds of processor time."""
    slowest_example: str = ""
    largest_example: str = ""


class TooSlowError(AssertionError):
    """Processor time ran out."""


class TooLargeError(AssertionError):
    """The process held more memory than it may."""


class _Stop(BaseException):
    """Raised into the reader, which catches no such thing."""


def fuzz(target: Target, seconds: float, first_seed: int = 0) -> Report:
    """Read drawn examples until the time is up; a batch of each seed is tried to its end."""
    report = Report(target.name)
    began, number = time.monotonic(), first_seed
    while time.monotonic() - began < seconds:
        with contextlib.suppress(Exception, ExceptionGroup):  # the report has it
            seed(number)(_trial(target, report, _BATCH, until=began + seconds))()
        number += 1
    return report


def try_some(target: Target, examples: int) -> Report:
    """Read the same few examples each time."""
    report = Report(target.name)
    with contextlib.suppress(Exception, ExceptionGroup):
        seed(0)(_trial(target, report, examples))()
    return report


def _trial(target: Target, report: Report, examples: int, until: float = float("inf")) -> Any:
    known = frozenset(report.findings)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(target.examples)
    def trial(example: Any) -> None:
        if time.monotonic() > until and report.findings.keys() <= known:
            return
        report.tried += 1
        began = time.process_time()
        try:
            with _bounded_memory(report, example), _bounded_time():
                target.read(example)
        except Exception as fault:
            where = _where(fault)
            if where in known:
                return
            # The last of a kind is what Hypothesis shrank it to.
            report.findings[where] = Finding(_shown(example), "".join(traceback.format_exception(fault)))
            if not isinstance(fault, TooSlowError | TooLargeError):  # to make these smaller would take hours
                raise
        finally:
            took = time.process_time() - began
            if took > report.slowest:
                report.slowest, report.slowest_example = took, _shown(example)

    return trial


@contextlib.contextmanager
def _bounded_time() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise _Stop

    # Not the clock on the wall: that alarm is the test runner's, and other processes would count.
    earlier = signal.signal(signal.SIGPROF, stop)
    # Again and again: raised in a callback of the garbage collector it would come to nothing.
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS, MOST_SECONDS / 10)
    try:
        yield
    except _Stop as stopped:
        raise TooSlowError(f"more than {MOST_SECONDS:g} s of processor time") from stopped
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, earlier)


@contextlib.contextmanager
def _bounded_memory(report: Report, example: Any) -> Iterator[None]:
    # Begins to count the peak anew (proc_pid_clear_refs(5)).
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    try:
        yield
    finally:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
        if peak > report.memory:
            report.memory, report.largest_example = peak, _shown(example)
    if peak > MOST_MEMORY:
        raise TooLargeError(f"{peak >> 20} MiB are more than {MOST_MEMORY >> 20} MiB")


def _where(fault: BaseException) -> str:
    """The kind of error, and the last line of the grader that it passed; of a slow one the first."""
    slow = isinstance(fault, TooSlowError)
    frames = traceback.extract_tb((fault.__cause__ if slow and fault.__cause__ else fault).__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_GRADER)] or frames
    line = own[0 if slow else -1]
    return f"{type(fault).__name__} at {'/'.join(Path(line.filename).parts[-2:])}:{line.lineno}"


def _shown(example: Any) -> str:
    text = repr(example)
    return text if len(text) <= 4000 else f"{text[:2000]} … {text[-2000:]} ({len(text):,} characters)"
