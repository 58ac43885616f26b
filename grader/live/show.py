"""The live self-check as a notebook shows it: one block of HTML that needs nothing else, or plain text."""

from __future__ import annotations

import re

from grader.grading.grade import NetworkGrade
from grader.live.look import Look, Seen, State
from grader.reports.html import VERDICTS, asset, environment
from grader.reports.text import plain
from grader.visible import one_line

SIGNS: dict[State, str] = {"met": "✓", "partly": "◐", "unmet": "✗", "read": "?", "unseen": "○"}
WORDS: dict[State, str] = {
    "met": "met",
    "partly": "partly",
    "unmet": "not met",
    "read": "for your teacher to read",
    "unseen": "not seen here",
}
UNSEEN = "not done yet, or only to be seen when the notebook is run and graded as a whole"
_WIDTH = 34


def live_html(look: Look) -> str:
    """The block; its style holds for itself alone, in light and dark, and everything in it is escaped."""
    page: str = (
        environment()
        .get_template("live.html")
        .render(look=look, style=asset("live.css"), signs=SIGNS, state_words=WORDS, unseen=UNSEEN)
    )
    # Markdown renderers end a block of HTML at an empty line.
    return re.sub(r"\n\s*\n+", "\n", page)


def live_text(look: Look) -> str:
    """The same for a terminal."""
    lines = [f"{look.title}: {counts(look)}"]
    for question in look.questions:
        lines += ["", question.title]
        for check in question.checks:
            lines.append(f"  {SIGNS[check.state]} {check.title}{_places(check)}")
            if check.state in ("partly", "unmet"):
                lines += [f"      expected {check.expected}", f"      found    {check.found}"]
            if check.hint and check.state != "met":
                lines.append(f"      {check.hint}")
    for network in look.networks:
        lines += ["", *_network(network)]
    if look.count("unseen"):
        lines += ["", f"{SIGNS['unseen']} {UNSEEN}"]
    return "\n".join(plain(line) for line in [*lines, *look.advice])


def counts(look: Look) -> str:
    """``12 met, 1 partly, 20 not seen here``."""
    numbers = {state: look.count(state) for state in WORDS}
    return ", ".join(f"{number} {WORDS[state]}" for state, number in numbers.items() if number)


def _places(check: Seen) -> str:
    return f"  ({', '.join(f'In [{number}]' for number in check.inputs)})" if check.inputs else ""


def _network(network: NetworkGrade) -> list[str]:
    named = f", your {one_line(network.variable)}" if network.variable else ""
    lines = [f"{network.network}{named}", f"  {'asked for':{_WIDTH}}   yours"]
    for row in network.rows:
        sign = VERDICTS[row.verdict][0]
        lines.append(f"  {row.expected or '':{_WIDTH}} {sign} {row.built or '—'}".rstrip())
        if row.note:
            lines.append(f"  {'':{_WIDTH}}   {row.note}")
    return lines
