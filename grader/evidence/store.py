"""The evidence store: each run kept under a key of everything that could have changed it."""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from pydantic import ValidationError

from grader.evidence.evidence import Evidence

_ROOMS = ("execution", "recorder", "evidence")
_LIBRARIES = ("tensorflow", "keras", "numpy", "ipykernel", "ipython", "matplotlib", "scikit-learn", "pandas")

_EVIDENCE, _EXECUTED = "evidence.json.gz", "executed.ipynb.gz"
_UNFINISHED = ".new-"
_KEY = re.compile(r"[0-9a-f]{64}")


@cache
def fingerprint() -> str:
    """Digest of the code that makes evidence and of the libraries that run notebooks."""
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parents[1]
    for file in sorted(path for room in _ROOMS for path in (package / room).glob("*.py")):
        digest.update(file.read_bytes())
    for name in _LIBRARIES:
        try:
            digest.update(f"{name}{version(name)}".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()


def evidence_key(notebook: bytes, settings: dict[str, Any]) -> str:
    """Key of a run: the notebook's bytes, the execution settings (data digests among them), the grader's
    code."""
    digest = hashlib.sha256(fingerprint().encode())
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    digest.update(hashlib.sha256(notebook).digest())
    return digest.hexdigest()


class EvidenceStore:
    """Evidence and executed notebooks in a folder, one entry a run."""

    def __init__(self, folder: Path) -> None:
        """Keep entries below ``folder``, made when first needed."""
        self.folder = folder

    def get(self, key: str) -> Evidence | None:
        """The entry, or None when there is none or it does not read back whole, the notebook included.

        What a disk has spoilt is told by the checksum of each file (RFC 1952).
        """
        kept, notebook = self._read(key, _EVIDENCE), self._read(key, _EXECUTED)
        try:
            return None if kept is None or not notebook else Evidence.model_validate_json(kept)
        except ValidationError:
            return None

    def digest(self, key: str) -> str:
        """SHA-256 of an entry's files as they lie there; empty when there is none."""
        digest = hashlib.sha256()
        try:
            for name in (_EVIDENCE, _EXECUTED):
                digest.update((self._entry(key) / name).read_bytes())
        except OSError:
            return ""
        return digest.hexdigest()

    def executed(self, key: str) -> NotebookNode | None:
        """The notebook with the outputs of its run, or None as for :meth:`get`."""
        kept = self._read(key, _EXECUTED)
        try:
            return None if kept is None else nbformat.reads(kept.decode(), as_version=4)
        except Exception:  # of a damaged notebook nbformat raises whatever it stumbles over
            return None

    def _read(self, key: str, name: str) -> bytes | None:
        try:
            # In one go, which is quicker than through a file object.
            return gzip.decompress((self._entry(key) / name).read_bytes())
        except (OSError, EOFError, zlib.error):
            return None

    def put(self, key: str, evidence: Evidence, executed: NotebookNode) -> None:
        """Keep an entry; it appears whole or not at all. Raises ``OSError`` when the disk refuses.

        On return its files have reached the disk, and a loss of power leaves them whole.
        """
        entry = self._entry(key)
        entry.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=entry.parent, prefix=_UNFINISHED))
        try:
            made = scratch / "made"
            made.mkdir()
            _write(made / _EVIDENCE, evidence.model_dump_json())
            _write(made / _EXECUTED, nbformat.writes(executed))
            with contextlib.suppress(FileNotFoundError):
                entry.replace(scratch / "before")
            try:
                made.replace(entry)
            except OSError as fault:
                # Another batch has just kept the same run.
                if fault.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def derived(self, key: str, name: str, maker: str) -> bytes | None:
        """What ``maker`` made of the executed notebook; None when that is not kept, or not whole.

        Nor is it there when another ``maker`` made it, or of another run than the one under the key now. The
        key may come from a file of results: what is no key is not looked for.
        """
        try:
            if not _KEY.fullmatch(key):
                return None
            head, _, content = (self._entry(key) / name).read_bytes().partition(b"\n")
            return content if head == self._head(key, maker, content) else None
        except OSError:
            return None

    def keep_derived(self, key: str, name: str, maker: str, content: bytes) -> None:
        """Keep what was made of the executed notebook, until the entry is replaced.

        A disk that is full or read-only costs the time to make it again, no more.
        """
        entry = self._entry(key)
        with contextlib.suppress(OSError):
            head = self._head(key, maker, content)
            descriptor, draft = tempfile.mkstemp(dir=entry.parent, prefix=_UNFINISHED)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.writelines((head, b"\n", content))
                Path(draft).replace(entry / name)
            except OSError:
                Path(draft).unlink(missing_ok=True)

    def _head(self, key: str, maker: str, content: bytes) -> bytes:
        """Who made it, of which run, and a checksum. Raises ``OSError`` where there is no run."""
        with (self._entry(key) / _EXECUTED).open("rb") as file:
            file.seek(-8, os.SEEK_END)
            run = file.read()  # checksum and length of the notebook (RFC 1952)
        return f"{maker} {run.hex()} {zlib.crc32(content):08x}".encode()

    def _entry(self, key: str) -> Path:
        return self.folder / key[:2] / key


def _write(path: Path, text: str) -> None:
    with path.open("wb") as file:
        # What a kernel sent may hold half a character.
        file.write(gzip.compress(text.encode(errors="replace"), compresslevel=3))
        file.flush()
        os.fsync(file.fileno())


class ExecutedNotebooks(Mapping[str, NotebookNode | None]):
    """Executed notebooks by submission, each read from the store when it is asked for."""

    def __init__(
        self, store: EvidenceStore, keys: Mapping[str, str], unsaved: Mapping[str, NotebookNode] | None = None
    ) -> None:
        """``keys`` maps submissions to their evidence; ``unsaved`` are notebooks that the store could not
        take."""
        self._store, self._keys, self._unsaved = store, keys, unsaved or {}

    def __getitem__(self, submission: str) -> NotebookNode | None:
        """The notebook, None when the store has lost it; ``KeyError`` for a submission that was never run."""
        if submission in self._unsaved:
            return self._unsaved[submission]
        return self._store.executed(self._keys[submission])

    def derived(self, submission: str, name: str, maker: str) -> bytes | None:
        """What ``maker`` made of the notebook, as in :meth:`EvidenceStore.derived`."""
        if submission in self._unsaved or submission not in self._keys:
            return None
        return self._store.derived(self._keys[submission], name, maker)

    def keep_derived(self, submission: str, name: str, maker: str, content: bytes) -> None:
        """Keep it beside the run, as in :meth:`EvidenceStore.keep_derived`; not of an unsaved notebook."""
        if submission not in self._unsaved and submission in self._keys:
            self._store.keep_derived(self._keys[submission], name, maker, content)

    def __iter__(self) -> Iterator[str]:
        """Names of the submissions."""
        return iter(self._keys)

    def __len__(self) -> int:
        """Number of submissions that were run."""
        return len(self._keys)
