"""What the sandbox costs a notebook: a trivial one from start to end with each strength, one after another.

Usage: python -m benchmarks.sandbox_cost [--runs 15] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import get_args

import nbformat

from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.process import Zygote
from grader.execution.request import KernelRequest, Strength, World
from grader.execution.run import run_notebook
from grader.execution.strengths import probe

MEMORY = 4 << 30


async def one_run(zygote: Zygote, sandbox: Strength) -> float:
    """Seconds of the notebook ``1``, from asking for a kernel until nothing of it is left."""
    request = KernelRequest(
        scratch="", connection={}, world=World(), recorder=RecorderSettings(), memory=MEMORY,
        sandbox=sandbox, hidden=(),
    )  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    began = time.perf_counter()
    run = await run_notebook(zygote.socket, request, notebook, Limits(memory=MEMORY))
    took = time.perf_counter() - began
    assert set(run.status) == {"ok"}, run.status
    return took


async def interleaved(strengths: tuple[Strength, ...], runs: int) -> dict[Strength, list[float]]:
    seconds: dict[Strength, list[float]] = {strength: [] for strength in strengths}
    async with Zygote() as zygote:
        for strength in strengths:
            # The first of its kind reads files that the others find in memory.
            await one_run(zygote, strength)
        for _ in range(runs):
            for strength in strengths:
                seconds[strength].append(await one_run(zygote, strength))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    strengths = tuple(strength for strength in get_args(Strength) if probe(strength).works)
    seconds = asyncio.run(interleaved(strengths, options.runs))
    medians = {strength: statistics.median(each) for strength, each in seconds.items()}
    for strength, median in medians.items():
        # What the sandbox adds, run by run, so that a machine that slows down costs both sides alike.
        added = statistics.median(
            mine - none for mine, none in zip(seconds[strength], seconds["none"], strict=True)
        )
        print(f"{strength:12} {median:6.3f} s  {added:+6.3f} s")
    if options.json:
        options.json.write_text(json.dumps({"seconds": seconds, "median": medians}, indent=1) + "\n")


if __name__ == "__main__":
    main()
