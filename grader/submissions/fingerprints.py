"""Fingerprints of a notebook's code, by which copied passages are found whatever their names and spacing.

Winnowing (S. Schleimer, D. S. Wilkerson, A. Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003), as MOSS does it: of every ``WINDOW`` successive runs of ``RUN`` tokens the one with the smallest
hash is kept, so that two notebooks which share ``RUN + WINDOW - 1`` tokens in a row share a fingerprint.

The library ``copydetect`` does the same for files on disk. It hashes with Python's ``hash``, which is salted
anew in every process: its figures for one class differ from day to day, and nothing of it can be kept. Also,
it compares every pair. Hence the few lines here.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from grader.submissions.source import CellSource

RUN = 16
"""Tokens of one fingerprint: two lines of ordinary code; what is shorter is everybody's."""
WINDOW = 9
MOST_CHARACTERS = 400_000
"""Of one notebook's code; what is longer is data that somebody pasted."""

Fingerprints = npt.NDArray[np.uint64]

_TOKEN = re.compile(
    r"""\#[^\n]*
      | [rbfuRBFU]{0,2}(?:\"\"\"(?:[^\\"]|\\.|\"(?!\"\"))*+(?:\"\"\")?|'''(?:[^\\']|\\.|'(?!''))*+(?:''')?
          |\"(?:[^\\"\n]|\\.)*+\"?|'(?:[^\\'\n]|\\.)*+'?)
      | [^\W\d]\w*
      | \d[\w.]*
      | \S""",
    re.VERBOSE | re.DOTALL,
)
"""A comment, a text, a name, a number or a sign; a text that nothing closes goes on to the end, or to that of
its line."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ divided by the golden ratio: odd, and its powers spread well."""


def fingerprints(cells: Sequence[CellSource]) -> Fingerprints:
    """The fingerprints of a notebook's code cells, sorted, each once; the same in every process."""
    own = frozenset().union(*(cell.defines for cell in cells)) - _imported(cells)
    tokens = _TOKEN.findall("\n".join(cell.source for cell in cells)[:MOST_CHARACTERS])
    numbers = {token: _number(_alike(token, own)) for token in set(tokens)}
    counted = np.fromiter(map(numbers.__getitem__, tokens), np.uint64, len(tokens))
    return _winnowed(counted[counted > 0])


def fingerprints_of(numbers: Sequence[int]) -> Fingerprints:
    """Fingerprints that were kept as numbers."""
    return np.array(numbers, dtype=np.uint64)


def _imported(cells: Sequence[CellSource]) -> frozenset[str]:
    """Imported names say what is used (``Conv2D``), unlike those that a student chooses."""
    return frozenset(each.alias for cell in cells for each in cell.imports)


def _alike(token: str, own: frozenset[str]) -> str:
    """Names that the student chose are one, and so are texts; of a comment nothing is left."""
    if token.startswith("#"):
        return ""
    if token.endswith(("'", '"')):
        return "S"
    return "V" if token in own else token


def _number(token: str) -> int:
    return zlib.crc32(token.encode("utf-8", "replace")) + 1 if token else 0


def _winnowed(tokens: npt.NDArray[np.uint64]) -> Fingerprints:
    if len(tokens) < RUN + WINDOW - 1:
        return np.empty(0, np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(tokens, RUN)
    powers = np.cumprod(np.full(RUN, _MULTIPLIER))  # wraps around, as it should
    hashes = (runs * powers).sum(axis=1, dtype=np.uint64)
    # The low bits of a product hardly mix; the smallest hash is chosen by the high ones.
    hashes = (hashes ^ (hashes >> np.uint64(32))) * _MULTIPLIER
    windows = np.lib.stride_tricks.sliding_window_view(hashes, WINDOW)
    return np.unique(hashes[np.unique(np.arange(len(windows)) + windows.argmin(axis=1))])
