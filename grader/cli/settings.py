"""What the commands that grade have in common: their options as settings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from grader.cli.options import cache_folder
from grader.errors import UserError
from grader.execution.limits import Limits
from grader.executors.local import Settings, sandbox_available
from grader.rubric.load import load_rubric
from grader.rubric.quantities import parse_duration, parse_memory
from grader.rubric.schema import Rubric
from grader.rubric.suggest import did_you_mean

_PARSERS = {"cell": parse_duration, "notebook": parse_duration, "memory": parse_memory}


def settings_of(
    rubric: str, *, cache: Path | None, jobs: int, limits: Sequence[str], mending: bool = True
) -> Settings:
    """Settings from options; says so when this machine has no sandbox.

    Raises ``UserError`` for a rubric or an option that is wrong.
    """
    loaded = load_rubric(rubric)
    sandbox = sandbox_available()
    if not sandbox:
        typer.echo(
            "grade: this machine has no private namespaces: notebooks run with your own rights", err=True
        )
    return Settings(
        rubric=loaded,
        cache=cache_folder(cache),
        jobs=jobs or len(os.sched_getaffinity(0)),
        limits=limits_of(loaded, limits),
        sandbox=sandbox,
        mending=mending,
    )


def limits_of(rubric: Rubric, options: Sequence[str]) -> Limits:
    """The rubric's limits with ``name=value`` options in their place."""
    given: dict[str, float | int] = {}
    for option in options:
        name, _, value = option.partition("=")
        if name not in _PARSERS:
            raise UserError(
                f"--limit {option}: there is no limit {name!r}{did_you_mean(name, _PARSERS)}; write cell=15s"
            )
        try:
            given[name] = _PARSERS[name](value)
        except ValueError as fault:
            raise UserError(f"--limit {option}: {fault}") from None
    return Limits.model_validate(rubric.limits.model_dump() | given)
