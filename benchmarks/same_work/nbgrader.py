"""nbgrader: a course with a worksheet of three notebooks, graded by ``nbgrader autograde``."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from benchmarks.same_work.environments import activated, environment
from benchmarks.same_work.notebooks import KINDS, Kind, Notebook, book_of, right_cells
from benchmarks.same_work.tool import Passed, Work

WORKSHEET = "same_work"
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "course"
c.Execute.timeout = 300
"""
SCORES = """\
SELECT submitted_assignment.student_id, notebook.name, base_cell.name
FROM grade
JOIN base_cell ON base_cell.id = grade.cell_id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN notebook ON notebook.id = submitted_notebook.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
WHERE grade.auto_score = 1"""


def source(kind: Kind) -> NotebookNode:
    """The teacher's notebook: a solution, and a test cell worth a point for each requirement."""
    tests = [_test(name, assertion) for name, assertion in kind.assertions.items()]
    return book_of([*map(new_code_cell, right_cells(kind)), *tests])


def _test(name: str, assertion: str) -> NotebookNode:
    about = {"grade_id": name, "points": 1, "grade": True, "locked": True, "solution": False, "task": False}
    about |= {"schema_version": 3, "cell_type": "code"}
    return new_code_cell(assertion, metadata={"nbgrader": about})


@dataclass(frozen=True)
class Nbgrader:
    """One command for the whole class; it grades one notebook at a time."""

    name: str = "nbgrader"

    def work(self, notebooks: Sequence[Notebook], folder: Path) -> Work:
        """A course whose worksheet is released and handed in."""
        programs = environment("nbgrader", "==0.9.6")
        nbgrader, variables = str(programs / "nbgrader"), activated(programs, folder)
        (folder / "nbgrader_config.py").write_text(CONFIG)
        for kind in KINDS:
            _write(source(kind), folder / "source" / WORKSHEET / f"{kind.name}.ipynb")
        generate = [nbgrader, "generate_assignment", WORKSHEET]
        subprocess.run(generate, cwd=folder, env=variables, check=True, capture_output=True)
        for each in notebooks:
            released = nbformat.read(folder / "release" / WORKSHEET / f"{each.kind.name}.ipynb", 4)
            for cell, written in zip(released.cells, each.cells, strict=False):
                cell.source = written
            _write(released, folder / "submitted" / each.student / WORKSHEET / f"{each.kind.name}.ipynb")
        return Work(folder, [[nbgrader, "autograde", WORKSHEET]], variables)

    def passed(self, notebooks: Sequence[Notebook], folder: Path) -> Passed:
        """From the gradebook: the test cells that have their point."""
        found: dict[str, set[str]] = {each.name: set() for each in notebooks}
        for student, kind, test in sqlite3.connect(folder / "gradebook.db").execute(SCORES):
            found[f"{student}-{kind}"].add(test)
        return {name: frozenset(tests) for name, tests in found.items()}


def _write(book: NotebookNode, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, file)
