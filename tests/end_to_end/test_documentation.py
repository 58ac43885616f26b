"""The documentation's own check, as it stands there, on a notebook that draws."""

from __future__ import annotations

import re

from desk import CHECKOUT, Desk, checks_of

TEXT = (CHECKOUT / "docs/rubrics.md").read_text()
HEAD = "rubric: 1\nid: own\ntitle: Own\nlimits: {cell: 20s, memory: 3GiB}\n"
DRAW = "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()"


def block(language: str, holding: str) -> str:
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if holding in block)
    return found


def test_a_check_of_the_teachers_own(desk: Desk) -> None:
    (desk.folder / "my_checks.py").write_text(block("python", "uses_two_figures"))
    rubric = desk.rubric(HEAD + block("yaml", "uses_two_figures"), "own")
    desk.notebook("class7/anna.ipynb", DRAW, DRAW)
    desk.notebook("class7/ben.ipynb", DRAW)
    desk.notebook("class7/cleo.ipynb", "print('no figures')")
    told = desk.grade("class7", "--rubric", rubric)
    assert {name: submission["earned"] for name, submission in told.submissions.items()} == {
        "anna": 2,
        "ben": 1,
        "cleo": 0,
    }
    assert (
        checks_of(told.submissions["ben"])["3a"]["hint"]
        == "Show the loss and the accuracy in figures of their own."
    )


def test_one_that_is_not_there(desk: Desk) -> None:
    rubric = desk.rubric(HEAD + block("yaml", "uses_two_figures"), "own")
    desk.notebook("anna.ipynb", DRAW)
    told = desk.grade("anna.ipynb", "--rubric", rubric)
    assert told.code == 2
    assert told.err.startswith("grade: error: ")
    assert "my_checks.py: no such Python file" in told.err
    assert told.err.count("\n") == 1
