"""Two who hand in the same work are on the class page side by side, whatever the copyist changed."""

from __future__ import annotations

import random

from desk import HELLO, Desk


def work(seed: int) -> str:
    """Some forty lines that nobody else writes."""
    draw = random.Random(seed)
    names = ("print", "len", "sorted", "sum", "max", "min", "str", "list")
    lines = [
        f"total = {draw.choice(names)}([{draw.randrange(99)}, {draw.randrange(99)} {draw.choice('+-*')} "
        f"{draw.randrange(99)}]) if {draw.randrange(9)} {draw.choice('<>')} {draw.randrange(9)} else "
        f"{draw.choice(names)}([{draw.randrange(999)}])"
        for _ in range(40)
    ]
    return "\n".join(lines)


def test_a_copy_with_other_names_and_the_reference_s_code(desk: Desk) -> None:
    given = work(0)
    desk.notebook("reference.ipynb", given, "print('hello world')")
    for name, seed in {"anna": 1, "ben": 2, "cleo": 3}.items():
        desk.notebook(f"class7/{name}.ipynb", given, work(seed), "print('hello world')")
    copied = work(2).replace("total", "result").replace("\n", "  # mine\n")
    desk.notebook("class7/dora.ipynb", given, "# all my own", copied, "print( 'hello world' )")
    rubric = desk.rubric(HELLO + "reference: reference.ipynb\n")
    told = desk.grade("class7", "--rubric", rubric)
    (alike,) = told.grades["resemblances"]["notebooks"]
    assert alike["submissions"] == ["ben", "dora"]
    assert min(alike["shares"]) > 0.9
    page = (told.folder / "index.html").read_text()
    assert "students/ben.html#notebook" in page and "students/dora.html#notebook" in page
    assert all("dora" not in (told.folder / f"students/{name}.html").read_text() for name in ("anna", "ben"))
