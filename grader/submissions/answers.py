"""Finding what a student wrote in words, and telling it from the worksheet's own text."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from grader.submissions.sections import is_heading
from grader.submissions.source import CellSource, Expression, parse_cells

NEAR = 0.85
"""Similarity (``difflib`` ratio over words) from which a line counts as the template's."""

FEWEST_WORDS = 3
"""Words of the student's own below which nothing is said."""

LONGEST = 20_000
"""Characters of one text that are looked at; pasted logs and embedded images are longer."""

TEMPLATES = (
    "Double-click or enter to edit",
    "Double click to edit",
    "Your answer here",
    "Write your answer here",
    "Type your answer here",
    "Enter your answer here",
    "Add your answer here",
    "Write your observation here",
    "Write your observations here",
    "Your code here",
    "Write your code here",
    "Type Markdown and LaTeX",
    "Start coding or generate with AI",
    "Open in Colab",
    "To do",
)
"""What notebook programs and course templates put where an answer belongs."""

_LABELS = r"(?:answer|ans|solution|observation|comment|discussion|conclusion|remark|explanation|note)s?"
_LABEL = re.compile(
    rf"^[^\w\n]*(?:\w+[^\w\n]+)?{_LABELS}[^\w\n]*\d*[^\w\n]*?(?:[:–—-]\W*|$)", re.IGNORECASE | re.MULTILINE
)
_ASKED = re.compile(r"\bwhat (?:did|do|can) you (?:observe|notice|see|conclude)\b\W*", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\blorem ipsum\b|\byour (?:answer|text|observation)s? (?:goes )?here\b|^\W*(?:todo|tbd|n/?a)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Text:
    """Something written in words."""

    cell: int
    """Index in the notebook."""
    kind: Literal["markdown", "comment", "printed"]
    """``printed``: a string literal that the code prints."""
    text: str
    """Without headings, images, links and markup."""
    labelled: bool = False
    """Whether it calls itself an answer: "Observation: …", "What did you observe? …"."""


def written_texts(notebook: Mapping[str, Any], cells: Sequence[CellSource] | None = None) -> tuple[Text, ...]:
    """Everything written in words, in document order: markdown, runs of comments, printed string literals.

    Headings are no texts, nor is code that was commented out. ``cells`` may be passed when parsed already.
    """
    parsed = {cell.index: cell for cell in (parse_cells(notebook) if cells is None else cells)}
    texts: list[Text] = []
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            texts.append(Text(index, "markdown", plain(source), is_labelled(source)))
        elif index in parsed:
            for text in _comment_blocks(parsed[index].python):
                texts.append(Text(index, "comment", text, is_labelled(text)))
            for text in _printed(parsed[index]):
                texts.append(Text(index, "printed", text, is_labelled(text)))
    return tuple(text for text in texts if text.text.strip())


def is_labelled(text: str) -> bool:
    """Whether a text calls itself an answer or an observation, or repeats the question that it answers."""
    return bool(_LABEL.search(text[:LONGEST]) or _ASKED.search(text[:LONGEST]))


_IMAGE = re.compile(r"!\[[^\[\]]*\](?:\([^()]*\)|\[[^\[\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_BADGE = re.compile(r"<a\b[^<>]*>\s*<img\b[^<>]*>\s*</a>", re.IGNORECASE)
_HTML_HEADING = re.compile(r"<h([1-6])\b[^<>]*>(.{0,300}?)</h\1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_URL = re.compile(r"(?:https?://|www\.)\S+")
_FENCE = re.compile(
    r"^ {0,3}(?:```|~~~)(?:(?!\n {0,3}(?:```|~~~)).)*\n {0,3}(?:```|~~~)[ \t]*$", re.MULTILINE | re.DOTALL
)


def plain(markdown: str) -> str:
    """Markdown as text: headings, images, links' targets, fenced code, rules and emphasis are gone."""
    text = _IMAGE.sub(" ", markdown)[:LONGEST]
    text = _FENCE.sub(" ", _HTML_HEADING.sub(" ", _BADGE.sub(" ", text)))
    text = _URL.sub(" ", _TAG.sub(" ", _LINK.sub(r"\1", text)))
    lines = [line for line in text.splitlines() if not is_heading(line) and re.search(r"\w", line)]
    return "\n".join(re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", line).strip() for line in lines).strip()


def _comment_blocks(python: str) -> Iterator[str]:
    """Consecutive lines that are only a comment make one text; comments after code stand alone."""
    block: list[str] = []
    for line in python.splitlines():
        if line.strip().startswith("#"):
            block.append(line.strip().lstrip("#! ").strip())
            continue
        if block:
            yield from _said(block)
            block = []
        if trailing := re.search(r"\s#\s*([^#'\"]+)$", line):
            yield from _said([trailing[1].strip()])
    if block:
        yield from _said(block)


def _said(lines: Sequence[str]) -> Iterator[str]:
    words = [line for line in lines if line and not _is_code(line) and not re.fullmatch(r"[\W_]*", line)]
    if words:
        yield "\n".join(words)


def _is_code(line: str) -> bool:
    """Whether a comment is code that was commented out: it parses, and as more than bare names."""
    try:
        tree = ast.parse(line)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return bool(re.search(r"[(\[{,\\]$|^[)\]}]", line))
    return not all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) for node in tree.body)


def _printed(cell: CellSource) -> Iterator[str]:
    for call in cell.calls:
        if call.dotted != "print":
            continue
        said = [value for value in call.args if isinstance(value, str) and not isinstance(value, Expression)]
        said += [_f_string(value) for value in call.args if isinstance(value, Expression)]
        if text := " ".join(said).strip():
            yield text


def _f_string(value: Expression) -> str:
    if value[:2] not in ("f'", 'f"'):
        return ""
    try:
        tree = ast.parse(value, mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    parts = tree.values if isinstance(tree, ast.JoinedStr) else []
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)


def own_words(text: str, templates: Sequence[str] = ()) -> str:
    """What is left of a text without the worksheet's own: its lines, its phrases, labels such as "Answer:".

    ``templates`` are the rubric's phrases; those of :data:`TEMPLATES` always count.
    """
    known = _phrases(tuple(templates))
    bare = _LABEL.sub("", _ASKED.sub("", _PLACEHOLDER.sub(" ", plain(text))))
    lines = _without_phrases([_words(line) for line in _HYPHEN.sub("", bare).splitlines()], known)
    return "\n".join(" ".join(line) for line in lines if line and not _is_known(line, known))


def is_template(text: str, templates: Sequence[str] = ()) -> bool:
    """Whether a text says nothing of the student's own: only template phrases, or nearly, headings, links."""
    return len(own_words(text, templates).split()) < FEWEST_WORDS


_HYPHEN = re.compile(r"(?<=\w)-\s*(?=[^\W\d_])")
"""Also where a line of the worksheet was broken inside a word: "avoid-\ning"."""


@lru_cache(16)
def _phrases(templates: tuple[str, ...]) -> tuple[list[str], ...]:
    return tuple(words for template in (*TEMPLATES, *templates) if (words := _words(template)))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _HYPHEN.sub("", text).casefold().replace("’", "").replace("'", ""))


def _without_phrases(lines: Sequence[list[str]], known: Sequence[list[str]]) -> list[list[str]]:
    """Take every template phrase out, also where its lines are broken elsewhere."""
    words = [(word, number) for number, line in enumerate(lines) for word in line]
    for phrase in known:
        while len(phrase) > 1 and (start := _position([word for word, _ in words], phrase)) is not None:
            del words[start : start + len(phrase)]
    left: list[list[str]] = [[] for _ in lines]
    for word, number in words:
        left[number].append(word)
    return left


def _is_known(line: list[str], known: Sequence[list[str]]) -> bool:
    # Two words of a question ("binary cross-entropy") may head a part of its answer.
    part = len(line) >= FEWEST_WORDS
    return any(_alike(line, phrase) or (part and _position(phrase, line) is not None) for phrase in known)


def _alike(one: list[str], other: list[str]) -> bool:
    if not one or min(len(one), len(other)) < NEAR * max(len(one), len(other)) - 1:
        return False
    if " ".join(one) == " ".join(other):
        return True
    matcher = difflib.SequenceMatcher(None, " ".join(one), " ".join(other), autojunk=False)
    # The first two are upper bounds, and quicker.
    return matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR


def _position(words: Sequence[str], part: Sequence[str]) -> int | None:
    first = part[0]
    for start in range(len(words) - len(part) + 1):
        if words[start] == first and words[start : start + len(part)] == part:
            return start
    return None
