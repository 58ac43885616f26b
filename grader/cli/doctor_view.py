"""What ``grade doctor`` shows of a machine."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from grader.execution.request import Strength
from grader.executors.machine import Machine
from grader.reports.console import plain_table, writable

HOLDS: dict[Strength, str] = {
    "namespaces": "files, network and processes of this machine are not there; data lie under every path "
    "that a notebook names",
    "landlock": "files of this machine cannot be opened, there is no network, no process can be signalled "
    "(from Linux 6.12 on); data are found by relative paths only",
    "user": "there is no network; files that all users may read can be read, other users' processes seen; "
    "data are found by relative paths only",
    "none": "nothing is held back: notebooks run with your own rights (only with --sandbox none)",
}
_GIB = 2**30


def print_machine(machine: Machine, console: Console) -> None:
    """Print the sandboxes, the strongest that works marked as the one in use, and the machine's facts."""
    table = plain_table("Sandboxes")
    table.add_column("")
    table.add_column("Name", no_wrap=True)
    table.add_column("What it holds back, or why it cannot be had")
    used = next(each.strength for each in machine.sandboxes if each.works)
    for each in machine.sandboxes:
        sign = "✓" if each.works else "–"
        told = HOLDS[each.strength] if each.works else each.why_not
        style = "bold" if each.strength == used else "" if each.works else "dim"
        table.add_row(writable(sign, console), Text(each.strength), Text(told), style=style)
    console.print(table)
    console.print()
    facts = plain_table("Machine")
    facts.add_column("", style="dim", no_wrap=True)
    facts.add_column("", overflow="fold")
    for what, told in _facts(machine):
        facts.add_row(what, Text(writable(told, console)))
    console.print(facts)


def _facts(machine: Machine) -> list[tuple[str, str]]:
    libraries = ", ".join(f"{name} {version or 'missing'}" for name, version in machine.libraries.items())
    return [
        ("system", machine.system),
        ("Python", machine.python),
        ("libraries", libraries),
        ("processors", str(machine.processors)),
        ("GPU", f"not used: {machine.no_gpu}" if machine.no_gpu else "networks are trained on it"),
        ("memory", f"{machine.memory_free / _GIB:.1f} of {machine.memory / _GIB:.1f} GiB free"),
        *((what, f"{path}: {free / _GIB:.1f} GiB free") for what, (path, free) in machine.space.items()),
    ]
