"""Checks of words: printed by the code, or written as an answer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from grader.checks.figures import files_shown
from grader.checks.outcome import Outcome, absent, met, unmet
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
    code = [cell for cell in work.evidence.cells if cell.type == "code"]
    for cell in code:
        if found := matcher.search(cell.text):
            return met(wanted, found.group(0)[:120], cells=(cell.index,))
    if written := tuple(cell.index for cell in code if matcher.search(cell.source)):
        hint = "Check the condition on which this is printed: it does not come true here."
        return unmet(wanted, "the message is in the code but is not printed", hint, cells=written)
    return absent(wanted, f'Write print("{example}") where it is so.' if example else f"Print {pattern!r}.")


@check("answered")
def answered(
    work: Work, *, min_words: int = 4, near_images_of: str | None = None, about: tuple[str, ...] = ()
) -> Outcome:
    """Look for a written answer of the student's own; whether it is right is for a human (``needs_review``).

    Headings, template text and text of the worksheet are no answers. Code comments and printed sentences
    count when they call themselves an answer, or stand by themselves just below the images.

    Args:
        min_words: Fewest words of an answer.
        near_images_of: Name of a data set: the answer stands below the first figure that shows its images, or
            anywhere when it is labelled as an answer.
        about: Word stems of which one must occur, e.g. ``image``; empty accepts every text.
    """
    from grader.submissions.answers import own_words

    wanted = "a written observation of your own"
    first = _first_figure(work, near_images_of) if near_images_of else None
    for text in work.texts:
        own = own_words(text.text, work.templates)
        words = re.findall(r"[^\W\d_]{2,}", own)
        if len(words) < min_words or (about and not any(stem in own.lower() for stem in about)):
            continue
        near = near_images_of is None or (first is not None and first <= text.cell <= first + 2)
        if not text.labelled and not (near and _stands_alone(work, text)):
            continue
        found = f"“{' '.join(text.text.split())[:300]}”"
        return replace(met(wanted, found, cells=(text.cell,)), review=True)
    return absent(wanted, "Write a sentence or two in a markdown cell about what you see.")


def _stands_alone(work: Work, text: Text) -> bool:
    """Whether a text is there to be read: markdown, comments in a cell without calls, a printed sentence."""
    if text.kind == "comment":
        return not any(source.index == text.cell and source.calls for source in work.sources)
    return text.kind == "markdown" or len(text.text.split()) >= _SENTENCE


def _first_figure(work: Work, data: str) -> int | None:
    """The first cell that shows images of the data; failing that, images that were not recognised."""
    showing = [
        figure for figure in work.evidence.of(FigureShown) if any(axes.pictures for axes in figure.axes)
    ]
    of_the_data = [figure for figure in showing if files_shown(work, figure, data)]
    return next((figure.cell for figure in of_the_data or showing), None)
