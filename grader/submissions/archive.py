"""Unpacking zips that may be broken, huge, encrypted or hostile."""

from __future__ import annotations

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from grader.errors import UserError, is_full

MOST_BYTES = 2 * 1024**3
"""Bytes that one archive may unpack to: a data set of photographs fits, a decompression bomb does not."""

MOST_ENTRIES = 50_000

SUSPICIOUS_RATIO = 200
"""Unpacked bytes for each packed byte; photographs and models come near 1, notebooks full of text near 10."""

RATIO_COUNTS_FROM = 64 * 1024**2
"""Unpacked bytes below which the ratio says nothing."""

IGNORED = frozenset(
    {"__MACOSX", "__pycache__", "node_modules", "site-packages", "venv", "Thumbs.db", "desktop.ini"}
)
"""Folders and files that are never a student's work; names that begin with a dot are not either."""


class ArchiveError(Exception):
    """The archive cannot be unpacked; the message is a clause in plain words."""


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is no part of a submission."""
    return name.startswith(".") or name in IGNORED


def unpack(archive: Path, into: Path) -> None:
    """Unpack a zip into an empty folder.

    Entries that are links or clutter (``__MACOSX``, dot files) are left out. Raises :class:`ArchiveError` for
    an archive that is broken, encrypted, too large, or holds paths outside its folder, and
    :class:`~grader.errors.UserError` when this machine's disk is full.
    """
    if not archive.is_file():
        raise ArchiveError("it is no file")  # a pipe would be waited for
    try:
        with zipfile.ZipFile(archive) as opened:
            _unpack(opened, into, archive.stat().st_size)
    except zipfile.BadZipFile as error:
        raise ArchiveError(f"it is damaged or no zip ({_lower(error)})") from None
    except (zlib.error, lzma.LZMAError, EOFError, struct.error, ValueError, IndexError) as error:
        raise ArchiveError(f"it is damaged ({_lower(error)})") from None
    except NotImplementedError as error:
        raise ArchiveError(f"it uses an unusual compression ({_lower(error)})") from None
    except RuntimeError as error:
        raise ArchiveError(
            "it is protected by a password" if "encrypted" in str(error) else _lower(error)
        ) from None
    except OSError as error:
        if is_full(error):
            raise UserError(f"disk full while unpacking {archive}: free some space below {into}") from None
        raise ArchiveError((error.strerror or "it cannot be read").lower()) from None


def _lower(error: Exception) -> str:
    text = str(error) or "unexpected end"
    return text[0].lower() + text[1:]


def _unpack(opened: zipfile.ZipFile, into: Path, packed: int) -> None:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES:
        raise ArchiveError(f"it holds {len(entries):,} files, the limit is {MOST_ENTRIES:,}")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise ArchiveError("it is protected by a password")
    # The sizes in the headers may lie, so the bytes are counted as they come.
    allowed = min(MOST_BYTES, max(RATIO_COUNTS_FROM, SUSPICIOUS_RATIO * packed))
    for entry in entries:
        path = _safe(entry.filename)
        if any(is_ignored(part) for part in path.parts) or stat.S_ISLNK(entry.external_attr >> 16):
            continue
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(entry) as source, target.open("wb") as sink:
            while block := source.read(1 << 20):
                allowed -= len(block)
                if allowed < 0:
                    raise ArchiveError("it unpacks to far more than a submission holds")
                sink.write(block)


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if (
        path.is_absolute()
        or ".." in path.parts
        or "\0" in name
        or (path.parts[:1] and path.parts[0].endswith(":"))
    ):
        raise ArchiveError(f"it holds a path outside its folder ({name[:80]!r})")
    return path


def discard(folder: Path) -> None:
    """Remove what a failed unpacking left."""
    shutil.rmtree(folder, ignore_errors=True)
