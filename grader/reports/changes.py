"""What a new grading changes in the marks of an earlier one, told in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.grading.changes import Changes, Moved, Regraded
from grader.grading.grade import SubmissionGrade
from grader.reports.console import NAME_WIDTH, ROWS, plain_table, writable
from grader.reports.text import STATUS_WORDS, number
from grader.visible import one_line

CAUSES = 3
"""Checks that are named for each submission; all of them are in the table of checks."""


def print_changes(found: Changes, console: Console | None = None) -> None:
    """Print which checks move marks, whose, and what else differs between the two gradings."""
    console = console or Console()
    console.print()
    if found.regraded:
        console.print(_checks(found.regraded, console))
        console.print()
        console.print(_students(found.regraded, console))
        console.print()
    for names, words in (
        (found.gone, "only in the earlier results, and gone from the new ones"),
        (found.new, "new"),
        (found.handed_in_anew, "with another notebook than before"),
    ):
        if names:
            console.print(Text(writable(f"{len(names)} {words}: {_some(names)}", console)), soft_wrap=True)


@dataclass(frozen=True)
class _Effect:
    title: str
    gained: int
    lost: int
    points: Decimal


def _effects(moves: Iterable[Moved]) -> dict[str, _Effect]:
    effects: dict[str, _Effect] = {}
    for move in moves:
        had = effects.get(move.id, _Effect(move.title, 0, 0, Decimal(0)))
        effects[move.id] = _Effect(
            move.title, had.gained + (move.by > 0), had.lost + (move.by < 0), had.points + move.by
        )
    return effects


def _checks(regraded: tuple[Regraded, ...], console: Console) -> Table:
    table = plain_table("Checks that change marks")
    table.add_column("Check", no_wrap=True)
    table.add_column("What")
    table.add_column("Gain", justify="right")
    table.add_column("Lose", justify="right")
    table.add_column("Points", justify="right")
    for name, effect in _effects(move for each in regraded for move in each.moved).items():
        table.add_row(
            Text(writable(name, console)),
            Text(writable(one_line(effect.title), console)),
            str(effect.gained or ""),
            str(effect.lost or ""),
            _signed(effect.points),
        )
    return table


def _students(regraded: tuple[Regraded, ...], console: Console) -> Table:
    up, down = (sum(1 for each in regraded if sign * each.by > 0) for sign in (1, -1))
    table = plain_table(f"Marks that change: {up} up, {down} down")
    table.add_column("Submission", overflow="fold", max_width=NAME_WIDTH)
    table.add_column("Before", justify="right", no_wrap=True)
    table.add_column("Now", justify="right", no_wrap=True, style="bold")
    table.add_column("By", justify="right", no_wrap=True)
    table.add_column("Checks", overflow="fold")
    largest = sorted(regraded, key=lambda each: abs(each.by), reverse=True)
    for each in largest[:ROWS]:
        table.add_row(
            Text(writable(one_line(each.submission), console)),
            writable(_mark(each.before), console),
            writable(_mark(each.after), console),
            Text(_signed(each.by), style="green" if each.by > 0 else "red"),
            Text(writable(_why(each), console), style="dim"),
        )
    if len(largest) > ROWS:
        table.add_row(Text(f"and {len(largest) - ROWS} more", style="dim"))
    return table


def _mark(grade: SubmissionGrade) -> str:
    return f"{number(grade.earned)}/{number(grade.points)}" if grade.has_mark else STATUS_WORDS[grade.status]


def _why(each: Regraded) -> str:
    if not each.after.has_mark:
        return one_line(each.after.reason)
    moves = sorted(each.moved, key=lambda move: abs(move.by), reverse=True)
    told = ", ".join(f"{move.id} {_signed(move.by)}" for move in moves[:CAUSES])
    return f"{told}, …" if len(moves) > CAUSES else told


def _signed(points: Decimal) -> str:
    return f"+{number(points)}" if points > 0 else number(points)


def _some(names: tuple[str, ...], count: int = 5) -> str:
    shown = ", ".join(one_line(name, NAME_WIDTH) for name in names[:count])
    return f"{shown}, …" if len(names) > count else shown
