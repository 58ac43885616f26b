"""What a notebook's execution depends on."""

from __future__ import annotations

from dataclasses import dataclass

from nbformat import NotebookNode

from grader.evidence.evidence import Evidence, Rung
from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.paths import DataNames
from grader.execution.request import DataSource, Strength


@dataclass(frozen=True)
class ServedData:
    """One data set in both sizes."""

    names: DataNames
    full: DataSource
    reduced: DataSource
    digest: str
    files: dict[str, tuple[str, ...]]
    """Split → file paths below the data set's root, of the reduced size."""


@dataclass(frozen=True)
class Job:
    """Everything that a notebook's execution depends on."""

    notebook: NotebookNode
    name: str
    strings: tuple[str, ...]
    """String literals of its code, where paths are looked for."""
    data: tuple[ServedData, ...]
    arrays: dict[Rung, tuple[tuple[str, str], ...]]
    """The ``keras.datasets`` that it names, by rung."""
    files: str | None
    limits: Limits
    recorder: RecorderSettings
    threads: int
    sandbox: Strength
    hidden: tuple[str, ...]
    counts_samples: bool = False
    """Whether its code counts samples that only the full size has: the ladder begins there."""
    only: Rung | None = None
    """Run at this size and no other: for variants of a notebook of which the right size is known."""
    weights: tuple[tuple[str, str], ...] = ()
    """Files of pre-trained weights that the teacher provided."""
    patient: bool = True
    """Whether an error that no size of the data can cause is confirmed at full size all the same."""
    before: Evidence | None = None
    """Of the notebook before its slips were mended, when this is the mended one."""
