"""Landlock: a process gives up, for good, all files but those it names, see landlock(7).

It needs no privileges and no namespaces (Linux 5.13 and later, in most containers too). Numbers and
structures are those of ``include/uapi/linux/landlock.h``.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.execution import linux

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_FILE_ACCESS = {1: _REFER - 1, 2: 2 * _REFER - 1, 3: 2 * _TRUNCATE - 1, 5: 2 * _IOCTL_DEV - 1}
"""What a ruleset can hold back, by the version of the interface that brought it."""
_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

_READ = _EXECUTE | _READ_FILE | _READ_DIR


class _Ruleset(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("files", "network", "scoped"))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


@dataclass(frozen=True)
class Reach:
    """What a process may still reach; folders with all that is below them."""

    read: tuple[Path, ...]
    listed: tuple[Path, ...]
    """Folders whose names may be seen, and not what is in the files."""
    write: tuple[Path, ...]


def version() -> int:
    """Version of the kernel's interface; 0 where there is none, or where it is switched off."""
    return max(0, linux.syscall(_CREATE_RULESET, None, 0, _VERSION))


def restrict(reach: Reach) -> None:
    """Keep this process and all that it will start within ``reach``, without TCP, and from signalling others.

    What is open stays open. Before version 4 (Linux 6.7) TCP is not held back, before 6 (Linux 6.12) signals
    are not. Raises ``OSError`` where there is no Landlock.
    """
    abi = version()
    every = max(access for since, access in _FILE_ACCESS.items() if since <= max(abi, 1))
    asked = _Ruleset(every, _TCP if abi >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = linux.checked(_CREATE_RULESET, ctypes.byref(asked), size, 0, what="landlock_create_ruleset")
    try:
        for paths, access in ((reach.read, _READ), (reach.listed, _READ_DIR), (reach.write, every)):
            for path in paths:
                _allow(ruleset, path, access & every)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        linux.checked(_RESTRICT_SELF, ruleset, 0, what="landlock_restrict_self")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, access: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(parent).st_mode):
                access &= _OF_FILES
            rule = _PathBeneath(access, parent)
            linux.checked(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0, what=f"landlock {path}")
        finally:
            os.close(parent)


def around(folders: Iterable[Path], hidden: Iterable[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """What may be read and what may only be listed, so that all of ``folders`` is there but ``hidden``.

    Landlock has no exceptions: on the way to a hidden folder each neighbour is named. A link that leads
    there, or above it, is left out (an environment's ``lib64`` leads to its ``lib``): a rule is for what a
    link leads to. The names of ``hidden`` have no links in them.
    """
    covered = tuple(hidden)
    found = list(_around(tuple(folders), covered))
    return tuple(path for path, whole in found if whole), tuple(path for path, whole in found if not whole)


def _around(folders: Iterable[Path], hidden: tuple[Path, ...]) -> Iterator[tuple[Path, bool]]:
    for folder in folders:
        real = folder.resolve() if folder.is_symlink() else folder
        if any(real.is_relative_to(each) for each in hidden):
            continue
        if not any(each.is_relative_to(real) for each in hidden):
            yield folder, True
        elif real == folder:
            yield folder, False
            yield from _around(sorted(folder.iterdir()), hidden)
