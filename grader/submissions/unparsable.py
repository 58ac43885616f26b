"""Code cells that are not Python for a small reason: words or pasted output among the code, a bracket left
open."""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from grader.submissions.source import has_long_lines, parse_cell

MOST_LINES = 12
"""Lines of prose that are left out of one cell; more is no slip but another text."""

_STATEMENT = re.compile(
    r"^(?:import|from|def|class|for|while|if|elif|else|with|try|except|finally|return|raise|lambda|print|del"
    r"|assert|global|yield|async|await|pass|break|continue|not)\b"
)
_CODE = re.compile(
    r"""\w[(\[{] | ^[)\]}@] | [)\]}({\[,\\]$ | [^<>=!]=[^=] | \+= | -= | \w\.\w+\( | ["']\s*[,)\]] | ^[!%]""",
    re.VERBOSE,
)
_OUTPUT = re.compile(
    r"[━─│┃┌└├╭╰█▏]|^Epoch\s+\d+/\d+|^\d+/\d+\s+\[|\b\d+(?:ms|s)/(?:step|epoch)\b"
    r"|^>>>|^Out\[\d+\]|^Using TensorFlow|^Found \d+ (?:files|images)"
    r"|\b(?:val_)?(?:loss|accuracy): \d|^\s*precision\s+recall"
    r"|^Total params|^(?:Non-t|T)rainable params|^_{8,}$|^={8,}$|^Traceback \(most"
)


@dataclass(frozen=True)
class Readable:
    """A cell's source that parses, and what was done to it."""

    source: str
    changed: tuple[str, ...]
    """The lines left out, or the brackets added."""


def without_prose(source: str) -> Readable | None:
    """The cell with lines of prose or pasted output turned to comments.

    None when it parses as it is, when the rest does not parse, when a line in the way may be code, or when
    nothing would be left to run.
    """
    lines = source.splitlines()
    left_out: list[int] = []
    prose = 0
    while (error := _error("\n".join(lines))) is not None:
        at = min(error, len(lines)) - 1
        while at > 0 and not lines[at].strip():
            at -= 1
        # What stands on the line before can be what makes Python stop at this one.
        found = next((line for line in (at, at - 1) if line >= 0 and _is_prose(lines[line])), None)
        if found is None or prose == MOST_LINES:
            return None
        # A program's output was pasted as a whole, however long it is.
        printed = list(
            itertools.takewhile(lambda line: _OUTPUT.search(lines[line]), range(found, len(lines)))
        )
        prose += not printed
        for line in printed or [found]:
            indent = len(lines[line]) - len(lines[line].lstrip())
            left_out.append(line)
            lines[line] = f"{lines[line][:indent]}# {lines[line][indent:]}"
    if not left_out or not _runs(lines):
        return None
    original = source.splitlines()
    return Readable("\n".join(lines), tuple(original[line].strip() for line in sorted(left_out)))


def _is_prose(line: str) -> bool:
    """Whether a line is words or a program's output and cannot have been meant as code."""
    text = line.strip()
    if not text or text.startswith("#"):
        return False
    if _OUTPUT.search(text):
        return True
    words = re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", text)
    if len(words) < 3 or _STATEMENT.match(text) or _CODE.search(text):
        return False
    # Two words side by side are no Python but for operators, and prose has many of them.
    pairs = re.findall(r"(?<![\w.])[A-Za-z'’-]+[,;:]? (?=[A-Za-z])", text)
    return len(pairs) >= 2 and sum(map(len, words)) >= len(text.replace(" ", "")) / 2


def _runs(lines: list[str]) -> bool:
    """Whether anything is left that does something."""
    tree = parse_cell(0, "\n".join(lines)).tree
    return tree is not None and any(
        not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name))
        for node in tree.body
    )


def _error(source: str) -> int | None:
    """The line at which a cell stops being Python; None when it is."""
    error = parse_cell(0, source).syntax_error
    return None if error is None else error[1]


_CLOSERS = {"(": ")", "[": "]", "{": "}"}


def with_brackets_closed(source: str) -> Readable | None:
    """The cell with its open brackets closed at the end of a line; None unless just one line fits."""
    error = parse_cell(0, source).syntax_error
    if error is None or "was never closed" not in error[0]:
        return None
    opened = _open_brackets(source)
    if not opened:
        return None
    closers = "".join(_CLOSERS[bracket] for bracket, _ in reversed(opened))
    lines = source.splitlines()
    fitting = [
        changed
        for at in range(opened[-1][1] - 1, len(lines))
        if lines[at].strip() and "#" not in lines[at]
        if _error(changed := "\n".join([*lines[:at], lines[at] + closers, *lines[at + 1 :]])) is None
    ]
    return Readable(fitting[0], (closers,)) if len(fitting) == 1 else None


def _open_brackets(source: str) -> list[tuple[str, int]]:
    """The brackets that nothing closes, outermost first, each with its line; empty when they do not match."""
    opened: list[tuple[str, int]] = []
    for token in _tokens(source):
        if token.type == tokenize.OP and token.string in _CLOSERS:
            opened.append((token.string, token.start[0]))
        elif token.type == tokenize.OP and token.string in _CLOSERS.values():
            bracket = opened.pop()[0] if opened else ""
            if _CLOSERS.get(bracket) != token.string:
                return []
    return opened


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    if has_long_lines(source):
        return
    try:
        yield from tokenize.generate_tokens(io.StringIO(source).readline)
    except (tokenize.TokenError, SyntaxError):
        return
