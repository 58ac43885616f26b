"""How long the sample class takes: with nothing kept, and again.

Usage: python benchmarks/class_time.py [--jobs N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
WORDS = (
    "submissions_sample/worksheet5",
    "--rubric",
    "worksheet5",
    "--limit",
    "cell=10s",
    "--limit",
    "memory=3GiB",
)


def grade(folder: Path, *words: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "grader.cli.main", *WORDS, *words, "--out", str(folder / "results")],
        cwd=CHECKOUT,
        env=os.environ
        | {"GRADER_CACHE": str(folder / "cache"), "GRADER_DATA": str(folder / "no-photographs")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cold = grade(folder, "--jobs", str(options.jobs))
        submissions = json.loads((folder / "results/grades.json").read_text())["submissions"]
        trainings = [
            json.loads(path.read_text())["result"]["seconds"]
            for path in folder.glob("cache/trainings/*/*.json")
        ]
        warm = grade(folder, "--jobs", str(options.jobs))
    figures = {
        "cold": cold,
        "warm": warm,
        "submissions": len(submissions),
        "cells": sum(each["seconds"] for each in submissions),
        "trainings": len(trainings),
        "training": sum(trainings),
    }
    print(f"cold              {cold:7.1f} s for {len(submissions)} submissions")
    print(f"warm              {warm:7.1f} s")
    print(f"in cells          {figures['cells']:7.1f} s (the run that was judged; all notebooks together)")
    print(f"in trainings      {figures['training']:7.1f} s ({len(trainings)} trainings)")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
