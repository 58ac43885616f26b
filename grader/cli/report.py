"""``grade report [RESULTS] [STUDENT]``: look again at a class that is graded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.cli.options import Cache, Open, cache_folder, open_page

app = typer.Typer(add_completion=False)


@app.command()
def report(
    results: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RESULTS]",
            help="A results folder, or its grades.json; else what was graded last below results/.",
            show_default=False,
        ),
    ] = None,
    student: Annotated[
        str | None,
        typer.Argument(metavar="[STUDENT]", help="A submission's name, or a part of it.", show_default=False),
    ] = None,
    open_report: Open = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Write all pages again from grades.json, not only missing ones.")
    ] = False,
    cache: Cache = None,
) -> None:
    """Show the summary of RESULTS, or of one STUDENT, and where the page is.

    Nothing is graded; pages that are missing are written from grades.json and the runs that are kept.
    """
    from grader.reports.console import print_student, print_summary
    from grader.reports.stored import find_results, find_student, write_pages

    stored = find_results(results)
    grade = find_student(stored.grades, student) if student is not None else None
    if anew or not stored.complete:
        folder = cache_folder(cache)
        if lost := write_pages(stored, folder, anew=anew):
            notebooks = "the run of 1 notebook is" if len(lost) == 1 else f"{len(lost)} notebooks' runs are"
            typer.echo(
                f"grade: {notebooks} not kept in {folder}: such a page is without its notebook; "
                "`grade` again brings it back",
                err=True,
            )
    page = stored.student_page(grade) if grade else stored.class_page
    if grade:
        print_student(grade, page)
    else:
        print_summary(stored.grades, page)
    if open_report:
        open_page(page)
