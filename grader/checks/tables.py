"""Tables that compare: data frames, printed rows, markdown and HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.checks.outcome import Outcome, absent, met, partly
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Fitted
from grader.evidence.evidence import Cell

_NOT_COMPARING = re.compile(
    r"ms/step|s/step|it/s\b|Epoch \d|━|[│┃╭┌└├]|\(None,|precision +recall|macro avg|weighted avg|micro avg"
    r"|^\s*accuracy +[\d.]+ +\d+\s*$|params|Downloading|Warning|^\s*\[+[-\d\s.,e+]*\]*\s*$",
    re.IGNORECASE,
)
"""Lines of training logs, summaries, classification reports and printed arrays, which compare nothing."""
_REPORT = re.compile(r"precision +recall +f1-score")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s?%?(?![\w.])")
_METRIC = re.compile(
    r"\b(?:test|train(?:ing)?|val(?:id(?:ation)?)?|final|best|mean|loss|accuracy|acc|error|score|time|epochs?|seconds?)\b",
    re.IGNORECASE,
)


@check("table_shown", written_as=("DataFrame", "display", "print"))
def table_shown(work: Work, *, after: str = "variants", rows: int = 2, columns: int = 2) -> Outcome:
    """Look for a table that compares: a data frame, printed rows, or one written in markdown or HTML.

    A row has a name and numbers. Rows that name only measures of one network (test loss, test accuracy),
    logs, summaries and classification reports compare nothing. A table
    that is smaller, with two rows at least, is partly.

    Args:
        after: ``variants`` for a table below the second training, or the name of an expected network for one
            below its training.
        rows: Fewest rows.
        columns: Fewest columns, the rows' names among them.
    """
    wanted = f"a table of at least {rows} rows and {columns} columns"
    hint = "Put the results side by side: pd.DataFrame({'variant': names, 'test accuracy': accuracies})."
    first = _from(work, after)
    if first is None:
        return absent(wanted, hint, found="no two trainings that could be compared")
    smaller: Outcome | None = None
    for cell in work.evidence.cells[first:]:
        for table in _tables(cell):
            size = (len(table), max(map(len, table)))
            found = f"{size[0]} rows and {size[1]} columns"
            if size[0] >= rows and size[1] >= columns:
                return met(wanted, found, cells=(cell.index,))
            smaller = smaller or partly(wanted, found, hint, cells=(cell.index,))
    return smaller or absent(wanted, hint, found="no table")


def _from(work: Work, after: str) -> int | None:
    """The first cell in which the table may stand."""
    if after != "variants":
        fit = work.fit(after)
        return fit.cell if fit else None
    trained = [fit.cell for fit in work.evidence.of(Fitted) if work.view(fit.data).known]
    if len(trained) < 2:  # augmented images are not recognised
        trained = [fit.cell for fit in work.evidence.of(Fitted)]
    return trained[1] if len(trained) > 1 else None


def _tables(cell: Cell) -> Iterator[list[Sequence[str]]]:
    """Tables in what a cell says: each a list of rows, each row its fields, the name first."""
    text = cell.source if cell.type == "markdown" else cell.text
    if _REPORT.search(text):
        return
    block: list[Sequence[str]] = []
    for line in [*text.splitlines(), ""]:
        fields = _fields(line)
        if fields:
            block.append(fields)
        elif block and not _is_rule(line):
            if table := _comparing(block):
                yield table
            block = []


def _is_rule(line: str) -> bool:
    return bool(line.strip()) and not re.search(r"\w", line)


def _fields(line: str) -> Sequence[str]:
    """A row's name and numbers; () for a line that is no row of a table."""
    if _NOT_COMPARING.search(line) or len(line) > 400:
        return ()
    if line.count("|") >= 2 or line.count("\t") >= 1:
        cells = [each.strip(" *`") for each in re.split(r"[|\t]", line.strip().strip("|"))]
        cells = [each for each in cells if re.search(r"\w", each)]
        if any(_NUMBER.fullmatch(each) or _NUMBER.search(each) for each in cells[1:]):
            return cells
        return ()
    numbers = _NUMBER.findall(line)
    name = _NUMBER.sub(" ", line).strip(" \t:=-–—,;[](){}'\"|%")
    if not numbers or len(name.split()) > 14:
        return ()
    return (" ".join(name.split()) or numbers[0], *numbers)


def _comparing(block: list[Sequence[str]]) -> list[Sequence[str]]:
    """The rows that are about different things; [] when they are measures of one."""
    things = {_METRIC.sub("", row[0]).strip(" :=-").casefold() for row in block}
    return block if len(things - {""}) >= 2 else []
