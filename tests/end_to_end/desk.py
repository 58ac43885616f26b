"""The command line as a teacher uses it: in a process of its own, with folders of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat

from grader.rubric.load import shipped_rubrics

CHECKOUT = Path(__file__).parents[2]
ALL_SAMPLES = CHECKOUT / "submissions_sample"
SAMPLES = ALL_SAMPLES / "worksheet5"
REFERENCE = CHECKOUT / "reference_solutions/worksheet5.ipynb"
WORKSHEET5 = shipped_rubrics() / "worksheet5.yaml"
SOME = (
    "anil_khadka",
    "bina_thakur",
    "gita_oli",
    "kiran_maharjan",
    "maya_thapa",
    "nabin_rawal",
    "pratima_shahi",
    "rajan_thakuri",
    "roshani_limbu",
    "suman_dahal",
)
"""Samples of worksheet5 that have its kinds of trouble between them; pytest -m slow grades all."""
CLASS = "class"
"""The folder that they are in."""
LIMITS = ("--limit", "cell=10s", "--limit", "memory=3GiB")
"""What the Makefile gives the samples, among which are an endless loop and one that fills the memory."""

HELLO = """\
rubric: 1
id: hello
title: A greeting
questions:
  - id: task1
    title: Greet
    checks:
      - {id: 1a, check: printed, pattern: hello, example: hello, title: Prints hello, points: 2}
      - {id: 1b, check: printed, pattern: world, example: world, title: Prints world, points: 1}
limits: {cell: 20s, memory: 3GiB}
"""
"""A rubric that asks for nothing that takes long."""


@dataclass(frozen=True)
class Told:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str
    seconds: float
    folder: Path

    @cached_property
    def grades(self) -> dict[str, Any]:
        """``grades.json``."""
        content: dict[str, Any] = json.loads((self.folder / "grades.json").read_text())
        return content

    @property
    def lasting(self) -> dict[str, Any]:
        """The grades without what may differ between two runs that grade alike."""
        same = json.loads(json.dumps(self.grades))
        del same["created"]
        for submission in same["submissions"]:
            del submission["from_store"], submission["seconds"], submission["timings"]
        return same

    @cached_property
    def submissions(self) -> dict[str, dict[str, Any]]:
        return {submission["submission"]: submission for submission in self.grades["submissions"]}

    @property
    def statuses(self) -> dict[str, str]:
        return {name: submission["status"] for name, submission in self.submissions.items()}


def checks_of(submission: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for question in submission["questions"] for check in question["checks"]}


@dataclass
class Desk:
    """A teacher's folder, with a cache of its own and no photographs but drawn ones."""

    folder: Path
    cache: Path
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "grader.cli.main", *map(str, words)]

    @property
    def variables(self) -> dict[str, str]:
        own = {
            "GRADER_CACHE": str(self.cache),
            "GRADER_DATA": str(self.folder / "no-photographs"),
            "PYTHONPATH": str(CHECKOUT),
            "COLUMNS": "200",
        }
        return {**os.environ, **own, **self.environment}

    def run(self, *words: object, out: str = "", seconds: float = 600, **options: Any) -> Told:
        """``grade WORDS`` in this folder."""
        # Nobody sits at this desk's terminal, even where the tests are run in one.
        options.setdefault("stdin", subprocess.DEVNULL)
        began = time.perf_counter()
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=seconds,
            **options,
        )
        took = time.perf_counter() - began
        return Told(done.returncode, done.stdout, done.stderr, took, self.folder / out)

    def grade(self, *words: object, out: str = "results", seconds: float = 600, **options: Any) -> Told:
        """``grade WORDS --out OUT`` in this folder."""
        return self.run(*words, "--out", out, out=out, seconds=seconds, **options)

    def notebook(self, name: str, *cells: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(node, path)
        return path

    def rubric(self, text: str = HELLO, name: str = "hello") -> Path:
        path = self.folder / f"{name}.yaml"
        path.write_text(text)
        return path


def expected(samples: Path) -> dict[str, dict[str, Any]]:
    """What a careful marker gives a worksheet's samples, as :func:`outcome` says it."""
    with (samples / "expected.csv").open(newline="") as file:
        return {
            row["submission"]: {
                "status": row["status"],
                "mark": float(row["mark"]) if row["mark"] else None,
                "failed": set(row["failed"].split()),
                "partial": set(row["partial"].split()),
            }
            for row in csv.DictReader(file)
        }


def outcome(submission: Mapping[str, Any]) -> dict[str, Any]:
    """What the grader gave a submission: status, mark, and the checks that lost all or some points."""
    checks = checks_of(submission)
    return {
        "status": submission["status"],
        "mark": submission["earned"] if checks else None,
        "failed": {id for id, check in checks.items() if check["points"] and not check["earned"]},
        "partial": {id for id, check in checks.items() if 0 < check["earned"] < check["points"]},
    }
