"""Closing the doors: what a forked kernel does to itself before it runs a student's first cell.

At best: user, mount, network, ipc and pid namespaces (namespaces(7)) and a private root on tmpfs. Where
these cannot be had: Landlock and a filter of system calls, or a user of its own. Always: no capabilities, and
resource limits (setrlimit(2)). Measured: a few milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

from grader.execution import landlock, linux

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
_SYSTEM = ("usr", "lib", "lib64", "lib32", "bin", "sbin")
_INSTALLATION = tuple(dict.fromkeys(Path(folder) for folder in (sys.base_prefix, sys.prefix)))
"""Python and its environment, by the names that Python has for them: a home folder may be a link."""
_NAMES = ("passwd", "group", "hosts", "nsswitch.conf")
"""What else of ``/etc`` programs ask for where there is no root of their own."""
_MACHINE = (Path("/proc"), Path("/sys/devices/system/cpu"))
"""Where libraries learn how many processors there are; of other processes Landlock shows no secrets."""
_SEMAPHORES = Path("/dev/shm")
"""Without it not even a pool of threads can be had; what other programs of the user share is in reach."""
_DEVICES = ("null", "zero", "full", "random", "urandom")
_TASKS = 2048
"""Processes and threads that a notebook may have; TensorFlow alone starts some dozens."""
_FIRST_USER = 1 << 30
"""Beyond what systemd and containers hand out (systemd.io/UIDS-GIDS); process ids are below 2²²."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
"""Environment variables that are no secrets."""


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
    else (``size`` bytes in all). ``hidden`` folders of the Python installation, whose names have no links in
    them, are covered by empty ones.
    """
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    root = scratch / "root"
    root.mkdir()
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, f"size={size},mode=755")
    for name in _SYSTEM:
        _mirror(Path("/") / name, root)
    for place in _INSTALLATION:
        real = place.resolve()
        if not real.is_relative_to("/usr"):
            _mirror(real, root)
        _link(place, real, root)
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


def _link(name: Path, real: Path, root: Path) -> None:
    """Have ``real`` by another name too: mounted twice, what is hidden in it would be there by the second."""
    target = root / str(name).lstrip("/")
    if not os.path.lexists(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(real)


def enter_root(root: Path, scratch_io: Path) -> None:
    """Make ``root`` all that this process can reach, with the kernel's sockets at ``/run/kernel``, and lock
    the door."""
    sockets = root / "run/kernel"
    sockets.mkdir(parents=True)
    linux.mount(str(scratch_io), sockets, None, linux.MS_BIND)
    linux.change_root(root)
    linux.drop_capabilities()


def restrict_files(lent: tuple[Path, ...], own: tuple[Path, ...], hidden: tuple[str, ...]) -> None:
    """Keep this process to the Python installation, the system, what is ``lent`` to it, and its ``own``
    folders; only these can be written to."""
    installed = {folder.resolve() for folder in _INSTALLATION}
    # An installation may lie in the system: in a container's /usr/local.
    system = {Path("/") / name for name in (*_SYSTEM, *(f"etc/{name}" for name in (*_ETC, *_NAMES)))}
    read, listed = landlock.around(sorted(installed | system), map(Path, hidden))
    devices = tuple(Path("/dev") / name for name in _DEVICES)
    reach = landlock.Reach((*read, *_MACHINE, *lent), listed, (*own, *devices, _SEMAPHORES))
    linux.drop_capabilities()
    landlock.restrict(reach)


def become_somebody(scratch: Path, own: tuple[Path, ...]) -> None:
    """Become a user whom nothing belongs to but its ``own`` folders, which lie in ``scratch``."""
    user = own_user(os.getpid())
    scratch.chmod(0o711)
    for folder in own:
        folder.chmod(0o700)
        for path in (folder, *folder.rglob("*")):
            os.lchown(path, user, user)
    linux.become_user(user)
    # The change of user has made this process forget it.
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def own_user(pid: int) -> int:
    """The number of a user that nobody else has, for the kernel with this process id."""
    return _FIRST_USER + pid


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


def scrub_environment(home: Path, temporary: Path) -> None:
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
        "TMPDIR": temporary,
        "IPYTHONDIR": home / ".ipython",
        "MPLCONFIGDIR": home / ".matplotlib",
    }
    os.environ.clear()
    os.environ.update(kept | quiet | {name: str(folder) for name, folder in folders.items()})
    tempfile.tempdir = str(temporary)  # what the zygote has found out holds for its own
