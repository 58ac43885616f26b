"""Folders for the time that something runs, and the end of those whose grader could not remove them.

A grader that is killed removes nothing. Each folder therefore holds a file that its grader keeps locked
(flock(2)) as long as it lives; what nobody locks any more is removed by the next one that starts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from types import TracebackType

PREFIX = "grade-"
_LOCK = ".grader-is-here"
_UNFINISHED = (
    "evidence/*/.new-*",
    "findings/*/.*.part",
    "trainings/*/.draft-*",
    "data/datasets/.making-*",
)
_A_DAY = 86_400.0


class Scratch:
    """A new folder for temporary files, removed on exit or by :meth:`remove`; a context manager."""

    path: Path

    def __init__(self) -> None:
        """Make it. Raises ``OSError`` where no folder can be made."""
        while (lock := self._make()) is None:
            pass
        self._lock = lock

    def __enter__(self) -> Path:
        """Where it is."""
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove it."""
        self.remove()

    def remove(self) -> None:
        """Remove the folder and what is in it; again is no harm."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1

    def _make(self) -> int | None:
        """The locked file of a new folder; None where another grader took the folder for abandoned before
        it was locked."""
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            shutil.rmtree(self.path, ignore_errors=True)
            raise
        if _locked(lock) and os.fstat(lock).st_nlink:
            return lock
        os.close(lock)
        return None


def remove_abandoned() -> None:
    """Remove this user's folders whose graders were killed."""
    for file in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError):
            if file.parent.lstat().st_uid != os.getuid():
                continue
            lock = os.open(file, os.O_RDWR | os.O_NOFOLLOW)
            try:
                if _locked(lock):
                    shutil.rmtree(file.parent, ignore_errors=True)
            finally:
                os.close(lock)


def remove_unfinished(cache: Path) -> None:
    """Remove from ``cache`` what was being written when its grader was killed, a day ago or more."""
    for file in (file for pattern in _UNFINISHED for file in cache.glob(pattern)):
        with contextlib.suppress(OSError):
            if time.time() - file.lstat().st_mtime > _A_DAY:
                shutil.rmtree(file) if file.is_dir() else file.unlink()


def _locked(file: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
