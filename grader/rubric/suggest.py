"""Did you mean."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` for the known word nearest to a misspelt one, or nothing when none is near."""
    names = {name.casefold(): name for name in known}
    nearest = difflib.get_close_matches(str(word).casefold(), names, n=1, cutoff=0.6)
    return f'; did you mean "{names[nearest[0]]}"?' if nearest else ""
