"""Written answers: the student's own words that answer a question; whether they are right is for a human."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from grader.checks.outcome import Outcome, absent, met, partly
from grader.checks.registry import Secret, check
from grader.checks.words import earliest, is_to_be_read
from grader.checks.work import Work
from grader.submissions.questions import Piece, is_hedge
from grader.submissions.topics import Question, Topic

_QUOTED = 300
"""Characters of an answer that a report quotes."""


_KEY = Secret("your words are read after handing in")


@check("answered", together=True)
def answered(
    work: Work,
    *,
    question: str = "",
    about: Annotated[tuple[str, ...], _KEY] = (),
    all_of: Annotated[tuple[tuple[str, ...], ...], _KEY] = (),
    min_words: int = 4,
    near_images_of: str | None = None,
    after_network: str | None = None,
    section: str | None = None,
) -> Outcome:
    """Look for the student's own words that answer a question, and propose a mark (always ``needs_review``).

    The answer is looked for behind the question's text, wherever the notebook asks it, up to the next heading
    or question; then anywhere, if it speaks of what it should: there each sentence answers one question only.
    Headings, text of the worksheet and template text are no answers. Code comments and printed sentences
    count where they cannot be notes on the code. An answer that hedges ("I think it is ok"), or speaks of a
    part only of what it should, is half; so is one that stands where none is expected (above the training of
    its network, outside its section) and does not name what was asked.

    An answer to one of a rubric's questions is none to another.

    Args:
        question: The worksheet's question; the notebook may word it otherwise.
        about: Word stems of which one must occur, e.g. ``overfit``; empty accepts every text.
        all_of: Groups of stems; one of each group must occur.
        min_words: Fewest words of an answer.
        near_images_of: Name of a data set: the answer stands below the first figure that shows its images, or
            anywhere when it is labelled as an answer.
        after_network: Name of a network: the answer stands below its training.
        section: Heading under which the answer is expected, e.g. ``Question 13``.
    """
    wanted = "your own words on: " + question if question else "a written observation of your own"
    asked = Question(question, about, all_of, min_words, near_images_of, after_network, section)
    topic = asked.topic
    start = earliest(work, after_network)
    candidates = [
        candidate
        for candidate in _candidates(work, asked)
        if len(re.findall(r"[^\W\d_]{2,}", candidate.text)) >= min_words and candidate.cells[0] >= start
    ]
    best = max(candidates, key=lambda each: each.rank(topic), default=None)
    if best is None:
        return absent(wanted, _hint(question), found="no words of your own on this")
    found = f"“{' '.join(best.text.split())[:_QUOTED]}”"
    if is_hedge(best.text):
        hint = "Commit yourself: say what you see and why it is so."
        return replace(
            partly(wanted, f"{found} commits itself to nothing", hint, cells=best.cells), review=True
        )
    if missing := topic.missing(best.text):
        found = f"{found} says nothing of {' or of '.join(missing)}"
        return replace(partly(wanted, found, _hint(question), cells=best.cells), review=True)
    if not best.expected:
        found = f"{found}, elsewhere: it may be about something else"
        return replace(partly(wanted, found, _hint(question), cells=best.cells), review=True)
    return replace(met(wanted, found, cells=best.cells), review=True)


def _hint(question: str) -> str:
    if question:
        return f"Answer in a sentence or two of your own: {question.rstrip('?.! ')}."
    return "Write a sentence or two in a markdown cell about what you see."


@dataclass(frozen=True)
class _Candidate:
    text: str
    cells: tuple[int, ...]
    behind: bool
    """Whether it stands behind the question."""
    expected: bool = True
    """Whether an answer is to be expected there."""

    def rank(self, topic: Topic) -> tuple[int, bool, bool, int, int]:
        right = -len(topic.missing(self.text))
        return right, self.behind, not is_hedge(self.text), topic.strength(self.text), -self.cells[0]


def _candidates(work: Work, asked: Question) -> Iterator[_Candidate]:
    for region in work.words.regions(asked.question):
        readable = [piece for piece in region.pieces if is_to_be_read(work, piece)]
        yield from _joined(readable)
        yield from (_Candidate(piece.text, (piece.cell,), behind=True) for piece in readable)
    elsewhere = work.words.elsewhere.get(asked)
    if elsewhere is not None:
        piece = elsewhere.piece
        yield _Candidate(piece.text, (piece.cell,), behind=False, expected=elsewhere.expected)


def _joined(pieces: Sequence[Piece]) -> Iterator[_Candidate]:
    if len(pieces) > 1:
        cells = tuple(dict.fromkeys(piece.cell for piece in pieces))
        yield _Candidate("\n".join(piece.text for piece in pieces), cells, behind=True)
