"""The job summary: a page of Markdown in which no student's text is anything but text.

GitHub Flavored Markdown (github.github.com/gfm, 6.2): "entity and numeric character references cannot be used
in place of symbols indicating structure". So punctuation that could mean something is written as one.
"""

from __future__ import annotations

import re

from grader.ci.github import SUMMARY_BYTES
from grader.ci.marks import Marks
from grader.grading.grade import CheckGrade, ClassGrades, SubmissionGrade
from grader.reports.student_view import explanation
from grader.reports.text import (
    CHECK_WORDS,
    SYMBOLS,
    cell_number,
    mark,
    most_lost,
    number,
)
from grader.visible import one_line

_MEANINGFUL = re.compile(r"[!-#&*.:<>?@\[-`{-~$]")


def escaped(text: str, limit: int = 600) -> str:
    """``text`` on one line of Markdown, in a table or out of it."""
    return _MEANINGFUL.sub(lambda found: f"&#{ord(found[0])};", one_line(text, limit))


def prose(text: str, limit: int = 700) -> str:
    """A message, with what stands in backticks set as code and everything else as it is written."""
    pieces = re.split(r"`([^`]+)`", one_line(text, limit))
    return "".join(
        f"<code>{escaped(piece, limit)}</code>" if number % 2 else escaped(piece, limit)
        for number, piece in enumerate(pieces)
    )


def summary(grades: ClassGrades, marks: Marks, report: str = "") -> str:
    """The summary of the one submission, at most :data:`grader.ci.github.SUMMARY_BYTES` long.

    ``grades`` are as students see them; ``report`` tells where the page with the details is.
    """
    (grade,) = grades.submissions
    lines = [f"## {escaped(grades.title)}: {_headline(grade, marks)}", ""]
    if grade.reason:
        lines += [_reason(grade), ""]
    lines += _lost(grade)
    lines += _questions(grade)
    if grades.sandbox == "none":
        lines += [
            "> This runner has no private namespaces: the notebook ran with the runner's own rights, so that "
            "the mark is not safe from a notebook that sets out to change it.",
            "",
        ]
    if report:
        lines += [escaped(report), ""]
    return _bounded(lines)


def _headline(grade: SubmissionGrade, marks: Marks) -> str:
    if not grade.has_mark:
        return "no mark"
    told = f"{number(marks.earned)} / {number(marks.points)}"
    own = "" if marks.points == grade.points else f" ({mark(grade)} points of the worksheet)"
    proposed = ", to be confirmed by your teacher" if grade.status == "needs_review" else ""
    return f"{told}{own}{proposed}"


def _reason(grade: SubmissionGrade) -> str:
    if grade.status == "failed":
        return f"This is the grader's failure, not yours, and no zero: {escaped(grade.reason)}"
    return f"Why: {escaped(grade.reason)}"


def _lost(grade: SubmissionGrade) -> list[str]:
    lost = most_lost(grade)
    if not lost:
        return ["Full marks: everything that was asked for is there.", ""] if grade.has_mark else []
    return [
        "### What to mend first",
        "",
        "| Points | What | Why | Cell |",
        "| ---: | --- | --- | ---: |",
        *(_lost_row(check) for check in lost),
        "",
    ]


def _lost_row(check: CheckGrade) -> str:
    cells = ", ".join(str(cell_number(cell)) for cell in dict.fromkeys(check.cells))
    points = number(check.points - check.earned)
    return f"| −{points} | {escaped(check.title)} | {prose(explanation(check))} | {cells} |"


def _questions(grade: SubmissionGrade) -> list[str]:
    lines = []
    for question in grade.questions:
        earned = f"{number(question.earned)} / {number(question.points)}"
        lines += [
            "<details>",
            f"<summary>{escaped(question.title)}: {earned}</summary>",
            "",
            "| | Check | Points |",
            "| --- | --- | ---: |",
            *(
                f"| {SYMBOLS[check.status]} {CHECK_WORDS[check.status]} | {escaped(check.title)} "
                f"| {number(check.earned)} / {number(check.points)} |"
                for check in question.checks
            ),
            "",
            "</details>",
            "",
        ]
    return lines


def _bounded(lines: list[str]) -> str:
    """As many lines as fit; a summary that is too long is not shown at all."""
    room = SUMMARY_BYTES
    for position, line in enumerate(lines):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            return "\n".join([*lines[:position], "", "… the rest is in the report.", ""])
    return "\n".join(lines)
