"""What filling in a platform's file has in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from grader.errors import UserError
from grader.gradebooks.table import Table


def decimal(text: str, table: Table, row: int, title: str) -> Decimal:
    """The most points of a column or row, with a decimal point or comma.

    Raises:
        UserError: it is no number above zero.
    """
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found <= 0:
        raise UserError(f"{table.where(row)}: “{title}” should be a number above 0, found “{text}”")
    return found


def kept(left: Mapping[str, str]) -> Iterator[str]:
    """Notes of the cells that were not touched although they held something."""
    if left:
        cells = "; ".join(f"{student}: {text}" for student, text in left.items())
        yield f"kept as they were, for there is no mark to put there: {cells}"
