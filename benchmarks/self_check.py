"""Self-checks of samples beside their full grading: what passed and was lost later, and the times.

Usage: python benchmarks/self_check.py [WORKSHEET ...] [--names TEXT] [--notebooks FOLDER] [--results FOLDER]
       [--json FILE]

Times begin when TensorFlow is loaded and the data are served. The exit code is 1 when a check that passed in
a self-check loses points in the full grading.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from grader.cli.settings import settings_of
from grader.executors.checking import SelfCheck
from grader.executors.local import Nobody, grade_submissions
from grader.executors.settings import Settings
from grader.grading.grade import SubmissionGrade
from grader.reports.json_report import read_grades
from grader.reports.text import checks

SAMPLES = Path(__file__).resolve().parents[1] / "submissions_sample"


class Watch(Nobody):
    """When the first check was known to be met."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.first: float | None = None

    def met(self, checks: frozenset[str]) -> None:
        if checks and self.first is None:
            self.first = time.perf_counter() - self.began


@dataclass(frozen=True)
class Row:
    worksheet: str
    submission: str
    start: float
    """Seconds until TensorFlow was loaded and the data were served."""
    first: float
    """Until the first requirement was shown as met; all, where none was before the end."""
    all: float
    passed: int
    lost_later: tuple[str, ...]
    stricter: tuple[str, ...]
    """Checks that lost more points in the self-check than in the full grading."""


async def checked(path: Path, settings: Settings) -> tuple[SubmissionGrade, float, float, float]:
    began = time.perf_counter()
    async with SelfCheck(path, settings) as check:
        await check.ready()
        start, watch = time.perf_counter() - began, Watch()
        grade = (await check.run(watch)).grade
        every = time.perf_counter() - watch.began
    return grade, start, every if watch.first is None else watch.first, every


def compared(worksheet: str, path: Path, settings: Settings, full: SubmissionGrade) -> Row:
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "data").symlink_to(settings.cache / "data")
        grade, *times = asyncio.run(checked(path, replace(settings, cache=Path(scratch))))
    now, then = checks(grade), {check.id: check for check in checks(full)}
    passed = [check.id for check in now if check.status == "passed"]
    return Row(
        worksheet,
        full.submission,
        *(round(each, 2) for each in times),
        passed=len(passed),
        lost_later=tuple(id for id in passed if id not in then or then[id].earned < then[id].points),
        stricter=tuple(check.id for check in now if check.earned < then[check.id].earned),
    )


def rows(worksheet: str, folder: Path, names: str, settings: Settings, results: Path | None) -> Iterator[Row]:
    def unseen(count: int) -> contextlib.AbstractContextManager[Nobody]:
        return contextlib.nullcontext(Nobody())

    kept = results / worksheet / "grades.json" if results else None
    full = read_grades(kept) if kept else grade_submissions(folder, settings, unseen).grades
    paths = {path.name.split(".")[0]: path for path in folder.iterdir()}
    for grade in full.submissions:
        if names in grade.submission and grade.submission in paths:
            yield compared(worksheet, paths[grade.submission], settings, grade)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worksheets", nargs="*", default=sorted(each.name for each in SAMPLES.iterdir()))
    parser.add_argument("--names", default="", help="samples whose name holds this")
    parser.add_argument("--notebooks", type=Path, help="of one worksheet, in place of its samples")
    parser.add_argument("--limit", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=0, help="of the full grading")
    parser.add_argument(
        "--results", type=Path, help="full gradings already there: FOLDER/WORKSHEET/grades.json"
    )
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    cache = Path(os.environ.get("GRADER_CACHE") or tempfile.mkdtemp()).absolute()
    found: list[Row] = []
    for worksheet in options.worksheets:
        settings = settings_of(worksheet, cache=cache, jobs=options.jobs, limits=options.limit)
        folder = options.notebooks or SAMPLES / worksheet
        for row in rows(worksheet, folder, options.names, settings, options.results):
            found.append(row)
            times = f"{row.start:6.1f} {row.first:6.1f} {row.all:6.1f} {row.passed:4d}"
            lost = f"  LOST LATER {' '.join(row.lost_later)}" if row.lost_later else ""
            stricter = f"  stricter {' '.join(row.stricter)}" if row.stricter else ""
            print(f"{worksheet:18} {row.submission:20}{times}{lost}{stricter}", flush=True)
    for name in ("start", "first", "all"):
        times = sorted(getattr(row, name) for row in found)
        print(f"{name:6} median {statistics.median(times):5.1f} s, largest {times[-1]:5.1f} s")
    lost = sum(len(row.lost_later) for row in found)
    print(f"{sum(row.passed for row in found)} checks passed in {len(found)} self-checks; lost later: {lost}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in found], indent=1) + "\n")
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
