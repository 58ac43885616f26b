"""Reading a notebook file: whatever can be read is repaired, what cannot is named in plain words."""

from __future__ import annotations

import codecs
import json
import re
import stat
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.nesting import deeper_than
from grader.submissions.framework import framework_of
from grader.submissions.repair import Repairs, rebuild, sentences
from grader.visible import one_line

if TYPE_CHECKING:
    from nbformat import NotebookNode

LARGEST = 100 * 1024**2
"""Bytes of a notebook file that are read at all; real ones reach a few megabytes."""

MOST_TEXT = 200 * 1024**2
"""Bytes that its text may take in memory: four for each character where one of them is an emoji."""

MOST_VALUES = 4_000_000
"""Values in the file, each of which takes up to a hundred bytes."""

MOST_OBJECTS = 200_000
"""Dictionaries in the file: in a notebook, each takes a thousand bytes."""

MOST_CELLS = 5_000
"""Cells of a notebook; long ones of students have some hundreds."""

LONGEST_MESSAGE = 300
"""Characters of what is told about it."""

DEEPEST = 60
"""Levels of nesting; a notebook with interactive plots has about twenty."""

PYTHON = frozenset({"", "python", "python2", "python3", "ipython", "ipython3"})


@dataclass(frozen=True)
class Reading:
    """A notebook as read.

    ``notebook`` is valid nbformat 4.5 for the ``python3`` kernel. ``problem`` says in one sentence why it
    cannot be graded; the notebook may still be there to be shown. ``repairs`` says what was mended.
    """

    notebook: NotebookNode | None
    repairs: tuple[str, ...] = ()
    problem: str | None = None


class _UnreadableError(Exception):
    """The file is no notebook; the message is the problem."""


def read_notebook(path: Path) -> Reading:
    """Read and repair a notebook of any nbformat. Never raises: what cannot be read is a ``problem``."""
    repairs: list[str] = []
    try:
        parsed = _parse(_decode(_bytes(path), repairs), repairs)
        notebook = _notebook(parsed, repairs)
    except _UnreadableError as problem:
        return _told(None, repairs, str(problem))
    except (RecursionError, MemoryError):
        return _told(None, repairs, "the file is too large or too deeply nested to be read")
    return _told(notebook, repairs, _not_gradable(parsed, notebook))


def _told(notebook: NotebookNode | None, repairs: list[str], problem: str | None) -> Reading:
    """With everything in one line: it quotes what the file holds."""
    lines = (one_line(repair, LONGEST_MESSAGE) for repair in repairs)
    return Reading(notebook, tuple(lines), problem and one_line(problem, LONGEST_MESSAGE))


def _bytes(path: Path) -> bytes:
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise _UnreadableError("this is not a file")
        if info.st_size > LARGEST:
            raise _UnreadableError(
                f"the file is too large: {info.st_size / 1024**2:.0f} MB, the limit is {LARGEST >> 20} MB"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise _UnreadableError(
            f"the file cannot be read: {(error.strerror or 'input/output error').lower()}"
        ) from None
    if not raw.strip(b" \t\r\n\0"):
        raise _UnreadableError("the file is empty")
    return raw


OTHER_KINDS = (
    (re.compile(rb"%PDF"), "a PDF document"),
    (re.compile(rb"PK\x03\x04"), "a zip archive or an Office document"),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8"), "an image"),
    (re.compile(rb"\x1f\x8b|Rar!|7z\xbc\xaf"), "an archive"),
    (re.compile(rb"\x89HDF"), "a saved model (HDF5)"),
    (re.compile(rb"\{\\rtf"), "a text document (RTF)"),
    (
        re.compile(rb"\s*<(?:!doctype|html|head|\?xml|!--)", re.IGNORECASE),
        "a web page (probably a failed download)",
    ),
    (re.compile(rb"version https://git-lfs"), "a git-lfs pointer: the file itself was not downloaded"),
    (re.compile(rb"\s*(?:#|import |from \w|def |print\()"), "a Python script"),
)


def _decode(raw: bytes, repairs: list[str]) -> str:
    for pattern, kind in OTHER_KINDS:
        if pattern.match(raw):
            raise _UnreadableError(f"the file is not a notebook but {kind}")
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            repairs.append(f"the file began with a byte order mark ({encoding.removesuffix('-sig')})")
            return raw.decode(encoding, "replace")
    # RFC 4627, section 3: where the zero bytes stand among the first four tells the encoding of JSON.
    zeros = tuple(byte == 0 for byte in raw[:4])
    for pattern_of_zeros, encoding in (
        ((True, True, True, False), "utf-32-be"),
        ((False, True, True, True), "utf-32-le"),
        ((True, False, True, False), "utf-16-be"),
        ((False, True, False, True), "utf-16-le"),
    ):
        if zeros == pattern_of_zeros:
            repairs.append(f"the file was encoded as {encoding}")
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        repairs.append("the file was not encoded as UTF-8 (read as Latin-1)")
        return raw.decode("cp1252", "replace")


_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+"?|,(?=\s*[}\]])', re.DOTALL)
_CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.MULTILINE)


def _parse(text: str, repairs: list[str]) -> Any:
    if sys.getsizeof(text) > MOST_TEXT:
        raise _UnreadableError("the file is too large: its text would fill the memory")
    if _is_crowded(text):
        raise _UnreadableError("the file is too large: it holds too many values")
    # strict=False reads raw line breaks inside strings, which careless tools write.
    decoder = json.JSONDecoder(strict=False)
    text = text.strip().strip("\0")
    try:
        return decoder.decode(text)
    except RecursionError:
        raise _UnreadableError("the file is nested too deeply to be a notebook") from None
    except ValueError as error:
        if _CONFLICT.search(text) and ">>>>>>>" in text:
            raise _UnreadableError(
                "the file holds git's conflict marks (<<<<<<<): the merge was not finished"
            ) from None
        reason = error
    for mended, repair in (
        (text, "text after the end of the notebook was left out"),
        (_without_trailing_commas(text), "commas too many were left out"),
    ):
        try:
            value, end = decoder.raw_decode(mended)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and ({"cells", "worksheets"} & value.keys()):
            repairs.append(repair)
            if mended is not text and mended[end:].strip():
                repairs.append("text after the end of the notebook was left out")
            return value
    raise _UnreadableError(_why_no_json(text, reason))


_VALUE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[,\[{]', re.DOTALL)


def _is_crowded(text: str) -> bool:
    """Whether parsing it would fill the memory; what stands in strings does not count."""
    if text.count("{") <= MOST_OBJECTS and sum(map(text.count, ",[{")) <= MOST_VALUES:
        return False
    objects = 0
    for values, found in enumerate(_VALUE.finditer(text)):
        objects += text[found.start()] == "{"
        if values > MOST_VALUES or objects > MOST_OBJECTS:
            return True
    return False


def _without_trailing_commas(text: str) -> str:
    return _STRING_OR_COMMA.sub(lambda found: found[0] if found[0][0] == '"' else "", text)


def _why_no_json(text: str, reason: ValueError) -> str:
    if not text.startswith("{"):
        return "the file is not a notebook (it is no JSON)"
    where = f" (line {reason.lineno})" if isinstance(reason, json.JSONDecodeError) else ""
    if (isinstance(reason, json.JSONDecodeError) and reason.pos >= len(text) - 1) or not text.endswith("}"):
        return f"the file is cut off{where}: save and hand it in again"
    return f"the file is damaged: it is no valid JSON{where}"


def _notebook(parsed: Any, repairs: list[str]) -> NotebookNode:
    if not isinstance(parsed, dict):
        raise _UnreadableError("the file is JSON but not a notebook")
    if not isinstance(parsed.get("cells"), list) and not isinstance(parsed.get("worksheets"), list):
        raise _UnreadableError("the file is JSON but not a notebook: it has no cells")
    cells = parsed.get("cells")
    if isinstance(cells, list) and len(cells) > MOST_CELLS:
        raise _UnreadableError(
            f"the file is too large: it has {len(cells):,} cells, the limit is {MOST_CELLS:,}"
        )
    if deeper_than(parsed, DEEPEST):
        raise _UnreadableError("the file is nested too deeply to be a notebook")
    import nbformat

    kept: Repairs = Repairs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        notebook = nbformat.from_dict(rebuild(_upgraded(parsed, repairs), kept))
        try:
            nbformat.validate(notebook)
        except nbformat.ValidationError:
            for cell in notebook.cells:
                cell.metadata = nbformat.from_dict({})
                if cell.cell_type == "code":
                    cell.outputs = []
            kept["outputs and cell metadata could not be repaired and were left out"] += 1
            try:
                nbformat.validate(notebook)
            except nbformat.ValidationError as error:
                raise _UnreadableError(
                    f"the notebook is damaged: {error.message.splitlines()[0][:200]}"
                ) from None
    repairs.extend(sentences(kept))
    return notebook


def _upgraded(parsed: dict[str, Any], repairs: list[str]) -> dict[str, Any]:
    """A notebook of nbformat 1, 2 or 3 as nbformat 4."""
    major = parsed.get("nbformat")
    if not isinstance(parsed.get("worksheets"), list) and major in (4, None):
        return parsed
    if isinstance(parsed.get("cells"), list) and isinstance(major, int) and major > 4:
        repairs.append(f"the notebook says nbformat {major} and was read as nbformat 4")
        return parsed
    import nbformat

    worksheets = parsed.get("worksheets")
    old: dict[str, Any] = {**parsed, "metadata": _dict(parsed.get("metadata"))}
    if isinstance(worksheets, list):
        old["worksheets"] = [
            {
                "metadata": {},
                "cells": [_old_cell(cell) for cell in _list(sheet.get("cells")) if isinstance(cell, dict)],
            }
            for sheet in worksheets
            if isinstance(sheet, dict)
        ]
        major = major if major in (2, 3) else 3
    old["nbformat"], old["nbformat_minor"] = major, 0
    try:
        converted = nbformat.convert(nbformat.from_dict(old), 4)
    except Exception:
        # nbformat's own converters assume valid input; without outputs there is little left to stumble over.
        cells = [cell for sheet in _list(old.get("worksheets")) for cell in sheet["cells"]] or _list(
            parsed.get("cells")
        )
        converted = {
            "metadata": {},
            "cells": [
                {**cell, "source": cell.get("input", cell.get("source", cell.get("code", ""))), "outputs": []}
                for cell in cells
                if isinstance(cell, dict)
            ],
        }
    repairs.append(f"the notebook was of an old format (nbformat {major}) and was upgraded")
    return dict(converted)


def _old_cell(cell: dict[str, Any]) -> dict[str, Any]:
    usual: dict[str, Any] = {"metadata": {}}
    if cell.get("cell_type") == "code":
        usual |= {"input": "", "outputs": [], "language": "python"}
    return {**usual, **cell}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _not_gradable(parsed: dict[str, Any], notebook: NotebookNode) -> str | None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if not notebook.cells:
        return "the notebook is empty: it has no cells"
    if not code:
        return "the notebook is empty: it has no code"
    language = _language(parsed)
    if language not in PYTHON and framework_of(notebook) == "none":
        return f"the notebook is not written in Python but in {language}"
    return None


_KERNELS = {"ir": "R", "iruby": "Ruby", "ijavascript": "JavaScript", "bash": "Bash", "octave": "Octave"}


def _language(parsed: dict[str, Any]) -> str:
    metadata = _dict(parsed.get("metadata"))
    kernel = _dict(metadata.get("kernelspec"))
    named = kernel.get("language") or _dict(metadata.get("language_info")).get("name")
    if isinstance(named, str):
        return named.lower() if named.lower() in PYTHON else named.capitalize()
    name = kernel.get("name")
    if not isinstance(name, str):
        return ""
    name = name.lower()
    if name in _KERNELS:
        return _KERNELS[name]
    if name.startswith("julia"):
        return "Julia"
    return ""
