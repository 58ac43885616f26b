"""A small reference solution, told by hand and executed by nobody."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import pytest
from evidence_builder import HISTORY, Notebook, World, rubric_of
from serialized import conv, dense, flatten, pool, sequential
from small_reference import BUILD, COMPILE, EVALUATE, FIT, LINES, PLOT, reference_of

from grader.checks.work import Work
from grader.evidence.evidence import Evidence
from grader.proving.reference import Reference


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.drawn(tmp_path_factory.mktemp("served") / "data")


@pytest.fixture(scope="session")
def reference(world: World) -> Reference:
    config = sequential(
        (128, 128, 3),
        conv(8),
        pool(),
        flatten(),
        dense(16, "relu"),
        dense(6, "softmax"),
    )
    book = Notebook(world).code(BUILD).builds(config).code(COMPILE).compiles("SGD")
    book.code(FIT).fits(callbacks=({"name": "EarlyStopping", "config": {"patience": 3}},))
    book.code(PLOT).plots([HISTORY["loss"], HISTORY["val_loss"]])
    book.code(EVALUATE, "0.5").evaluates(results={"loss": 1.0, "accuracy": 0.5})
    return reference_of(book, *LINES)


@pytest.fixture
def written() -> Callable[..., Reference]:
    """A reference of which only the code matters."""

    def make(*cells: str) -> Reference:
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_markdown_cell(cell[1:].strip())
                if cell.startswith("#")
                else nbformat.v4.new_code_cell(cell)
                for cell in cells
            ]
        )
        work = Work(evidence=Evidence(notebook="reference.ipynb", cells=()))
        return Reference(rubric_of({"check": "loss", "network": "cnn"}), notebook, work, {})

    return make
