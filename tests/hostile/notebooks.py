"""Attacks by notebooks that are hard to read."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat

from tests.hostile.attack import LAZY, attack, notebook, submission
from tests.hostile.places import Places


@submission("notebook", "the grader's memory, by 200 MB of outputs")
def of_200_megabytes(places: Places, path: Path) -> None:
    made = notebook(list(LAZY))
    made.cells[0].outputs = [nbformat.v4.new_output("stream", text="x" * (195 << 20))]
    path.with_suffix(".ipynb").write_text(json.dumps(made))


@submission("notebook", "the grader's time, by 100,000 cells")
def of_100_000_cells(places: Places, path: Path) -> None:
    cell = (
        '{"cell_type":"code","execution_count":null,"id":"%d","metadata":{},"outputs":[],"source":"n = %d"}'
    )
    cells = ",".join(cell % (number, number) for number in range(100_000))
    path.with_suffix(".ipynb").write_text(
        f'{{"cells":[{cells}],"metadata":{{}},"nbformat":4,"nbformat_minor":5}}'
    )


@submission("notebook", "the grader's stack, by nesting")
def nested(places: Places, path: Path) -> None:
    made = json.dumps(notebook(list(LAZY)))
    path.with_suffix(".ipynb").write_text(
        made.replace('"metadata": {}', f'"metadata": {{"deep": {"[" * 50_000}{"]" * 50_000}}}', 1)
    )


@submission("notebook", "the grader's parser of Python, by nested code")
def nested_code(places: Places, path: Path) -> None:
    made = notebook(
        [
            "x = " + "(" * 150 + "1" + ")" * 150,
            "y = " + "-" * 50_000 + "1",
            "z = " + "+".join(["1"] * 20_000),
            "x" + ".a" * 20_000,
            *LAZY,
        ]
    )
    nbformat.write(made, path.with_suffix(".ipynb"))


@submission("notebook", "the grader's time, by text that patterns are slow on")
def slow_patterns(places: Places, path: Path) -> None:
    made = notebook(
        [
            *LAZY,
            "print('<' * 40_000, '<td>' * 10_000, ' ' * 200_000, 'the answer is ' * 10_000, '%' * 50_000)",
        ]
    )
    words = "(" * 20_000 + "a" * 200_000 + "!" * 20_000 + "#" * 20_000 + " " * 50_000 + "1,000" * 20_000
    made.cells.insert(
        0, nbformat.v4.new_markdown_cell(words + "[" * 5_000 + "*_`" * 5_000 + ">" * 3_000, id="slow")
    )
    made.cells.append(nbformat.v4.new_code_cell("# " + words, id="slow2"))
    nbformat.write(made, path.with_suffix(".ipynb"))


@submission("notebook", "a kernel of its own choice")
def other_kernel(places: Places, path: Path) -> None:
    made = notebook(list(LAZY))
    made.metadata["kernelspec"] = {
        "name": "../../../outside/kernel",
        "display_name": "x",
        "language": "python",
        "argv": ["touch", str(places.outside / "kernel")],
    }
    made.metadata["language_info"] = {"name": "python", "version": "9" * 1000}
    made.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"x": {"model_name": 1}}}
    }
    nbformat.write(made, path.with_suffix(".ipynb"))


@submission("notebook", "points by outputs that it was saved with")
def saved_outputs(places: Places, path: Path) -> None:
    made = notebook(list(LAZY))
    for cell in made.cells:
        cell.outputs = [
            nbformat.v4.new_output("stream", text="the answer is 42\nTotal params: 475\naccuracy: 1.0 15/15")
        ]
        cell.execution_count = 7
    nbformat.write(made, path.with_suffix(".ipynb"))


@submission("notebook", "another cell's place, by odd and equal ids")
def odd_ids(places: Places, path: Path) -> None:
    made = json.loads(json.dumps(notebook(list(LAZY))))
    for cell in made["cells"]:
        cell["id"] = "../" * 40
        cell["metadata"] = {
            "tags": ["skip-execution", "raises-exception", "remove-cell"],
            "nbgrader": {"grade": True, "points": 15},
            "collapsed": "x",
        }
    made["nbformat_minor"], made["metadata"] = 10**30, {"nbgrader": 7, "kernelspec": []}
    path.with_suffix(".ipynb").write_text(json.dumps(made))


@attack("notebook", "the shell of whoever runs it, by magics")
def magics(places: Places) -> list[str]:
    return [
        f"!touch {places.outside}/shell; cat {places.rubric}",
        f"%%bash\ncat {places.home}/.ssh/* ; curl -s http://127.0.0.1:{places.port}; nc 127.0.0.1 {places.port}",
        f"%%writefile {places.outside}/magic\nwritten",
        f"%run {places.desk}/reference.ipynb",
        f"%load {places.rubric}",
        "%%script python\nimport os; os.kill(os.getppid(), 9)",
        "%config InteractiveShell.ast_node_interactivity = 'all'",
        "%reset -f",
    ]
