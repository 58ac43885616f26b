"""When two names are the same, and how near they are."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

_BETWEEN = re.compile(r"[\s_.,\-]+")


def spaced(name: str) -> str:
    """A name in one spelling: no capitals, one space between its words, no invisible characters."""
    composed = unicodedata.normalize("NFKC", name).casefold()
    # Direction marks come with names copied from right-to-left pages; nobody sees them.
    visible = "".join(char for char in composed if unicodedata.category(char) != "Cf")
    return _BETWEEN.sub(" ", visible).strip()


def squeezed(name: str) -> str:
    """Letters and digits only, as Canvas has names in file names: ``Doe, Jane`` is ``doejane``."""
    return re.sub(r"\W|_", "", spaced(name))


def spellings(name: str, first: str = "", last: str = "") -> frozenset[str]:
    """All forms in which a student's name is recognised for certain."""
    if not (first and last) and name.count(",") == 1:
        last, _, first = (part.strip() for part in name.partition(","))
    full = {name, *((f"{first} {last}", f"{last} {first}") if first and last else ())}
    return frozenset(form for each in full for form in (spaced(each), squeezed(each)) if form)


class Near:
    """How alike other names are to one, from 0 to 1, whatever their accents and the order of their words."""

    def __init__(self, name: str) -> None:
        """Take in the name that all others are compared with."""
        # The matcher learns its second sequence once; students are then cheap to try.
        self._matchers = [SequenceMatcher(None, "", form, autojunk=False) for form in _forms(name)]

    def likeness(self, other: str, least: float) -> float:
        """The likeness of another name; 0 below ``least``, which is found out sooner."""
        best = 0.0
        for matcher, form in zip(self._matchers, _forms(other), strict=False):
            matcher.set_seq1(form)
            if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least:
                best = max(best, matcher.ratio())
        return best if best >= least else 0.0


@lru_cache(maxsize=2**16)
def _forms(name: str) -> tuple[str, ...]:
    """A name without accents, its words in the order of the alphabet, and its letters in a row."""
    apart = unicodedata.normalize("NFKD", spaced(name))
    # A name of accents alone keeps them.
    words = "".join(char for char in apart if not unicodedata.combining(char)).split() or apart.split()
    return (" ".join(sorted(words)), "".join(words)) if words else ()
