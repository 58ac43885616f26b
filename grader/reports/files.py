"""Writing a report so that a reader finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from grader.errors import UserError


class CannotWriteError(UserError):
    """A result could not be written: disk full, no permission. What stood there before is untouched."""

    exit_code = 4


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
