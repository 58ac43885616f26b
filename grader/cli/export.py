"""``grade export RESULTS --to DIALECT``: marks as a learning platform takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


def _file(flag: str, words: str) -> object:
    return typer.Option(flag, metavar="FILE", help=words, show_default=False)


@app.command()
def export(
    results: Annotated[
        Path,
        typer.Argument(metavar="RESULTS", help="A results folder, or its grades.json.", show_default=False),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="DIALECT",
            help="canvas, moodle, moodle-worksheet, nbgrader or csv.",
            show_default=False,
        ),
    ],
    into: Annotated[
        Path | None,
        _file("--into", "Canvas's gradebook or Moodle's worksheet, as downloaded; it stays as it is."),
    ] = None,
    roster: Annotated[Path | None, _file("--roster", "A list of students, for the other dialects.")] = None,
    match: Annotated[
        Path | None, _file("--match", "Where you confirm whose submission is whose; written where needed.")
    ] = None,
    timestamps: Annotated[
        Path | None, _file("--timestamps", "When each was handed in: submission,submitted.")
    ] = None,
    rubric: Annotated[
        str | None,
        typer.Option(
            "--rubric",
            "-r",
            metavar="RUBRIC",
            help="For its late policy; else that of the results, by its name.",
        ),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TITLE", help='The assignment there, e.g. "Worksheet 5 (1234)".'),
    ] = None,
    accept_near: Annotated[
        bool, typer.Option("--accept-near", help="Take near names for the same without confirming.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Else gradebook-DIALECT.csv in RESULTS."),
    ] = None,
) -> None:
    """Write the marks of RESULTS as a gradebook for Canvas, Moodle, nbgrader or a spreadsheet.

    What could not be matched, marked or dated is listed, here and in a summary beside the gradebook.
    """
    from grader.gradebooks.export import Wanted
    from grader.gradebooks.export import export as write

    exported = write(Wanted(results, to, into, roster, match, timestamps, rubric, title, accept_near, out))
    for line in exported.lines:
        typer.echo(line)
    typer.echo(f"Gradebook: {exported.path}")
    typer.echo(f"Summary: {exported.summary_path}")
