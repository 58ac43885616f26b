"""What the terminal shows while a notebook is being checked: each question with what is met already."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from grader.grading.grade import SubmissionGrade
from grader.reports.check_view import COLOURS, LATER, sign
from grader.reports.console import speaks_unicode, writable
from grader.rubric.schema import Question, Rubric
from grader.visible import one_line


class CheckProgress:
    """Shows a notebook being checked: a context manager. In a log it says nothing: the result follows."""

    def __init__(self, copy: Rubric, console: Console) -> None:
        """``copy`` is the rubric as students have it."""
        self._copy, self._console = copy, console
        self._met: frozenset[str] = frozenset()
        self._stage, self._began = "reading", time.monotonic()
        self._live: Live | None = None
        self._spinner = Spinner("dots" if speaks_unicode(console) else "line", style="cyan")

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self.picture, console=self._console, refresh_per_second=8, transient=True
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def started(self, name: str) -> None:
        """The code is going to be run."""
        self._stage = "starting"

    def stage(self, name: str, text: str) -> None:
        """What is being done."""
        self._stage = text

    def met(self, checks: frozenset[str]) -> None:
        """These checks are met by what has run until now; a notebook may be run more than once."""
        self._met |= checks

    def finished(self, grade: SubmissionGrade) -> None:
        """Shown by whoever asked for it."""

    def picture(self) -> Group:
        """The questions, and below them what is being done."""
        rows = Table.grid(padding=(0, 2))
        rows.add_column(max_width=60, no_wrap=True, overflow="ellipsis")
        rows.add_column(no_wrap=True)
        for question in self._copy.questions:
            rows.add_row(Text(writable(question.title, self._console)), self._marks(question))
        foot = Table.grid(padding=(0, 1))
        stage = Text(writable(one_line(self._stage), self._console), style="dim")
        foot.add_row(self._spinner, stage, Text(f"{time.monotonic() - self._began:.0f} s", style="dim"))
        return Group(Text(writable(self._copy.title, self._console), style="bold"), rows, foot)

    def _marks(self, question: Question) -> Text:
        marks = Text()
        for check in question.checks:
            is_met = check.id in self._met
            shown = sign("passed" if is_met else LATER, self._console)
            marks.append(shown, style=COLOURS["passed"] if is_met else "dim")
        return marks
