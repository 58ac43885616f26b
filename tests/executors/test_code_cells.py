"""Only code is run; its evidence put back among the texts is that of the whole notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.evidence.evidence import Evidence, Probe
from grader.executors.code_cells import among_texts, code_alone, code_bytes, with_outputs

CELLS = (
    new_markdown_cell("# Task 1"),
    "import matplotlib.pyplot as plt\nprint('one')",
    new_markdown_cell("What do you see?"),
    new_markdown_cell("A line."),
    "plt.plot([1, 2]); plt.show()",
    new_markdown_cell("Then it fails."),
    "open('data.txt', 'w').write('x')\nundefined",
)


def notebook_of(cells: Sequence[str | NotebookNode]) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells])


def lasting(evidence: Evidence) -> Evidence:
    """Without what differs between two runs of the same."""
    cells = tuple(cell.model_copy(update={"seconds": 0.0}) for cell in evidence.cells)
    return evidence.model_copy(update={"cells": cells, "seconds": 0.0})


def test_a_run_of_the_code_tells_what_a_run_of_the_whole_tells(kernels: Any) -> None:
    whole = notebook_of(CELLS)
    alone = code_alone(whole)
    assert [cell.cell_type for cell in alone.cells] == ["code"] * 3 and len(whole.cells) == 7

    ran = kernels.climb(*alone.cells)
    told = among_texts(ran.evidence, whole)

    assert lasting(told) == lasting(kernels.climb(*CELLS).evidence)
    assert {event.cell for event in told.events} <= {1, 4, 6} and told.cell(6).status == "failed"
    shown = with_outputs(whole, ran.notebook)
    assert [cell.source for cell in shown.cells] == [cell.source for cell in whole.cells]
    assert shown.cells[1].outputs[0].text == "one\n" and not whole.cells[1].outputs


def test_what_a_probe_saw_moves_with_its_cells() -> None:
    whole = notebook_of(CELLS)
    probe = Probe(broken="train/a/b.jpg", opened=1, removed=True, text={0: "one"}, failed={2: "NameError"})
    evidence = Evidence(notebook="n", cells=(), probe=probe)
    moved = among_texts(evidence, whole).probe
    assert moved == Probe(
        broken="train/a/b.jpg", opened=4, removed=True, text={1: "one"}, failed={6: "NameError"}
    )


def test_words_and_saved_outputs_are_no_code() -> None:
    saved = new_code_cell("print('one')", outputs=[new_output("stream", text="one\n")])
    one = notebook_of([new_markdown_cell("Before"), saved])
    other = notebook_of(["print('one')", new_markdown_cell("Behind"), new_markdown_cell("and more")])
    assert code_bytes(one) == code_bytes(other) != code_bytes(notebook_of(["print('two')"]))
    assert code_alone(one).cells[0].outputs == [] and saved.outputs
    assert among_texts(Evidence(notebook="n", cells=()), one).cells[1].claimed == "one\n"
