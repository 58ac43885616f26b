"""Grading a class again, unchanged and by other points, when everything about its submissions is kept.

Usage: python -m benchmarks.regrade [--count 300] [--rounds 3] [--json FILE]

The students hand in copies of a few samples, so that the class is made ready in minutes; each is a submission
of its own, with marks and a page of its own.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path

from benchmarks.class_time import LIMITS, with_other_points
from benchmarks.command import CHECKOUT, command, grade
from grader.rubric.load import find_rubric

SAMPLES = ("anil_khadka", "kiran_maharjan", "maya_thapa", "milan_gurung", "roshani_limbu")


def start_up(*words: str, rounds: int) -> float:
    """Seconds of a command that looks at no submission."""
    return statistics.median(command(*words)[0] for _ in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rubric = find_rubric("worksheet5")
    figures = {
        "help": start_up("--help", rounds=5),
        "lint": start_up("rubric", "lint", str(rubric), rounds=5),
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "class").mkdir()
        for number in range(options.count):
            name = SAMPLES[number % len(SAMPLES)]
            sample = CHECKOUT / f"submissions_sample/worksheet5/{name}.ipynb"
            shutil.copy(sample, folder / f"class/{name}_{number:03}.ipynb")

        def graded(by: Path) -> float:
            return grade(folder / "class", by, folder / "results", folder / "cache", *LIMITS).seconds

        figures["first"] = graded(rubric)
        other = with_other_points(rubric, folder / "rubric")
        turns = [(graded(rubric), graded(other)) for _ in range(options.rounds)]
    figures["unchanged"], figures["other points"] = map(statistics.median, zip(*turns, strict=True))
    print(f"grade --help            {figures['help']:7.2f} s")
    print(f"grade rubric lint       {figures['lint']:7.2f} s")
    print(
        f"{options.count} submissions, first  {figures['first']:7.1f} s ({len(SAMPLES)} different notebooks)"
    )
    print(f"again                   {figures['unchanged']:7.2f} s")
    print(f"again, by other points  {figures['other points']:7.2f} s")
    if options.json:
        options.json.write_text(json.dumps({"count": options.count, **figures}, indent=1) + "\n")


if __name__ == "__main__":
    main()
