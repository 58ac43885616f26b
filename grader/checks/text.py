"""Checks of words that the code prints."""

from __future__ import annotations

import re

from grader.checks.outcome import Outcome, absent, met, unmet
from grader.checks.registry import check
from grader.checks.work import Work


@check("printed", written_as=("print",))
def printed(work: Work, *, pattern: str, example: str = "") -> Outcome:
    """Look for a text in what the run prints.

    Args:
        pattern: Regular expression, matched anywhere, upper and lower case alike.
        example: What the worksheet shows; used in messages.
    """
    wanted = f"prints {example or pattern!r}"
    matcher = re.compile(pattern, re.IGNORECASE)
    code = [cell for cell in work.evidence.cells if cell.type == "code"]
    for cell in code:
        if found := matcher.search(cell.text):
            return met(wanted, found.group(0)[:120], cells=(cell.index,))
    if written := tuple(cell.index for cell in code if matcher.search(cell.source)):
        hint = "Check the condition on which this is printed: it does not come true here."
        return unmet(wanted, "the message is in the code but is not printed", hint, cells=written)
    return absent(wanted, f'Write print("{example}") where it is so.' if example else f"Print {pattern!r}.")
