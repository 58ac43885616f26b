"""No student's code outlives the grader, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil

GRADER = """
import asyncio, nbformat
from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.process import Zygote
from grader.execution.request import KernelRequest, World
from grader.execution.run import run_notebook
from grader.execution.sandbox import namespaces_work

async def main():
    endless = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("while True: pass")])
    request = KernelRequest(scratch="", connection={}, world=World(), recorder=RecorderSettings(),
                            memory=3 << 30, sandbox=namespaces_work(), hidden=())
    async with Zygote() as zygote:
        await run_notebook(zygote.socket, request, endless, Limits(cell=200, memory=3 << 30),
                           on_cell=lambda index, so_far: print("running", flush=True))

asyncio.run(main())
"""


def test_a_kernel_ends_with_a_grader_that_was_killed() -> None:
    grader = subprocess.Popen([sys.executable, "-c", GRADER], stdout=subprocess.PIPE, text=True)
    assert grader.stdout is not None
    assert grader.stdout.readline() == "running\n"
    started = psutil.Process(grader.pid).children(recursive=True)
    assert len(started) >= 2

    os.kill(grader.pid, signal.SIGKILL)

    _, alive = psutil.wait_procs(started, timeout=10)
    for process in alive:
        process.kill()
    assert alive == []
    grader.wait()
