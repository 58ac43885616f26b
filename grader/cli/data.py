"""``grade data``: the teacher's copies of the data sets that notebooks work with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Provide, list and remove the photographs that notebooks are given.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

DataName = Annotated[
    str, typer.Argument(metavar="NAME", help="The data set's name in the rubric, e.g. fruits.")
]


@app.command()
def add(
    name: DataName,
    source: Annotated[
        Path, typer.Argument(metavar="FILE.zip|FOLDER", help="With train/ and test/ at any depth.")
    ],
    allow_broken: Annotated[
        bool, typer.Option("--allow-broken", help="Keep images that do not open, e.g. planted on purpose.")
    ] = False,
) -> None:
    """Keep a copy of a data set; from now on notebooks get it in place of drawn stand-ins."""
    from grader.datasets import provision

    copy = provision.add(name, source, allow_broken=allow_broken)
    counts = " + ".join(f"{len(paths)} {split}" for split, paths in copy.files.items())
    typer.echo(
        f"{name}: {counts} images of {len(copy.classes)} classes ({', '.join(copy.classes)}) in {copy.folder}"
    )
    if copy.broken:
        typer.echo(f"{name}: kept although they do not open: {', '.join(copy.broken)}")


@app.command("list")
def list_data() -> None:
    """List the provisioned data sets."""
    from rich.console import Console
    from rich.table import Table

    from grader.datasets.provision import all_provisioned, data_folder

    table = Table("data", "images", "classes", "added", "from", "digest", box=None)
    for copy in all_provisioned():
        counts = " + ".join(f"{len(paths)} {split}" for split, paths in copy.files.items())
        added = f"{copy.added.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(copy.name, counts, str(len(copy.classes)), added, copy.source, copy.digest[:16])
    nothing = f"No data sets in {data_folder()}; notebooks get drawn stand-ins. See: grade data add --help"
    Console().print(table if table.row_count else nothing)


@app.command()
def remove(name: DataName) -> None:
    """Delete the copy of a data set; notebooks get drawn stand-ins again."""
    from grader.datasets import provision

    provision.remove(name)
    typer.echo(f"{name}: removed")
