"""Building a valid nbformat 4.5 notebook out of whatever a readable one holds.

The schema is nbformat's ``nbformat.v4.5.schema.json``; every key that it does not know is left out,
every key that it demands is there afterwards.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from grader.visible import storable

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}

MOST_PROSE = 100_000
"""Characters of all cells that are no code, without pictures written into the text: a long notebook has
some ten thousands."""

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PICTURE = re.compile(r"data:[\w/+.-]{1,40};base64,[A-Za-z0-9+/=\s]{1000,}")


Repairs = Counter[str]
"""What was mended: how often each kind, in the order of first appearance."""


def sentences(repairs: Repairs) -> tuple[str, ...]:
    """One line for each kind of repair."""
    return tuple(what if count == 1 else f"{what} ({count} times)" for what, count in repairs.items())


def rebuild(notebook: dict[str, Any], repairs: Repairs) -> dict[str, Any]:
    """The notebook with all that nbformat 4.5 demands and nothing that it forbids, as plain dictionaries."""
    minor = notebook.get("nbformat_minor")
    expects_ids = isinstance(minor, int) and minor >= 5 and notebook.get("nbformat") == 4
    taken: set[str] = set()
    cells = []
    for cell in notebook.get("cells") or []:
        if not isinstance(cell, dict):
            repairs["something that is no cell was left out"] += 1
            continue
        cells.append(
            _cell(cell, _cell_id(cell.get("id"), taken, repairs if expects_ids else Counter()), repairs)
        )
    _cut_prose(cells, repairs)
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": _notebook_metadata(notebook.get("metadata"), repairs),
        "cells": cells,
    }


def _cut_prose(cells: list[dict[str, Any]], repairs: Repairs) -> None:
    """Leave no more text than is read: looking for answers in some megabytes would take hours."""
    left = MOST_PROSE
    for cell in cells:
        if cell["cell_type"] == "code":
            continue
        cell["source"] = _PICTURE.sub("", cell["source"])
        if len(cell["source"]) > left:
            repairs[f"text beyond {MOST_PROSE:,} characters was cut off"] = 1
            cell["source"] = cell["source"][:left]
        left -= len(cell["source"])


def _cell_id(given: Any, taken: set[str], repairs: Repairs) -> str:
    wanted = given if isinstance(given, str) and _ID.fullmatch(given) else ""
    if not wanted or wanted in taken:
        repairs["two cells had the same id" if wanted in taken else "a cell had no valid id"] += 1
        number = len(taken)
        while (wanted := f"cell-{number}") in taken:
            number += 1
    taken.add(wanted)
    return wanted


def _cell(cell: dict[str, Any], cell_id: str, repairs: Repairs) -> dict[str, Any]:
    kind = cell.get("cell_type")
    source = text_of(cell["source"] if "source" in cell else cell.get("input"))
    if kind == "heading":
        kind, source = "markdown", "# " + source
    if kind not in ("code", "markdown", "raw"):
        repairs["a cell was of an unknown type"] += 1
        kind = "code" if "outputs" in cell or "execution_count" in cell else "raw"
    rebuilt: dict[str, Any] = {
        "id": cell_id,
        "cell_type": kind,
        "metadata": _cell_metadata(cell.get("metadata"), repairs),
        "source": source,
    }
    if kind == "code":
        if not isinstance(cell.get("outputs"), list):
            repairs["a code cell had no list of outputs"] += 1
        if "execution_count" not in cell:
            repairs["a code cell had no execution count"] += 1
        rebuilt["execution_count"] = _count(cell.get("execution_count"))
        rebuilt["outputs"] = list(_outputs(cell.get("outputs"), repairs))
    elif isinstance(cell.get("attachments"), dict):
        rebuilt["attachments"] = {
            storable(name): _bundle(bundle)
            for name, bundle in cell["attachments"].items()
            if isinstance(bundle, dict)
        }
    return rebuilt


def text_of(value: Any) -> str:
    """Text that may be a string, a list of strings or missing, as one string that UTF-8 can hold."""
    if isinstance(value, list):
        value = "".join(item if isinstance(item, str) else str(item) for item in value)
    if value is None:
        return ""
    return storable(value if isinstance(value, str) else str(value))


def _clean_json(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_clean_json(item) for item in value]
    if isinstance(value, dict):
        return {storable(str(key)): _clean_json(item) for key, item in value.items()}
    return value


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _outputs(outputs: Any, repairs: Repairs) -> Iterator[dict[str, Any]]:
    for output in outputs if isinstance(outputs, list) else []:
        rebuilt = _output(output) if isinstance(output, dict) else None
        if rebuilt is None:
            repairs["an output of an unknown type was left out"] += 1
            continue
        if rebuilt["output_type"] == "execute_result" and "execution_count" not in output:
            repairs["an output had no execution count"] += 1
        yield rebuilt


def _output(output: dict[str, Any]) -> dict[str, Any] | None:
    match output.get("output_type"):
        case "stream":
            return {"output_type": "stream", "name": _stream(output), "text": text_of(output.get("text"))}
        case "error" | "pyerr":
            trace = output.get("traceback")
            return {
                "output_type": "error",
                "ename": text_of(output.get("ename")),
                "evalue": text_of(output.get("evalue")),
                "traceback": [text_of(line) for line in trace]
                if isinstance(trace, list)
                else [text_of(trace)],
            }
        case "display_data" | "execute_result" | "pyout" | "update_display_data" as kind:
            data = output.get("data")
            rebuilt: dict[str, Any] = {
                "output_type": "execute_result" if kind in ("execute_result", "pyout") else "display_data",
                "metadata": _clean_json(_dict(output.get("metadata"))),
                "data": _bundle(data)
                if isinstance(data, dict)
                else {"text/plain": text_of(output.get("text"))},
            }
            if rebuilt["output_type"] == "execute_result":
                rebuilt["execution_count"] = _count(output.get("execution_count"))
            return rebuilt
        case _ if "text" in output:
            return {"output_type": "stream", "name": _stream(output), "text": text_of(output["text"])}
    return None


def _stream(output: dict[str, Any]) -> str:
    return "stderr" if output.get("name") == "stderr" else "stdout"


_JSON_MIME = re.compile(r"application/(?:.*\+)?json")


def _bundle(data: dict[str, Any]) -> dict[str, Any]:
    """A MIME bundle: text for every type except JSON ones, of which (plots, widgets) nothing is ever read."""
    bundle: dict[str, Any] = {}
    for mime, value in data.items():
        if not isinstance(mime, str) or not mime:
            continue
        if _JSON_MIME.fullmatch(mime):
            bundle[mime] = {}
        elif isinstance(value, str | list):
            bundle[storable(mime)] = text_of(value)
        else:
            bundle[storable(mime)] = storable(json.dumps(value))
    return bundle


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_tag(value: Any) -> bool:
    return isinstance(value, str) and "," not in value and value != ""


CELL_METADATA: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str) and value != "",
    "tags": lambda value: (
        isinstance(value, list) and all(map(_is_tag, value)) and len(set(value)) == len(value)
    ),
    "jupyter": lambda value: isinstance(value, dict),
    "collapsed": lambda value: isinstance(value, bool),
    "scrolled": lambda value: isinstance(value, bool) or value == "auto",
    "format": lambda value: isinstance(value, str),
    "execution": lambda value: (
        isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    ),
}
"""Keys of a cell's metadata whose values the schema restricts."""


def _cell_metadata(given: Any, repairs: Repairs) -> dict[str, Any]:
    if not isinstance(given, dict):
        repairs["a cell had no metadata"] += 1
        return {}
    kept = {}
    for key, value in given.items():
        if key in CELL_METADATA and not CELL_METADATA[key](value):
            repairs[f"a cell's metadata was invalid ({key})"] += 1
        else:
            kept[key] = _clean_json(value)
    return kept


def _notebook_metadata(given: Any, repairs: Repairs) -> dict[str, Any]:
    metadata: dict[str, Any] = _clean_json(_dict(given))
    if not isinstance(given, dict):
        repairs["the notebook had no metadata"] += 1
    kernel = metadata.get("kernelspec")
    if not isinstance(kernel, dict) or not isinstance(kernel.get("name"), str):
        repairs["the notebook named no kernel (run with python3)"] += 1
    elif kernel["name"] != KERNEL["name"]:
        repairs[f"the notebook named the kernel {kernel['name'][:60]!r} (run with python3)"] += 1
    metadata["kernelspec"] = dict(KERNEL)
    widgets = metadata.get("widgets")
    if widgets is not None and not _valid_widgets(widgets):
        repairs["the metadata of widgets was invalid and was left out"] += 1
        del metadata["widgets"]
    language = metadata.get("language_info")
    if not isinstance(language, dict) or language.get("name") != "python":
        metadata["language_info"] = {"name": "python"}
    elif not _valid_language(language):
        metadata["language_info"] = {"name": "python"}
        repairs["the notebook's language_info was invalid"] += 1
    if not isinstance(metadata.get("title", ""), str):
        del metadata["title"]
    if not isinstance(metadata.get("authors", []), list):
        del metadata["authors"]
    for key in ("orig_nbformat", "orig_nbformat_minor"):
        metadata.pop(key, None)
    return metadata


def _valid_language(language: dict[str, Any]) -> bool:
    texts = ("file_extension", "mimetype", "pygments_lexer")
    return all(isinstance(language.get(key, ""), str) for key in texts) and isinstance(
        language.get("codemirror_mode", ""), str | dict
    )


def _valid_widgets(widgets: Any) -> bool:
    # nbconvert reads "state" of each widget type and fails without it.
    return isinstance(widgets, dict) and all(
        isinstance(bundle, dict) and isinstance(bundle.get("state"), dict) for bundle in widgets.values()
    )
