"""What the harness asks the zygote for: one kernel, in one world, with one set of limits."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from grader.evidence.evidence import Place
from grader.evidence.settings import RecorderSettings

Strength = Literal["namespaces", "landlock", "user", "none"]
"""What a sandbox is made of, the strongest first (:mod:`grader.execution.strengths`)."""


class Frozen(BaseModel):
    """An immutable, closed message."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSource(Frozen):
    """A served data set as it lies on this machine."""

    name: str
    root: str
    """Holds one folder for each split."""
    archive: str


class World(Frozen):
    """The file system that a notebook sees.

    With namespaces the paths of ``places`` exist literally; without, only the relative ones do, below the
    working folder.
    """

    places: tuple[Place, ...] = ()
    data: tuple[DataSource, ...] = ()
    folders: tuple[str, ...] = ()
    """Folders that must exist, e.g. where the notebook saves its model."""
    files: str | None = None
    """Folder whose contents were handed in beside the notebook; copied into the working folder."""
    arrays: tuple[tuple[str, str], ...] = ()
    """Name and .npz of each ``keras.datasets`` set."""
    weights: tuple[tuple[str, str], ...] = ()
    """Pre-trained weights: ``xception.notop`` and the like, and their .h5 files."""
    broken: tuple[str, str] | None = None
    """Data set and path below it of a file to be planted broken (the probe run)."""


class KernelRequest(Frozen):
    """Everything a forked kernel needs to know."""

    scratch: str
    """Folder of this run; ``io/`` below it is shared with the kernel, ``events.jsonl`` is written through an
    open file."""
    connection: dict[str, Any]
    world: World
    recorder: RecorderSettings
    memory: int
    """Bytes that the kernel may add to what the zygote already maps."""
    file_size: int = 1 << 30
    threads: int = 1
    key: str = ""
    """Seals the journal of this run (:mod:`grader.evidence.journal`)."""
    sandbox: Strength = "namespaces"
    hidden: tuple[str, ...] = ()
    """Folders below the Python installation that the notebook must not see."""
