"""``python -m tests.fuzz``: fuzz the trusted readers, show what was tried and found, fail if anything was."""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import resource
import subprocess
import sys
from pathlib import Path

from tests.fuzz.campaign import MOST_MEMORY, Report, fuzz

TARGETS = ("notebooks", "archives", "rubrics", "events", "configurations")
_TESTS = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run the targets one after another, each in a process of its own; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"some of: {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=10, help="for each target (10)")
    parser.add_argument("--seed", type=int, default=0, help="of the first examples (0)")
    chosen = parser.parse_args()
    if unknown := set(chosen.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    targets = chosen.targets or TARGETS
    if len(targets) == 1:
        return _fuzzed(targets[0], chosen.minutes, chosen.seed)
    options = ("--minutes", str(chosen.minutes), "--seed", str(chosen.seed))
    codes = [
        subprocess.run([sys.executable, "-m", "tests.fuzz", name, *options]).returncode for name in targets
    ]
    return int(any(codes))


def _fuzzed(name: str, minutes: float, seed: int) -> int:
    # The builders that tests of several rooms share, as in pyproject.toml.
    sys.path[:0] = [str(_TESTS / room) for room in ("checks", "network", "reports")]
    # What takes far more than it may is ended before the machine suffers.
    resource.setrlimit(resource.RLIMIT_DATA, (4 * MOST_MEMORY, resource.RLIM_INFINITY))
    # What waits for something that never comes takes no processor time.
    faulthandler.dump_traceback_later(minutes * 60 + 600, exit=True)
    report = fuzz(importlib.import_module(f"tests.fuzz.{name}").TARGET, minutes * 60, seed)
    show(report)
    return int(bool(report.findings) or not report.tried)


def show(report: Report) -> None:
    """A line of figures, and each finding."""
    print(
        f"{report.target}: {report.tried:,} examples, {len(report.findings)} findings, at most "
        f"{report.memory >> 20} MiB, slowest {report.slowest:.2f} s"
    )
    for where, finding in report.findings.items():
        print(f"\n{where}\n{finding.example}\n{finding.what}")
    print(f"  slowest: {report.slowest_example[:300]}\n  largest: {report.largest_example[:300]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
