"""The same notebooks and the same assertions, graded by three tools, one after the other in each round.

Usage: python -m benchmarks.same_work [--notebooks 30] [--rounds 3] [--jobs 2] [--otter-jobs 1] [--json FILE]

The other tools are installed the first time, each into an environment of its own. The notebooks are run as
they are: their trainings are small enough that this project shortens none, which is looked up in what each
run left behind. All tools must find the same requirements met, or the benchmark ends with an error.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.machine import facts
from benchmarks.same_work.environments import installed
from benchmarks.same_work.measured import Cost, measured
from benchmarks.same_work.nbgrader import Nbgrader
from benchmarks.same_work.notebooks import NAMES, Notebook, class_of
from benchmarks.same_work.otter import Otter
from benchmarks.same_work.ours import Ours
from benchmarks.same_work.tool import Tool


def graded(tool: Tool, notebooks: Sequence[Notebook]) -> Cost:
    """What grading costs; raises ``AssertionError`` when the results are not those that are right."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        work = tool.work(notebooks, folder)
        cost = measured(work.commands, folder, work.environment, work.at_once)
        passed = tool.passed(notebooks, folder)
    expected = {each.name: each.passes for each in notebooks}
    for name in expected | passed:
        right, found = expected.get(name), passed.get(name)
        if right != found:
            raise AssertionError(
                f"{tool.name}: {name} meets {sorted(right or ())}, found {sorted(found or ())}"
            )
    return cost


def median(costs: Sequence[Cost]) -> Cost:
    """Of each figure by itself."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        int(statistics.median(cost.memory for cost in costs)),
        all(cost.counted for cost in costs),
    )


def table(costs: dict[str, Cost], ours: str, count: int) -> str:
    """A row a tool; the ratios are its seconds over this project's."""
    rows = [
        f"{'':10}{'wall':>9}{'a notebook':>13}{'CPU':>10}{'memory':>12}{'wall ratio':>12}{'CPU ratio':>11}"
    ]
    for name, cost in costs.items():
        figures = (
            f"{cost.wall:7.1f} s{cost.wall / count:11.2f} s{cost.cpu:8.1f} s{cost.memory / 2**20:8.0f} MiB"
        )
        ratios = f"{cost.wall / costs[ours].wall:12.2f}{cost.cpu / costs[ours].cpu:11.2f}"
        rows.append(f"{name:10}{figures}{ratios}")
    return "\n".join(rows)


def in_rounds(tools: Sequence[Tool], notebooks: Sequence[Notebook], rounds: int) -> dict[str, list[Cost]]:
    """What each round costs each tool, one after the other.

    Before each a notebook is graded that does not count: the tool's files are to be in memory, and what was
    not read for minutes may have been dropped from it.
    """
    costs: dict[str, list[Cost]] = {tool.name: [] for tool in tools}
    for number in range(1, rounds + 1):
        for tool in tools:
            graded(tool, notebooks[:1])
            cost = graded(tool, notebooks)
            costs[tool.name].append(cost)
            told = f"{cost.wall:7.1f} s, CPU {cost.cpu:7.1f} s, {cost.memory / 2**20:6.0f} MiB"
            print(f"round {number}  {tool.name:10}{told}", flush=True)
    return costs


def main() -> None:
    """Measure, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2, help="notebooks that this project grades at a time")
    parser.add_argument("--otter-jobs", type=int, default=1, help="commands of otter at a time")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    notebooks, ours = class_of(options.notebooks), Ours(options.jobs)
    tools: list[Tool] = [ours, Nbgrader(), Otter(options.otter_jobs)]
    for tool in tools:
        graded(tool, notebooks[:1])  # installs it, if need be
    machine = facts() | {name: installed(name) for name in ("nbgrader", "otter-grader")}
    wrong = sum(each.passes != NAMES for each in notebooks)
    print(", ".join(f"{name} {value}" for name, value in machine.items()), flush=True)
    costs = in_rounds(tools, notebooks, options.rounds)
    medians = {name: median(each) for name, each in costs.items()}
    print(f"\n{len(notebooks)} notebooks, {wrong} of them wrong: the same results by all tools")
    print(f"medians of {options.rounds} rounds; memory is the peak of the processes' proportional set sizes")
    print(table(medians, ours.name, len(notebooks)))
    if not all(each.counted for each in medians.values()):
        print("no control group may be made here: CPU is a lower bound")
    if options.json:
        asked = {name: value for name, value in vars(options).items() if name != "json"}
        rounds = {name: [asdict(cost) for cost in each] for name, each in costs.items()}
        middle = {name: asdict(cost) for name, cost in medians.items()}
        figures = {"machine": machine, **asked, "wrong": wrong, "costs": rounds, "medians": middle}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
