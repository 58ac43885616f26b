"""GitHub Actions: annotations, step outputs and the job summary's file, none of which a student can forge.

Sources: "Workflow commands for GitHub Actions" (docs.github.com/actions/reference/workflow-commands), and for
what is escaped how ``packages/core/src/command.ts`` and ``file-command.ts`` of github.com/actions/toolkit.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.errors import CannotWriteError
from grader.grading.grade import SubmissionGrade
from grader.reports.student_view import explanation
from grader.reports.text import cell_number, mark, most_lost, number
from grader.visible import one_line

MOST_ANNOTATIONS = 9
"""GitHub shows ten of a kind from a step; one is left for what the rest is told by."""

LONGEST_MESSAGE = 1000

SUMMARY_BYTES = 1_000_000
"""GitHub refuses a step's summary beyond 1 MiB (and then shows none)."""

Level = Literal["error", "warning", "notice"]


@dataclass(frozen=True)
class Annotation:
    """A remark on a line of a file."""

    level: Level
    title: str
    message: str
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        """The workflow command, one line."""
        given = {"file": self.file, "line": str(self.line) if self.line else "", "title": self.title}
        properties = ",".join(f"{key}={escaped_property(value)}" for key, value in given.items() if value)
        message = escaped_data(one_line(self.message, LONGEST_MESSAGE))
        return f"::{self.level} {properties}::{message}" if properties else f"::{self.level}::{message}"


def remarks(grade: SubmissionGrade, file: str, lines: tuple[int, ...] = ()) -> list[Annotation]:
    """The dearest lost points, each on the line of ``file`` where its cell begins, and the mark.

    ``lines`` has the line of each cell, as :func:`cell_lines` finds them.
    """
    if grade.status == "failed":
        return [Annotation("error", "The grader failed", f"No mark, and no zero: {grade.reason}", file)]
    if not grade.has_mark:
        return [Annotation("error", "Cannot be graded", grade.reason, file)]
    lost = most_lost(grade)
    found = [
        Annotation(
            "warning",
            f"{check.title} (−{number(check.points - check.earned)})",
            f"{_where(check.cells)}{explanation(check)}",
            file,
            lines[check.cells[0]] if check.cells and check.cells[0] < len(lines) else None,
        )
        for check in lost[:MOST_ANNOTATIONS]
    ]
    more = f"; {len(lost) - MOST_ANNOTATIONS} more in the report" if len(lost) > MOST_ANNOTATIONS else ""
    return [*found, Annotation("notice", "Points", f"{mark(grade)}{more}", file)]


def _where(cells: tuple[int, ...]) -> str:
    return f"Cell {cell_number(cells[0])}: " if cells else ""


def cell_lines(notebook: str) -> tuple[int, ...]:
    """The line of the notebook's file on which each cell begins; none where that cannot be told.

    In a string a quotation mark is written ``\\"``, so that ``"cell_type":`` is a key and no student's text.
    """
    lines = [
        position
        for position, line in enumerate(notebook.split("\n"), start=1)
        if line.lstrip().startswith('"cell_type":')
    ]
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    return tuple(lines) if isinstance(cells, list) and len(cells) == len(lines) else ()


def escaped_data(text: str) -> str:
    """A command's message: percent signs and line ends escaped, as the toolkit does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """A command's property: on one line, and nothing in it that ends a property."""
    return escaped_data(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def log_line(text: str) -> str:
    """Text for the log in which the runner sees no command.

    It takes a line that begins with ``::`` for one, and ``##[`` anywhere in a line (``ActionCommand.cs`` of
    github.com/actions/runner).
    """
    return one_line(text, 1000).replace("::", ": :").replace("##[", "## [")


def output(name: str, value: str) -> str:
    """An entry for ``$GITHUB_OUTPUT`` whose end the value cannot contain."""
    end = f"END_{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{value}\n{end}\n"


@dataclass(frozen=True)
class Runner:
    """The files through which a step speaks to GitHub's runner; none elsewhere."""

    output: Path | None = None
    summary: Path | None = None
    active: bool = False
    """Whether it is GitHub's runner that reads the log."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Runner:
        """The runner that set these variables."""
        output, summary = (environment.get(f"GITHUB_{name}") for name in ("OUTPUT", "STEP_SUMMARY"))
        return cls(
            Path(output) if output else None,
            Path(summary) if summary else None,
            environment.get("GITHUB_ACTIONS") == "true",
        )

    def give(self, outputs: Mapping[str, str]) -> None:
        """Set the step's outputs."""
        if self.output is not None:
            _append(self.output, "".join(output(name, value) for name, value in outputs.items()))

    def summarise(self, markdown: str) -> None:
        """Add to the job's summary."""
        if self.summary is not None:
            _append(self.summary, markdown)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise CannotWriteError(f"{path}: cannot write: {error.strerror}") from error
