"""What was executed in a session: each input with its number, its cell and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Execution:
    """One input of the session."""

    number: int
    """The one that the notebook shows: ``In [number]``."""
    source: str
    cell_id: str = ""
    """What the frontend calls its cell; empty where it does not say, and for what ran before we watched."""
    error: str = ""
    """Name of what it raised; empty when it ran through or was not watched."""
    message: str = ""

    @property
    def cell(self) -> str:
        """The same for two runs of one cell; by its text where the frontend does not tell."""
        return self.cell_id or self.source.strip()


def running(shell: Any) -> int:
    """The number of the input that runs now: the one that was kept last."""
    return len(shell.history_manager.input_hist_raw) - 1


def executions(shell: Any, watched: Mapping[int, Execution]) -> tuple[Execution, ...]:
    """Every input before the one that runs, in order; ``watched`` are those of which more is known than the
    text."""
    sources: Sequence[str] = shell.history_manager.input_hist_raw
    ended = range(1, running(shell))
    known = (replace(watched.get(number, Execution(number, "")), source=sources[number]) for number in ended)
    return tuple(each for each in known if each.source.strip())


def last_runs(runs: Iterable[Execution]) -> tuple[Execution, ...]:
    """Each cell's last run, in order: a cell that was run again counts as it ran last."""
    last = {run.cell: run for run in runs}
    return tuple(sorted(last.values(), key=lambda run: run.number))


def printed(shell: Any, number: int) -> str | None:
    """What an input printed or displayed as text; None where this IPython keeps no outputs."""
    kept = getattr(shell.history_manager, "outputs", None)
    if kept is None:
        return None
    pieces: list[str] = []
    for output in kept.get(number, ()):
        for kind, value in (getattr(output, "bundle", None) or {}).items():
            if kind in ("stream", "text/plain"):
                pieces.append("".join(value) if isinstance(value, list | tuple) else str(value))
    return "\n".join(pieces)
