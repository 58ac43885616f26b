"""Several requirements in one verdict, and one requirement of several networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader.checks.outcome import Outcome, met, partly, unmet
from grader.errors import UserError


@dataclass(frozen=True)
class Aspect:
    """One of the things that a requirement asks for at once."""

    right: bool
    found: str
    hint: str = ""
    remarks: tuple[str, ...] = ()


def together(wanted: str, aspects: Sequence[Aspect], cells: tuple[int, ...]) -> Outcome:
    """All of them right is met, some of them partly, none not."""
    found = ", ".join(aspect.found for aspect in aspects)
    remarks = tuple(remark for aspect in aspects for remark in aspect.remarks)
    hint = " ".join(aspect.hint for aspect in aspects if not aspect.right)
    if all(aspect.right for aspect in aspects):
        return met(wanted, found, cells=cells, remarks=remarks)
    if any(aspect.right for aspect in aspects):
        return partly(wanted, found, hint, cells=cells)
    return unmet(wanted, found, hint, cells=cells)


def named(network: str | None, networks: Sequence[str]) -> tuple[str, ...]:
    """The networks that a line of a rubric is about.

    Raises:
        UserError: the line names none.
    """
    names = tuple(networks) or ((network,) if network else ())
    if not names:
        raise UserError("a check names no network: add network: NAME or networks: [NAME, …] to its line")
    return names


def of_each(names: Sequence[str], judge: Callable[[str], Outcome], *, absent_counts: bool = True) -> Outcome:
    """One verdict for several networks: met by all of them is met, by some partly, by none not.

    Args:
        names: The networks.
        judge: The verdict on one of them.
        absent_counts: Whether a network for which nothing was tried counts as one that misses; when not, it
            is left out as long as something was tried for another one.
    """
    outcomes = {name: judge(name) for name in names}
    if not absent_counts and any(outcome.attempted for outcome in outcomes.values()):
        outcomes = {name: outcome for name, outcome in outcomes.items() if outcome.attempted}
    if len(outcomes) == 1:
        return next(iter(outcomes.values()))
    scores = [outcome.score for outcome in outcomes.values()]
    lost = [outcome for outcome in outcomes.values() if outcome.score < 1]
    wanted = dict.fromkeys(outcome.expected for outcome in outcomes.values())
    blamed = [outcome for outcome in lost if outcome.cells] or list(outcomes.values())
    return Outcome(
        score=Fraction(scores[0]) if len(set(scores)) == 1 else Fraction(1, 2),
        expected="; ".join(wanted),
        found="; ".join(f"{name}: {outcome.found}" for name, outcome in outcomes.items()),
        hint=lost[0].hint if lost else "",
        cells=tuple(dict.fromkeys(cell for outcome in blamed for cell in outcome.cells)),
        attempted=any(outcome.attempted for outcome in outcomes.values()),
        review=any(outcome.review for outcome in outcomes.values()),
        remarks=tuple(dict.fromkeys(remark for each in outcomes.values() for remark in each.remarks)),
    )
