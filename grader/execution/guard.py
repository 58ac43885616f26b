"""What a notebook takes in all: the limits that no process can be given by itself.

A limit of the kernel's (setrlimit(2)) holds for each process by itself, that of processes never for root, and
none for what is written into the folder of the sockets, which lies on the disk of this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from pathlib import Path

import psutil

PROCESSES = 256
"""A loader with a worker for each processor of a large machine takes half of them."""
_DISK = 256 << 20
"""Bytes of sockets, log and journal together."""
_LIBRARIES = 512 << 20
"""Bytes that a kernel has before its first cell."""
_ROOM = 1 << 20
"""Bytes that must be free on the disk of the run's folder: without, its journal and its log have gaps."""
_LOOK = 0.5
"""Seconds between two looks."""


async def breach(pid: int, memory: int, scratch: Path) -> str:
    """Return when the notebook whose kernel is process ``pid`` takes too much, with what and the limit.

    ``memory`` are the bytes that all its processes may have beside what the libraries take; what they share
    is counted once (proportional set size, proc_pid_smaps(5)). Raises ``OSError`` when the disk that
    ``scratch`` lies on is full.
    """
    while not (found := await asyncio.to_thread(_look, pid, memory, scratch)):
        await asyncio.sleep(_LOOK)
    return found


def refuse_full_disk(scratch: Path) -> None:
    """Raise ``OSError`` when so little is free that what a run writes may have got lost."""
    disk = os.statvfs(scratch)
    free = (disk.f_bavail if os.geteuid() else disk.f_bfree) * disk.f_frsize
    # A tmpfs without a limit says that it has no blocks at all.
    if disk.f_blocks and free < _ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(scratch.parent))


def _look(pid: int, memory: int, scratch: Path) -> str:
    refuse_full_disk(scratch)
    if _size(scratch) > _DISK:
        return f"it wrote more than {_DISK >> 20} MiB past its own file system"
    processes = _processes(pid)
    if len(processes) > PROCESSES:
        return f"it had more than {PROCESSES} processes"
    if len(processes) > 1 and _most(processes) > memory and _shared_out(processes) > memory + _LIBRARIES:
        return f"its processes together took more than {memory >> 20} MiB"
    return ""


def _processes(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        # Orphans become children of the kernel, or of the process that started it.
        parent = psutil.Process(pid).parent()
        return [] if parent is None else parent.children(recursive=True)
    return []


def _most(processes: list[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def _shared_out(processes: list[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def _size(scratch: Path) -> int:
    total = 0
    for folder in (scratch, scratch / "io"):
        with contextlib.suppress(OSError):
            for file in folder.iterdir():
                if not file.is_dir() or file.is_symlink():
                    total += file.lstat().st_blocks * 512
    return total
