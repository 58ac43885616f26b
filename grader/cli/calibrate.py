"""``grade calibrate RUBRIC``: train the reference a number of times and keep the threshold beside the rubric."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)


@app.command()
def calibrate(
    rubric: Annotated[str, typer.Argument(help="Name or path of a rubric.", show_default=False)],
    runs: Annotated[
        int,
        typer.Option("--runs", "-n", min=1, help="Trainings; n runs fail an equal network once in n + 1."),
    ] = 19,
    rank: Annotated[
        int, typer.Option("--rank", min=1, help="The threshold is the rank-th smallest result.")
    ] = 1,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Trainings at a time; 0 is one a core.")
    ] = 0,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache", envvar="GRADER_CACHE", help="Folder for evidence and trainings.", show_default=False
        ),
    ] = None,
) -> None:
    """Measure what the reference solution reaches in the short training, on the data that is served now."""
    from rich.console import Console

    from grader.cli.settings import settings_of
    from grader.executors.calibrating import calibrate_rubric

    console = Console()
    settings = settings_of(rubric, cache=cache, jobs=jobs, limits=[])
    with console.status("executing the reference") as status:
        entry, path = calibrate_rubric(
            settings,
            runs,
            rank,
            lambda number, result: status.update(f"run {number} of {runs}: {result.accuracy:.3f}"),
        )
    console.print(
        f"{entry.data}: threshold {entry.threshold:.3f}, the {rank}. smallest of {runs} runs "
        f"({min(entry.accuracies):.3f} to {max(entry.accuracies):.3f}); kept in {path}"
    )
