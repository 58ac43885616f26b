"""Options that several commands have; in a file of their own, which imports nothing that takes long."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
import typer

from grader.training.device import Wanted

FAULT_OF_OURS = 3
"""Exit code when a submission could not be graded through a fault of ours."""


def _jobs(given: str | int) -> int:
    # Typer hands the default of the parameter through here too.
    text = str(given)
    if text == "auto":
        return 0
    if not text.isdecimal():
        raise typer.BadParameter(f"{text!r} is neither a number nor auto")
    return int(text)


Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        parser=_jobs,
        help="Notebooks or trainings at a time; auto is one a core, if memory allows.",
        show_default="auto",
    ),
]
"""0 for as many as the machine takes."""

DeviceOption = Annotated[
    Wanted,
    typer.Option(
        "--device",
        help="Where networks are trained: by itself on a GPU where TensorFlow finds one.",
        show_default=False,
    ),
]

Sandbox = Literal["auto", "namespaces", "landlock", "user", "none"]

SandboxOption = Annotated[
    Sandbox,
    typer.Option(
        "--sandbox",
        help="What fences notebooks in: by itself the strongest that this machine gives (grade doctor).",
        show_default=False,
    ),
]

Open = Annotated[bool, typer.Option("--open", help="Open the page in a browser.")]

Limits = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=VALUE",
        help="In place of the rubric's: cell=15s, notebook=5min, memory=4GiB.",
        show_default=False,
    ),
]

Cache = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="FOLDER",
        envvar="GRADER_CACHE",
        help="For what is kept of executions and trainings.",
        show_default=False,
    ),
]


def cache_folder(given: Path | None) -> Path:
    """The cache that an option names, else this user's own."""
    return given or platformdirs.user_cache_path("cnn-grader")


def open_page(page: Path) -> None:
    """Show a page in the browser; where there is none, say what to do."""
    import webbrowser

    if not webbrowser.open(page.absolute().as_uri()):
        typer.echo(f"grade: no browser was found here; open {page} in one", err=True)
