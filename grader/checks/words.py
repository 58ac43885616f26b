"""A submission's words, and which of them answer which question where no question stands beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from grader.evidence.events import FigureShown, Fitted
from grader.submissions.questions import (
    LONG_COMMENT,
    Piece,
    Region,
    is_hedge,
    likeness,
    pieces_of,
    regions_of,
)
from grader.submissions.sections import Section, cells_of, sections
from grader.submissions.topics import Question

if TYPE_CHECKING:
    from grader.checks.work import Work

_NUMBERED = re.compile(r"#+[\s*_]*(?:task|question|exercise|part|step)?[\s*_]*\d", re.IGNORECASE)
"""A heading that begins a task of the worksheet."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)|\n\s*(?=[^\w\s]|[^\W\d_a-z]|\d+[.)])")
"""Where a sentence ends: behind its full stop, and at lines that begin like a new one."""
_SPEAKING = 2
"""Stems that a text must hold to answer a question beside another one that was asked."""
_NAMING = 0.7
"""Share of a question's words from which a sentence is about it wherever it stands."""


class Words:
    """What is written in a submission, read once for all its questions."""

    def __init__(self, work: Work) -> None:
        """Nothing is read yet."""
        self._work = work
        self._regions: dict[str, tuple[Region, ...]] = {}

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """Everything written, in document order."""
        asked = [each.question for each in self._work.questions if each.question]
        return pieces_of(self._work.evidence.cells, self._work.texts, (*self._work.templates, *asked))

    def section(self, title: str) -> frozenset[int]:
        """The cells of the section that a rubric calls ``title``."""
        return frozenset(cells_of(self._sections, title))

    @cached_property
    def _sections(self) -> tuple[Section, ...]:
        cells = [{"cell_type": cell.type, "source": cell.source} for cell in self._work.evidence.cells]
        return sections({"cells": cells})

    def regions(self, question: str) -> tuple[Region, ...]:
        """Where a question is asked, with what stands behind it; () for no question."""
        if question not in self._regions:
            self._regions[question] = regions_of(self.pieces, question) if question else ()
        return self._regions[question]

    @cached_property
    def elsewhere(self) -> Mapping[Question, Elsewhere]:
        """The texts that answer questions away from where they are asked.

        Each sentence answers one question: those first that stand right behind theirs; the others go to
        questions so that as many as can be are answered, each by what stands where it should and sounds like
        it (the assignment problem, ``scipy.optimize.linear_sum_assignment``).
        """
        used = self._used_at_home()
        fits = [
            fit
            for asked in dict.fromkeys(self._work.questions)
            if asked not in used
            for fit in self._fits(asked)
            if fit.sentence not in used.values()
        ]
        return {fit.asked: Elsewhere(fit.piece, fit.expected) for fit in _assigned(fits)}

    def _used_at_home(self) -> dict[Question, tuple[int, int]]:
        """The sentence that answers each question it stands behind, as a pair of piece and number."""
        used: dict[Question, tuple[int, int]] = {}
        for asked in dict.fromkeys(self._work.questions):
            sentences = [
                (sentence not in used.values(), strength, sentence)
                for region in self.regions(asked.question)
                for sentence, strength in _answering(self._work, asked, region)
            ]
            if sentences:
                used[asked] = max(sentences, key=lambda each: each[:2])[2]
        return used

    def _fits(self, asked: Question) -> Iterator[_Fit]:
        regions = self.regions(asked.question)
        own = {id(piece) for region in regions for piece in region.pieces}
        lands, taken, topic = _lands(self._work, asked), self._taken(asked), asked.topic
        begins = min((region.cell for region in regions), default=0)
        trained = earliest(self._work, asked.after_network)
        for piece in self.pieces:
            if piece.kind not in ("words", "comment", "printed") or id(piece) in own:
                continue
            if piece.cell < trained or (piece.cell < begins and not piece.labelled):
                continue  # Nobody answers before the question; the worksheet's introduction stands there.
            if not topic.held_by(piece.text):
                continue
            there = all(piece.cell in land for land in lands.values())
            free = there and id(piece) not in taken
            if self._may_answer(asked, piece, bool(regions), bool(lands), there, free):
                for number, sentence in enumerate(_sentences(piece)):
                    strength, alike = topic.strength(sentence), likeness(asked.question, sentence)
                    if strength or not topic:
                        weight = 3 * alike + 0.1 * min(strength, 10) - 10 * (not there)
                        demanding = there and len(topic.all_of) >= _SPEAKING
                        expected = free or demanding or alike >= _NAMING or not asked.question
                        yield _Fit(asked, piece, (id(piece), number), weight, expected)

    def _may_answer(
        self, asked: Question, piece: Piece, is_asked: bool, bounded: bool, there: bool, free: bool
    ) -> bool:
        alone, topic = stands_alone(self._work, piece), asked.topic
        if asked.near_images_of and not asked.question:
            return piece.labelled or (there and alone)
        # What answers another question that was asked answers this one too only if it speaks of both.
        speaks = len(topic.all_of) >= _SPEAKING if is_asked else topic.strength(piece.text) >= _SPEAKING
        anything = bool(topic) or bounded or not asked.question
        return (alone or piece.labelled) and (speaks or (free and anything))

    def _taken(self, asked: Question) -> frozenset[int]:
        """Pieces that answer another question of the rubric."""
        return frozenset(
            id(piece)
            for other in dict.fromkeys(each.question for each in self._work.questions)
            if other != asked.question
            for region in self.regions(other)
            for piece in region.pieces
        )


@dataclass(frozen=True)
class Elsewhere:
    """A text that answers a question away from where it is asked."""

    piece: Piece
    expected: bool
    """Whether it stands where the rubric has its answer and behind no other question, or names what was
    asked."""


@dataclass(frozen=True)
class _Fit:
    asked: Question
    piece: Piece
    sentence: tuple[int, int]
    weight: float
    expected: bool


def _assigned(fits: Sequence[_Fit]) -> list[_Fit]:
    """Of all fits the best ones, each question and each sentence at most once."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not fits:
        return []
    questions = list(dict.fromkeys(fit.asked for fit in fits))
    sentences = list(dict.fromkeys(fit.sentence for fit in fits))
    table = {(questions.index(fit.asked), sentences.index(fit.sentence)): fit for fit in fits}
    weights = np.zeros((len(questions), len(sentences)))
    for place, fit in table.items():
        weights[place] = 1000 + fit.weight  # one more answered outweighs all that makes answers better
    pairs = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
    return [table[pair] for pair in ((int(row), int(column)) for row, column in pairs) if pair in table]


def _answering(work: Work, asked: Question, region: Region) -> Iterator[tuple[tuple[int, int], int]]:
    """The sentences behind a question that was answered there, with how many stems each has."""
    start = earliest(work, asked.after_network)
    pieces = [piece for piece in region.pieces if is_to_be_read(work, piece) and piece.cell >= start]
    text = "\n".join(piece.text for piece in pieces)
    if asked.topic.held_by(text) and not is_hedge(text):
        for piece in pieces:
            for number, sentence in enumerate(_sentences(piece)):
                yield (id(piece), number), asked.topic.strength(sentence)


def _sentences(piece: Piece) -> list[str]:
    return [sentence for sentence in _SENTENCE.split(piece.text) if re.search(r"\w", sentence)]


def is_to_be_read(work: Work, piece: Piece) -> bool:
    """Whether a piece behind a question is there to be read, and no note on the code."""
    return piece.kind in ("words", "comment", "printed") and (
        piece.labelled or piece.kind == "words" or stands_alone(work, piece)
    )


def stands_alone(work: Work, piece: Piece) -> bool:
    """Whether a text is there to be read: markdown, comments in a cell without calls, a printed sentence."""
    if piece.kind == "comment":
        return not any(source.index == piece.cell and source.calls for source in work.sources)
    return piece.kind == "words" or len(piece.text.split()) >= LONG_COMMENT


def earliest(work: Work, network: str | None) -> int:
    """The first cell that can speak of what came of a network."""
    return (_trained_in(work, network) or 0) if network else 0


def _lands(work: Work, asked: Question) -> Mapping[str, range | frozenset[int]]:
    """The cells in which an answer may stand, by what limits them."""
    lands: dict[str, range | frozenset[int]] = {}
    if asked.near_images_of:
        first = _first_figure(work, asked.near_images_of)
        lands["images"] = range(0) if first is None else range(first, _next_task(work, first, first + 3))
    if asked.after_network and (start := _trained_in(work, asked.after_network)) is not None:
        lands["network"] = range(start, _next_network(work, asked.after_network, start))
    if asked.section and (cells := work.words.section(asked.section)):
        lands["section"] = cells
    return lands


def _next_task(work: Work, after: int, end: int) -> int:
    """The first cell behind ``after`` that begins the worksheet's next task; ``end`` where none does."""
    for cell in work.evidence.cells[after + 1 : end]:
        heading = next(iter(cell.source.strip().splitlines()), "")
        if cell.type == "markdown" and _NUMBERED.match(heading) and "observ" not in heading.casefold():
            return cell.index
    return end


def _trained_in(work: Work, network: str) -> int | None:
    answer = work.answer(network)
    fits = [fit.cell for fit in work.of_alike(network, Fitted)]
    return min(fits, default=answer.cell if answer else None)


def _next_network(work: Work, network: str, start: int) -> int:
    """The cell in which the next network of the rubric is built; the end where there is none."""
    others = [
        min(answer.cell, _trained_in(work, name) or answer.cell)
        for name, answer in work.answers.items()
        if name != network
    ]
    return min((cell for cell in others if cell > start), default=len(work.evidence.cells))


def _first_figure(work: Work, data: str) -> int | None:
    """The first cell that shows images of the data; failing that, images that were not recognised."""
    from grader.checks.figures import files_shown

    showing = [
        figure for figure in work.evidence.of(FigureShown) if any(axes.pictures for axes in figure.axes)
    ]
    of_the_data = [figure for figure in showing if files_shown(work, figure, data)]
    return next((figure.cell for figure in of_the_data or showing), None)
