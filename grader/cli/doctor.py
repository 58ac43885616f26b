"""``grade doctor``: what this machine gives to grading, and what it lacks."""

from __future__ import annotations

import typer

from grader.cli.options import Cache, cache_folder

app = typer.Typer(add_completion=False)

_UNFENCED = 1
"""Exit code when no sandbox can be had."""


@app.command()
def doctor(cache: Cache = None) -> int:
    """Show which sandboxes this machine gives (each is tried), its memory and space, and library versions."""
    from rich.console import Console

    from grader.cli.doctor_view import print_machine
    from grader.executors.machine import machine

    found = machine(cache_folder(cache))
    print_machine(found, Console())
    return 0 if found.fenced else _UNFENCED
