"""An installation of Python that is reached by a link, as in homes on another disk, or lies in the system."""

import os
import subprocess
import sys
from pathlib import Path

import nbclient
import pytest

from grader.execution.strengths import Strength, probe

ROOT = Path(__file__).parents[2]
HIDDEN = Path(nbclient.__file__).resolve().parent
"""Something of the installation that no notebook needs."""

GRADER = """
import asyncio, nbformat, sys
from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.process import Zygote
from grader.execution.request import KernelRequest, World
from grader.execution.run import run_notebook

strength, hidden, *looked_at = sys.argv[1:]
CELLS = (
    "import keras, sys; print(sys.prefix, keras.layers.Dense(2).units)",
    *(f"print(open({folder + '/client.py'!r}).read())" for folder in looked_at),
)

async def main():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    request = KernelRequest(scratch="", connection={}, world=World(), recorder=RecorderSettings(),
                            memory=3 << 30, sandbox=strength, hidden=(hidden,))
    async with Zygote() as zygote:
        run = await run_notebook(zygote.socket, request, notebook, Limits(memory=3 << 30))
    for cell in run.notebook.cells:
        print(*(output.get("text", output.get("ename", "")).strip() for output in cell.outputs))

asyncio.run(main())
"""


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="not run in an environment")
@pytest.mark.parametrize("strength", ["namespaces", "landlock"])
@pytest.mark.parametrize("linked", ["environment", "folder above"])
def test_is_there_for_notebooks_and_what_is_hidden_in_it_is_not(
    strength: Strength, linked: str, tmp_path: Path
) -> None:
    if not (probed := probe(strength)).works:
        pytest.skip(probed.why_not)
    real = Path(sys.prefix).resolve()
    (tmp_path / "link").symlink_to(real if linked == "environment" else real.parent)
    prefix = tmp_path / "link" / ("" if linked == "environment" else real.name)
    shown = prefix / HIDDEN.relative_to(real)
    assert (shown / "client.py").read_text()
    told = subprocess.run(
        [str(prefix / "bin" / "python"), "-c", GRADER, strength, str(HIDDEN), str(shown), str(HIDDEN)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    error = "FileNotFoundError" if strength == "namespaces" else "PermissionError"
    assert told.stdout.splitlines() == [f"{prefix} 2", error, error]


@pytest.mark.parametrize("strength", ["namespaces", "landlock"])
def test_in_the_systems_own_folders_nothing_hidden_can_be_read_either(kernels, strength: Strength) -> None:
    if not (probed := probe(strength)).works:
        pytest.skip(probed.why_not)
    file = next(path for path in Path("/usr/share").glob("*/*") if path.is_file() and path == path.resolve())
    read = f"open({str(file)!r}, 'rb').close()"
    assert kernels.play(read, sandbox=strength).error(0) == ""
    error = kernels.play(read, sandbox=strength, hidden=(str(file.parent),)).error(0)
    assert error == ("FileNotFoundError" if strength == "namespaces" else "PermissionError")
