"""A CSV file as somebody else wrote it, and written back the same but for the cells that were filled in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UserError

LARGEST = 2**26
"""Bytes of a file; a course of ten thousand with a hundred columns has fewer."""

DELIMITERS = (",", ";", "\t")
"""Canvas and Excel write semicolons where the comma is the decimal sign."""


@dataclass(frozen=True)
class Table:
    """The rows of a file below its header."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    """The line of the file on which each row starts, counted from 1."""
    delimiter: str = ","
    ending: str = "\r\n"
    mark: bool = False
    """Whether the file starts with a byte-order mark."""

    def column(self, *names: str) -> int | None:
        """Position of the first column that has one of these names, in any capitals."""
        wanted = {name.casefold() for name in names}
        return next((at for at, title in enumerate(self.header) if title.strip().casefold() in wanted), None)

    def cell(self, row: int, column: int | None) -> str:
        """What a cell holds, without spaces around it; empty where the row is too short."""
        cells = self.rows[row]
        return cells[column].strip() if column is not None and column < len(cells) else ""

    def where(self, row: int) -> str:
        """``file:line`` of a row, for messages."""
        return f"{self.path}:{self.lines[row]}"

    def filled(self, cells: Mapping[tuple[int, int], str]) -> bytes:
        """The file with other text in some cells, given by row and column; all else is as it was."""
        rows = [list(row) for row in self.rows]
        for (row, column), text in cells.items():
            rows[row] += [""] * (column + 1 - len(rows[row]))
            rows[row][column] = text
        text = csv_text([self.header, *rows], self.delimiter, self.ending)
        return text.encode("utf-8-sig" if self.mark else "utf-8")


def csv_text(rows: Iterable[Sequence[str]], delimiter: str = ",", ending: str = "\r\n") -> str:
    """Rows as CSV (RFC 4180)."""
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=ending).writerows(rows)
    return written.getvalue()


def read_table(path: Path) -> Table:
    """Read a CSV file, separated by commas, semicolons or tabs.

    Raises:
        UserError: it cannot be read, is no CSV, or is empty.
    """
    content = _content(path)
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"{path}:{line}: not UTF-8 text; save it as “CSV UTF-8”") from error
    delimiter = max(
        DELIMITERS, key=lambda each: len(next(_records(path, text, each, sized=True), (0, ()))[1])
    )
    records = list(_records(path, text, delimiter))
    if not records or not any(cell.strip() for cell in records[0][1]):
        raise UserError(f"{path}:1: the first line should name the columns, and is empty")
    return Table(
        path=path,
        header=records[0][1],
        rows=tuple(cells for _, cells in records[1:]),
        lines=tuple(line for line, _ in records[1:]),
        delimiter=delimiter,
        ending="\r\n" if "\r\n" in text else "\n",
        mark=content.startswith(b"\xef\xbb\xbf"),
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot read: {error.strerror or type(error).__name__}") from error
    if len(content) > LARGEST:
        raise UserError(f"{path}: larger than {LARGEST // 2**20} MiB: is this a gradebook?")
    if content.startswith(b"PK\x03\x04"):
        raise UserError(f"{path}: a spreadsheet or a zip, not CSV; save it as “CSV UTF-8”")
    return content


def _records(
    path: Path, text: str, delimiter: str, *, sized: bool = False
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each record with the line it starts on; ``sized`` reads a file that may have another delimiter."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=not sized)
    line = 1
    try:
        for cells in reader:
            yield line, tuple(cells)
            line = reader.line_num + 1
    except csv.Error as error:
        if not sized:
            raise UserError(f"{path}:{line}: not CSV: {error}") from error
