"""The guide to a first rubric, followed line by line in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import nbformat
import pytest
from desk import CHECKOUT, Desk, Told

GUIDE = (CHECKOUT / "docs/first-rubric.md").read_text()
FILE = re.compile(r"^```\w+ (\S+/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ grade (.*)$", re.MULTILINE)
CELL = re.compile(r"^# %%(?: \[(markdown)\])?\n", re.MULTILINE)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def notebook(text: str) -> nbformat.NotebookNode:
    """The cells of a text in the percent format, where ``# %%`` begins one."""
    parts = iter(CELL.split(text)[1:])
    cells = [
        nbformat.v4.new_markdown_cell(source.strip()) if kind else nbformat.v4.new_code_cell(source.strip())
        for kind, source in zip(parts, parts, strict=True)
    ]
    return nbformat.v4.new_notebook(cells=cells)


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".ipynb":
        nbformat.write(notebook(text), path)
    else:
        path.write_text(text)


def total(told: Told, folder: Path) -> tuple[float, float]:
    results = Told(told.code, told.out, told.err, told.seconds, folder / "results/reference")
    (submission,) = results.grades["submissions"]
    return submission["earned"], results.grades["points"]


def test_the_guide_works_as_it_is_written(desk: Desk) -> None:
    files = FILE.findall(GUIDE)
    assert [name for name, _ in files] == ["reference_solutions/fashion.ipynb", "rubrics/fashion.yaml"]
    for name, text in files:
        write(desk.folder, name, text)
    write(desk.folder, "submissions/anna.ipynb", dict(files)["reference_solutions/fashion.ipynb"])

    ran = []
    for line in COMMAND.findall(GUIDE):
        told = desk.run(*shlex.split(line), seconds=900)
        assert told.code == 0, f"grade {line}\n{told.out}\n{told.err}"
        ran.append(line)
        if line.startswith("reference_solutions/"):
            assert total(told, desk.folder) == (20, 20)
    assert ran == [
        "rubric lint fashion",
        "reference_solutions/fashion.ipynb --rubric fashion --out results/reference",
        "rubric test fashion",
        "submissions/ --rubric fashion",
    ]
