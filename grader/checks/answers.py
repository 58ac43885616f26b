"""Written answers: the student's own words that answer a question; whether they are right is for a human."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.checks.figures import files_shown
from grader.checks.outcome import Outcome, absent, met, partly
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import FigureShown, Fitted
from grader.submissions.questions import LONG_COMMENT, Piece, is_hedge, pieces_of, regions_of

_QUOTED = 300
"""Characters of an answer that a report quotes."""
_NUMBERED = re.compile(r"#+[\s*_]*(?:task|question|exercise|part|step)?[\s*_]*\d", re.IGNORECASE)
"""A heading that begins a task of the worksheet."""
_SHORT_STEM = 6
"""Stems from this length on are also found where the word is written apart: "over fitting"."""


@check("answered")
def answered(
    work: Work,
    *,
    question: str = "",
    about: tuple[str, ...] = (),
    all_of: tuple[tuple[str, ...], ...] = (),
    min_words: int = 4,
    near_images_of: str | None = None,
    after_network: str | None = None,
    section: str | None = None,
) -> Outcome:
    """Look for the student's own words that answer a question, and propose a mark (always ``needs_review``).

    The answer is looked for behind the question's text, wherever the notebook asks it, up to the next heading
    or question; then anywhere, if it speaks of what it should. Headings, text of the worksheet and template
    text are no answers. Code comments and printed sentences count where they cannot be notes on the code. An
    answer that hedges ("I think it is ok"), or speaks of a part only of what it should, is half.

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
    topic = _Topic(about, all_of)
    hint = _hint(question, topic)
    pieces, earliest = _pieces(work), _earliest(work, after_network)
    candidates = [
        candidate
        for candidate in _candidates(work, pieces, question, topic, near_images_of, after_network, section)
        if len(re.findall(r"[^\W\d_]{2,}", candidate.text)) >= min_words and candidate.cells[0] >= earliest
    ]
    best = max(candidates, key=lambda each: each.rank(topic), default=None)
    if best is None:
        return absent(wanted, hint, found="no words of your own on this")
    found = f"“{' '.join(best.text.split())[:_QUOTED]}”"
    if is_hedge(best.text):
        hint = "Commit yourself: say what you see and why it is so."
        return replace(
            partly(wanted, f"{found} commits itself to nothing", hint, cells=best.cells), review=True
        )
    if missing := topic.missing(best.text):
        found = f"{found} says nothing of {' or of '.join(missing)}"
        return replace(partly(wanted, found, hint, cells=best.cells), review=True)
    return replace(met(wanted, found, cells=best.cells), review=True)


def _hint(question: str, topic: _Topic) -> str:
    if question:
        return f"Answer in a sentence or two of your own: {question.rstrip('?.! ')}."
    return "Write a sentence or two in a markdown cell about what you see."


@dataclass(frozen=True)
class _Topic:
    """What an answer must speak of."""

    about: tuple[str, ...]
    all_of: tuple[tuple[str, ...], ...]

    def __bool__(self) -> bool:
        return bool(self.about or self.all_of)

    def groups(self) -> tuple[tuple[str, ...], ...]:
        return ((self.about,) if self.about else ()) + self.all_of

    def missing(self, text: str) -> list[str]:
        """The first stem of each group that does not occur."""
        return [f"“{group[0]}…”" for group in self.groups() if not any(_holds(text, stem) for stem in group)]

    def strength(self, text: str) -> int:
        """How many of all stems occur."""
        return sum(_holds(text, stem) for group in self.groups() for stem in group)

    def held_by(self, text: str) -> bool:
        return not self.missing(text)


def _holds(text: str, stem: str) -> bool:
    words = re.sub(r"(?<=\w)[-‐-–]\s*(?=\w)", "", text.casefold())
    if re.search(rf"(?<![^\W\d_]){re.escape(stem.casefold())}", words):
        return True
    return len(stem) >= _SHORT_STEM and stem.casefold() in re.sub(r"\s+", "", words)


@dataclass(frozen=True)
class _Candidate:
    text: str
    cells: tuple[int, ...]
    place: int
    """2 behind the question, 1 in its section or below what it is about, 0 elsewhere."""

    def rank(self, topic: _Topic) -> tuple[int, int, int, int, int]:
        right = -len(topic.missing(self.text))
        return right, self.place, not is_hedge(self.text), topic.strength(self.text), -self.cells[0]


def _pieces(work: Work) -> tuple[Piece, ...]:
    return pieces_of(work.evidence.cells, work.texts, (*work.templates, *work.questions))


def _candidates(
    work: Work,
    pieces: Sequence[Piece],
    question: str,
    topic: _Topic,
    near_images_of: str | None,
    after_network: str | None,
    section: str | None,
) -> Iterator[_Candidate]:
    own: list[Piece] = []
    regions = regions_of(pieces, question) if question else ()
    if question:
        for region in regions:
            readable = [piece for piece in region.pieces if _to_be_read(work, piece)]
            own += readable
            yield from _joined(readable, 2)
            yield from (_Candidate(piece.text, (piece.cell,), 2) for piece in readable)
    lands = _lands(work, pieces, question, near_images_of, after_network, section)
    taken = _taken(work, pieces, question) if question else frozenset()
    asked = min((region.cell for region in regions), default=0)
    for piece in pieces:
        if piece.kind not in ("words", "comment", "printed") or piece in own:
            continue
        if piece.cell < asked and not piece.labelled:
            continue  # Nobody answers before the question; the worksheet's introduction stands there.
        there = all(piece.cell in land for land in lands.values())
        if near_images_of and not question:
            if topic.held_by(piece.text) and (piece.labelled or (there and _stands_alone(work, piece))):
                yield _Candidate(piece.text, (piece.cell,), 1)
        elif _stands_alone(work, piece) or piece.labelled:
            # What answers another question that was asked answers this one too only if it speaks of both.
            enough = len(topic.all_of) >= 2 if regions else topic.strength(piece.text) >= 2
            strong = enough and topic.held_by(piece.text)
            free = there and id(piece) not in taken
            if topic.held_by(piece.text) and (
                strong or (free and (bool(topic) or bool(lands) or not question))
            ):
                yield _Candidate(piece.text, (piece.cell,), int(bool(lands) and there))


def _joined(pieces: Sequence[Piece], place: int) -> Iterator[_Candidate]:
    if len(pieces) > 1:
        cells = tuple(dict.fromkeys(piece.cell for piece in pieces))
        yield _Candidate("\n".join(piece.text for piece in pieces), cells, place)


def _to_be_read(work: Work, piece: Piece) -> bool:
    """Whether a piece behind the question is there to be read, and no note on the code."""
    return piece.labelled or piece.kind == "words" or _stands_alone(work, piece)


def _stands_alone(work: Work, piece: Piece) -> bool:
    """Whether a text is there to be read: markdown, comments in a cell without calls, a printed sentence."""
    if piece.kind == "comment":
        return not any(source.index == piece.cell and source.calls for source in work.sources)
    return piece.kind == "words" or len(piece.text.split()) >= LONG_COMMENT


def _taken(work: Work, pieces: Sequence[Piece], question: str) -> frozenset[int]:
    """Pieces that answer another question of the rubric."""
    others = [other for other in work.questions if other != question]
    return frozenset(
        id(piece) for other in others for region in regions_of(pieces, other) for piece in region.pieces
    )


def _lands(
    work: Work,
    pieces: Sequence[Piece],
    question: str,
    near_images_of: str | None,
    after_network: str | None,
    section: str | None,
) -> Mapping[str, range | frozenset[int]]:
    """The cells in which an answer may stand, by what limits them."""
    lands: dict[str, range | frozenset[int]] = {}
    if near_images_of:
        first = _first_figure(work, near_images_of)
        lands["images"] = range(0) if first is None else range(first, _next_task(work, first, first + 3))
    if after_network and (start := _trained_in(work, after_network)) is not None:
        lands["network"] = range(start, _next_network(work, after_network, start))
    if section and (cells := _section(work, section)):
        lands["section"] = cells
    return lands


def _next_task(work: Work, after: int, end: int) -> int:
    """The first cell behind ``after`` that begins the worksheet's next task; ``end`` where none does."""
    for cell in work.evidence.cells[after + 1 : end]:
        heading = next(iter(cell.source.strip().splitlines()), "")
        if cell.type == "markdown" and _NUMBERED.match(heading) and "observ" not in heading.casefold():
            return cell.index
    return end


def _section(work: Work, title: str) -> frozenset[int]:
    from grader.submissions.sections import cells_of

    cells = [{"cell_type": cell.type, "source": cell.source} for cell in work.evidence.cells]
    return frozenset(cells_of({"cells": cells}, title))


def _earliest(work: Work, network: str | None) -> int:
    """The first cell that can speak of what came of a network."""
    return (_trained_in(work, network) or 0) if network else 0


def _trained_in(work: Work, network: str) -> int | None:
    answer = work.answer(network)
    fits = [fit.cell for fit in work.of_alike(network, Fitted)]
    return min(fits, default=answer.cell if answer else None)


def _next_network(work: Work, network: str, start: int) -> int:
    """The cell in which the next network of the rubric is built; the end where there is none."""
    others = [answer.cell for name, answer in work.answers.items() if name != network and answer.cell > start]
    return min(others, default=len(work.evidence.cells))


def _first_figure(work: Work, data: str) -> int | None:
    """The first cell that shows images of the data; failing that, images that were not recognised."""
    showing = [
        figure for figure in work.evidence.of(FigureShown) if any(axes.pictures for axes in figure.axes)
    ]
    of_the_data = [figure for figure in showing if files_shown(work, figure, data)]
    return next((figure.cell for figure in of_the_data or showing), None)
