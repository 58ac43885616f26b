"""A self-check as a student reads it in the terminal: the worksheet in its order, then what to mend first.

Texts come from the notebook and from the rubric: none can colour or move anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from grader.grading.grade import CheckGrade, ClassGrades, QuestionGrade, SubmissionGrade
from grader.reports.console import speaks_unicode, writable
from grader.reports.text import RUNG_WORDS, SYMBOLS, cell_number, checks, lost, number, plain
from grader.rubric.schema import Later, Question, Rubric
from grader.visible import one_line

FIRST = 3
"""How many lost points are told to mend first."""
_LONGEST = 400
"""Characters of a message."""
_CELLS = 4
"""Cells that a message names."""

LATER = "later"
_SIGNS = {**SYMBOLS, LATER: "·", "mend": "→ ", "minus": "−"}
_PLAIN = dict(zip(_SIGNS, ["+", "~", "x", "?", "-", "!", ".", ">", "-"], strict=True)) | {"mend": "> "}
"""The same for a terminal that shows nothing but plain letters."""

COLOURS = {
    "passed": "green",
    "partial": "yellow",
    "failed": "red",
    "not_attempted": "red",
    "needs_review": "magenta",
    "error": "magenta",
}


@dataclass(frozen=True)
class Tally:
    """The points of a self-check, by how they are decided."""

    met: Decimal
    decided: Decimal
    """What the check decides; ``met`` is a part of it."""
    read: Decimal
    """What a person looks at."""
    later: Decimal
    """What is decided after handing in."""

    @property
    def lost(self) -> Decimal:
        """What is not met."""
        return self.decided - self.met


def tally(copy: Rubric, grade: SubmissionGrade) -> Tally:
    """Add up the points of a submission that has a mark."""
    read = [check for check in checks(grade) if is_read(check)]
    return Tally(
        met=grade.earned - grade.proposed,
        decided=grade.points - sum((check.points for check in read), Decimal(0)),
        read=sum((check.points for check in read), Decimal(0)),
        later=sum((each.points for question in copy.questions for each in question.later), Decimal(0)),
    )


def is_read(check: CheckGrade) -> bool:
    """Whether a person decides it: it is neither met nor lost."""
    return check.status in ("needs_review", "error")


def missed(grade: SubmissionGrade) -> list[CheckGrade]:
    """The checks that cost points, dearest first, ties in the rubric's order."""
    return sorted(
        (each for each in checks(grade) if lost(each) > 0 and not is_read(each)), key=lost, reverse=True
    )


def since_view(before: SubmissionGrade, now: SubmissionGrade, console: Console) -> Text | None:
    """What a save changed: ``since the check before: 3g +4``; None when no points did."""
    earned = {check.id: check.earned for check in checks(before) if not is_read(check)}
    both = [check for check in checks(now) if check.id in earned and not is_read(check)]
    changed = [(check, check.earned - earned[check.id]) for check in both]
    told = [
        (f" {check.id} {'+' if gain > 0 else sign('minus', console)}{number(abs(gain))}", gain)
        for check, gain in changed
        if gain
    ]
    if not told:
        return None
    styled = [(words, "green" if gain > 0 else "red") for words, gain in told]
    return Text.assemble("Since the check before:", *styled)


def check_view(copy: Rubric, grades: ClassGrades, seconds: float, console: Console) -> RenderableType:
    """The whole self-check; ``grades`` are of one submission, by the students' ``copy`` of the rubric."""
    (grade,) = grades.submissions
    view = _View(console)
    data = [f"{name}: {description}" for name, description in grades.data.items()]
    return Group(*view.parts(copy, grade, seconds), *(view.text(each, "dim") for each in data))


def sign(name: str, console: Console) -> str:
    """The sign of a status, as the terminal can show it."""
    return (_SIGNS if speaks_unicode(console) else _PLAIN)[name]


class _View:
    def __init__(self, console: Console) -> None:
        self.console = console

    def parts(self, copy: Rubric, grade: SubmissionGrade, seconds: float) -> Iterable[RenderableType]:
        yield Rule(self.text(copy.title, "bold"), align="left", style="dim")
        if not grade.has_mark:
            yield self.text(f"{one_line(grade.notebook or grade.submission)}: {grade.reason}", "red")
            return
        yield from self.questions(copy, grade)
        yield from self.stopped(grade)
        yield from self.first(grade)
        yield from self.sums(copy, grade, seconds)

    def text(self, text: str, style: str = "") -> Text:
        return Text(writable(" ".join(plain(text).split()), self.console), style=style)

    def questions(self, copy: Rubric, grade: SubmissionGrade) -> Iterable[RenderableType]:
        graded = {question.id: question for question in grade.questions}
        named = [line.id for line in copy.checks]
        named += [each.id for question in copy.questions for each in question.later]
        width = max(map(len, named))
        for question in copy.questions:
            yield Text()
            yield from self.question(question, graded.get(question.id), width)

    def question(
        self, question: Question, grade: QuestionGrade | None, width: int
    ) -> Iterable[RenderableType]:
        decided = [check for check in grade.checks if not is_read(check)] if grade else []
        met = sum((check.earned for check in decided), Decimal(0))
        points = sum((check.points for check in decided), Decimal(0))
        head = Table.grid(padding=(0, 1), expand=True)
        head.add_column(ratio=1)
        head.add_column(justify="right", no_wrap=True)
        head.add_row(
            self.text(question.title, "bold"),
            Text(f"{number(met)} of {number(points)}" if decided else "", style="bold"),
        )
        yield head
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(width=2, justify="right")
        table.add_column(width=width, no_wrap=True)
        table.add_column(ratio=1)
        table.add_column(justify="right", no_wrap=True)
        for check in grade.checks if grade else ():
            self.check(table, check)
        for each in question.later:
            self.later(table, each)
        yield table

    def check(self, table: Table, check: CheckGrade) -> None:
        colour = COLOURS[check.status]
        points = f"{number(check.earned)} of {number(check.points)}"
        if is_read(check):
            points = f"{number(check.points)} to be read"
        elif check.status == "passed":
            points = number(check.points)
        table.add_row(
            Text(sign(check.status, self.console), style=colour),
            self.text(check.id, "dim"),
            self.text(check.title),
            Text(points, style=colour),
        )
        if check.status != "passed":
            table.add_row("", "", self.why(check), "")

    def why(self, check: CheckGrade) -> Text:
        where = f" ({_cells(check)})" if check.cells else ""
        told = self.text(f"{one_line(plain(check.found), _LONGEST)}{where}", "dim")
        if check.hint:
            told.append("\n")
            told.append(self.text(f"{sign('mend', self.console)}{check.hint}"))
        return told

    def later(self, table: Table, each: Later) -> None:
        table.add_row(
            Text(sign(LATER, self.console), style="dim"),
            self.text(each.id, "dim"),
            self.text(each.title, "dim"),
            Text(f"{number(each.points)} later", style="dim"),
        )
        table.add_row("", "", self.text(each.decided, "dim italic"), "")

    def stopped(self, grade: SubmissionGrade) -> Iterable[RenderableType]:
        for issue in grade.cell_issues:
            yield Text()
            words = Text.assemble(
                (f"Cell {cell_number(issue.cell)} stops: ", "bold red"),
                self.text(one_line(issue.error)),
            )
            yield words
            if issue.explanation:
                yield Padding(self.text(issue.explanation), (0, 0, 0, 2))

    def first(self, grade: SubmissionGrade) -> Iterable[RenderableType]:
        wrong = missed(grade)
        if not wrong:
            return
        minus = sign("minus", self.console)
        yield Text("\nMend first", style="bold")
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column(justify="right", no_wrap=True, style="bold red")
        table.add_column(no_wrap=True, style="dim")
        table.add_column(ratio=1)
        for check in wrong[:FIRST]:
            where = f", {_cells(check)}" if check.cells else ""
            told = self.text(f"{check.title}{where}")
            table.add_row(f"{minus}{number(lost(check))}", self.text(check.id), told)
        yield table
        if others := wrong[FIRST:]:
            ids = ", ".join(f"{check.id} ({minus}{number(lost(check))})" for check in others)
            yield self.text(f"then {ids}", "dim")

    def sums(self, copy: Rubric, grade: SubmissionGrade, seconds: float) -> Iterable[RenderableType]:
        points = tally(copy, grade)
        yield Text()
        style = "bold green" if not points.lost else "bold"
        told = Text.assemble((f"{number(points.met)} of {number(points.decided)} points are met", style))
        if points.read:
            told.append(f"; read by a person: {number(points.read)}")
        if points.later:
            told.append(f"; decided after handing in: {number(points.later)}")
        yield told
        rung = f"; {RUNG_WORDS[grade.rung]}" if grade.rung else ""
        kept = "its code is as it was: not run again" if grade.from_store else f"{seconds:.1f} s"
        yield self.text(f"{one_line(grade.notebook)}: {kept}{rung}", "dim")


def _cells(check: CheckGrade) -> str:
    numbers = [str(cell_number(cell)) for cell in dict.fromkeys(check.cells)]
    more = " and more" if len(numbers) > _CELLS else ""
    return f"cell{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:_CELLS])}{more}"
