"""What a cell shows, as text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

_REPR = re.compile(r"^\s*<[\w.]+(?: object| at|>)[^\n]*$")
"""What objects without a text of their own show: ``<IPython.core.display.HTML object>``."""
_LONGEST = 40_000
"""Characters of a page that are read."""
_HIDDEN = re.compile(r"<(style|script|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_CELL_ENDS = re.compile(r"</t[dh]\s*>\s*(?=<t[dh]\b)", re.IGNORECASE)
_LINE_ENDS = re.compile(r"</(?:tr|p|div|li|h\d|table)\s*>|<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


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
