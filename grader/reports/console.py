"""What the terminal shows while a class is graded, and at the end.

In a terminal the submissions being worked on are redrawn in place below those that are done; in a log (a CI
job, a pipe) there is one plain line for each finished submission. Names come from outside: none can colour or
move anything.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group, OverflowMethod
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.reports import summary
from grader.reports.text import STATUS_WORDS, lost, mark, most_lost, number
from grader.visible import one_line

NAME_WIDTH = 36
ROWS = 40
"""Submissions that the final table lists one by one; of a larger class it lists those that need a look."""
HARDEST = 5

_SIGNS = {
    "graded": ("✓", "green"),
    "needs_review": ("?", "magenta"),
    "not_gradable": ("–", "yellow"),
    "failed": ("!", "red"),
}


class Progress:
    """Shows a class being graded: a context manager, safe to call from several threads.

    Example::

        with Progress(total=len(submissions)) as progress:
            progress.started("anna")
            progress.stage("anna", "running cell 5 of 21")
            progress.finished(grade)
    """

    def __init__(self, total: int, console: Console | None = None, *, lines: bool = True) -> None:
        """``total`` is the number of submissions; ``console`` defaults to standard output.

        Without ``lines`` nothing stays of the finished ones.
        """
        self._lines = lines
        self.total = total
        self.console = console or Console()
        self._working: dict[str, tuple[float, str]] = {}
        self._done = 0
        self._fresh = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._began = time.monotonic()
        if self.console.is_terminal:
            self._live = Live(
                get_renderable=self._picture, console=self.console, refresh_per_second=5, transient=True
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the finished lines standing and the terminal as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def started(self, name: str) -> None:
        """Work on a submission begins."""
        self.stage(name, "waiting")

    def stage(self, name: str, text: str) -> None:
        """Say what is being done with a submission."""
        with self._lock:
            began, _ = self._working.get(name, (time.monotonic(), ""))
            self._working[name] = (began, text)

    def finished(self, grade: SubmissionGrade) -> None:
        """A submission is done: its line stays."""
        with self._lock:
            self._working.pop(grade.submission, None)
            self._done += 1
            # Stored results come at once and say nothing about how long the others take.
            self._fresh += not grade.from_store
            line = self._finished_line(grade)
        if not self._lines:
            return
        if self.console.is_terminal:
            overflow: OverflowMethod = "ellipsis" if speaks_unicode(self.console) else "crop"
            self.console.print(line, no_wrap=True, overflow=overflow)
        else:
            self.console.print(line, soft_wrap=True)

    def _finished_line(self, grade: SubmissionGrade) -> Text:
        sign, colour = _SIGNS[grade.status]
        width = len(str(self.total))
        points = f"{number(grade.earned)}/{number(grade.points)}" if grade.has_mark else "–"
        name = one_line(grade.submission, NAME_WIDTH)
        line = Text(self._writable(f"[{self._done:>{width}}/{self.total}] "), style="dim")
        line.append(self._writable(f"{sign} "), style=colour)
        line.append(self._writable(f"{points:>9}  "), style="bold")
        line.append(self._writable(name))
        line.pad_right(max(0, NAME_WIDTH - Text(name).cell_len))
        line.append(f"  {STATUS_WORDS[grade.status]:<14}", style=colour)
        line.append("stored" if grade.from_store else f"{grade.seconds:.1f} s", style="dim")
        if grade.reason and grade.status != "graded":
            line.append(self._writable(f"  {one_line(grade.reason)}"), style="dim")
        return line

    def _picture(self) -> Group:
        now = time.monotonic()
        with self._lock:
            working, done, fresh = dict(self._working), self._done, self._fresh
        rows = Table.grid(padding=(0, 1))
        rows.add_column(width=1)
        rows.add_column(width=NAME_WIDTH, no_wrap=True, overflow="ellipsis")
        rows.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        rows.add_column(justify="right", style="dim")
        for name, (began, stage) in working.items():
            spinner = Spinner("dots" if speaks_unicode(self.console) else "line", style="cyan")
            spinner.start_time = began
            rows.add_row(
                spinner,
                Text(self._writable(one_line(name, NAME_WIDTH))),
                Text(self._writable(one_line(stage)), style="dim"),
                f"{now - began:.0f} s",
            )
        foot = Table.grid(padding=(0, 1))
        foot.add_row(
            ProgressBar(total=max(1, self.total), completed=done, width=40),
            f"{done} of {self.total}",
            Text(time_left(now - self._began, fresh, self.total - done), style="dim"),
        )
        return Group(rows, foot)

    def _writable(self, text: str) -> str:
        return writable(text, self.console)


def writable(text: str, console: Console) -> str:
    """``text`` with what the console's encoding lacks as escapes: an odd name must not stop a batch."""
    return text.encode(console.encoding, "backslashreplace").decode(console.encoding)


def speaks_unicode(console: Console) -> bool:
    """Whether it shows more than plain letters."""
    return console.encoding.lower().startswith("utf")


def time_left(elapsed: float, fresh: int, remaining: int) -> str:
    """How long ``remaining`` submissions will take if ``fresh`` ones took ``elapsed`` seconds, in words."""
    if remaining <= 0:
        return "finishing"
    if fresh < 1:
        return ""
    seconds = elapsed / fresh * remaining
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def print_summary(grades: ClassGrades, report: Path | None = None, console: Console | None = None) -> None:
    """Print the class's marks, what cost most points, who needs a look, and where the report is."""
    console = console or Console()
    console.print()
    console.print(_marks_table(grades, console))
    console.print()
    hardest = summary.losses(grades)[:HARDEST]
    if hardest:
        table = plain_table("Most points were lost on")
        table.add_column("Check", no_wrap=True)
        table.add_column("What")
        table.add_column("Points", justify="right")
        table.add_column("Students", justify="right")
        for loss in hardest:
            what = Text(writable(one_line(loss.title), console))
            table.add_row(
                Text(writable(loss.id, console)), what, f"-{number(loss.total)}", str(len(loss.hit))
            )
        console.print(table)
        console.print()
    console.print(Text(writable(_totals(grades), console)), soft_wrap=True)
    if report is not None:
        console.print(Text(writable(f"Report: {report}", console), style="bold"), soft_wrap=True)


def print_student(grade: SubmissionGrade, page: Path, console: Console | None = None) -> None:
    """Print one submission's mark, what cost it most, and where its page is."""
    console = console or Console()
    status = f"  {STATUS_WORDS[grade.status]}" if grade.status != "graded" else ""
    lines = [f"{one_line(grade.submission)}  {mark(grade)}{status}"]
    lines += [one_line(grade.reason)] if grade.reason else []
    if grade.has_mark:
        lines += [f"-{number(lost(check))}  {one_line(check.title)}" for check in most_lost(grade, HARDEST)]
    for line in lines:
        console.print(Text(writable(line, console)), soft_wrap=True)
    console.print(Text(writable(f"Report: {page}", console), style="bold"), soft_wrap=True)


def _marks_table(grades: ClassGrades, console: Console) -> Table:
    shown = list(grades.submissions)
    title = "Marks"
    if len(shown) > ROWS:
        shown = [grade for grade in shown if grade.status != "graded"][:ROWS]
        title = "Submissions to look at"
    table = plain_table(title)
    table.add_column("Submission", overflow="fold", max_width=NAME_WIDTH)
    table.add_column("Mark", justify="right", no_wrap=True, style="bold")
    table.add_column("Status", no_wrap=True)
    table.add_column("Lost most on", overflow="fold")
    for grade in shown:
        if grade.has_mark:
            why = ", ".join(f"{check.title} -{number(lost(check))}" for check in most_lost(grade, 2))
        else:
            why = grade.reason
        table.add_row(
            Text(writable(one_line(grade.submission), console)),
            writable(number(grade.earned) if grade.has_mark else "–", console),
            Text(STATUS_WORDS[grade.status], style=_SIGNS[grade.status][1]),
            Text(writable(one_line(why), console), style="dim"),
        )
    return table


def plain_table(title: str) -> Table:
    """A table without lines, for the terminal."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )


def _totals(grades: ClassGrades) -> str:
    marks = summary.marks(grades)
    told = [f"{len(grades.submissions)} submissions"]
    if marks is not None:
        told.append(
            f"median {number(marks.median)} of {number(grades.points)} "
            f"({number(marks.lowest)} to {number(marks.highest)})"
        )
    for status in ("needs_review", "not_gradable", "failed"):
        if count := len(summary.with_status(grades, status)):
            told.append(f"{STATUS_WORDS[status]}: {count}")
    if alike := len(grades.resemblances.notebooks):
        told.append(f"notebooks alike, to be looked at: {alike}")
    return "; ".join(told)
