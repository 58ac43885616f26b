"""``grade SUBMISSIONS --rubric NAME``: grade a class and write the reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)

_FAILED = 3
"""Exit code when a submission could not be graded through a fault of ours."""


@app.command()
def run(
    submissions: Annotated[
        Path, typer.Argument(help="A notebook, a folder of submissions, or a zip.", show_default=False)
    ],
    rubric: Annotated[
        str, typer.Option("--rubric", "-r", help="Name or path of a rubric.", show_default=False)
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the results [results/RUBRIC].")
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Notebooks at a time; 0 is one a core.")
    ] = 0,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            help="In place of the rubric's: cell=15s, notebook=5min, memory=4GiB.",
            show_default=False,
        ),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache", envvar="GRADER_CACHE", help="Folder for evidence and trainings.", show_default=False
        ),
    ] = None,
    open_report: Annotated[bool, typer.Option("--open", help="Open the class page in a browser.")] = False,
) -> int:
    """Grade SUBMISSIONS and write grades.json, gradebook.csv and HTML pages."""
    from grader.cli.settings import settings_of
    from grader.executors.local import grade_submissions
    from grader.reports.console import Progress, print_summary
    from grader.reports.gradebook import write_gradebook
    from grader.reports.html import write_reports
    from grader.reports.json_report import write_grades

    settings = settings_of(rubric, cache=cache, jobs=jobs, limits=limit or [])
    folder = out or Path("results") / settings.rubric.id
    graded = grade_submissions(submissions, settings, Progress)
    write_grades(graded.grades, folder / "grades.json")
    write_gradebook(graded.grades, folder / "gradebook.csv")
    page = write_reports(graded.grades, graded.executed, folder)
    print_summary(graded.grades, page)
    if open_report:
        typer.launch(str(page))
    return _FAILED if any(each.status == "failed" for each in graded.grades.submissions) else 0
