"""Where the seconds of a class went, as a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.text import Text

from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.reports.console import NAME_WIDTH, ROWS, plain_table, writable
from grader.timing import STAGES, Spent, Stage
from grader.visible import one_line

_LEAST_NAME = 10
_SHOWN = 0.05
"""Seconds below which a stage is left empty."""


def print_timings(grades: ClassGrades, whole: Spent, console: Console | None = None) -> None:
    """Print the seconds of each submission by stage, longest first, then their sum and the class's own.

    ``whole`` is what was spent for all together. Of a large class the longest :data:`ROWS` are listed.
    Submissions are worked on beside each other, and wait for each other: the sum is more than the class took.
    """
    console = console or Console()
    each = {grade.submission: _seconds(grade) for grade in grades.submissions}
    stages = [stage for stage in STAGES if any(stage in row for row in each.values())]
    listed = sorted(each, key=lambda name: sum(each[name].values()), reverse=True)[:ROWS]
    table = plain_table("Seconds")
    table.padding = (0, 1, 0, 0)  # all stages side by side in eighty columns
    table.add_column("Submission", overflow="fold", min_width=_LEAST_NAME, max_width=NAME_WIDTH)
    for stage in (*stages, "all"):
        table.add_column(stage, justify="right", no_wrap=True)
    for name in listed:
        table.add_row(Text(writable(one_line(name), console)), *_cells(each[name], stages))
    table.add_section()
    table.add_row(f"{len(each)} submissions", *_cells(_sum(each.values()), stages), style="bold")
    own = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in whole.seconds.items() if seconds >= _SHOWN)
    console.print()
    console.print(table)
    if own:
        console.print(f"And once for all of them: {own}.", highlight=False)


def _seconds(grade: SubmissionGrade) -> dict[Stage, float]:
    return {timing.stage: timing.seconds for timing in grade.timings}


def _sum(rows: Iterable[Mapping[Stage, float]]) -> dict[Stage, float]:
    total: dict[Stage, float] = {}
    for row in rows:
        for stage, seconds in row.items():
            total[stage] = total.get(stage, 0.0) + seconds
    return total


def _cells(seconds: Mapping[Stage, float], stages: Iterable[Stage]) -> list[str]:
    told = [f"{seconds[stage]:.1f}" if seconds.get(stage, 0.0) >= _SHOWN else "" for stage in stages]
    return [*told, f"{sum(seconds.values()):.1f}"]
