"""Checks of words: printed by the code, or written as an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grader.checks.outcome import PARTLY, Outcome, absent, met, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import FigureShown

if TYPE_CHECKING:
    from grader.submissions.answers import Text

_SENTENCE = 8
"""Words from which an unlabelled printed text counts as a sentence; messages of code are shorter."""


@check("printed", written_as=("print",))
def printed(work: Work, *, pattern: str, example: str = "") -> Outcome:
    """Look for a text in what the run prints.

    Args:
        pattern: Regular expression, matched anywhere, upper and lower case alike.
        example: What the worksheet shows; used in messages.
    """
    wanted = f"prints {example or pattern!r}"
    matcher = re.compile(pattern, re.IGNORECASE)
    for cell in work.evidence.cells:
        if cell.type == "code" and (found := matcher.search(cell.text)):
            return met(wanted, found.group(0)[:120], cells=(cell.index,))
    written = [
        cell.index for cell in work.evidence.cells if cell.type == "code" and matcher.search(cell.source)
    ]
    failed = [index for index in written if work.cell(index).status != "ok"]
    if failed:
        return Outcome(
            PARTLY,
            wanted,
            "the message is in a cell that failed",
            "Mend the error in this cell.",
            tuple(failed),
        )
    if written:
        hint = "Run it: with intact images the message must appear."
        return unmet(wanted, "the message is in the code but is not printed", hint, cells=tuple(written))
    return absent(wanted, f"Print it when it is so: {example or pattern}.")


@check("answered")
def answered(
    work: Work, *, min_words: int = 4, near_images_of: str | None = None, about: tuple[str, ...] = ()
) -> Outcome:
    """Look for a written answer of the student's own; whether it is right is for a human (status ``needs_review``).

    Headings, template text and text of the worksheet are no answers. Code comments and printed sentences count when
    they call themselves an answer or speak about what was asked.

    Args:
        min_words: Fewest words of an answer.
        near_images_of: Name of a data set: the answer stands after the first figure that shows its images, or anywhere
            when it is labelled as an answer.
        about: Word stems of which one must occur, e.g. ``image``; empty accepts every text.
    """
    from grader.submissions.answers import own_words

    wanted = "a written observation of your own"
    first = _first_figure(work) if near_images_of else 0
    for text in work.texts:
        own = own_words(text.text, work.templates)
        words = re.findall(r"[^\W\d_]{2,}", own)
        if len(words) < min_words or (about and not any(stem in own.lower() for stem in about)):
            continue
        near = first is not None and first <= text.cell <= first + 2
        if not text.labelled and not (near and _stands_alone(work, text)):
            continue
        outcome = met(wanted, f"“{' '.join(text.text.split())[:300]}”", cells=(text.cell,))
        return Outcome(outcome.score, wanted, outcome.found, cells=outcome.cells, review=True)
    return absent(wanted, "Write a sentence or two in a markdown cell about what you see.")


def _stands_alone(work: Work, text: Text) -> bool:
    """Whether a text is written to be read: markdown, comments in a cell without calls, a printed sentence."""
    if text.kind == "comment":
        return not any(source.index == text.cell and source.calls for source in work.sources)
    return text.kind == "markdown" or len(text.text.split()) >= _SENTENCE


def _first_figure(work: Work) -> int | None:
    return next(
        (
            figure.cell
            for figure in work.evidence.of(FigureShown)
            if any(axes.pictures for axes in figure.axes)
        ),
        None,
    )
