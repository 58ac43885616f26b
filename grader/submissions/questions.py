"""Where a worksheet's question stands in a notebook, and the student's own words that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.evidence.evidence import Cell
from grader.submissions.answers import Text, is_labelled, own_words, plain
from grader.submissions.sections import is_heading

ALIKE = 0.6
"""Share of a question's words that a line must hold to be that question: worksheets are retyped and cut."""

REPEATED = 0.85
"""The same for words that ask nothing, which must say little else: an answer has the question's words."""

FARTHEST = 8
"""Cells behind a question in which its answer may stand: some code, its figures, then the words."""

_NEARLY_ALL = 0.7

LONG_COMMENT = 8
"""Words from which a comment among code is an answer and no note on the code."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a notebook: a line that asks something, code, or words of the student's own."""

    cell: int
    kind: Literal["question", "heading", "code", "words", "comment", "printed"]
    text: str
    """As written; of words, without the worksheet's own."""
    level: int = 7
    """Of a heading, 1 to 6."""
    labelled: bool = False


@dataclass(frozen=True)
class Region:
    """The pieces behind a question in which its answer is looked for."""

    cell: int
    """Where the question stands."""
    pieces: tuple[Piece, ...]


_NUMBERED = r"^[\W\d]*(?:(?:question|task|exercise|q|part)\W*\d+[\w.)]*\W*)?"
_ORDERS = (
    "add answer apply build calculate change check choose comment compare compile compute conclude "
    "confirm consider create define describe design discuss display download evaluate examine "
    "experiment explain explore find fit generate give implement import include insert interpret "
    "inspect list load make mention modify name normalise normalize note observe obtain perform plot "
    "predict prepare print propose provide remove repeat replace report retrain run save select set "
    "show split stack standardise standardize state study take test train try tune use verify visualise "
    "visualize write"
)
_OBJECTS = (
    r"the|an?|your|this|these|that|it|them|all|each|both|some|several|another|other|different|at|two|three|four|one"
    r"|on|to|for|with|and|how|whether|why|what|which|if|that|briefly|again|\d+"
)
_ASKING = re.compile(
    rf"""{_NUMBERED}(?:(?:now|next|then|finally|also|again|please|try\ to|let\W?s|first)\W+)*(?:
    (?:{_ORDERS.replace(" ", "|")})\W+(?:{_OBJECTS})\b
    | (?:what|why|how|which)\s+(?:is|are|do|does|did|was|were|can|could|would|will|should|happens|many|much
    |well)\b
    | you\s+(?:will|should|can|may|must|need|have|are)\b | your\s+(?:task|answers?|code|job|goal)\b
    | in\s+this\s+(?:\w+\s+)?(?:section|exercise|task|lab|question|part|assignment|worksheet)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""How worksheets begin a sentence, and answers hardly ever: "Plot the curves", not "Plots show …"."""
_ANSWERED = re.compile(
    rf"""({_NUMBERED}(?:comment|explain|describe|discuss|interpret|conclude|observe|what|why|how)\b[^:?]{{8,150}}:)
    \s+(\S+(?:\s+\S+){{3,}})$""",
    re.IGNORECASE | re.VERBOSE,
)
"""A task that asks for words, and behind its colon at least four of them."""
_ANSWER_LABEL = re.compile(
    r"^\W*(?:my\s+)?(?:answers?|ans|solution|observations?|comments?|conclusions?|remarks?|discussion|notes?"
    r"|interpretation|findings?|results?|explanation)\b[^?]{0,40}$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s*(?=\S)")
_MARKUP = re.compile(r"<[^<>]*>|^\s*#+|[*`]|(?<!\w)_+|_+(?!\w)|!?\[[^\[\]]*\]\([^()]*\)")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)")
_COMMON_WORDS = (
    "a an and any are as at be by can could did do does for from give given had has have how if in into "
    "is it its of on or should than that the their them then there these they this those to was were "
    "what when where which why will with would you your "
)
_COMMON = frozenset(_COMMON_WORDS.split())


def pieces_of(
    cells: Sequence[Cell], texts: Sequence[Text], templates: Sequence[str] = ()
) -> tuple[Piece, ...]:
    """The notebook cut into pieces, in document order.

    Args:
        cells: All cells.
        texts: What is written in them (:func:`grader.submissions.answers.written_texts`).
        templates: Phrases of the worksheet's own.
    """
    pieces: list[Piece] = []
    for cell in cells:
        if cell.type == "markdown":
            pieces.extend(_markdown(cell.index, cell.source, templates))
        elif cell.type == "code":
            said = [text for text in texts if text.cell == cell.index]
            pieces.append(Piece(cell.index, "code", ""))
            for text in said:
                kind: Literal["comment", "printed"] = "comment" if text.kind == "comment" else "printed"
                if own := _own(text.text, templates):
                    pieces.append(Piece(cell.index, kind, own, labelled=text.labelled))
    return tuple(pieces)


def _markdown(cell: int, source: str, templates: Sequence[str]) -> Iterator[Piece]:
    own: list[str] = []
    labelled = False
    for line in source.splitlines():
        heading = _HEADING.match(line)
        text = plain(_HEADING.sub("", line)) or _MARKUP.sub("", line).strip()
        if not re.search(r"\w", text):
            continue
        if heading or is_heading(line):
            if own:
                yield Piece(cell, "words", "\n".join(own), labelled=labelled)
                own = []
            if _ANSWER_LABEL.match(text):
                labelled = True
            else:
                level = len(heading[1]) if heading else 7
                yield Piece(cell, "heading", text, level)
            continue
        labelled = labelled or is_labelled(line)
        for sentence in _sentences(text):
            mine = _own(sentence, templates)
            if mine != sentence and not re.search(r"[^\W\d_]", mine):
                mine = ""  # the number of a line of the worksheet's
            asks = sentence.rstrip(" *_").endswith("?") or (
                _ASKING.match(sentence) and not is_labelled(sentence)
            )
            if mine and not asks:
                own.append(mine)
            elif re.search(r"\w", sentence):
                if own:
                    yield Piece(cell, "words", "\n".join(own), labelled=labelled)
                    own = []
                yield Piece(cell, "question", sentence)
    if own:
        yield Piece(cell, "words", "\n".join(own), labelled=labelled)


def _sentences(text: str) -> Iterator[str]:
    """The sentences of a line; what follows "Comment on the classes:" is one of its own."""
    for sentence in _SENTENCE.split(text):
        answered = _ANSWERED.match(sentence)
        yield from answered.groups() if answered else (sentence,)


def _own(text: str, templates: Sequence[str]) -> str:
    """A text as written where nearly all of it is the student's own, else what is left of it."""
    own = own_words(text, templates)
    return text if len(own.split()) > _NEARLY_ALL * len(text.split()) else own


def likeness(question: str, text: str) -> float:
    """Share of the question's words that a text holds, by their beginnings; 0 to 1."""
    wanted, given = _stems(question), _stems(text)
    return len(wanted & given) / len(wanted) if wanted else 0.0


def _stems(text: str) -> set[str]:
    words = re.findall(r"[^\W_]+", text.casefold())
    return {word[:5] for word in words if word not in _COMMON and (len(word) > 1 or word.isdigit())}


def regions_of(pieces: Sequence[Piece], question: str) -> tuple[Region, ...]:
    """What stands behind a question, wherever a notebook asks it; () where it does not.

    A region ends at the next heading or where the worksheet goes on; questions asked in one breath share
    theirs.
    """
    places = list(_places(pieces, question))
    return tuple(Region(pieces[at].cell, tuple(_behind(pieces, at))) for at in places)


def _places(pieces: Sequence[Piece], question: str) -> Iterator[int]:
    """The last piece of each asking of the question."""
    asking = ("question", "heading", "words", "comment")
    scores: dict[int, float] = {}
    for at, piece in enumerate(pieces):
        if piece.kind in asking:
            # A question may be cut into sentences.
            before = [
                each.text
                for each in pieces[max(0, at - 2) : at]
                if each.cell == piece.cell and each.kind in ("question", "heading")
            ]
            alone = likeness(question, piece.text)
            together = likeness(question, " ".join([*before, piece.text])) if alone else 0.0
            score = max(alone, together if together > alone and alone >= ALIKE / 3 else 0.0)
            repeats = score >= REPEATED and likeness(piece.text, question) >= ALIKE
            scores[at] = score if piece.kind in ("question", "heading") or repeats else 0.0
    best = max(scores.values(), default=0.0)
    if best >= ALIKE:
        for at, score in scores.items():
            following = scores.get(at + 1, 0.0) if at + 1 < len(pieces) else 0.0
            same_cell = at + 1 < len(pieces) and pieces[at + 1].cell == pieces[at].cell
            if score >= max(ALIKE, best - 0.1) and not (same_cell and following >= score):
                yield at


def _behind(pieces: Sequence[Piece], at: int) -> Iterator[Piece]:
    anchor = pieces[at]
    answered = False
    if anchor.kind in ("words", "comment"):
        # The student's words hold the question's: the answer begins in them.
        yield anchor
        answered = True
    farthest = anchor.cell + (0 if anchor.kind == "words" else FARTHEST)
    for piece in pieces[at + 1 :]:
        if piece.cell > farthest:
            return
        if piece.kind == "heading":
            below = anchor.kind == "heading" and piece.level > anchor.level
            if not below and (answered or piece.cell != anchor.cell):
                return
        elif piece.kind == "question":
            if answered or piece.cell > anchor.cell + 1:
                return
        elif piece.kind == "code":
            answered = True
        else:
            answered = True
            yield piece


_HEDGE = re.compile(
    r"\b(?:i )?(?:(?:do not|dont|cannot|cant) (?:really )?(?:know|tell|say)|no idea"
    r"|not (?:really |very |too |entirely |quite )?(?:sure|certain)|unsure"
    r"|(?:think|guess|suppose|hope|believe) (?:so|its|it is|that|this)?"
    r"|maybe|perhaps|possibly|probably|somehow|kind of|sort of|it depends|hard to (?:say|tell))\b"
)
_EMPTY_WORDS = (
    "ok okay fine good nice well great bad better worse same similar works work working it its is are "
    "was were the a an i this that yes no so very quite really pretty think thing things result results "
    "model network performance performs perform seems seem looks look to be and but of in on for with "
    "as expected not some "
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
_SAYING = 4
"""Words with content that a hedged answer must still have to be one."""


def is_hedge(text: str) -> bool:
    """Whether a text commits itself to nothing: "I think it is ok", "not sure", "it works fine"."""
    words = " ".join(re.findall(r"[^\W_]+", text.casefold().replace("'", "").replace("’", "")))
    rest = [word for word in _HEDGE.sub(" ", words).split() if word not in _EMPTY]
    if _HEDGE.search(words):
        return len(rest) < _SAYING
    return bool(words) and not rest and not re.match(r"(?:yes|no)\b", words)
