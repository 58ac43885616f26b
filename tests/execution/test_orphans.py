"""No student's code outlives the grader, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from grader.execution.request import Strength
from grader.execution.strengths import probe, strongest
from grader.scratch import remove_abandoned

GRADER = '''
import asyncio, nbformat
from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.process import Zygote
from grader.execution.request import KernelRequest, World
from grader.execution.run import run_notebook
CELL = """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "600"])
    os._exit(0)
while True:
    pass
"""

async def main():
    endless = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    request = KernelRequest(scratch="", connection={}, world=World(), recorder=RecorderSettings(),
                            memory=3 << 30, sandbox="STRENGTH", hidden=())
    async with Zygote() as zygote:
        await run_notebook(zygote.socket, request, endless, Limits(cell=200, memory=3 << 30),
                           on_cell=lambda index, so_far: print("running", flush=True))

asyncio.run(main())
'''


@pytest.mark.parametrize("strength", dict.fromkeys((strongest(), "landlock")))
def test_a_kernel_and_its_daemons_end_with_a_grader_that_was_killed(
    strength: Strength, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (probed := probe(strength)).works:
        pytest.skip(probed.why_not)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    code = GRADER.replace("STRENGTH", strength)
    grader = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert grader.stdout is not None
    assert grader.stdout.readline() == "running\n"
    started = _started(grader.pid)
    while not any(process.name() == "sleep" for process in started):
        started = _started(grader.pid)

    os.kill(grader.pid, signal.SIGKILL)

    grader.wait()
    _, alive = psutil.wait_procs(started, timeout=10)
    for process in alive:
        process.kill()
    assert alive == []
    assert not list(tmp_path.glob("*/root/*"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    remove_abandoned()
    assert not list(tmp_path.iterdir())


def _started(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)
