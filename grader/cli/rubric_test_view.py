"""The result of ``grade rubric test`` as rich shows it in a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.proving.proof import Proof, Result


def proof_view(proof: Proof, titles: dict[str, str]) -> RenderableType:
    """Counts by kind, then everything that tells against the rubric; ``titles`` are the checks'."""
    parts: list[RenderableType] = []
    if proof.reference_losses:
        lost = ", ".join(loss.id for loss in proof.reference_losses)
        parts.append(
            Text(f"The reference itself loses points in {lost}: mend that first.\n", style="bold red")
        )
    parts += [
        _kinds(proof, "Equivalents", mutants=False, good="kept"),
        Text(),
        _kinds(proof, "Mutants", mutants=True, good="caught"),
    ]
    parts += _section("Equivalents that lost points", proof.having("lost"))
    parts += _section("Mutants that survived", proof.having("survived"))
    parts += _section("Mutants that lost points in the wrong place", proof.having("wrong"))
    parts += _section("Variants that could not be graded", proof.having("failed"))
    parts += _section("Excepted by the rubric", [each for each in proof.results if each.excepted])
    if proof.unexercised:
        parts.append(Text("\nChecks that no mutant exercises", style="bold"))
        table = Table(box=None, show_header=False, padding=(0, 1))
        for name in proof.unexercised:
            table.add_row(Text(name, style="cyan"), Text(titles.get(name, "")))
        parts.append(table)
    parts.append(Text(f"\n{summary(proof)}", style="bold green" if proof.is_clean else "bold red"))
    return Group(*parts)


def summary(proof: Proof) -> str:
    """The whole result in a line."""
    lost = len(proof.having("lost"))
    caught, mutants = len(proof.having("caught")), len(proof.mutants)
    excepted = sum(each.excepted for each in proof.results)
    words = [
        f"{len(proof.equivalents)} equivalents, {lost} lost points",
        f"{mutants} mutants, {caught} caught where intended, {len(proof.having('survived'))} survived, "
        f"{len(proof.having('wrong'))} lost points in the wrong place",
    ]
    if excepted:
        words.append(f"{excepted} excepted")
    return f"{proof.rubric}: {'; '.join(words)} ({proof.seconds:.0f} s)"


def _kinds(proof: Proof, title: str, *, mutants: bool, good: str) -> Table:
    table = Table(title, "made", good, "not", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for (is_mutant, kind), counts in proof.kinds.items():
        if is_mutant is mutants:
            right = sum(number for verdict, number in counts.items() if verdict == good)
            wrong = counts.total() - right
            table.add_row(
                kind, str(counts.total()), str(right), Text(str(wrong or ""), style="red"), style=None
            )
    return table


def _section(title: str, results: Iterable[Result]) -> list[RenderableType]:
    found = list(results)
    if not found:
        return []
    parts: list[RenderableType] = [Text(f"\n{title}", style="bold")]
    for each in found:
        parts.append(Text(f"  {each.name}"))
        if each.variant.is_mutant:
            parts.append(Text(f"    intended: {', '.join(sorted(each.variant.intended))}", style="dim"))
        for loss in each.losses:
            mark = "" if loss.intended else ("  (may)" if loss.allowed else "  (elsewhere)")
            style = "" if loss.intended or loss.allowed else "red"
            line = Text.assemble((loss.id, "cyan"), (f"{mark}  {loss.found}", style))
            parts.append(Padding(line, (0, 0, 0, 4)))
        if each.reason:
            parts.append(Padding(Text(each.reason, style="italic"), (0, 0, 0, 4)))
    return parts


def proof_json(proof: Proof) -> dict[str, Any]:
    """The result as plain data."""
    return {
        "rubric": proof.rubric,
        "clean": proof.is_clean,
        "seconds": round(proof.seconds, 1),
        "reference": [loss.id for loss in proof.reference_losses],
        "unexercised": list(proof.unexercised),
        "variants": [
            {
                "kind": each.variant.kind,
                "where": each.variant.where,
                "mutant": each.variant.is_mutant,
                "verdict": each.verdict,
                "intended": sorted(each.variant.intended),
                "allowed": sorted(each.variant.allowed),
                "lost": {loss.id: loss.found for loss in each.losses},
                "excepted": each.excepted,
                "reason": each.reason,
            }
            for each in proof.results
        ],
    }
