"""``grade gradescope``: build an autograder for Gradescope, and run it there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.ci import Visibility
from grader.cli.options import FAULT_OF_OURS, Cache

app = typer.Typer(help="Build an autograder for Gradescope.", no_args_is_help=True, add_completion=False)

Points = Annotated[
    int | None,
    typer.Option("--points", metavar="N", min=1, help="What full marks are worth; else the rubric's points."),
]
HiddenChecks = Annotated[
    Visibility,
    typer.Option(
        "--hidden-checks",
        help="When students see titles and points of hidden checks; until then they see no total.",
    ),
]


@app.command()
def build(
    rubric: Annotated[str, typer.Argument(metavar="RUBRIC", help="Name or path.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE")] = Path("autograder.zip"),
    points: Points = None,
    hidden_checks: HiddenChecks = "visible",
) -> None:
    """Write the zip that Gradescope's "Configure Autograder" takes."""
    from grader.ci.archive import autograder_zip
    from grader.reports.files import write_atomically
    from grader.rubric.load import load_rubric

    content = autograder_zip(load_rubric(rubric), points=points, hidden_checks=hidden_checks)
    write_atomically(out, content)
    typer.echo(f"{out}: {len(content) // 1024} KiB; upload it under Configure Autograder")


@app.command()
def run(
    rubric: Annotated[str, typer.Option("--rubric", "-r", metavar="RUBRIC", help="Name or path.")],
    submission: Annotated[
        Path, typer.Option("--submission", metavar="FOLDER", help="What the student uploaded.")
    ] = Path("/autograder/submission"),
    results: Annotated[Path, typer.Option("--results", metavar="FILE", help="For results.json.")] = Path(
        "/autograder/results/results.json"
    ),
    points: Points = None,
    hidden_checks: HiddenChecks = "visible",
    cache: Cache = None,
) -> int:
    """Grade one submission on Gradescope: what run_autograder calls."""
    import json

    from grader.ci.gradescope import results as results_of
    from grader.ci.marks import marks
    from grader.cli.settings import settings_of
    from grader.errors import UserError
    from grader.executors.local import Nobody
    from grader.executors.single import grade_repository
    from grader.reports.files import write_atomically
    from grader.reports.student_view import as_students_see
    from grader.visible import one_line

    if not submission.is_dir():
        raise UserError(f"{submission}: no such folder; name the upload: --submission FOLDER")
    settings = settings_of(rubric, cache=cache, jobs=0, limits=[], trusting=True)
    graded = grade_repository(submission, "submission", settings, Nobody())
    seen = as_students_see(graded.grades)
    (grade,) = seen.submissions
    if grade.status == "failed":
        # Without results Gradescope shows a failure of the autograder, and no zero.
        results.unlink(missing_ok=True)
        typer.echo(f"grade: failed: {one_line(grade.reason)}", err=True)
        return FAULT_OF_OURS
    content = results_of(seen, marks(grade, points), hidden_checks)
    write_atomically(results, json.dumps(content, indent=2).encode("ascii") + b"\n")
    typer.echo(f"grade: {content['score']:g}; sandbox: {seen.sandbox}")
    return 0
