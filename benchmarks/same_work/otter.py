"""otter-grader: an autograder a worksheet, and ``otter run`` for each notebook, which needs no container."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_raw_cell

from benchmarks.same_work.environments import activated, environment
from benchmarks.same_work.notebooks import KINDS, Kind, Notebook, book_of, right_cells
from benchmarks.same_work.tool import Passed, Work

CONFIG = "# ASSIGNMENT CONFIG\nrun_tests: false\nexport_cell: false\n"


def master(kind: Kind) -> NotebookNode:
    """The teacher's notebook: a solution, and a question worth a point for each requirement."""
    questions = [cell for name, assertion in kind.assertions.items() for cell in _question(name, assertion)]
    return book_of([new_raw_cell(CONFIG), *map(new_code_cell, right_cells(kind)), *questions])


def _question(name: str, assertion: str) -> list[NotebookNode]:
    begin = new_raw_cell(f"# BEGIN QUESTION\nname: {name}\npoints: 1\n")
    tests = [new_raw_cell("# BEGIN TESTS"), new_code_cell(assertion), new_raw_cell("# END TESTS")]
    return [begin, *tests, new_raw_cell("# END QUESTION")]


@dataclass(frozen=True)
class Otter:
    """A command for each notebook."""

    at_once: int = 1
    name: str = "otter"

    def work(self, notebooks: Sequence[Notebook], folder: Path) -> Work:
        """The autograders, and the students' copies filled in."""
        programs = environment("otter-grader", ">=7,<8")
        otter, variables = str(programs / "otter"), activated(programs, folder)
        for kind in KINDS:
            nbformat.write(master(kind), folder / f"{kind.name}.ipynb")
            assign = [otter, "assign", "--no-pdfs", f"{kind.name}.ipynb", kind.name]
            subprocess.run(assign, cwd=folder, env=variables, check=True, capture_output=True)
        commands = []
        for each in notebooks:
            given = nbformat.read(folder / each.kind.name / "student" / f"{each.kind.name}.ipynb", 4)
            for cell, written in zip(_students_own(given), each.cells, strict=False):
                cell.source = written
            results = folder / "results" / each.name
            results.mkdir(parents=True)
            nbformat.write(given, folder / f"{each.name}.ipynb")
            (autograder,) = (folder / each.kind.name / "autograder").glob("*.zip")
            run = [otter, "run", "--autograder", str(autograder), "--output-dir", str(results)]
            commands.append([*run, f"{each.name}.ipynb"])
        return Work(folder, commands, variables, self.at_once)

    def passed(self, notebooks: Sequence[Notebook], folder: Path) -> Passed:
        """From each ``results.json``: the questions that have their point."""
        return {each.name: _passed(folder / "results" / each.name / "results.json") for each in notebooks}


def _students_own(book: NotebookNode) -> list[NotebookNode]:
    """The code cells behind the one that Otter puts in front."""
    return [cell for cell in book.cells if cell.cell_type == "code"][1:]


def _passed(results: Path) -> frozenset[str]:
    tests = json.loads(results.read_text())["tests"]
    return frozenset(test["name"] for test in tests if test.get("score") == 1)
