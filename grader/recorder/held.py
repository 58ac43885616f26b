"""Data left waiting: what a failed cell would have handed to ``fit``, ``evaluate`` or ``predict``.

A cell that stops before its call reaches Keras leaves no other trace of the data that it names, and work that
could not run is judged on what is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from grader.evidence.events import DataHeld
from grader.recorder.data import summarise
from grader.recorder.recorder import Recorder

_CALL = re.compile(r"\.(?:fit|evaluate|predict)\s*\(([^)]*)")
_VALIDATION = re.compile(r"validation_data\s*=\s*\(?\s*([\w\s,]+)")
_NAME = re.compile(r"(?<![\w.\"'=])([A-Za-z_]\w*)(?!\s*[=\w(.])")
_MOST = 6
"""Names of one cell that are looked at."""


def watch_held_data(recorder: Recorder, namespace: dict[str, Any], shell: Any) -> None:
    """After each failed cell, summarise the data that its calls name and the namespace holds."""

    def look(result: Any) -> None:
        if result.success:
            return
        for variable, labels in _data_names(result.info.raw_cell):
            if variable not in namespace:
                continue
            with recorder.trying(f"data in {variable}"):
                data = summarise(namespace[variable], namespace.get(labels), recorder.settings.samples)
                if data.container != "other":
                    recorder.log.write(DataHeld, variable=variable, data=data)

    shell.events.register("post_run_cell", look)


def _data_names(source: str) -> Iterator[tuple[str, str]]:
    """Names in the places of data, each with the name beside it, which holds the labels of arrays."""
    found: dict[str, str] = {}
    for arguments in [*_CALL.findall(source), *_VALIDATION.findall(source)]:
        names = _NAME.findall(arguments)
        for position, name in enumerate(names):
            found.setdefault(name, names[position + 1] if position + 1 < len(names) else "")
    yield from list(found.items())[:_MOST]
