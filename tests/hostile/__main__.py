"""``python -m tests.hostile``: grade the corpus of attacks, show what each got, fail if any got something."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.hostile.attack import CORPUS
from tests.hostile.campaign import Report, campaign
from tests.hostile.corpus import FAMILIES


def main() -> int:
    """Run the campaign; 1 if any attack got anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--only", default="", help="attacks whose name contains this")
    parser.add_argument("--sandbox", default="", help="strength of the sandbox, as for grade --sandbox")
    parser.add_argument("--keep", type=Path, help="folder to be made and kept")
    chosen = parser.parse_args()
    attacks = [each for name, each in CORPUS.items() if any(part in name for part in chosen.only.split(","))]
    options = ("--sandbox", chosen.sandbox) if chosen.sandbox else ()
    if chosen.keep:
        chosen.keep.mkdir()
        report = campaign(attacks, chosen.keep.resolve(), *options)
    else:
        with tempfile.TemporaryDirectory(prefix="desk-") as folder:
            report = campaign(attacks, Path(folder), *options)
    show(report)
    return 0 if report.clean else 1


def show(report: Report) -> None:
    """The table, then what concerns all."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table("attack", "wanted", "got", "status", "mark")
    for outcome in sorted(report.outcomes, key=lambda each: FAMILIES.index(each.attack.family)):
        got = f"[bold red]{escape('; '.join(outcome.got))}[/]" if outcome.got else "nothing"
        mark = "" if outcome.mark is None else f"{outcome.mark:g}"
        table.add_row(
            escape(outcome.attack.name),
            escape(outcome.attack.wants),
            got,
            ", ".join(outcome.statuses) or "left out",
            mark,
        )
    console.print(table)
    for name, (alone, beside) in report.honest.items():
        told = f"{beside[0]}, {beside[1]}" if beside else "no grade"
        same = "as by itself" if alone == beside else f"[bold red]by itself {alone and alone[1]}[/]"
        console.print(f"beside the attacks, {name}: {told}: {same}")
    for harm in report.harm:
        console.print(f"[bold red]{escape(harm)}[/]")
    took = sum(bool(outcome.got) for outcome in report.outcomes)
    console.print(
        f"{len(report.outcomes)} attacks, {took} got something; {report.told.seconds:.0f} s; trusted process "
        f"at most {report.told.memory >> 20} MiB; at most {report.told.processes} processes",
        highlight=False,
    )


if __name__ == "__main__":
    sys.exit(main())
