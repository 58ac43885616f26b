"""Words, numbers and names as people read them, the same in every report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from grader.grading.grade import CheckGrade, SubmissionGrade

STATUS_WORDS = {
    "graded": "graded",
    "needs_review": "needs review",
    "not_gradable": "not gradable",
    "failed": "grader failed",
    "passed": "met",
    "partial": "partly",
    "not_attempted": "not attempted",
    "error": "could not be checked",
}
CHECK_WORDS = STATUS_WORDS | {"failed": "not met"}
"""``failed`` is the student's at a check and the grader's at a submission."""

SYMBOLS = {
    "passed": "✓",
    "partial": "◐",
    "failed": "✗",
    "needs_review": "?",
    "not_attempted": "○",
    "error": "!",
}
"""A status is never told by colour alone."""

CAUSE_WORDS = {
    "own": "a mistake in this cell",
    "knock_on": "follows from an earlier error",
    "environment": "something was missing around the notebook",
    "budget": "stopped or shortened by the grader",
    "infrastructure": "the grader's own fault",
}

RUNG_WORDS = {
    "reduced": "seen in a run on a part of the data",
    "full": "confirmed in a run on all the data",
    "mended": "seen in a run with a slip mended",
}

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{digit}" for name in ("com", "lpt") for digit in range(1, 10)),
}


def number(value: Decimal) -> str:
    """A decimal's exact text without trailing zeros or exponent: ``92.5``, ``100``, ``0``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def mark(grade: SubmissionGrade) -> str:
    """``92.5 / 100``, or a dash where there is no mark."""
    return f"{number(grade.earned)} / {number(grade.points)}" if grade.has_mark else "–"


def lost(check: CheckGrade) -> Decimal:
    """Points that a check cost."""
    return check.points - check.earned


def checks(grade: SubmissionGrade) -> list[CheckGrade]:
    """All checks of a submission, in the rubric's order."""
    return [check for question in grade.questions for check in question.checks]


def most_lost(grade: SubmissionGrade, count: int | None = None) -> list[CheckGrade]:
    """The checks that cost points, dearest first, ties in the rubric's order."""
    return sorted((check for check in checks(grade) if lost(check) > 0), key=lost, reverse=True)[:count]


def cell_number(index: int) -> int:
    """The number that people see: every cell of the notebook counts, whatever its type, from 1."""
    return index + 1


def plain(text: str) -> str:
    """Output as a terminal would leave it.

    ANSI sequences are gone, lines rewritten by carriage returns or backspaces are as last written; control
    characters and lone surrogates, which have no place in HTML, are replaced.
    """
    text = _ANSI.sub("", text).replace("\r\n", "\n")
    if "\r" in text or "\b" in text:
        text = "\n".join(_overwritten(line) for line in text.split("\n"))
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _overwritten(line: str) -> str:
    # Keras's progress bars rewrite their line hundreds of times; only the last state is worth reading.
    line = line.rstrip("\r\b").rsplit("\r", 1)[-1]
    return re.split("\b+", line)[-1]


def shortened(text: str, limit: int) -> str:
    """``text``, or its first two thirds and last third around a note of how much was left out."""
    if len(text) <= limit:
        return text
    head, tail = limit * 2 // 3, limit // 3
    return f"{text[:head]}\n\n… {len(text) - head - tail:,} characters not shown …\n\n{text[-tail:]}"


def file_names(submissions: Iterable[str]) -> list[str]:
    """A file name (without suffix) for each submission, in order: readable, unique, valid everywhere.

    Letters and digits of any script stay; names that differ only in case count as equal, as on Windows.
    """
    taken: set[str] = set()
    names = []
    for submission in submissions:
        stem = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFKC", submission))
        # 60 characters of up to four bytes stay below the 255 bytes that file systems allow.
        stem = stem.encode("utf-8", "ignore").decode("utf-8").strip("-._")[:60].rstrip("-.") or "submission"
        if stem.split(".")[0].casefold() in _RESERVED:
            stem = f"_{stem}"
        name, counter = stem, 1
        while name.casefold() in taken:
            counter += 1
            name = f"{stem}-{counter}"
        taken.add(name.casefold())
        names.append(name)
    return names
