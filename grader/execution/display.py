"""What a cell shows and what stopped it, as text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from grader.evidence.evidence import CellError
from grader.visible import storable

_REPR = re.compile(r"^\s*<[\w.]+(?: object| at|>)[^\n]*$")
"""What objects without a text of their own show: ``<IPython.core.display.HTML object>``."""
_LONGEST = 40_000
"""Characters of a page that are read."""
_HIDDEN = re.compile(r"<(style|script|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CELL_ENDS = re.compile(r"</t[dh]\s*>\s*(?=<t[dh]\b)", re.IGNORECASE)
_LINE_ENDS = re.compile(r"</(?:tr|p|div|li|h\d|table)\s*>|<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_TEXT = 50_000
"""Characters of a cell's text that are kept."""
_OUR_FRAME = re.compile(r"^File \S*/grader/recorder/[^\n]*\n(?:[^\n]+\n)*\n?", re.MULTILINE)
"""The recorder passes watched calls on; its frames in a traceback tell a student nothing."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def output_text(outputs: Sequence[NotebookNode]) -> str:
    """What a cell's outputs say, as people read it; the first part of a very long text."""
    parts: list[str] = []
    for output in outputs:
        if output.output_type == "stream":
            parts.append(str(output.text))
        elif output.output_type in ("execute_result", "display_data"):
            parts.append(shown_text(output.get("data", {})) + "\n")
    return storable(_ANSI.sub("", "".join(parts))[:_TEXT])


def cell_error(output: NotebookNode) -> CellError:
    """The error that an output tells of."""
    traceback = _OUR_FRAME.sub("", _ANSI.sub("", "\n".join(output.get("traceback", ()))))
    name, message = storable(str(output.ename)), storable(str(output.evalue))
    return CellError(name=name, message=message[:2000], traceback=storable(traceback[-4000:]))


def shown_text(data: Mapping[str, Any]) -> str:
    """The text of a display: its own, or what its markdown or its HTML reads like where it has none.

    Rows of HTML tables become lines, their cells stand apart by `` | ``.
    """
    plain = str(data.get("text/plain", ""))
    if plain and not _REPR.match(plain):
        return plain
    if markdown := data.get("text/markdown"):
        return str(markdown)[:_LONGEST]
    if page := data.get("text/html"):
        return _of_html(str(page)[:_LONGEST])
    return plain


def _of_html(page: str) -> str:
    flat = re.sub(r"\s+", " ", _HIDDEN.sub(" ", page))
    lines = _LINE_ENDS.sub("\n", _CELL_ENDS.sub(" | ", flat))
    text = html.unescape(_TAG.sub("", lines))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
