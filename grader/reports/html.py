"""The class page and a page for each student: single files that load nothing and run nothing of a student."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from grader.errors import CannotWriteError
from grader.grading.grade import CheckGrade, ClaimGrade, ClassGrades, SubmissionGrade, TrainingGrade
from grader.reports import charts, summary, text
from grader.reports.files import write_atomically
from grader.reports.notebook_view import cell_views
from grader.reports.shown import Notebook, Shown, ShownCell, shown
from grader.visible import one_line

FIRST = 5
"""How many lost points a student's page puts first."""

GENERATOR = '<meta name="generator" content="cnn-grader">'

VERDICTS = {
    "same": ("=", "same"),
    "differs": ("≠", "differs"),
    "missing": ("−", "missing"),
    "extra": ("+", "not asked for"),
    "allowed": ("+", "allowed"),
}
"""Sign and word for each row of two networks side by side."""


def write_reports(
    grades: ClassGrades,
    notebooks: Mapping[str, Notebook | None],
    out: Path,
    *,
    anew: bool = True,
) -> Path:
    """Write ``out/index.html`` and ``out/students/NAME.html``; return the class page's path.

    ``notebooks`` maps a submission to its executed notebook (an nbformat 4 node) or None. Each is asked
    for once, so that a lazy mapping keeps one in memory; what a page shows of a run that is kept is kept
    beside it, and such a notebook is not asked for at all. Pages of students who left the class are removed;
    those that are there stay as they are unless they are to be written ``anew``.
    Raises :class:`grader.errors.CannotWriteError` where the folder cannot be written.
    """
    names = text.file_names(grade.submission for grade in grades.submissions)
    students = out / "students"
    for grade, name in zip(grades.submissions, names, strict=True):
        path = students / f"{name}.html"
        if anew or not path.is_file():
            page = _student_page(grades, grade, shown(notebooks, grade.submission, _shown))
            write_atomically(path, page, durable=False)
    _remove_stale(students, {f"{name}.html" for name in names})
    index = out / "index.html"
    if anew or not index.is_file():
        write_atomically(index, class_page(grades, names), durable=False)
    return index


def class_page(grades: ClassGrades, names: list[str]) -> bytes:
    """The teacher's page; ``names`` are the students' file names in the order of the submissions."""
    links = {
        id(grade): f"students/{quote(name)}.html"
        for grade, name in zip(grades.submissions, names, strict=True)
    }
    return _render(
        "class.html",
        script=asset("class.js"),
        grades=grades,
        link=lambda grade: links[id(grade)],
        marks=summary.marks(grades),
        bars=charts.bars(summary.distribution(grades)),
        questions=summary.question_shares(grades),
        rows=summary.check_rows(grades),
        undefined=summary.undefined(grades),
        alike=grades.resemblances,
        named={grade.submission: grade for grade in grades.submissions},
        doubted=[grade for grade in grades.submissions if grade.doubts],
        review=summary.with_status(grades, "needs_review"),
        ended=summary.with_status(grades, "not_gradable", "failed"),
        mended=[grade for grade in grades.submissions if grade.mends],
        remarked=[grade for grade in grades.submissions if grade.remarks],
        counts={
            status: len(summary.with_status(grades, status))
            for status in ("graded", "needs_review", "not_gradable", "failed")
        },
    )


def student_page(grades: ClassGrades, grade: SubmissionGrade, notebook: Notebook | None) -> bytes:
    """One student's page; it holds nothing of anyone else's, nor the remarks that are for the teacher."""
    return _student_page(grades, grade, _shown(notebook) if notebook is not None else None)


def _shown(notebook: Notebook) -> Shown:
    views = cell_views(notebook)
    content = environment().get_template("parts.html").module.cell_content
    return Shown(
        tuple(ShownCell(view.index, view.number, view.kind, content(view)) for view in views),
        max(0, len(notebook.get("cells") or ()) - len(views)),
    )


def _student_page(grades: ClassGrades, grade: SubmissionGrade, notebook: Shown | None) -> bytes:
    notebook = notebook or Shown()
    lost = text.most_lost(grade)
    return _render(
        "student.html",
        grades=grades,
        grade=grade,
        first=lost[:FIRST],
        others=lost[FIRST:],
        cells=notebook.cells,
        left_out=notebook.left_out,
        shown={cell.index for cell in notebook.cells},
        notes=_notes(grade),
        issues={issue.cell: issue for issue in grade.cell_issues},
        learning=_learning(grade),
    )


@dataclass(frozen=True)
class Learning:
    """How a network learns: measured here, and as the student's saved outputs tell it."""

    network: str
    training: TrainingGrade | None
    plot: charts.Curves | None
    claim: ClaimGrade | None
    claim_plot: charts.Curves | None


def _learning(grade: SubmissionGrade) -> list[Learning]:
    trainings = {training.network: training for training in grade.trainings}
    claims = {claim.network: claim for claim in grade.claims}
    return [
        Learning(
            name,
            training := trainings.get(name),
            charts.curves(training) if training else None,
            claim := claims.get(name),
            charts.claimed_curves(claim) if claim else None,
        )
        for name in trainings | claims
    ]


@dataclass(frozen=True)
class Note:
    """A check as it is told beside one of its cells: in full at the first, briefly at the others."""

    check: CheckGrade
    full: bool


def _notes(grade: SubmissionGrade) -> dict[int, list[Note]]:
    notes: dict[int, list[Note]] = {}
    for check in text.checks(grade):
        for position, cell in enumerate(dict.fromkeys(check.cells)):
            notes.setdefault(cell, []).append(Note(check, full=position == 0))
    for beside in notes.values():
        beside.sort(key=lambda note: text.lost(note.check), reverse=True)
    return notes


def _remove_stale(folder: Path, current: set[str]) -> None:
    """An old page beside new ones would show a mark that no longer holds. Only our own pages are removed."""
    try:
        for path in folder.glob("*.html"):
            if path.name not in current:
                with path.open(encoding="utf-8", errors="replace") as file:
                    ours = GENERATOR in file.read(2000)
                if ours:
                    path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWriteError(
            f"{folder}: cannot remove an old page: {error.strerror}; delete the folder"
        ) from error


def _render(template: str, *, script: Markup | None = None, **facts: Any) -> bytes:
    style = asset("style.css")
    pieces = (
        environment()
        .get_template(template)
        .generate(
            style=style, script=script, policy=_policy(style, script), generator=Markup(GENERATOR), **facts
        )
    )
    # Piece by piece: a picture is ASCII, which a page's text with other letters would widen.
    return b"".join(piece.encode("utf-8", "replace") for piece in pieces)


def _policy(style: str, script: str | None) -> str:
    """A Content-Security-Policy that lets the page use its own style and script, and load nothing."""
    parts = [
        "default-src 'none'",
        f"style-src {_hash(style)}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if script is not None:
        parts.append(f"script-src {_hash(script)}")
    return "; ".join(parts)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode('utf-8')).digest()).decode('ascii')}'"


@functools.cache
def asset(name: str) -> Markup:
    """A file of the templates' folder as it is: style or script of our own."""
    return Markup((Path(__file__).parent / "templates" / name).read_text(encoding="utf-8"))


@functools.cache
def environment() -> Any:
    """Renders the templates, with everything escaped that does not say it is HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": text.number,
        "cell": text.cell_number,
        "name": one_line,
        "share": _share,
        "prose": _prose,
        "anchor": anchor,
        "cells": lambda cells: list(dict.fromkeys(cells)),
    }
    environment.globals |= {
        "mark": text.mark,
        "lost": text.lost,
        "most_lost": text.most_lost,
        "checks": text.checks,
        "symbols": text.SYMBOLS,
        "words": text.STATUS_WORDS,
        "check_words": text.CHECK_WORDS,
        "cause_words": text.CAUSE_WORDS,
        "rung_words": text.RUNG_WORDS,
        "verdicts": VERDICTS,
    }
    return environment


def anchor(identifier: str) -> str:
    """A check's or question's id as a fragment of a page's address."""
    return re.sub(r"[^\w.-]+", "-", identifier)


def _share(part: Decimal | int, whole: Decimal | int) -> float:
    """Percent, for the width of a bar."""
    return round(min(100.0, max(0.0, 100 * float(part) / float(whole))), 1) if whole else 0.0


def _prose(message: str) -> Markup:
    """A message with `code` in backticks set as code; everything else is escaped."""
    pieces: Iterable[str] = re.split(r"`([^`\n]+)`", text.plain(message))
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if number % 2 else escape(piece)
        for number, piece in enumerate(pieces)
    )
