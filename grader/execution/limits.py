"""Limits of a run, in the units that people write."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Limits(BaseModel):
    """What one notebook may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cell: float = 60.0
    """Seconds of one cell."""
    notebook: float = 600.0
    """Seconds of all cells together."""
    memory: int = 6 << 30
    """Bytes that the kernel may allocate beside what its libraries map."""
    restarts: int = 2
    """How often a notebook is taken up again after its kernel died, without the cell that killed it."""
