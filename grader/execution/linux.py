"""The few Linux calls that Python 3.11 does not wrap: namespaces, mounts, process control."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 2
MS_NODEV = 4
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
_MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION_3 = 0x20080522

_SYS_MOUNT_SETATTR = 442  # the same number on every architecture, mount_setattr(2)
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MOUNT_ATTR_RDONLY = 0x1


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


class _MountAttr(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd"))


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def syscall(number: int, *arguments: object) -> int:
    """A system call by its number; -1 when it failed."""
    return int(_libc.syscall(number, *arguments))


def checked(number: int, *arguments: object, what: str) -> int:
    """A system call whose failure raises ``OSError`` with ``what`` in its message."""
    result = syscall(number, *arguments)
    _check(min(result, 0), what)
    return result


def filter_calls(seccomp: int, program: bytes) -> None:
    """Install a filter of system calls in all threads, see seccomp(2), whose number on this architecture is
    given; the process must have no new privileges."""
    content = _Filter(len(program) // 8, program)
    how = (_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC)
    _check(syscall(seccomp, *how, ctypes.byref(content)), "seccomp")


def become_user(number: int) -> None:
    """Change to the user and group of that number, which need no name, for good; for root only."""
    os.setgroups([])
    os.setresgid(number, number, number)
    os.setresuid(number, number, number)
    # With the change a process's own /proc entries become root's.
    prctl(_PR_SET_DUMPABLE, 1)


def unshare(flags: int) -> None:
    """Leave the given namespaces, see unshare(2); the caller must be single-threaded for a user namespace."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: Path | str, filesystem: str | None, flags: int, options: str = "") -> None:
    """Mount a file system, see mount(2)."""
    encoded = [part.encode() if part else None for part in (source, str(target), filesystem)]
    _check(_libc.mount(*encoded, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def bind_read_only(source: Path | str, target: Path | str) -> None:
    """Show ``source`` at ``target``, with all that is mounted below it, unwritable."""
    mount(str(source), target, None, MS_BIND | MS_REC)
    attributes = _MountAttr(attr_set=_MOUNT_ATTR_RDONLY)
    _check(
        _libc.syscall(
            _SYS_MOUNT_SETATTR,
            _AT_FDCWD,
            str(target).encode(),
            _AT_RECURSIVE,
            ctypes.byref(attributes),
            ctypes.sizeof(attributes),
        ),
        f"mount_setattr {target}",
    )


def change_root(root: Path) -> None:
    """Make the mounted ``root`` the root of this mount namespace and let go of the old one, see
    pivot_root(2).

    Unlike after chroot(2) nothing of the old root is left to climb out to.
    """
    os.chdir(root)
    _check(_libc.pivot_root(b".", b"."), f"pivot_root {root}")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount2 of the old root")
    os.chdir("/")


def drop_capabilities() -> None:
    """Give up every capability for good, see capabilities(7): the namespaces' root may no longer mount, nor
    trace."""
    capability = 0
    while _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) == 0:
        capability += 1
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, none), "capset")
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def prctl(option: int, value: int) -> None:
    """Process control, see prctl(2)."""
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), "prctl")
