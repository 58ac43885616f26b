"""The event log: one open file, one JSON line an event, written at once so that a killed kernel loses
nothing."""

from __future__ import annotations

import contextlib
import os
import struct
import sys
from collections.abc import Iterator
from os import write as _write
from types import FrameType
from typing import Any

from grader.evidence.events import Dropped, Event, Tampered
from grader.evidence.journal import sealed
from grader.evidence.settings import RecorderSettings


class Log:
    """Writes events of the cell that runs now, unless they happen inside a library call that is itself
    watched."""

    def __init__(self, settings: RecorderSettings, descriptor: int, current_cell: Any, key: str) -> None:
        """Write to the open file ``descriptor``, sealed with ``key``; ``current_cell`` is four bytes that the
        harness keeps up to date."""
        self._key = key
        self.settings = settings
        self._descriptor = descriptor
        self._current_cell = current_cell
        self._written = 0
        self._depth = 0

    @property
    def cell(self) -> int:
        """Notebook index of the cell that runs now."""
        return int(struct.unpack("<i", self._current_cell[:4])[0])

    def write(self, kind: type[Event], **values: Any) -> None:
        """Append one event; beyond the limit a single :class:`Dropped` and then nothing."""
        if self._written > self.settings.events:
            return
        if not _is_ours(sys._getframe(1)):
            kind, values = Tampered, {"what": "writes into the recorder's journal by its own methods"}
        self._written += 1
        if self._written > self.settings.events:
            event: Event = Dropped(cell=self.cell, limit=self.settings.events)
        else:
            event = kind(cell=self.cell, **values)
        _write(self._descriptor, sealed(event.model_dump_json().encode(), self._key))

    @property
    def quiet(self) -> bool:
        """Whether a watched call is running (on any thread), so that what happens is not the student's own
        doing."""
        return self._depth > 0

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Mark what happens within as a watched call's own doing."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1


_FOLDER = os.path.dirname(__file__)


def _is_ours(caller: FrameType) -> bool:
    return os.path.dirname(caller.f_code.co_filename) == _FOLDER
