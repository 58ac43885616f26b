"""A mark in a sentence or two, for the feedback column of a learning platform."""

from __future__ import annotations

import html
import re

from grader.gradebooks.book import Entry
from grader.gradebooks.late import Mark
from grader.reports.gradebook import safe_cell
from grader.reports.text import lost, most_lost, number

_OURS = re.compile(r"\s*(?:<[^<>]*>\s*)*[\d.]+ of [\d.]+ points[.:]")
"""How :func:`feedback` begins; platforms put tags around it."""

MOST = 3
"""Requirements that are named; the student's page has them all."""


def feedback(entry: Entry) -> str:
    """What a student reads beside the mark: HTML's text, as platforms show comments as HTML.

    Hidden requirements are not named: their points are told with the whole mark only.
    """
    if entry.mark is None:
        return ""
    sentences = [f"{number(entry.mark.after)} of {number(entry.mark.points)} points{_deduction(entry.mark)}."]
    if entry.grade.status == "needs_review":
        sentences.append("Part of this mark is still to be confirmed.")
    public = [check for check in most_lost(entry.grade) if check.visibility == "public"][:MOST]
    if public:
        named = "; ".join(f"{check.title} (−{number(lost(check))})" for check in public)
        sentences.append(f"Most was lost on: {named}.")
    return safe_cell(html.escape(" ".join(sentences), quote=False))


def is_ours(text: str) -> bool:
    """Whether a comment is an earlier export's, which may be replaced, and not a person's."""
    return _OURS.match(text) is not None


def _deduction(mark: Mark) -> str:
    if not mark.penalty:
        return ""
    days = "1 day" if mark.days == 1 else f"{mark.days} days"
    return f": {number(mark.before)} for the work, less {number(mark.penalty)} for being {days} late"
