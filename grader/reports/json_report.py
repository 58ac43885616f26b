"""``grades.json``: every grade with all that explains it, for programs.

``python -m grader.reports.json_report`` prints the published JSON Schema (``docs/grades.schema.json``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.errors import UserError
from grader.grading.grade import SCHEMA_VERSION, ClassGrades
from grader.reports.files import write_atomically


def write_grades(grades: ClassGrades, path: Path) -> None:
    """Write ``grades`` to ``path`` in one step.

    Points have at most three decimals, whose shortest text is exact: 92.5 is never written as 92.49999.
    Raises :class:`grader.errors.CannotWriteError` (exit code 4) when the disk is full, the folder is
    closed, …; an earlier file is then untouched.
    """
    write_atomically(path, grades.model_dump_json(indent=2).encode("utf-8") + b"\n")


def read_grades(path: Path) -> ClassGrades:
    """Read a ``grades.json``; raises :class:`grader.errors.UserError` if it is none or of another version."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot read: {error.strerror or type(error).__name__}") from error
    try:
        return ClassGrades.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UserError(
            f"{path}: not a grades.json of version {SCHEMA_VERSION}: {where}: {first['msg']}; "
            "grade again to write a new one"
        ) from error


def grades_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every ``grades.json`` fulfils."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ClassGrades.model_json_schema(mode="serialization"),
    }


def schema_text() -> str:
    """The published schema file, byte for byte."""
    return json.dumps(grades_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
