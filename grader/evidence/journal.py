"""The journal of a run: one sealed JSON line an event, and its reading on the trusted side.

Each line ends with an HMAC of it (RFC 2104, SHA-256) under a key that only this run's recorder and harness
have: what other code writes into the journal is told from what the recorder wrote. The recorder lives in the
student's own process, where a key can be dug out by those who know how; the seal makes forging laborious, not
impossible.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from grader.evidence.events import AnyEvent
from grader.nesting import deeper_than

_LINE = 4 << 20
"""Bytes of the longest line that is read."""
_ALL = 128 << 20
"""Bytes of a journal that are read: twenty thousand events of a student's take some megabytes, a hundred
trainings with the thumbnails of all their images as many."""
_VALUES = 200_000
"""Commas and opening brackets of a line: what it takes in memory grows with these."""
_ALL_VALUES = 4_000_000
"""The same of all lines together: each may be a dictionary of a hundred bytes."""
_DEEPEST = 60
"""Levels of nesting; the configuration of a network takes about ten, of one within another some more."""
_event: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def new_key() -> str:
    """A key for one run."""
    return secrets.token_hex(16)


def sealed(line: bytes, key: str) -> bytes:
    """``line``, which holds no line break, with its seal."""
    return line + b" " + _seal(line, key) + b"\n"


def _seal(line: bytes, key: str) -> bytes:
    return hmac.digest(key.encode(), line, "sha256").hex().encode()


@dataclass(frozen=True)
class Journal:
    """What a journal held."""

    events: tuple[AnyEvent, ...]
    unreadable: int
    """Lines of the recorder's that are no events."""
    foreign: int
    """Lines that the recorder has not written."""


def read_journal(path: Path, key: str, most: int) -> Journal:
    """The first ``most`` lines of a journal: the recorder writes no more, a student's code could.

    Of those, what would fill the memory is not read.
    """
    events: list[AnyEvent] = []
    unreadable, foreign, left = 0, 0, _ALL_VALUES
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        for line in _lines(file, most):
            content, _, seal = line.rstrip(b"\n").rpartition(b" ")
            if not hmac.compare_digest(seal, _seal(content, key)):
                # A kernel that is killed while it writes leaves a line without an end.
                foreign += line.endswith(b"\n") or len(line) == _LINE
                continue
            crowd = sum(map(content.count, (b",", b"[", b"{")))
            if crowd > min(_VALUES, left):
                unreadable += 1
                continue
            left -= crowd
            try:
                events.append(_event.validate_python(_parsed(content)))
            except (ValueError, ValidationError, RecursionError):
                unreadable += 1
    return Journal(tuple(events), unreadable, foreign)


def _lines(file: BinaryIO, most: int) -> Any:
    left = _ALL
    for _ in range(most):
        line = file.readline(min(_LINE, left))
        if not line:
            return
        left -= len(line)
        yield line


def _parsed(line: bytes) -> Any:
    """The line as JSON. Raises ``ValueError`` for one that is nested deeply."""
    value = from_json(line)  # unlike Python's own, it takes no half characters, which no file could hold
    if deeper_than(value, _DEEPEST):
        raise ValueError("nested too deeply")
    return value
