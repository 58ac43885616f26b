"""``grade rubric test`` on small rubrics: variants of the reference are really executed and graded."""

from __future__ import annotations

import json

import nbformat
from desk import HELLO, Desk

RUBRIC = HELLO.replace("title: A greeting\n", "title: A greeting\nreference: hello.ipynb\n")


def test_a_rubric_that_sees_what_is_broken(desk: Desk) -> None:
    desk.notebook("hello.ipynb", "import math", 'print("hello world")')
    told = desk.run(
        "rubric", "test", desk.rubric(RUBRIC), "--only", "print", "--json", "told.json", "--keep", "kept"
    )
    assert told.code == 0, told.out + told.err
    content = json.loads((desk.folder / "told.json").read_text())
    assert content["clean"] is True
    verdicts = {each["kind"]: each["verdict"] for each in content["variants"]}
    assert verdicts == {"more prints and plots": "kept", "print lost": "caught"}
    (mutant,) = (each for each in content["variants"] if each["mutant"])
    assert (mutant["intended"], set(mutant["lost"])) == (["1a", "1b"], {"1a", "1b"})
    kept = sorted((desk.folder / "kept").iterdir())
    assert nbformat.read(kept[-1], as_version=4).cells[1].source == "None"


def test_a_line_that_is_met_elsewhere_too_is_found_out_and_can_be_excepted(desk: Desk) -> None:
    desk.notebook("hello.ipynb", 'print("hello world")', 'print("once more: hello world")')
    told = desk.run("rubric", "test", desk.rubric(RUBRIC), "--only", "print lost")
    assert told.code == 1
    assert "Mutants that survived" in told.out
    assert "print lost: cell 1: nothing printed by cell 1" in told.out
    excepted = RUBRIC + 'proof: {exceptions: [{mutant: "print lost: cell 1", reason: It says so twice.}]}\n'
    told = desk.run("rubric", "test", desk.rubric(excepted), "--only", "print lost")
    assert told.code == 0
    assert "Excepted by the rubric" in told.out
    assert "It says so twice." in told.out


def test_a_rubric_without_a_reference_is_told_in_a_line(desk: Desk) -> None:
    told = desk.run("rubric", "test", desk.rubric())
    assert told.code == 2
    assert told.err.startswith("grade: error: hello: there is no reference notebook")
    assert told.err.count("\n") == 1
