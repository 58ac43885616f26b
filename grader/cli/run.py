"""``grade SUBMISSIONS --rubric NAME``: grade a class and write the reports."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.cli.options import (
    FAULT_OF_OURS,
    Cache,
    DeviceOption,
    Jobs,
    Limits,
    Open,
    SandboxOption,
    open_page,
)

if TYPE_CHECKING:
    from grader.grading.grade import ClassGrades
    from grader.rubric.schema import Rubric

app = typer.Typer(add_completion=False)

_NOT_ACCEPTED = 1
"""Exit code when marks given before would change and nobody agreed."""


@app.command()
def run(
    submissions: Annotated[
        Path,
        typer.Argument(
            metavar="SUBMISSIONS",
            help="A notebook, a folder of submissions, or a zip.",
            show_default=False,
            readable=False,  # found out, and told, where it is read
        ),
    ],
    rubric: Annotated[
        str, typer.Option("--rubric", "-r", metavar="RUBRIC", help="Name or path.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FOLDER", help="For the results; else results/RUBRIC."),
    ] = None,
    jobs: Jobs = 0,
    limit: Limits = None,
    cache: Cache = None,
    mending: Annotated[
        bool,
        typer.Option(
            "--mending/--no-mending",
            help="Mend slips that stop a cell (a forgotten import, a misspelt name) to see the rest run.",
        ),
    ] = True,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Write the results also where they change marks given before.")
    ] = False,
    sandbox: SandboxOption = "auto",
    device: DeviceOption = "auto",
    timings: Annotated[
        bool, typer.Option("--timings", help="Show where the seconds of each submission went.")
    ] = False,
    open_report: Open = False,
) -> int:
    """Grade SUBMISSIONS and write grades.json, gradebook.csv and HTML pages.

    Where the folder for the results holds an earlier grading, what changes in its marks is shown and asked
    about before it is written.
    """
    from grader.cli.settings import settings_of
    from grader.executors.data import stand_ins
    from grader.executors.local import grade_submissions
    from grader.reports.console import Progress, print_summary
    from grader.reports.files import alone_in
    from grader.reports.gradebook import write_gradebook
    from grader.reports.html import write_reports
    from grader.reports.json_report import write_grades
    from grader.reports.timings_view import print_timings
    from grader.timing import spent_on, timed

    settings = settings_of(
        rubric,
        cache=cache,
        jobs=jobs,
        limits=limit or [],
        mending=mending,
        sandbox=sandbox,
        device=device,
    )
    folder = out or Path("results") / settings.rubric.id
    _refuse_unwritable(folder)
    before = None if yes else _earlier(folder / "grades.json", settings.rubric)
    for name in stand_ins(settings.rubric):
        keras = settings.rubric.data[name].kind == "keras_dataset"
        real = f"grade data add {name} {'FILE' if keras else 'FILE.zip'}"
        typer.echo(f"grade: {name}: notebooks get drawn pictures; to give the real ones: {real}", err=True)
    with alone_in(folder), timed() as spent:
        graded = grade_submissions(submissions, settings, Progress)
        for warning in graded.warnings:
            typer.echo(f"grade: {warning}", err=True)
        if before is not None and not _accepted(before, graded.grades, folder):
            return _NOT_ACCEPTED
        with spent_on("reports"):
            write_grades(graded.grades, folder / "grades.json")
            write_gradebook(graded.grades, folder / "gradebook.csv")
            page = write_reports(graded.grades, graded.executed, folder)
    print_summary(graded.grades, page)
    if timings:
        print_timings(graded.grades, spent)
    if open_report:
        open_page(page)
    return FAULT_OF_OURS if any(each.status == "failed" for each in graded.grades.submissions) else 0


def _earlier(path: Path, rubric: Rubric) -> ClassGrades | None:
    """The grading that the results would replace; None when there is none."""
    from grader.errors import UserError
    from grader.reports.json_report import read_grades

    if not path.exists():
        return None
    try:
        before = read_grades(path)
    except UserError as error:
        told = str(error).removesuffix("; grade again to write a new one")
        raise UserError(f"{told}; to replace it: --yes; to keep it: --out FOLDER") from error
    if before.rubric != rubric.id:
        raise UserError(
            f"{path}: the results of another rubric, {before.rubric}; to replace them: --yes; "
            "to keep them: --out FOLDER"
        )
    return before


def _accepted(before: ClassGrades, after: ClassGrades, folder: Path) -> bool:
    """Whether the results may be written; what changes in marks given before is shown and asked about."""
    from grader.grading.changes import changes
    from grader.reports.changes import print_changes

    found = changes(before, after)
    if not found.want_consent:
        return True
    print_changes(found)
    if sys.stdin.isatty():
        return typer.confirm(f"Write these results to {folder}?")
    typer.echo(f"grade: {folder} is as it was; to write these results: grade again with --yes", err=True)
    return False


def _refuse_unwritable(folder: Path) -> None:
    """Tell before the work, not after it, that there is no place for its results."""
    from grader.errors import CannotWriteError

    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise CannotWriteError(f"{nearest}: a file, not a folder for results; choose another: --out FOLDER")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise CannotWriteError(f"{nearest}: cannot write: permission denied; choose another: --out FOLDER")
