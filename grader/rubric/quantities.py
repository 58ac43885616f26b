"""Durations (``60s``), sizes of memory (``6GiB``), percentages and moments as people write them."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
BYTES = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}

_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*%", re.ASCII)
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")


def parse_duration(text: str) -> float:
    """Seconds in a duration such as ``"500ms"``, ``"60s"``, ``"1.5min"`` or ``"2h"``.

    Raises:
        ValueError: no number, no unit, an unknown unit, or zero.
    """
    return _parse(text, SECONDS, "a duration such as 60s or 10min")


def parse_memory(text: str) -> int:
    """Bytes in a size such as ``"512MiB"`` or ``"6GiB"`` (``MB`` and ``GB`` are powers of ten).

    Raises:
        ValueError: no number, no unit, an unknown unit, or zero.
    """
    return int(_parse(text, BYTES, "a size such as 512MiB or 6GiB"))


def parse_percent(text: object) -> Decimal:
    """The exact number in a percentage such as ``"10%"`` or ``"2.5 %"``.

    Raises:
        ValueError: no number, no percent sign, zero, or above 100.
    """
    found = _PERCENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or not 0 < (percent := Decimal(found[1])) <= 100:
        raise ValueError("should be a percentage above 0% and up to 100%, such as 10%")
    return percent


def parse_moment(text: object) -> datetime:
    """A date and time with its offset from UTC, such as ``"2026-11-20T23:59+05:45"`` (ISO 8601).

    Raises:
        ValueError: no date and time, or one without an offset, which is another moment in each time zone.
    """
    try:
        moment = datetime.fromisoformat(text.strip()) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("should be a date and time with the offset from UTC, such as 2026-11-20T23:59+05:45")
    return moment


def _parse(text: object, units: dict[str, float] | dict[str, int], example: str) -> float:
    found = _QUANTITY.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or found[2] not in units:
        raise ValueError(f"should be {example} (units: {', '.join(units)})")
    quantity = float(found[1]) * units[found[2]]
    if quantity <= 0:
        raise ValueError("should be more than zero")
    return quantity


def _text_schema(units: dict[str, float] | dict[str, int], example: str) -> WithJsonSchema:
    pattern = rf"^\d+(\.\d+)?\s*({'|'.join(units)})$"
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Duration = Annotated[float, BeforeValidator(parse_duration), _text_schema(SECONDS, "60s")]
"""Seconds, written with a unit."""

Memory = Annotated[int, BeforeValidator(parse_memory), _text_schema(BYTES, "6GiB")]
"""Bytes, written with a unit."""

Percent = Annotated[
    Decimal,
    BeforeValidator(parse_percent),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d{1,3})?\s*%$", "examples": ["10%"]}),
]
"""Exact, written with a percent sign."""

Moment = Annotated[
    datetime,
    BeforeValidator(parse_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-20T23:59+05:45"]}),
]
"""Written with its offset from UTC."""
