"""Writing a report so that a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grader.errors import CannotWriteError


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other batches from writing into ``folder``, made where needed; one left empty is removed again.

    Raises :class:`CannotWriteError` when another one is at work there, or the folder cannot be made.
    """
    import fcntl

    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CannotWriteError(f"{folder}: cannot write: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotWriteError(
                f"{folder}: another grade is at work on these results; wait for its end, or choose another: "
                "--out FOLDER"
            ) from error
        except OSError:
            pass  # a file system without locks: each file is still replaced in one step
        yield
    finally:
        for place in missing:
            with contextlib.suppress(OSError):
                place.rmdir()
        os.close(lock)


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace ``path`` by ``content`` in one step, making its folder where needed.

    ``durable`` waits until the bytes are on the disk; a report that can be made again need not.
    Raises :class:`CannotWriteError` for any ``OSError``; ``path`` is then as it was, nothing beside it.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        # mkstemp makes private files; a report is as readable as any file that its owner makes.
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CannotWriteError(f"{path}: cannot write: {reason}; earlier results are untouched") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
