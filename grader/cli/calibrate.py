"""``grade calibrate RUBRIC``: train the reference many times and keep the threshold beside the rubric."""

from __future__ import annotations

from typing import Annotated

import typer

from grader.cli.options import Cache, DeviceOption, Jobs

app = typer.Typer(add_completion=False)


@app.command()
def calibrate(
    rubric: Annotated[str, typer.Argument(metavar="RUBRIC", help="Name or path.", show_default=False)],
    runs: Annotated[
        int,
        typer.Option(
            "--runs", "-n", metavar="N", min=1, help="Trainings: an equal network fails once in N + 1."
        ),
    ] = 19,
    rank: Annotated[
        int, typer.Option("--rank", metavar="R", min=1, help="The R-th smallest result is the threshold.")
    ] = 1,
    jobs: Jobs = 0,
    device: DeviceOption = "auto",
    cache: Cache = None,
) -> None:
    """Measure what the reference solution reaches in the short training, on the data that is served now."""
    from rich.console import Console

    from grader.cli.settings import settings_of
    from grader.executors.calibrating import calibrate_rubric

    console = Console()
    settings = settings_of(rubric, cache=cache, jobs=jobs, limits=[], device=device, trusting=True)
    with console.status("executing the reference") as status:
        calibrated, path = calibrate_rubric(
            settings,
            runs,
            rank,
            lambda network, number, result: status.update(
                f"{network}: run {number} of {runs}: {result.accuracy:.3f}"
            ),
        )
    for each in calibrated:
        entry = each.entry
        lowest, highest = min(entry.accuracies), max(entry.accuracies)
        typer.echo(
            f"{entry.data}: {entry.expected} passes with {entry.threshold:.1%}, the {_nth_smallest(rank)} of "
            f"{runs} results of the reference ({lowest:.1%} to {highest:.1%}); kept in {path}"
        )
        if not each.telling:
            typer.echo(
                f"  that is hardly more than a guess ({each.chance:.1%}), which tells nothing: give trains "
                "more epochs or samples, then calibrate again"
            )


def _nth_smallest(rank: int) -> str:
    if rank == 1:
        return "smallest"
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending} smallest"
