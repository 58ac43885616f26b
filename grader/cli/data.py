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
        Path,
        typer.Argument(
            metavar="FILE.zip|FOLDER|FILE.tar.gz|FILE.npz|FILE.h5",
            help="Photographs with train/ and test/ at any depth; what is published of a keras.datasets set, "
            "e.g. cifar-10-python.tar.gz; or weights that keras.applications publishes for NAME.",
        ),
    ],
    allow_broken: Annotated[
        bool, typer.Option("--allow-broken", help="Keep images that do not open, e.g. planted on purpose.")
    ] = False,
) -> None:
    """Keep a copy of a data set; from now on notebooks get it in place of drawn stand-ins."""
    from grader.datasets import provision, provision_arrays, provision_weights

    if provision_arrays.is_array_set(name):
        arrays = provision_arrays.add(name, source)
        counts = "{:,} + {:,}".format(*arrays.samples)
        typer.echo(f"{name}: {counts} images for keras.datasets.{name} in {arrays.path}")
        return
    if provision_weights.is_weights(source):
        weights = provision_weights.add(name, source)
        part = "with its top" if weights.part == "top" else "without its top"
        typer.echo(f"{weights.base}: pre-trained weights {part} in {weights.path}")
        return
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
    from grader.datasets.provision_arrays import all_arrays
    from grader.datasets.provision_weights import all_weights

    table = Table("data", "images", "classes", "added", "from", "digest", box=None)
    for copy in all_provisioned():
        counts = " + ".join(f"{len(paths)} {split}" for split, paths in copy.files.items())
        added = f"{copy.added.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(copy.name, counts, str(len(copy.classes)), added, copy.source, copy.digest[:16])
    for held in all_arrays():
        counts, added = (
            "{} train + {} test".format(*held.samples),
            f"{held.added.astimezone():%Y-%m-%d %H:%M}",
        )
        table.add_row(held.name, counts, str(held.classes), added, held.source, held.digest[:16])
    for file in all_weights():
        added = f"{file.added.astimezone():%Y-%m-%d %H:%M}"
        table.add_row(file.base, "weights", file.part, added, file.source, file.digest[:16])
    nothing = f"No data sets in {data_folder()}; notebooks get drawn stand-ins. See: grade data add --help"
    Console().print(table if table.row_count else nothing)


@app.command()
def remove(name: DataName) -> None:
    """Delete the copy of a data set; notebooks get drawn stand-ins again."""
    from grader.datasets import provision, provision_arrays, provision_weights

    if not (provision_weights.remove(name) or provision_arrays.remove(name)):
        provision.remove(name)
    typer.echo(f"{name}: removed")
