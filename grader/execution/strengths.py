"""What a sandbox is made of, from the strongest to none, and which of them this machine gives."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from grader.execution import calls, landlock, linux, sandbox
from grader.execution.request import Strength

STRENGTHS: tuple[Strength, ...] = get_args(Strength)

WORDS: dict[Strength, str] = {
    "namespaces": "private root, no network",
    "landlock": "own files only (Landlock), no network",
    "user": "a user of its own, no network",
    "none": "none",
}
"""For reports."""


@dataclass(frozen=True)
class Probed:
    """Whether a strength can be had here."""

    strength: Strength
    works: bool
    why_not: str = ""


def probe(strength: Strength) -> Probed:
    """Try it, in a child process of its own."""
    attempt, why_not = _ATTEMPTS[strength]
    works = _succeeds(attempt)
    return Probed(strength, works, "" if works else why_not)


def strongest() -> Strength:
    """The strongest that works here; ``none`` where none does."""
    return next(strength for strength in STRENGTHS if probe(strength).works)


def _build_namespaces() -> None:
    sandbox.leave_namespaces()
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


def _restrict_files() -> None:
    landlock.restrict(landlock.Reach((Path("/usr"),), (), ()))
    calls.refuse_calls()
    try:
        list(Path("/etc").iterdir())
    except PermissionError:
        return
    raise OSError("Landlock holds nothing back")


def _become_another() -> None:
    calls.refuse_calls()
    linux.become_user(sandbox.own_user(os.getpid()))
    for folder in {sys.base_prefix, sys.prefix}:
        list(Path(folder, "lib").iterdir())
    os.chdir(tempfile.gettempdir())


def _do_nothing() -> None:
    pass


_ATTEMPTS: dict[Strength, tuple[Callable[[], None], str]] = {
    "namespaces": (
        _build_namespaces,
        "an ordinary process may make no namespaces here (user namespaces, or /proc in them, are forbidden)",
    ),
    "landlock": (_restrict_files, "the kernel has no Landlock (Linux 5.13 or later, switched on)"),
    "user": (
        _become_another,
        "only root can give notebooks a user of their own, and that user must be able to read "
        f"{sys.base_prefix} and to reach the folder for temporary files",
    ),
    "none": (_do_nothing, ""),
}


def _succeeds(attempt: Callable[[], None]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            attempt()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
