"""This project: ``grade`` with a rubric that asks for the same."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from benchmarks.same_work.environments import activated
from benchmarks.same_work.measured import CHECKOUT
from benchmarks.same_work.notebooks import KINDS, REQUIREMENTS, Kind, Notebook, book_of, right_cells
from benchmarks.same_work.tool import Passed, Work
from grader.evidence.events import Evaluated, Fitted
from grader.evidence.store import EvidenceStore
from grader.reports.json_report import read_grades
from grader.reports.text import checks


def rubric() -> str:
    """A line for each requirement, to be met by the network of any one worksheet."""
    lines = [
        "rubric: 1",
        "id: same_work",
        "title: The same work",
        "reference: reference.ipynb",
        f"total: {len(REQUIREMENTS)}",
        "networks:",
        *(line for kind in KINDS for line in _network(kind)),
        "questions:",
        "  - id: all",
        "    title: The network and its training",
        "    checks:",
    ]
    any_of = f"any_of: [{', '.join(kind.name for kind in KINDS)}]"
    lines += [
        f"      - {{id: {each.name}, {each.check}, {any_of}, points: 1, title: {each.title}}}"
        for each in REQUIREMENTS
    ]
    return "\n".join(lines) + "\n"


def _network(kind: Kind) -> list[str]:
    layers = [f"      - {layer}" for layer in kind.layers]
    return [f"  {kind.name}:", f"    input: {list(kind.shape)}", "    layers:", *layers]


def write_rubric(folder: Path) -> Path:
    """The rubric with its reference solution, in ``folder``."""
    _write(folder / "reference.ipynb", right_cells(KINDS[0]))
    file = folder / "same_work.yaml"
    file.write_text(rubric())
    return file


def _write(file: Path, cells: Sequence[str]) -> None:
    nbformat.write(book_of([new_code_cell(cell) for cell in cells]), file)


@dataclass(frozen=True)
class Ours:
    """A class of one command, ``jobs`` notebooks at a time, with nothing kept from before."""

    jobs: int
    name: str = "grade"

    def work(self, notebooks: Sequence[Notebook], folder: Path) -> Work:
        """Submissions, rubric and an empty cache."""
        submissions = folder / "submissions"
        submissions.mkdir()
        for each in notebooks:
            _write(submissions / f"{each.name}.ipynb", each.cells)
        command = [sys.executable, "-m", "grader.cli.main", str(submissions), "--yes"]
        command += ["--rubric", str(write_rubric(folder)), "--out", str(folder / "results")]
        command += ["--jobs", str(self.jobs)]
        own = {"GRADER_CACHE": str(folder / "cache"), "GRADER_DATA": str(folder / "no-photographs")}
        variables = activated(Path(sys.executable).parent, folder)
        return Work(folder, [command], variables | own | {"PYTHONPATH": str(CHECKOUT)})

    def passed(self, notebooks: Sequence[Notebook], folder: Path) -> Passed:
        """From ``grades.json``, once nothing was found to be shortened."""
        assert_whole(len(notebooks), folder / "cache" / "evidence")
        grades = read_grades(folder / "results" / "grades.json")
        return {
            each.submission: frozenset(check.id for check in checks(each) if check.status == "passed")
            for each in grades.submissions
        }


def assert_whole(count: int, evidence: Path) -> None:
    """Each of ``count`` notebooks was run, trained and evaluated once, and no call of it was shortened."""
    store = EvidenceStore(evidence)
    runs = [run for run in map(store.get, (entry.name for entry in evidence.glob("*/*"))) if run]
    fits = [fit for run in runs for fit in run.of(Fitted)]
    evaluations = [evaluation for run in runs for evaluation in run.of(Evaluated)]
    if not len(runs) == len(fits) == len(evaluations) == count:
        raise AssertionError(f"{len(runs)} runs, {len(fits)} fits, {len(evaluations)} evaluations of {count}")
    calls: list[Fitted | Evaluated] = [*fits, *evaluations]
    if cut := [each for each in calls if each.shortened or each.error]:
        raise AssertionError(f"shortened, or stopped: {cut}")
