"""Where in a notebook a question is answered: headings and the cells below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

HEADING_WORDS = r"task|question|exercise|part|section|step|problem|q|ex"

PLAIN = 7
"""Level of a heading that is no markdown heading (a bold line, a comment); markdown's own go from 1 to 6."""

_NUMBERED = re.compile(rf"\b({HEADING_WORDS})\s*[-–—#.:]?\s*(?:no\.?\s*)?(\d+(?:\.\d+)*)", re.IGNORECASE)
_NUMBERED_LINE = re.compile(rf"^\W*(?:{HEADING_WORDS})\s*[-–—#.:]?\s*(?:no\.?\s*)?\d", re.IGNORECASE)
_MARKDOWN = re.compile(r"^\s{0,3}(#{1,6})(?!#)\s*(\S.*?)\s*#*\s*$")
_HTML = re.compile(r"<h([1-6])\b[^<>]*>(.{0,300}?)</h\1>", re.IGNORECASE | re.DOTALL)
_BOLD = re.compile(r"^\s*(?:\d+\.\s*)?(?:\*\*|__)(?P<title>[^*_]+?)(?:\*\*|__)\s*:?\s*$")
_COMMENT = re.compile(r"^\s*#+[\s\-=#*]*(?P<title>\S.*?)[\s\-=#*]*$")
_LONGEST_PLAIN = 120
_MOST_HEADINGS = 500
"""Headings of one notebook that are looked at: each is compared with those that follow, and worksheets have
some dozens."""


@dataclass(frozen=True)
class Section:
    """A heading and the cells that it governs: ``range(first, end)``, its own cell included."""

    title: str
    level: int
    """1 to 6 as in markdown, 7 for bold lines, plain lines such as "Task 3: …", and comments."""
    first: int
    end: int


@dataclass(frozen=True)
class _Heading:
    title: str
    level: int
    cell: int
    opens: bool
    """Whether nothing but blank lines stands before it in its cell."""

    @cached_property
    def number(self) -> tuple[str, str] | None:
        found = _NUMBERED.search(self.title)
        return (_kind(found[1]), found[2]) if found else None


def _kind(word: str) -> str:
    return {"q": "question", "ex": "exercise"}.get(word.lower(), word.lower())


def sections(notebook: Mapping[str, Any]) -> tuple[Section, ...]:
    """Every heading with the cells it governs, in document order.

    Headings are markdown and HTML headings, bold lines, plain lines and comments that begin with a word such
    as "Task" and a number. A numbered section ends where another number begins; others where a heading of the
    same or a higher level begins. Two sections may share a cell when a comment inside it begins the second.
    """
    headings = list(islice(_headings(notebook), _MOST_HEADINGS))
    total = len(notebook["cells"])
    found: list[Section] = []
    numbered_until = 0
    for position, heading in enumerate(headings):
        following = next((later for later in headings[position + 1 :] if _ends(heading, later)), None)
        end = total if following is None else following.cell + (not following.opens)
        # A heading without a number ends with the numbered section around it, however levels are used.
        if heading.number:
            numbered_until = end
        elif heading.cell < numbered_until:
            end = min(end, numbered_until)
        found.append(Section(heading.title, heading.level, heading.cell, max(end, heading.cell + 1)))
    return tuple(found)


def _ends(heading: _Heading, later: _Heading) -> bool:
    mine, other = heading.number, later.number
    if mine and other:
        return mine != other and not other[1].startswith(mine[1] + ".")
    if mine:
        return later.level <= min(heading.level, 6)
    return later.level <= heading.level


def cells_of(known: Sequence[Section], title: str) -> tuple[int, ...]:
    """Indices of the cells of the section that a rubric calls ``title``; empty if there is none.

    "Task 3" finds ``## task-3: CNN``, ``**TASK 3**`` and ``# Task3``; where several headings bear the number,
    their cells together. A title without a number is found in a heading that holds its words.
    """
    number = _Heading(title, 1, 0, True).number
    if number:
        chosen = [section for section in known if _bears(section.title, number)]
    else:
        wanted = _plain(title)
        chosen = [section for section in known if wanted and wanted in _plain(section.title)]
    return tuple(sorted({cell for section in chosen for cell in range(section.first, section.end)}))


def _bears(title: str, number: tuple[str, str]) -> bool:
    other = _Heading(title, 1, 0, True).number
    return other is not None and other[0] == number[0] and (other[1] + ".").startswith(number[1] + ".")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _headings(notebook: Mapping[str, Any]) -> Iterator[_Heading]:
    for index, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield from _in_markdown(index, source)
        elif cell["cell_type"] == "code":
            yield from _in_code(index, source)


def is_heading(line: str) -> bool:
    """Whether a line of markdown is a heading, or says no more than "Task 3: The CNN"."""
    return bool(_MARKDOWN.match(line)) or (
        len(line) <= _LONGEST_PLAIN and bool(_NUMBERED_LINE.match(line)) and not line.rstrip().endswith(".")
    )


def _in_markdown(index: int, source: str) -> Iterator[_Heading]:
    opens = True
    source = _HTML.sub(lambda found: f"\n{'#' * int(found[1])} {found[2].strip()}\n", source)
    for line in source.splitlines():
        bare = re.sub(r"<[^<>]*>", "", line).strip()
        if found := _MARKDOWN.match(bare):
            yield _Heading(found[2].strip("*_ "), len(found[1]), index, opens)
        elif found := _BOLD.match(bare):
            yield _Heading(found["title"].strip(), PLAIN, index, opens)
        elif len(bare) <= _LONGEST_PLAIN and _NUMBERED_LINE.match(bare):
            yield _Heading(bare.strip("*_ "), PLAIN, index, opens)
        # A markdown cell belongs to what its first lines announce.
        opens = opens and (not bare or set(bare) <= set("-*_="))


def _in_code(index: int, source: str) -> Iterator[_Heading]:
    opens = True
    for line in source.splitlines():
        found = _COMMENT.match(line)
        if found and len(line) <= _LONGEST_PLAIN and _NUMBERED_LINE.match(found["title"]):
            yield _Heading(found["title"], PLAIN, index, opens)
        opens = opens and (not line.strip() or line.strip().startswith("#"))
