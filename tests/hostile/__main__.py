"""``python -m tests.hostile``: grade the corpus of attacks, show what each got, fail if any got something."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.execution.strengths import STRENGTHS, probe
from tests.hostile.attack import CORPUS
from tests.hostile.campaign import Outcome, Report, campaign
from tests.hostile.corpus import FAMILIES


def main() -> int:
    """Run the campaign; 1 if any attack got anything, of several strengths from the strongest."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--only", default="", help="attacks whose name contains this")
    parser.add_argument(
        "--sandbox",
        default="",
        help="strength of the sandbox, as for grade --sandbox; all: each that this machine gives",
    )
    parser.add_argument("--keep", type=Path, help="folder to be made and kept")
    chosen = parser.parse_args()
    attacks = [each for name, each in CORPUS.items() if any(part in name for part in chosen.only.split(","))]
    strengths = _given_here() if chosen.sandbox == "all" else [chosen.sandbox]
    reports = {}
    for strength in strengths:
        options = ("--sandbox", strength) if strength else ()
        with contextlib.ExitStack() as stack:
            if chosen.keep:
                folder = chosen.keep / strength
                folder.mkdir(parents=True)
            else:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-")))
                # As /tmp is: a kernel that is another user must come to its own files below.
                folder.chmod(0o755)
            reports[strength] = campaign(attacks, folder.resolve(), *options)
        show(reports[strength], strength)
    if len(reports) > 1:
        compare(reports)
    return 0 if reports[strengths[0]].clean else 1


def _given_here() -> list[str]:
    return [each for each in STRENGTHS if each != "none" and probe(each).works]


def show(report: Report, strength: str = "") -> None:
    """The table, then what concerns all."""
    console = _console()
    table = Table("attack", "wanted", "got", "status", "mark", title=strength)
    for outcome in _by_family(report):
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


def compare(reports: Mapping[str, Report]) -> None:
    """Which strength stops which attack."""
    table = Table("attack", *reports, title="what each strength stops")
    for outcomes in zip(*map(_by_family, reports.values()), strict=True):
        table.add_row(
            escape(outcomes[0].attack.name),
            *(f"[bold red]{escape('; '.join(each.got))}[/]" if each.got else "stopped" for each in outcomes),
        )
    table.add_section()
    stopped = {name: sum(not each.got for each in report.outcomes) for name, report in reports.items()}
    table.add_row("all", *(f"{stopped[name]} of {len(report.outcomes)}" for name, report in reports.items()))
    _console().print(table)


def _by_family(report: Report) -> list[Outcome]:
    return sorted(report.outcomes, key=lambda each: FAMILIES.index(each.attack.family))


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


if __name__ == "__main__":
    sys.exit(main())
