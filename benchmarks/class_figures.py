"""What the figures of a whole class cost: fingerprints, likeness, statistics of 300 and 1,000 notebooks.

Each is the reference solution of worksheet5 with names and 80 lines of its own; one in a hundred is a copy
with other names.

Usage: python benchmarks/class_figures.py
"""

from __future__ import annotations

import random
import re
import sys
import time
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grader.grading.likeness import alike_notebooks
from grader.grading.statistics import check_statistics
from grader.submissions.fingerprints import fingerprints
from grader.submissions.source import parse_cells

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "reports"))

REFERENCE = Path(__file__).parents[1] / "reference_solutions" / "worksheet5.ipynb"
CALLS = (
    "np.mean",
    "np.stack",
    "plt.plot",
    "plt.title",
    "sorted",
    "print",
    "len",
    "layers.Dense",
    "tf.reduce_sum",
)


def own_code(draw: random.Random, lines: int = 80) -> str:
    """Lines that nobody else has."""
    return "\n".join(
        f"v{draw.randrange(50)} = {draw.choice(CALLS)}({draw.choice(CALLS)}(x{draw.randrange(9)}, "
        f"{draw.randrange(99)}), axis={draw.randrange(4)}) {draw.choice('+-*/')} {draw.randrange(999)}"
        for _ in range(lines)
    )


def made_up(reference: NotebookNode, number: int) -> NotebookNode:
    """One student's notebook; every hundredth is a copy of the one before."""
    draw = random.Random(number - (number % 100 == 99))
    book = nbformat.from_dict(reference)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    for cell in cells:
        cell.source = re.sub(r"\b(model|history|train_ds)\b", rf"\1_{number}", cell.source)
    cells[len(cells) // 2].source += "\n" + own_code(draw)
    return book


def measured(count: int) -> None:
    """Print what ``count`` notebooks cost."""
    from classroom import large_class

    reference = nbformat.read(REFERENCE, 4)
    books = {f"s{number}": parse_cells(made_up(reference, number)) for number in range(count)}
    start = time.perf_counter()
    prints = {name: fingerprints(cells) for name, cells in books.items()}
    taken = time.perf_counter()
    found = alike_notebooks(prints, fingerprints(parse_cells(reference)))
    compared = time.perf_counter()
    grades = large_class(count)
    begun = time.perf_counter()
    check_statistics(grades.submissions)
    print(
        f"{count:>5} notebooks: fingerprints {taken - start:.2f} s, likeness {compared - taken:.2f} s "
        f"({len(found)} found), statistics {time.perf_counter() - begun:.2f} s"
    )


if __name__ == "__main__":
    for count in (300, 1000):
        measured(count)
