"""Closing the doors: what a forked kernel does to itself before it runs a student's first cell.

Taken from user, mount, network, ipc and pid namespaces (namespaces(7)), a private root on tmpfs, no
capabilities, and resource limits (setrlimit(2)). Measured: a few milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from pathlib import Path

from grader.execution import linux

_ETC = (
    "alternatives",
    "fonts",
    "ld.so.cache",
    "localtime",
    "mime.types",
    "ssl",
    "terminfo",
    "magic",
    "matplotlibrc",
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_TASKS = 2048
"""Processes and threads that a notebook may have; TensorFlow alone starts some dozens."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
"""Environment variables that are no secrets."""


def namespaces_work() -> bool:
    """Whether this machine lets an ordinary process build a private root (tried in a child of its own)."""
    child = os.fork()
    if child == 0:
        try:
            leave_namespaces()
            init = os.fork()
            if init:
                os._exit(os.waitstatus_to_exitcode(os.waitpid(init, 0)[1]))
            linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
            root = Path("/mnt")
            linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV)
            (root / "proc").mkdir()
            # Inside some containers this is what is refused.
            linux.mount("proc", root / "proc", "proc", linux.MS_NOSUID | linux.MS_NODEV)
            linux.change_root(root)
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def leave_namespaces() -> None:
    """Enter new user, mount, network, ipc and pid namespaces; the pid one takes effect at the next fork."""
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(
        linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWPID
    )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def private_root(scratch: Path, hidden: tuple[str, ...], size: int) -> Path:
    """Build the new root below ``scratch`` and return it; what is not put there cannot be read or harmed.

    Holds the system and the Python installation read-only, an own ``/proc``, a few devices, and tmpfs for all
    else (``size`` bytes in all). ``hidden`` folders of the Python installation are covered by empty ones.
    """
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    root = scratch / "root"
    root.mkdir()
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, f"size={size},mode=755")
    for name in ("usr", "lib", "lib64", "lib32", "bin", "sbin"):
        _mirror(Path("/") / name, root)
    for folder in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not Path(folder).is_relative_to("/usr"):
            _mirror(Path(folder), root)
    for name in _ETC:
        _mirror(Path("/etc") / name, root)
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text("root:x:0:0:student:/root:/bin/sh\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    for name in _DEVICES:
        _mirror(Path("/dev") / name, root, read_only=False)
    (root / "dev/shm").mkdir(parents=True)
    (root / "dev/fd").symlink_to("/proc/self/fd")
    (root / "proc").mkdir()
    linux.mount("proc", root / "proc", "proc", linux.MS_NOSUID | linux.MS_NODEV)
    with contextlib.suppress(
        OSError
    ):  # a second lock: without further namespaces there are no further capabilities
        (root / "proc/sys/user/max_user_namespaces").write_text("0")
    for folder in hidden:
        covered = root / folder.lstrip("/")
        if covered.is_dir():
            linux.mount("tmpfs", covered, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=4k,mode=555")
    return root


def _mirror(source: Path, root: Path, *, read_only: bool = True) -> None:
    target = root / str(source).lstrip("/")
    if not source.exists() or os.path.lexists(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink() and read_only:
        target.symlink_to(source.readlink())
        return
    target.mkdir() if source.is_dir() else target.touch()
    if read_only:
        linux.bind_read_only(source, target)
    else:
        linux.mount(str(source), target, None, linux.MS_BIND)


def enter_root(root: Path, scratch_io: Path) -> None:
    """Make ``root`` all that this process can reach, with the kernel's sockets at ``/run/kernel``, and lock
    the door."""
    sockets = root / "run/kernel"
    sockets.mkdir(parents=True)
    linux.mount(str(scratch_io), sockets, None, linux.MS_BIND)
    linux.change_root(root)
    linux.drop_capabilities()


def limit_resources(memory: int, file_size: int) -> None:
    """Cap address space (``memory`` bytes above what is mapped now), file size, core dumps, open files and
    tasks.

    The number of tasks is counted in the kernel's own user namespace, and never for a real root
    (setrlimit(2)).
    """
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    address_space = pages * resource.getpagesize() + memory
    for what, limit in (
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 4096),
        (resource.RLIMIT_NPROC, _TASKS),
    ):
        hard = resource.getrlimit(what)[1]
        value = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (value, value))


def plain_environment() -> dict[str, str]:
    """What of this process's environment may be seen by a student.

    The zygote is started with no more than this: a fork can read the environment that its ancestor was
    started with in ``/proc/self/environ``, whatever was deleted since.
    """
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def scrub_environment(home: Path) -> None:
    """Leave the student's code an environment without secrets: a home, a path, the locale."""
    kept = plain_environment()
    quiet = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_INPUT": "1",
    }
    folders = {
        "HOME": home,
        "TMPDIR": "/tmp",
        "IPYTHONDIR": home / ".ipython",
        "MPLCONFIGDIR": home / ".matplotlib",
    }
    os.environ.clear()
    os.environ.update(kept | quiet | {name: str(folder) for name, folder in folders.items()})
