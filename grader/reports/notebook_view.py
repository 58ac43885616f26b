"""An executed notebook as safe HTML.

Whatever a notebook holds is hostile: its text is escaped, its markdown rendered without HTML, its code
coloured by Pygments, and of its rich outputs only PNG pictures are shown. Nothing else ever reaches the page.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup, escape

from grader.reports.text import cell_number, plain, shortened

SOURCE_LIMIT = 50_000
"""Characters of a cell's source that are coloured; a longer one is shown shortened and plain."""
OUTPUT_LIMIT = 12_000
"""Characters of one output."""
PAGE_TEXT_LIMIT = 1_500_000
"""Characters of all sources and outputs of one page: a page that a browser opens at once."""
CELL_LIMIT = 1_000
PICTURE_LIMIT = 3_000_000
"""Base64 characters of one picture."""
PAGE_PICTURE_LIMIT = 20_000_000
PIXEL_LIMIT = 25_000_000
"""A small file can unpack to a picture that stalls the browser."""

_HEADING = re.compile(r'<h3 class="level-(?P<level>[1-6])">|</h3>')
"""As :func:`rendered_markdown` writes them; a notebook's own text cannot hold a tag."""

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Output:
    """One thing below a cell: text, an error, a PNG in base64, or a note on something that is not shown."""

    kind: Literal["text", "error", "picture", "note"]
    content: str


@dataclass(frozen=True)
class CellView:
    """One cell, ready for the page."""

    index: int
    number: int
    kind: Literal["code", "markdown", "raw"]
    source: Markup
    outputs: tuple[Output, ...] = ()


@dataclass
class _Room:
    """What may still go on the page."""

    text: int = PAGE_TEXT_LIMIT
    pictures: int = PAGE_PICTURE_LIMIT
    depth: int = 2
    """Level of the page's heading before this place; the notebook's section begins with one of level 2."""

    def take(self, text: str, limit: int) -> str:
        text = shortened(text, min(limit, self.text)) if self.text > 0 else "… not shown: the page is full …"
        self.text -= len(text)
        return text

    def ordered(self, markdown: Markup) -> Markup:
        """Rendered markdown whose headings go one level down at a time: who hears the page goes by them."""

        def tag(found: re.Match[str]) -> str:
            if found["level"]:
                self.depth = min(6, max(3, min(int(found["level"]) + 2, self.depth + 1)))
                return f'<h{self.depth} class="level-{found["level"]}">'
            return f"</h{self.depth}>"

        return Markup(_HEADING.sub(tag, markdown))


def cell_views(notebook: Mapping[str, Any]) -> list[CellView]:
    """The first thousand cells of an nbformat 4 notebook (valid or not), within the page's limits."""
    cells = notebook.get("cells")
    room = _Room()
    return [
        _cell(index, cell if isinstance(cell, Mapping) else {}, room)
        for index, cell in enumerate(cells[:CELL_LIMIT] if isinstance(cells, list) else [])
    ]


def _cell(index: int, cell: Mapping[str, Any], room: _Room) -> CellView:
    source = room.take(plain(_text(cell.get("source"))), SOURCE_LIMIT)
    match cell.get("cell_type"):
        case "code":
            return CellView(
                index, cell_number(index), "code", highlighted(source), tuple(_outputs(cell, room))
            )
        case "markdown":
            return CellView(index, cell_number(index), "markdown", room.ordered(rendered_markdown(source)))
        case _:
            return CellView(index, cell_number(index), "raw", escape(source))


def _text(value: object) -> str:
    """A multi-line string of nbformat: a string or a list of strings."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _outputs(cell: Mapping[str, Any], room: _Room) -> Iterator[Output]:
    outputs = cell.get("outputs")
    printed: list[str] = []
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, Mapping):
            continue
        if output.get("output_type") == "stream":
            # Consecutive stream outputs are one text to the reader, and a progress bar rewrites across them.
            printed.append(_text(output.get("text")))
            continue
        yield from _printed(printed, room)
        printed = []
        yield from _rich(output, room)
    yield from _printed(printed, room)


def _printed(parts: list[str], room: _Room) -> Iterator[Output]:
    text = plain("".join(parts)).rstrip()
    if text:
        yield Output("text", room.take(text, OUTPUT_LIMIT))


def _rich(output: Mapping[str, Any], room: _Room) -> Iterator[Output]:
    if output.get("output_type") == "error":
        lines = output.get("traceback")
        trace = "\n".join(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ""
        summary = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
        yield Output("error", room.take(plain(trace or summary), OUTPUT_LIMIT))
        return
    data = output.get("data")
    if not isinstance(data, Mapping):
        return
    if "image/png" in data:
        yield _picture(_text(data["image/png"]), room)
    elif text := plain(_text(data.get("text/plain"))).rstrip():
        yield Output("text", room.take(text, OUTPUT_LIMIT))
    elif data:
        yield Output(
            "note",
            f"An output that is not shown here ({', '.join(plain(str(kind)) for kind in list(data)[:3])}).",
        )


def _picture(text: str, room: _Room) -> Output:
    encoded = "".join(text.split())
    if len(encoded) > min(PICTURE_LIMIT, room.pictures):
        return Output("note", "A picture that is too large to show here.")
    try:
        head = base64.b64decode(encoded, validate=True)[:24]
    except (binascii.Error, ValueError):
        head = b""
    if head[:8] != _PNG or head[12:16] != b"IHDR":
        return Output("note", "A picture that cannot be read.")
    width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if width * height > PIXEL_LIMIT:
        return Output("note", "A picture that is too large to show here.")
    room.pictures -= len(encoded)
    return Output("picture", encoded)


@functools.lru_cache(maxsize=8192)
def highlighted(source: str) -> Markup:
    """Python or IPython code with Pygments' token classes; a class shares much code, hence the cache."""
    # From each place in white space the lexer looks for what may stand behind all of it.
    if len(source) >= SOURCE_LIMIT or re.search(r"(?:\n[ \t\r\f]{0,20}){50}|\s{300}", source):
        return escape(source)
    lexer, formatter = _pygments()
    from pygments import highlight

    return Markup(highlight(source, lexer, formatter))


@functools.cache
def _pygments() -> tuple[Any, Any]:
    from ipython_pygments_lexers import IPython3Lexer
    from pygments.formatters import HtmlFormatter

    return IPython3Lexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True)


@functools.lru_cache(maxsize=8192)
def rendered_markdown(source: str) -> Markup:
    """Markdown without HTML, pictures or any link but http(s) and mailto; the rest is shown as text."""
    # Nesting is the one thing that makes the renderer slow or deep; no prose needs that much of it.
    if len(source) < SOURCE_LIMIT // 2 and not re.search(r"[\[*_>~`(<!]{40}|(?:>[ \t]*){40}", source):
        try:
            return Markup(_markdown()(source))
        except (
            Exception
        ):  # a notebook must not be able to take the report down, whatever the library makes of it
            pass
    return Markup("<pre>{}</pre>").format(source)


@functools.cache
def _markdown() -> Any:
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def link(self, text: str, url: str, title: str | None = None) -> str:
            if not re.match(r"(?:https?://|mailto:)", url, re.IGNORECASE):
                return text
            return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{text}</a>'

        def image(self, text: str, url: str, title: str | None = None) -> str:
            name = escape(mistune.util.striptags(text))
            return f'<span class="omitted">[picture{": " if name else ""}{name}]</span>'

        def heading(self, text: str, level: int, **attrs: Any) -> str:
            # Which of the page's levels it has, only the whole notebook tells.
            return f'<h3 class="level-{level}">{text}</h3>\n'

        def block_code(self, code: str, info: str | None = None) -> str:
            return f"<pre>{escape(code)}</pre>\n"

        def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
            tag = "th" if head else "td"
            return f'<{tag} class="{align or "left"}">{text}</{tag}>\n'

    return mistune.create_markdown(
        escape=True, renderer=Renderer(escape=True), plugins=["table", "strikethrough"]
    )
