"""``grade ci [NOTEBOOK] --rubric NAME``: grade the notebook of a pushed repository."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from grader.cli.options import FAULT_OF_OURS, Cache, Limits

if TYPE_CHECKING:
    from grader.ci.github import Runner
    from grader.ci.marks import Marks
    from grader.executors.local import Graded
    from grader.grading.grade import ClassGrades

app = typer.Typer(add_completion=False)

_BELOW = 1
"""Exit code when the mark is below ``--fail-under``."""

Mode = Literal["full", "self-check"]
Protocol = Literal["classroom", "classroom50"]


@app.command()
def ci(
    notebook: Annotated[
        Path | None,
        typer.Argument(
            metavar="NOTEBOOK",
            help="In this folder or below it; else the one most like the worksheet.",
            show_default=False,
        ),
    ] = None,
    rubric: Annotated[
        str, typer.Option("--rubric", "-r", metavar="RUBRIC", help="Name or path.", show_default=False)
    ] = "",
    points: Annotated[
        int | None,
        typer.Option(
            "--points", metavar="N", min=1, help="What full marks are worth; else the rubric's points."
        ),
    ] = None,
    protocol: Annotated[
        Protocol,
        typer.Option(help="classroom: the output result; classroom50: result.json and release-body.md."),
    ] = "classroom",
    mode: Annotated[
        Mode,
        typer.Option(help="full; or self-check: by the students' copy of the rubric, for its points."),
    ] = "full",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="For report.html.")] = Path(
        "grade-report"
    ),
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under", metavar="PERCENT", min=0, max=100, help="Exit code 1 below it; else always 0."
        ),
    ] = None,
    limit: Limits = None,
    cache: Cache = None,
) -> int:
    """Grade the one notebook of a repository: report, job summary, annotations, points.

    Hidden checks are told by their titles and points only.
    """
    from dataclasses import replace

    from grader.ci.github import Runner
    from grader.ci.marks import marks
    from grader.cli.settings import settings_of
    from grader.errors import UserError
    from grader.executors.single import grade_repository
    from grader.reports.student_view import as_students_see
    from grader.rubric.student_copy import student_copy

    if not rubric:
        raise UserError("which rubric? give its name or path: grade ci --rubric NAME")
    environment = _taken()
    runner = Runner.of(environment)
    settings = settings_of(_outside(rubric), cache=cache, jobs=0, limits=limit or [], trusting=True)
    if mode == "self-check":
        settings = replace(settings, rubric=student_copy(settings.rubric))
    name = environment.get("GITHUB_REPOSITORY", "").rpartition("/")[2] or Path.cwd().name
    graded = grade_repository(Path.cwd(), name, settings, _Log(), notebook=notebook, trust_git=True)
    for warning in graded.warnings:
        typer.echo(f"grade: {warning}", err=True)
    seen = as_students_see(graded.grades)
    (grade,) = seen.submissions
    scaled = marks(grade, points)
    passed = scaled.percent >= (100 if fail_under is None else fail_under)
    report = _page(seen, graded, out)
    if protocol == "classroom":
        _tell_github(runner, seen, scaled, passed=passed, report=report)
    elif grade.status != "failed":
        _write_classroom50(seen, scaled, environment, points)
    _say(seen, scaled, runner, report, notebook)
    if grade.status == "failed":
        return FAULT_OF_OURS
    return 0 if passed or fail_under is None else _BELOW


def _outside(rubric: str) -> str:
    """The rubric of that name that comes with the grader: one in ``./rubrics`` would be the student's."""
    from grader.errors import UserError
    from grader.rubric.load import SUFFIXES, shipped_rubrics
    from grader.rubric.suggest import did_you_mean

    if Path(rubric).suffix in SUFFIXES or Path(rubric).name != rubric:
        return rubric
    path = shipped_rubrics() / f"{rubric}.yaml"
    if not path.is_file():
        known = [each.stem for each in shipped_rubrics().glob("*.yaml")]
        hint = did_you_mean(rubric, known) or "; one of your own is given by its path"
        raise UserError(f'no rubric "{rubric}" comes with the grader{hint}')
    return str(path)


def _taken() -> dict[str, str]:
    """The variables of this process, from which the runner's are then gone.

    Where there is no sandbox a notebook inherits what is left: it is to find neither a token nor the files
    through which a step reports.
    """
    environment = dict(os.environ)
    for name in environment:
        if name.startswith(("GITHUB_", "ACTIONS_")) or "TOKEN" in name or "SECRET" in name:
            del os.environ[name]
    return environment


class _Log:
    """A line for each stage; none of them holds a word of the student's."""

    def started(self, name: str) -> None:
        """Work begins."""

    def stage(self, name: str, text: str) -> None:
        """What is being done."""
        from grader.ci.github import log_line

        typer.echo(f"grade: {log_line(text)}")

    def finished(self, grade: object) -> None:
        """Told at the end."""


def _page(seen: ClassGrades, graded: Graded, out: Path) -> Path:
    from grader.reports.files import write_atomically
    from grader.reports.html import student_page

    (grade,) = seen.submissions
    page = out / "report.html"
    write_atomically(page, student_page(seen, grade, graded.executed.get(grade.submission)), durable=False)
    return page


def _tell_github(runner: Runner, seen: ClassGrades, scaled: Marks, *, passed: bool, report: Path) -> None:
    from grader.ci.classroom import result_line
    from grader.ci.summary import summary
    from grader.reports.text import number

    (grade,) = seen.submissions
    runner.give(
        {
            "result": result_line(seen, scaled, passed=passed),
            "points": number(scaled.earned),
            "max-points": number(scaled.points),
            "percent": number(scaled.percent),
            "status": grade.status,
            "sandbox": seen.sandbox,
            "report": str(report.absolute()),
        }
    )
    runner.summarise(
        summary(seen, scaled, "The report with every remark beside its cell is an artifact of this run.")
    )


def _write_classroom50(
    seen: ClassGrades, scaled: Marks, environment: Mapping[str, str], points: int | None
) -> None:
    """Its runner reads two files from this folder.

    The outputs ``status`` and ``summary`` and the job's summary it derives from them; what we would put
    there, it would take for its own.
    """
    import json
    from datetime import UTC, datetime

    from grader.ci.classroom50 import result
    from grader.ci.summary import summary
    from grader.reports.files import write_atomically

    content = result(seen, environment, datetime.now(UTC), points)
    write_atomically(Path("result.json"), json.dumps(content, indent=2).encode("ascii") + b"\n")
    write_atomically(Path("release-body.md"), summary(seen, scaled).encode("utf-8", "replace"))


def _say(seen: ClassGrades, scaled: Marks, runner: Runner, report: Path, notebook: Path | None) -> None:
    """The annotations, which GitHub takes from the log, and the mark in words."""
    from grader.ci.github import cell_lines, log_line, remarks
    from grader.reports.text import number

    (grade,) = seen.submissions
    if runner.active:
        path = Path(notebook or grade.notebook)
        try:
            lines = cell_lines(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            lines = ()
        for annotation in remarks(grade, str(path) if grade.notebook else "", lines):
            typer.echo(str(annotation))
        if seen.sandbox == "none":
            typer.echo("::warning title=No sandbox::The notebook ran with the runner's own rights.")
    points = f"{number(scaled.earned)} of {number(scaled.points)}" if grade.has_mark else "no mark"
    told = f" ({grade.reason})" if grade.reason else ""
    typer.echo(f"grade: {points}{log_line(told)}; sandbox: {seen.sandbox}; report: {log_line(str(report))}")
