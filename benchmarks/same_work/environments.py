"""Virtual environments of the other tools, with this environment's TensorFlow; made when first needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ENVIRONMENTS = Path(__file__).resolve().parents[1] / ".environments"
SAME = ("tensorflow", "keras", "numpy", "ipykernel", "jupyter_client", "nbclient", "nbconvert", "nbformat")
"""Libraries that do the work, in the same version for all."""


def environment(name: str, release: str) -> Path:
    """The folder of the programs of an environment that has this release of a project."""
    folder = ENVIRONMENTS / name
    complete = folder / "complete"
    asked = [name + release, *(f"{each}=={version(each)}" for each in SAME)]
    if not complete.exists() or complete.read_text() != str(asked):
        print(f"installing {name} into {folder}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *asked], check=True)
        complete.write_text(str(asked))
    return folder / "bin"


def installed(name: str) -> str:
    """The version of the project that an environment is of."""
    (about,) = (ENVIRONMENTS / name).glob(f"lib/*/site-packages/{name.replace('-', '_')}-*.dist-info")
    return about.stem.partition("-")[2]


def activated(programs: Path, scratch: Path) -> dict[str, str]:
    """The environment variables in which these programs are found, and no settings of the user's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHON"))}
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    path = os.pathsep.join((str(programs), os.environ["PATH"]))
    return kept | {"PATH": path} | {name: str(scratch / name.lower()) for name in own}
