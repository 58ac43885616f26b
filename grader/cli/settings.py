"""What the commands that grade have in common: their options as settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from grader.cli.options import Sandbox, cache_folder
from grader.errors import UserError
from grader.execution.limits import Limits
from grader.execution.request import Strength
from grader.execution.strengths import probe, strongest
from grader.executors.machine import jobs_here
from grader.executors.settings import Settings
from grader.rubric.load import load_rubric
from grader.rubric.quantities import parse_duration, parse_memory
from grader.rubric.schema import Rubric
from grader.rubric.suggest import did_you_mean
from grader.training.device import Wanted, why_no_gpu

_PARSERS = {"cell": parse_duration, "notebook": parse_duration, "memory": parse_memory}


def settings_of(
    rubric: str,
    *,
    cache: Path | None,
    jobs: int,
    limits: Sequence[str],
    mending: bool = True,
    sandbox: Sandbox = "auto",
    device: Wanted = "auto",
    trusting: bool = False,
) -> Settings:
    """Settings from options; says so when notebooks get less than the strongest sandbox.

    ``trusting`` goes on without any where none can be had: the machine is the student's own, or thrown away.
    Raises ``UserError`` for a rubric or an option that is wrong, and for a sandbox or a GPU that cannot be
    had.
    """
    loaded = load_rubric(rubric)
    if device == "gpu" and (why_not := why_no_gpu()):
        raise UserError(f"--device gpu: {why_not}; to train on the processors: --device cpu")
    strength = _strength(sandbox, trusting)
    return Settings(
        rubric=loaded,
        cache=cache_folder(cache),
        jobs=jobs or jobs_here(),
        device=device,
        limits=limits_of(loaded, limits),
        sandbox=strength,
        mending=mending,
    )


def _strength(wanted: Sandbox, trusting: bool) -> Strength:
    if wanted == "auto":
        strength = strongest()
        if strength == "none" and not trusting:
            raise UserError(
                "no sandbox can be had on this machine (grade doctor says why), and students' code would run "
                "with your own rights; to let it: --sandbox none"
            )
    else:
        strength = wanted
        tried = probe(strength)
        if not tried.works:
            raise UserError(f"--sandbox {wanted}: {tried.why_not}; see what can be had: grade doctor")
    if strength != "namespaces":
        typer.echo(f"grade: {WARNINGS[strength]}", err=True)
    return strength


WARNINGS: dict[Strength, str] = {
    "landlock": "sandbox: Landlock; notebooks find their data by relative paths only",
    "user": "sandbox: a user of its own; notebooks find their data by relative paths only, "
    "and can read what all users of this machine can",
    "none": "no sandbox: notebooks run with your own rights",
}
"""What the teacher should know where a private root cannot be had."""


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
