"""Results of trainings on disk, so that a regrade trains nothing."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from grader.training.result import TrainingResult


class Memo:
    """A folder of results, one file a key, each with a checksum of its own."""

    def __init__(self, folder: Path) -> None:
        """``folder`` need not exist yet."""
        self._folder = folder

    def get(self, key: str) -> TrainingResult | None:
        """The result under a key; None when there is none or when its file is damaged."""
        try:
            stored = json.loads(self._path(key).read_text(encoding="utf-8"))
            result = TrainingResult.model_validate(stored["result"])
            return result if stored["check"] == _check(key, result) else None
        except (OSError, ValueError, KeyError, TypeError, ValidationError):
            return None

    def put(self, key: str, result: TrainingResult) -> None:
        """Store a result in one step: a reader sees the old file or the new one, never half of either.

        A disk that is full or read-only costs the memo, not the grade.
        """
        content = json.dumps({"check": _check(key, result), "result": result.model_dump(mode="json")})
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(content)
                Path(draft).replace(path)
            except OSError:
                Path(draft).unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def _check(key: str, result: TrainingResult) -> str:
    return hashlib.sha256(f"{key}\n{result.model_dump_json()}".encode()).hexdigest()[:16]
