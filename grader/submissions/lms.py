"""The names that learning platforms give to downloaded submissions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Handed:
    """Whose file or folder it is, by its name."""

    student: str
    key: str
    """The same for everything of one student in one download."""
    file: str = ""
    """The student's own file name; empty for a folder or a receipt."""
    attempt: str = ""
    """Sorts attempts by time; only the last one counts."""
    platform: Literal["moodle", "blackboard", "canvas"] = "moodle"
    number: str = ""
    """The student's number on the platform: Canvas's user ID, Moodle's participant number."""
    late: bool = False
    """Whether Canvas says so; the others do not tell."""


MOODLE = re.compile(r"(?P<student>.+?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?P<file>.*)")
"""``Jane Doe_12345_assignsubmission_file_`` (folder), ``…_file_notebook.ipynb`` (flat download)."""

BLACKBOARD = re.compile(
    r"(?P<work>.+)_(?P<student>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){2,5})(?:_(?P<file>.+)|\.txt)?"
)
"""``Worksheet 5_jdoe_attempt_2026-11-20-10-11-12_notebook.ipynb``; the receipt is ``…-12.txt``."""

CANVAS = re.compile(
    r"(?P<student>[^\W\d_][^_]*)(?P<late>_LATE)?_(?P<user>\d{3,})_(?P<id>\d{3,})_(?P<file>.+)"
)
"""``doejane_LATE_1234_56789_notebook.ipynb``."""


def handed(name: str) -> Handed | None:
    """Read the name of a downloaded file or folder; None when no platform wrote it."""
    if found := MOODLE.fullmatch(name):
        file = "" if found["kind"] == "onlinetext" else found["file"]
        key = f"moodle {found['student']} {found['id']}"
        return Handed(found["student"], key, file, number=found["id"])
    if found := BLACKBOARD.fullmatch(name):
        key, file = f"blackboard {found['student']}", found["file"] or ""
        return Handed(found["student"], key, file, found["when"], platform="blackboard")
    if found := CANVAS.fullmatch(name):
        key, late = f"canvas {found['student']} {found['user']}", bool(found["late"])
        return Handed(
            found["student"], key, found["file"], platform="canvas", number=found["user"], late=late
        )
    return None
