"""Options that several commands have; in a file of their own, which imports nothing that takes long."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=0,
        help="Notebooks or trainings at a time; else one a core.",
        show_default=False,
    ),
]
"""0 for one a core."""

Sandbox = Literal["auto", "namespaces", "landlock", "user", "none"]

SandboxOption = Annotated[
    Sandbox,
    typer.Option(
        "--sandbox",
        help="What fences notebooks in: by itself the strongest that this machine gives (grade doctor).",
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
