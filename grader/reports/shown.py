"""What a page shows of an executed notebook, kept beside the run that it was made of.

It depends on the run and on the reports' code alone: a class that is graded again with other points has
pages of other marks around the same cells. What is kept is HTML that went through every escape already. It
lies in the teacher's cache, where no notebook can write, and is taken only from the entry of a run.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markupsafe import Markup

from grader.evidence.store import ExecutedNotebooks

_NAME = "shown"
_LIBRARIES = ("ipython-pygments-lexers", "jinja2", "markupsafe", "mistune", "nbformat", "pygments")


@dataclass(frozen=True)
class ShownCell:
    """One cell as HTML, without what the grade says about it."""

    index: int
    number: int
    kind: str
    content: Markup


@dataclass(frozen=True)
class Shown:
    """A notebook's cells, and how many more it has than a page shows."""

    cells: tuple[ShownCell, ...] = ()
    left_out: int = 0


Notebook = Mapping[str, Any]


def shown(
    notebooks: Mapping[str, Notebook | None], submission: str, make: Callable[[Notebook], Shown]
) -> Shown | None:
    """What the page shows of a submission's notebook, by ``make`` where it is not kept; None without one."""
    store = notebooks if isinstance(notebooks, ExecutedNotebooks) else None
    if store is not None:
        kept = store.derived(submission, _NAME, fingerprint())
        if kept is not None:
            return _read(kept)
    notebook = notebooks.get(submission)
    if notebook is None:
        return None
    made = make(notebook)
    if store is not None:
        store.keep_derived(submission, _NAME, fingerprint(), _written(made))
    return made


@functools.cache
def fingerprint() -> str:
    """Digest of the code that makes pages of notebooks, and of the libraries that it uses."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for file in sorted((*here.glob("*.py"), *here.glob("templates/*.html"))):
        digest.update(file.read_bytes())
    digest.update(" ".join(f"{name} {version(name)}" for name in _LIBRARIES).encode())
    return digest.hexdigest()


def _written(made: Shown) -> bytes:
    """A line of JSON about the cells, then their HTML as it is: pictures need not be parsed."""
    contents = [cell.content.encode("utf-8", "replace") for cell in made.cells]
    cells = [
        (cell.index, cell.number, cell.kind, len(content))
        for cell, content in zip(made.cells, contents, strict=True)
    ]
    about = json.dumps({"cells": cells, "left_out": made.left_out}).encode()
    return b"\n".join((about, b"".join(contents)))


def _read(kept: bytes) -> Shown:
    """The store has compared the checksum: this is as _written made it, by this very code."""
    about, _, contents = kept.partition(b"\n")
    told = json.loads(about)
    ends = itertools.accumulate(length for *_, length in told["cells"])
    cells = (
        ShownCell(index, number, kind, Markup(contents[end - length : end].decode()))
        for (index, number, kind, length), end in zip(told["cells"], ends, strict=True)
    )
    return Shown(tuple(cells), told["left_out"])
