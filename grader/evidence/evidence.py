"""Evidence: everything that grading may know about one submission, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeVar

from pydantic import Field

from grader.evidence.events import AnyEvent, Event, Record

Cause = Literal["own", "knock_on", "environment", "budget", "infrastructure"]
"""Why a cell failed; only ``own`` costs points by itself."""

Rung = Literal["reduced", "full"]
"""Size of the served data in the run that a verdict comes from (``fit`` is shortened in both)."""

E = TypeVar("E", bound=Event)


CellStatus = Literal["ok", "failed", "timeout", "killed", "skipped", "not_run"]
"""``timeout``: interrupted at the cell's limit; ``killed``: the kernel ended in it; ``skipped``: left out on
purpose; ``not_run``: never reached."""


class CellError(Record):
    """What a failed cell raised; whose fault it was is for grading to say."""

    name: str
    message: str
    traceback: str = ""


class Cell(Record):
    """One code or markdown cell, as submitted and as run."""

    index: int
    type: Literal["code", "markdown", "raw"]
    source: str
    status: CellStatus = "not_run"
    text: str = ""
    """Everything printed or displayed as text when it ran."""
    seconds: float = 0.0
    error: CellError | None = None
    claimed: str = ""
    """Text of the outputs that the student saved: claims, not evidence."""


class Place(Record):
    """A path of the notebook's world that stood for a part of a served data set."""

    path: str
    data: str
    """Name of the data set in the rubric."""
    part: str
    """``root``, ``archive``, a split, or ``split/class``."""


class Probe(Record):
    """A second short run with a file broken on purpose, to see what the code does about it."""

    broken: str
    """Path of the planted file below the data set, e.g. ``train/acai/images (99).jpeg``."""
    opened: int | None
    """The first cell in which the student's code opened it."""
    removed: bool
    text: dict[int, str] = Field(default={})
    """What each cell printed in that run."""
    failed: dict[int, str] = Field(default={})
    """Error name of each cell that failed in that run."""


MendKind = Literal["import", "name", "prose", "bracket", "unused_import"]
"""What a slip was: a well-known name never imported, a misspelt or stale one, words or pasted output among
code, a bracket left open, an import that fails and is needed nowhere."""


class Mend(Record):
    """The least change with which a failed cell runs: a slip read past, as a marker would."""

    cell: int
    kind: MendKind
    before: str = ""
    """What stood there; empty when something was added."""
    after: str = ""
    """What stands there now; empty when something was left out."""
    words: str
    """In words, with code in backticks: "`from tensorflow.keras import layers` added in cell 3"."""

    @property
    def costs(self) -> bool:
        """Whether it was a slip of the student's: an unused import that fails is none."""
        return self.kind != "unused_import"


class Evidence(Record):
    """One run of a notebook: cells, events, and how they were obtained."""

    notebook: str
    """File name of the submission's notebook."""
    cells: tuple[Cell, ...]
    events: tuple[AnyEvent, ...] = ()
    places: tuple[Place, ...] = ()
    probe: Probe | None = None
    rung: Rung = "full"
    legacy: bool = False
    """Whether it ran on Keras 2 (``tf_keras``), because less failed there than on Keras 3."""
    sandbox: str = ""
    data: dict[str, str] = Field(default={})
    """Digest of each served data set."""
    mends: tuple[Mend, ...] = ()
    """What was changed in the notebook before this run; empty for the notebook as it was handed in."""
    tampering: tuple[str, ...] = ()
    """How the student's code reached for what records it, in plain words; for a human to judge."""
    problems: tuple[str, ...] = ()
    """What hindered the run without being the student's fault, in plain words."""
    seconds: float = 0.0

    def of(self, kind: type[E]) -> Iterator[E]:
        """The events of one class, in the order they happened."""
        return (event for event in self.events if isinstance(event, kind))

    def cell(self, index: int) -> Cell:
        """The cell at a notebook index."""
        return self.cells[index]
