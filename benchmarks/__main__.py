"""All benchmarks, one after the other, on a machine that should have nothing else to do.

Usage: python -m benchmarks [--short] [--only NAME] [--out FOLDER]

Each prints its ratios and writes them to ``FOLDER/NAME.json``, with the machine's facts in ``machine.json``.
The short form has smaller classes and fewer rounds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.machine import facts

BENCHMARKS: dict[str, tuple[list[str], list[str]]] = {
    "kernel_start": ([], ["--notebooks", "6"]),
    "sandbox_cost": ([], ["--runs", "5"]),
    "training_speed": ([], ["worksheet5", "--rounds", "2"]),
    "regrade": ([], ["--count", "60"]),
    "growth": ([], ["--counts", "10,30"]),
    "class_time": ([], ["--count", "12"]),
    "same_work": ([], ["--notebooks", "6", "--rounds", "1"]),
}
"""Name, with the arguments of its whole and of its short form."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", choices=BENCHMARKS)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    machine = facts()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    (options.out / "machine.json").write_text(json.dumps(machine, indent=1) + "\n")
    failed = 0
    for name, (whole, short) in BENCHMARKS.items():
        if options.only in (None, name):
            print(f"\n== {name}", flush=True)
            words = [*(short if options.short else whole), "--json", str(options.out / f"{name}.json")]
            failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *words]).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
