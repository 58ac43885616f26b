"""The command line as the benchmarks run it: in a process of its own, timed and watched."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
_OFTEN = 0.1
"""Seconds between two looks at the memory of the process."""


@dataclass(frozen=True)
class Ran:
    """One run of ``grade``."""

    seconds: float
    memory: int
    """Most bytes that the trusted process itself had in memory (``VmHWM``, proc(5))."""
    grades: dict[str, Any]

    def by_stage(self) -> dict[str, float]:
        """Seconds of all submissions together, by stage; they are worked on beside each other."""
        total: dict[str, float] = {}
        for submission in self.grades["submissions"]:
            for timing in submission["timings"]:
                total[timing["stage"]] = total.get(timing["stage"], 0.0) + timing["seconds"]
        return total


def grade(submissions: Path, rubric: Path | str, out: Path, cache: Path, *words: str) -> Ran:
    """Grade ``submissions``, with what is kept in ``cache``."""
    seconds, memory = command(
        *(str(submissions), "--rubric", str(rubric), "--out", str(out), "--cache", str(cache), "--yes"),
        *words,
    )
    return Ran(seconds, memory, json.loads((out / "grades.json").read_text()))


def command(*words: str) -> tuple[float, int]:
    """Run ``grade`` with these words and drawn stand-ins for all data; its seconds, and the most bytes of
    memory that the process itself had."""
    # As users have it: what was compiled once is not compiled at each start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"GRADER_DATA": "/nonexistent", "PYTHONPATH": str(CHECKOUT)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "grader.cli.main", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = _Peak(process.pid)
    _, errors = process.communicate()
    seconds = time.perf_counter() - began
    memory = peak.end()
    if process.returncode not in (0, 3):
        raise SystemExit(f"grade {' '.join(words)} ended with code {process.returncode}: {errors}")
    return seconds, memory


class _Peak:
    """The most memory that a process has had."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._most = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(_OFTEN):
            try:
                found = re.search(r"VmHWM:\s+(\d+) kB", self._status.read_text())
            except OSError:
                return
            self._most = max(self._most, int(found[1]) << 10 if found else 0)

    def end(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._most
