"""From a class's grades to a gradebook in the dialect of a learning platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from grader.errors import UserError
from grader.gradebooks import canvas, moodle, worksheet
from grader.gradebooks.book import Book, Written, bind
from grader.gradebooks.match_file import read_decisions, write_open_questions
from grader.gradebooks.matching import Matching, match
from grader.gradebooks.nbgrader import nbgrader
from grader.gradebooks.plain import plain
from grader.gradebooks.students import Roster, read_roster
from grader.gradebooks.summary import summary
from grader.gradebooks.times import Times, read_timestamps
from grader.grading.grade import ClassGrades
from grader.reports.files import write_atomically
from grader.reports.json_report import read_grades
from grader.rubric.late import Late
from grader.rubric.load import available_rubrics, load_rubric
from grader.rubric.suggest import did_you_mean

Dialect = Literal["canvas", "moodle", "moodle-worksheet", "nbgrader", "csv"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)

FILLED = {
    "canvas": f"the gradebook to fill in; get it {canvas.DOWNLOAD}",
    "moodle-worksheet": f"the grading worksheet to fill in; get it {worksheet.DOWNLOAD}",
}
"""Dialects that fill in a platform's own file."""

TITLED = ("canvas", "moodle", "nbgrader")


@dataclass(frozen=True)
class Wanted:
    """What is to be exported, and from what."""

    results: Path
    """A results folder or its ``grades.json``."""
    to: str
    into: Path | None = None
    roster: Path | None = None
    match: Path | None = None
    timestamps: Path | None = None
    rubric: str | None = None
    title: str | None = None
    accept_near: bool = False
    out: Path | None = None


@dataclass(frozen=True)
class Exported:
    """Where the gradebook is, and what is to be said about it."""

    path: Path
    summary_path: Path
    lines: tuple[str, ...]


def export(wanted: Wanted) -> Exported:
    """Write the gradebook and its summary; ``grades.json`` is only read.

    Raises:
        UserError: an option or a file is wrong.
        CannotWriteError: a file could not be written.
    """
    _refuse_what_does_not_fit(wanted)
    results = wanted.results / "grades.json" if wanted.results.is_dir() else wanted.results
    grades = read_grades(results)
    out = wanted.out or results.parent / f"gradebook-{wanted.to}.csv"
    _refuse_overwriting(out, wanted, results)
    names = {grade.submission for grade in grades.submissions}
    policy, said = _policy(grades, wanted)
    roster = read_roster(students) if (students := wanted.into or wanted.roster) else None
    matching = _matching(grades, roster, wanted, names)
    zone = policy.due.tzinfo if policy and policy.due.tzinfo else UTC
    times = Times(
        zone,
        read_timestamps(wanted.timestamps, names, zone) if wanted.timestamps else {},
        roster.table if roster and roster.platform == "moodle" else None,
    )
    book = bind(grades, roster, matching, times.of, policy)
    written = _written(book, wanted)
    confirm_in = str(wanted.match) if wanted.match else "in a file that --match FILE writes"
    lines = summary(book, times, (*written.notes, *said), confirm_in)
    summary_path = out.with_name(f"{out.stem}-summary.txt")
    if wanted.match and matching:
        write_open_questions(wanted.match, matching, names)
    write_atomically(out, written.content)
    write_atomically(summary_path, ("\n".join(lines) + "\n").encode("utf-8", "replace"))
    return Exported(out, summary_path, tuple(lines))


def _refuse_what_does_not_fit(wanted: Wanted) -> None:
    if wanted.to not in DIALECTS:
        hint = did_you_mean(wanted.to, DIALECTS) or f"; there are: {', '.join(DIALECTS)}"
        raise UserError(f"--to {wanted.to}: there is no such gradebook{hint}")
    if wanted.to in FILLED:
        if wanted.into is None:
            raise UserError(f"--to {wanted.to} needs --into FILE: {FILLED[wanted.to]}")
        if wanted.roster is not None:
            raise UserError(f"--roster: --to {wanted.to} takes the students from --into")
    elif wanted.into is not None:
        raise UserError(
            f"--into: --to {wanted.to} fills in no file; a list of students is given with --roster"
        )
    if wanted.to == "moodle" and wanted.roster is None:
        raise UserError(
            "--to moodle needs --roster FILE: a list of students with their ID number, Username or Email "
            f"address; get one {moodle.DOWNLOAD}"
        )
    if wanted.title is not None and wanted.to not in TITLED:
        raise UserError(f"--title: a gradebook for {wanted.to} has no title")
    if not (wanted.into or wanted.roster) and (wanted.match or wanted.accept_near):
        raise UserError(
            "--match and --accept-near are about the students of --roster FILE, which is not given"
        )


def _refuse_overwriting(out: Path, wanted: Wanted, results: Path) -> None:
    inputs = (wanted.into, wanted.roster, wanted.match, wanted.timestamps, results)
    if any(path is not None and path.resolve() == out.resolve() for path in inputs):
        raise UserError(f"--out {out}: that is what is read; choose another file")


def _policy(grades: ClassGrades, wanted: Wanted) -> tuple[Late | None, tuple[str, ...]]:
    """The late policy, and what is to be said where there is none."""
    name = wanted.rubric or (grades.rubric if grades.rubric in available_rubrics() else None)
    rubric = load_rubric(name) if name else None
    if rubric is None or (rubric.id != grades.rubric and not wanted.rubric):
        unheard = f"the rubric “{grades.rubric}” is not at hand (--rubric FILE)"
        return None, (f"{unheard}: if it has a late policy, it is not applied",)
    if rubric.id != grades.rubric:
        raise UserError(f"--rubric {name}: that is “{rubric.id}”, and the results are of “{grades.rubric}”")
    if rubric.late is None and wanted.timestamps:
        return None, (f"the rubric “{rubric.id}” has no late policy: times cost nothing",)
    return rubric.late, ()


def _matching(grades: ClassGrades, roster: Roster | None, wanted: Wanted, names: set[str]) -> Matching | None:
    if roster is None:
        return None
    decisions = [read_decisions(wanted.match, names, roster)] if wanted.match else []
    matching = match(grades.submissions, roster, *decisions)
    return matching.accepting_proposals() if wanted.accept_near else matching


def _written(book: Book, wanted: Wanted) -> Written:
    match wanted.to:
        case "canvas":
            return canvas.canvas(book, wanted.title)
        case "moodle":
            return moodle.moodle(book, wanted.title)
        case "moodle-worksheet":
            assert wanted.into is not None
            return worksheet.worksheet(book, datetime.fromtimestamp(wanted.into.stat().st_mtime, UTC))
        case "nbgrader":
            return nbgrader(book, wanted.title)
        case _:
            return plain(book)
