"""Small Keras notebooks in forked kernels against the same in ordinary ones, two at a time.

Usage: python -m benchmarks.kernel_start [--notebooks 20] [--jobs 2] [--json FILE]

One kind trains nothing: imports, a model, its summary. The other trains it for two epochs and plots.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.process import Zygote
from grader.execution.request import KernelRequest, World
from grader.execution.run import run_notebook
from grader.execution.strengths import strongest

MODEL = (
    "import keras, numpy as np, matplotlib.pyplot as plt",
    "model = keras.Sequential([keras.layers.Input((28, 28, 1)), keras.layers.Conv2D(8, 3, activation='relu'),"
    " keras.layers.Flatten(), keras.layers.Dense(10, activation='softmax')])",
    "model.summary()",
)
TRAINING = (
    "x, y = np.random.rand(256, 28, 28, 1), np.random.randint(0, 10, 256)",
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])",
    "history = model.fit(x, y, epochs=2, verbose=0)",
    "plt.plot(history.history['loss']); plt.show(); model.evaluate(x, y, verbose=0);",
)
KINDS = {"no training": MODEL, "two epochs": MODEL + TRAINING}

Execute = Callable[[nbformat.NotebookNode], Awaitable[None]]


def notebook(cells: tuple[str, ...]) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


async def ordinary(book: nbformat.NotebookNode) -> None:
    await NotebookClient(book, kernel_name="python3", timeout=120).async_execute()


def forked(zygote: Zygote) -> Execute:
    sandbox = strongest()

    async def execute(book: nbformat.NotebookNode) -> None:
        request = KernelRequest(
            scratch="", connection={}, world=World(), recorder=RecorderSettings(), memory=4 << 30,
            sandbox=sandbox, hidden=(),
        )  # fmt: skip
        run = await run_notebook(zygote.socket, request, book, Limits(memory=4 << 30))
        assert set(run.status) == {"ok"}, run.status

    return execute


async def each(execute: Execute, cells: tuple[str, ...], count: int, jobs: int) -> float:
    """Seconds of wall time for each of ``count`` notebooks, ``jobs`` at a time; one goes before."""
    await execute(notebook(cells))
    turns = asyncio.Semaphore(jobs)

    async def one() -> None:
        async with turns:
            await execute(notebook(cells))

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(count)))
    return (time.perf_counter() - began) / count


async def measured(count: int, jobs: int) -> dict[str, dict[str, float]]:
    began = time.perf_counter()
    figures: dict[str, dict[str, float]] = {}
    async with Zygote() as zygote:
        print(f"libraries, once a class  {time.perf_counter() - began:6.2f} s")
        for kind, cells in KINDS.items():
            mine = await each(forked(zygote), cells, count, jobs)
            other = await each(ordinary, cells, max(2, count // 4), jobs)
            figures[kind] = {"forked": mine, "ordinary": other, "ratio": other / mine}
            print(
                f"{kind:12}  forked {mine:5.2f} s a notebook, ordinary kernel {other:5.2f} s, "
                f"ratio {other / mine:.1f}",
                flush=True,
            )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = asyncio.run(measured(options.notebooks, options.jobs))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
