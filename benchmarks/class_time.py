"""How long a class takes: with nothing kept, unchanged, with one notebook changed, by a changed rubric.

Usage: python -m benchmarks.class_time [--count 60] [--notebooks FOLDER --rubric NAME] [--jobs N]
       [--json FILE]

By itself the class is the samples of worksheet5 and variants of them; with ``--notebooks`` it is a folder of
real ones.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import nbformat

from benchmarks.classroom import hand_in
from benchmarks.command import CHECKOUT, Ran, grade
from grader.rubric.load import find_rubric

LIMITS = ("--limit", "cell=10s", "--limit", "memory=3GiB")
"""For the samples, among which are an endless loop and one that fills the memory."""


def with_other_points(rubric: Path, folder: Path) -> Path:
    """A copy in which two checks that are worth two points are worth one and three."""
    text = rubric.read_text().replace("../reference_solutions", str(CHECKOUT / "reference_solutions"))
    for points in (1, 3):
        text = text.replace("points: 2,", f"points: {points},", 1)
    folder.mkdir()
    shutil.copy(rubric.with_suffix(".calibration.json"), folder)
    changed = folder / rubric.name
    changed.write_text(text)
    return changed


def change_one(notebooks: list[Path]) -> None:
    """Let the first student hand in again (of the samples the last one needs Keras 2 besides)."""
    path = next(path for path in notebooks if path.suffix == ".ipynb")
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "code").source += "\nmy_new_line = 1"
    nbformat.write(notebook, path)


def told(name: str, ran: Ran) -> None:
    """Print a run's figures."""
    stages = ", ".join(
        f"{stage} {seconds:.1f}" for stage, seconds in ran.by_stage().items() if seconds >= 0.05
    )
    print(f"{name:<20} {ran.seconds:7.1f} s  {ran.memory / 2**20:6.0f} MiB  ({stages})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--notebooks", type=Path, help="a folder of submissions, in place of the samples")
    parser.add_argument("--rubric", default="worksheet5")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rubric = find_rubric(options.rubric)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        notebooks = hand_in(
            options.notebooks or CHECKOUT / "submissions_sample" / options.rubric,
            options.count,
            folder / "class",
        )

        def graded(name: str, by: Path = rubric) -> Ran:
            words = ("--jobs", str(options.jobs), *LIMITS)
            ran = grade(folder / "class", by, folder / "results", folder / "cache", *words)
            told(name, ran)
            return ran

        print(
            f"{len(notebooks)} submissions; seconds, memory of the trusted process, seconds by stage of all"
        )
        runs = {"cold": graded("cold"), "unchanged": graded("unchanged")}
        trainings = [
            json.loads(path.read_text())["result"]["seconds"]
            for path in folder.glob("cache/trainings/*/*.json")
        ]
        change_one(notebooks)
        runs["one changed"] = graded("one changed")
        runs["rubric changed"] = graded("rubric changed", with_other_points(rubric, folder / "rubric"))
    print(f"{len(trainings)} trainings, {sum(trainings):.1f} s")
    if options.json:
        figures = {
            name: {**asdict(ran), "grades": None, "stages": ran.by_stage()} for name, ran in runs.items()
        }
        options.json.write_text(json.dumps({"runs": figures, "trainings": trainings}, indent=1) + "\n")


if __name__ == "__main__":
    main()
