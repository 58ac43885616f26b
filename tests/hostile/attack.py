"""What an attack is: a submission that somebody who wants more than a mark might hand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.hostile.places import Places

LAZY = (
    "import numpy as np\nimport keras\nfrom keras import layers\nx, y = np.zeros((16, 8, 8, 1)), np.zeros(16)",
    "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)])",
    "print('the answer is 7')",
)
"""Work that leaves most points on the table: what an attack could gain is what is missing here."""

Cells = Callable[[Places], "str | list[str]"]
Build = Callable[[Places, Path], None]


@dataclass(frozen=True)
class Attack:
    """One entry of the corpus."""

    name: str
    family: str
    wants: str
    build: Build
    """Puts the submission into the class's folder, given the path of its notebook or folder without an
    ending."""


CORPUS: dict[str, Attack] = {}
"""Every attack by the name of its submission."""


def attack(family: str, wants: str, *, last: bool = False) -> Callable[[Cells], Cells]:
    """Register a function that gives the attacker's cells; lazy work follows them (or, with ``last``, goes
    before)."""

    def register(cells: Cells) -> Cells:
        def build(places: Places, path: Path) -> None:
            own = cells(places)
            added = [own] if isinstance(own, str) else own
            write_notebook(path.with_suffix(".ipynb"), [*LAZY, *added] if last else [*added, *LAZY])

        _register(cells.__name__, family, wants, build)
        return cells

    return register


def submission(family: str, wants: str) -> Callable[[Build], Build]:
    """Register a function that hands in something other than a notebook of a few cells."""

    def register(build: Build) -> Build:
        _register(build.__name__, family, wants, build)
        return build

    return register


def _register(function: str, family: str, wants: str, build: Build) -> None:
    name = f"{family}-{function.replace('_', '-')}"
    if name in CORPUS:
        raise ValueError(f"two attacks are called {name}")
    CORPUS[name] = Attack(name, family, wants, build)


def notebook(cells: list[str]) -> nbformat.NotebookNode:
    """A notebook of code cells."""
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell, id=f"c{number}") for number, cell in enumerate(cells)]
    )


def write_notebook(path: Path, cells: list[str]) -> None:
    """Write a notebook of code cells, and the folder that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook(cells), path)
