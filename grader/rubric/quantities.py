"""Durations (``60s``, ``10min``) and sizes of memory (``6GiB``) as people write them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
BYTES = {"MB": 10**6, "GB": 10**9, "MiB": 2**20, "GiB": 2**30}

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
