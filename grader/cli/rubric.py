"""``grade rubric``: list, show, lint and document rubrics."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Annotated

import typer

from grader.cli.options import Cache
from grader.proving import MUTANTS

app = typer.Typer(help="List, show and check rubrics.", no_args_is_help=True, add_completion=False)

RubricName = Annotated[
    str, typer.Argument(metavar="RUBRIC", help="A rubric's name, or the path of its file.")
]


@app.command("list")
def list_rubrics() -> None:
    """List the rubrics that can be given by name."""
    from rich.console import Console
    from rich.table import Table

    from grader.rubric.load import RubricError, available_rubrics, load_rubric
    from grader.rubric.schema import plain

    table = Table("rubric", "title", "points", "where", box=None)
    for name, path in sorted(available_rubrics().items()):
        try:
            rubric = load_rubric(path)
        except RubricError as error:
            table.add_row(name, f"{len(error.problems)} errors; see: grade rubric lint {name}", "", str(path))
        else:
            table.add_row(name, rubric.title, plain(rubric.worth), str(path))
    Console().print(table if table.row_count else "No rubrics in ./rubrics, and none came with the grader.")


@app.command()
def show(rubric: RubricName) -> None:
    """Show a rubric's questions, requirements and points."""
    from rich.console import Console

    from grader.cli.rubric_view import rubric_view
    from grader.rubric.load import load_rubric

    Console().print(rubric_view(load_rubric(rubric)))


@app.command()
def lint(
    rubrics: Annotated[
        list[str], typer.Argument(metavar="RUBRIC...", help="Names of rubrics, or paths of files.")
    ],
) -> None:
    """Tell everything that is wrong or doubtful in rubrics, with file and line.

    Ends with exit code 1 when one of them has an error; warnings alone are no failure.
    """
    gc.disable()  # nothing is garbage yet of all that is being loaded, and looking for it takes its time
    try:
        from grader.rubric.lint import lint_rubric

        reports = [lint_rubric(rubric) for rubric in rubrics]
    finally:
        gc.enable()
    for report in reports:
        for problem in report.errors:
            typer.echo(f"{report.path}:{problem.line}: error: {problem.message}")
        for problem in report.warnings:
            typer.echo(f"{report.path}:{problem.line}: warning: {problem.message}")
        typer.echo(f"{report.path}: {_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}")
    if any(report.errors for report in reports):
        raise typer.Exit(1)


def _count(found: tuple[object, ...], noun: str) -> str:
    return f"{len(found)} {noun}{'' if len(found) == 1 else 's'}"


@app.command()
def test(
    rubric: RubricName,
    only: Annotated[
        str, typer.Option("--only", metavar="WORDS", help="Kinds whose name holds these words.")
    ] = "",
    mutants: Annotated[
        int,
        typer.Option(
            "--mutants", metavar="N", min=0, help="Mutants run, beside one of each kind; 0 for all places."
        ),
    ] = MUTANTS,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the result there too.")
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", min=0, help="Variants at a time; else cores and one.")
    ] = 0,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="FOLDER", help="Write the variants' notebooks there.")
    ] = None,
    cache: Cache = None,
) -> None:
    """Test a rubric with variants of its reference: equal work must keep, broken work must lose points.

    Ends with exit code 1 when an equivalent loses a point, or a mutant none, or one in the wrong place.
    """
    from functools import partial

    from rich.console import Console

    from grader.cli.rubric_test_view import proof_json, proof_view
    from grader.cli.settings import settings_of
    from grader.executors.proving import prove
    from grader.reports.console import Progress

    settings = settings_of(rubric, cache=cache, jobs=jobs, limits=[], trusting=True)
    proof = prove(settings, partial(Progress, lines=False), only=only, most=mutants or None, keep=keep)
    titles = {line.id: line.title for line in settings.rubric.checks}
    Console().print(proof_view(proof, titles))
    if as_json is not None:
        as_json.write_text(json.dumps(proof_json(proof), indent=2, ensure_ascii=False) + "\n")
    if not proof.is_clean:
        raise typer.Exit(1)


@app.command()
def publish(
    rubric: RubricName,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="For the copy and a page on its use.")
    ],
) -> None:
    """Write the students' copy of a rubric: what they check their work with before handing in.

    It holds the public checks, without hidden ones, thresholds, key words of answers or the reference.
    """
    from grader.reports.files import write_atomically
    from grader.rubric.load import load_rubric
    from grader.rubric.publish import publication, refuse_to_replace
    from grader.rubric.schema import plain
    from grader.rubric.student_copy import student_copy

    whole = load_rubric(rubric)
    files = publication(whole)
    refuse_to_replace(out, files, whole)
    for name, text in files.items():
        write_atomically(out / name, text.encode())
    told = student_copy(whole).worth
    typer.echo(f"{out / f'{whole.id}.yaml'}: decides {plain(told)} of {plain(whole.worth)} points")
    typer.echo(f"{out / 'README.md'}: says how to use it")


@app.command()
def schema() -> None:
    """Print the JSON Schema of rubrics, for editors that complete YAML by it."""
    from grader.rubric.json_schema import rubric_json_schema

    typer.echo(json.dumps(rubric_json_schema(), indent=2, ensure_ascii=False))


@app.command()
def checks(
    name: Annotated[str | None, typer.Argument(metavar="CHECK", help="One check, in full.")] = None,
) -> None:
    """List the checks that a rubric can use, or document one of them."""
    from rich.console import Console

    from grader.checks.registry import all_checks
    from grader.cli.rubric_view import check_view, checks_view
    from grader.errors import UserError
    from grader.rubric.suggest import did_you_mean

    known = all_checks()
    if name is None:
        Console().print(checks_view(known.values()))
    elif name in known:
        Console().print(check_view(known[name]))
    else:
        raise UserError(
            f'there is no check "{name}"{did_you_mean(name, known) or "; see: grade rubric checks"}'
        )
