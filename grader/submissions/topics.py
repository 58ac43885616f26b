"""What a worksheet asks to be said in words: a question, and what its answer must speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHORT_STEM = 6
"""Stems from this length on are also found where the word is written apart: "over fitting"."""


@dataclass(frozen=True)
class Topic:
    """What an answer must speak of."""

    about: tuple[str, ...]
    """Word stems of which one must occur."""
    all_of: tuple[tuple[str, ...], ...]
    """Groups of stems; one of each group must occur."""

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.about or self.all_of)

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """All groups of stems."""
        return ((self.about,) if self.about else ()) + self.all_of

    def missing(self, text: str) -> list[str]:
        """The first stem of each group that does not occur."""
        return [f"“{group[0]}…”" for group in self.groups() if not any(_holds(text, stem) for stem in group)]

    def strength(self, text: str) -> int:
        """How many of all stems occur."""
        return sum(_holds(text, stem) for group in self.groups() for stem in group)

    def held_by(self, text: str) -> bool:
        """Whether a text speaks of all of it."""
        return not self.missing(text)


@dataclass(frozen=True)
class Question:
    """Something to be answered in words; :func:`grader.checks.answers.answered` explains the fields."""

    question: str = ""
    about: tuple[str, ...] = ()
    all_of: tuple[tuple[str, ...], ...] = ()
    min_words: int = 4
    near_images_of: str | None = None
    after_network: str | None = None
    section: str | None = None

    @property
    def topic(self) -> Topic:
        """What its answer must speak of."""
        return Topic(self.about, self.all_of)


def _holds(text: str, stem: str) -> bool:
    words = re.sub(r"(?<=\w)[-‐-–]\s*(?=\w)", "", text.casefold())
    if re.search(rf"(?<![^\W\d_]){re.escape(stem.casefold())}", words):
        return True
    return len(stem) >= _SHORT_STEM and stem.casefold() in re.sub(r"\s+", "", words)
