"""A small Keras notebook in a forked kernel against the same notebook in an ordinary one.

Usage: python benchmarks/kernel_start.py [--runs 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.process import Zygote
from grader.execution.request import KernelRequest, World
from grader.execution.run import run_notebook
from grader.execution.strengths import strongest

CELLS = (
    "import keras, numpy as np, matplotlib.pyplot as plt",
    "x, y = np.random.rand(256, 28, 28, 1), np.random.randint(0, 10, 256)",
    "model = keras.Sequential([keras.layers.Conv2D(8, 3, activation='relu'), keras.layers.Flatten(),"
    " keras.layers.Dense(10, activation='softmax')])\n"
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])",
    "history = model.fit(x, y, epochs=2, verbose=0)",
    "plt.plot(history.history['loss']); plt.show(); model.evaluate(x, y, verbose=0)",
)


def notebook() -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])


def ordinary() -> float:
    began = time.perf_counter()
    NotebookClient(notebook(), kernel_name="python3", timeout=120).execute()
    return time.perf_counter() - began


async def forked(zygote: Zygote) -> float:
    request = KernelRequest(
        scratch="", connection={}, world=World(), recorder=RecorderSettings(), memory=4 << 30,
        sandbox=strongest(), hidden=(),
    )  # fmt: skip
    began = time.perf_counter()
    run = await run_notebook(zygote.socket, request, notebook(), Limits(memory=4 << 30))
    took = time.perf_counter() - began
    assert set(run.status) == {"ok"}, run.status
    return took


async def all_forked(runs: int) -> tuple[float, list[float]]:
    began = time.perf_counter()
    async with Zygote() as zygote:
        start = time.perf_counter() - began
        return start, [await forked(zygote) for _ in range(runs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    start, forks = asyncio.run(all_forked(options.runs))
    kernels = [ordinary() for _ in range(options.runs)]
    fork, kernel = statistics.median(forks), statistics.median(kernels)
    print(f"zygote, once a class   {start:6.2f} s")
    print(f"forked kernel          {fork:6.2f} s  (recorded, in a sandbox)")
    print(f"ordinary kernel        {kernel:6.2f} s")
    print(f"ratio                  {kernel / fork:6.2f}")
    if options.json:
        figures = {"zygote": start, "forked": forks, "ordinary": kernels, "ratio": kernel / fork}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
