"""Text that comes from outside, made fit to be shown and stored."""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


def one_line(text: str, limit: int = 200) -> str:
    """A name that comes from outside, safe on one line of a terminal or a CI log.

    Control, invisible and direction-changing characters become visible escapes such as ``\\x1b``.
    """
    visible = _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"


def storable(text: str) -> str:
    """The text as UTF-8 can hold it: what a file name has in another encoding, or JSON in half an escape, is
    replaced."""
    return _LONE_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
