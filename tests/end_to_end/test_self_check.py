"""A student's path: the published copy, checks while working, and the grade that follows."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import nbformat
import pytest
from desk import ALL_SAMPLES, CHECKOUT, Desk, checks_of
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

RUBRIC = """\
rubric: 1
id: digits
title: Telling digits apart
networks:
  cnn: {input: [8, 8, 1], layers: ["Conv2D(4, 3)", Flatten(), "Dense(3, activation='softmax')"]}
questions:
  - id: task1
    title: The network
    checks:
      - {id: 1a, check: network, network: cnn, judge: whole, points: 3, title: The worksheet's network}
      - {id: 1b, check: printed, pattern: ready, points: 1, title: Says that it is ready}
      - {id: 1c, check: printed, pattern: magic, visibility: hidden, points: 2, title: Something more}
  - id: task2
    title: In words
    checks:
      - {id: 2a, check: answered, question: What did you see?, points: 1, title: What you saw}
limits: {cell: 20s, memory: 3GiB}
"""
NETWORK = """\
from keras import layers, Sequential
model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3, {})])
print('ready')"""
WRONG, RIGHT = NETWORK.format("'relu'"), NETWORK.format("'softmax'")
ANSWER = "## What did you see?\n\nThe digits are drawn in white on black."


def write(path: Path, code: str, *texts: str) -> None:
    cells = [*map(new_markdown_cell, texts), new_code_cell(code)]
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)


class Watched:
    """A terminal in which ``grade check --watch`` runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: Queue[str | None] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def next(self) -> str:
        """What is shown until it waits for the next save."""
        shown = ""
        while (line := self.lines.get(timeout=120)) is not None and "waiting" not in line:
            shown += line
        return shown


@pytest.fixture
def watched(desk: Desk) -> Iterator[Watched]:
    desk.rubric(RUBRIC, "digits")
    assert desk.run("rubric", "publish", "digits.yaml", "--out", "student").code == 0
    write(desk.folder / "work/mine.ipynb", WRONG)
    words = desk.command("check", "work/mine.ipynb", "--rubric", "student/digits.yaml", "--watch")
    with subprocess.Popen(
        words,
        cwd=desk.folder,
        env=desk.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell that runs the tests in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            yield Watched(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()


def test_work_is_checked_at_each_save_and_keeps_its_points(watched: Watched, desk: Desk) -> None:
    notebook = desk.folder / "work/mine.ipynb"

    first = watched.next()
    assert re.search(r"◐ 1a .* 1.5 of 3", first) and re.search(r"✓ 1b .* 1\n", first)
    assert re.search(r"· 1c .* 2 later", first) and "magic" not in first
    assert re.search(r"○ 2a .* 0 of 1", first)
    assert re.search(r"Mend first\n−1.5 1a +The worksheet's network, cell 1", first)

    write(notebook, WRONG, ANSWER)
    second = watched.next()
    assert "its code is as it was: not run again" in second
    assert re.search(r"\? 2a .* 1 to be read", second) and "cell 2" in second

    write(notebook, RIGHT, ANSWER)
    third = watched.next()
    assert "not run again" not in third and "Mend first" not in third
    assert "Since the check before: 1a +1.5\n" in third
    assert "4 of 4 points are met; read by a person: 1; decided after handing in: 2" in third

    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(timeout=60) == 0, "the last check lost nothing"

    write(desk.folder / "class/wrong.ipynb", WRONG)
    write(desk.folder / "class/right.ipynb", RIGHT, ANSWER)
    later = desk.grade("class", "--rubric", "digits.yaml").submissions
    wrong, right = (
        {id: each["earned"] for id, each in checks_of(later[name]).items()} for name in ("wrong", "right")
    )
    assert right == {"1a": 3, "1b": 1, "1c": 0, "2a": 1}
    assert wrong == {"1a": 1.5, "1b": 1, "1c": 0, "2a": 0}


TEXT = (CHECKOUT / "docs/students.md").read_text()


def test_the_guide_works_as_written(desk: Desk) -> None:
    """Its commands with a sample; its first example is part of what is shown."""
    once, watching, folder = re.findall(r"^\$ grade (.*)$", TEXT, re.MULTILINE)
    assert watching == f"{once} --watch" and folder.startswith("check my-work/ ")
    sample = (ALL_SAMPLES / "worksheet5/rajan_thakuri.ipynb").read_bytes()
    (desk.folder / "worksheet5.ipynb").write_bytes(sample)
    assert desk.run("rubric", "publish", "worksheet5", "--out", "student").code == 0
    told = Desk(desk.folder, desk.cache, {"COLUMNS": "80"}).run(*shlex.split(once), "--limit", "memory=3GiB")

    assert told.code == 1
    (example,) = re.findall(r"^```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    for part in example.split("…\n"):
        assert part in re.sub(r" +$", "", told.out, flags=re.MULTILINE)
    assert not re.search(r".{81}", told.out), "it fits the terminal"
    page = (desk.folder / "student/README.md").read_text()
    assert "grade check NOTEBOOK.ipynb --rubric worksheet5.yaml" in page


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("nowhere.ipynb",), "no such file or folder: "),
        (("class.zip",), "name one notebook"),
        (("notes.txt",), "neither a notebook"),
    ],
)
def test_what_is_no_notebook_is_told_in_a_line(desk: Desk, words: tuple[str, ...], reason: str) -> None:
    desk.rubric(RUBRIC, "digits")
    (desk.folder / "notes.txt").write_text("x")
    for name in ("anna", "ben"):
        desk.notebook(f"class/{name}/mine.ipynb", RIGHT)
    shutil.make_archive(str(desk.folder / "class"), "zip", desk.folder / "class")
    told = desk.run("check", *words, "--rubric", "digits.yaml")
    assert told.code == 2
    assert told.err.startswith("grade: error: ") and told.err.count("\n") == 1
    assert reason in told.err
