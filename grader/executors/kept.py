"""What was found out about submissions, kept for the next time that they are graded.

An entry holds as long as nothing changed that could have changed it: what was handed in, the rubric but for
points and words, the data, the calibration, the limits, the grader's own code and its libraries.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from grader.datasets import provision_arrays
from grader.datasets.arrays import ARRAY_SETS
from grader.datasets.provision_weights import all_weights
from grader.errors import CannotWriteError
from grader.evidence.store import fingerprint
from grader.executors.data import ClassData
from grader.grading.findings import Findings
from grader.reports.files import write_atomically
from grader.rubric.schema import Rubric
from grader.submissions.find import Submission
from grader.training.calibration import calibration_path

_WORTH = {"points", "title", "hint", "visibility"}
"""Of a check's line, what findings do not depend on."""
_OWN_CODE = "python"
"""The check that runs a teacher's own code, of which nobody knows what it reads."""


class KeptFindings:
    """A folder of findings, one file for each submission in each setting."""

    def __init__(self, folder: Path, rubric: Rubric, data: Mapping[str, ClassData], settings: object) -> None:
        """``settings`` is what else decides how a class is graded, as JSON can hold it."""
        self._folder = folder
        self._is_off = any(line.check == _OWN_CODE for line in rubric.checks)
        self._setting = hashlib.sha256(
            json.dumps(
                [
                    fingerprint(),
                    _own_code(),
                    _core(rubric),
                    _calibration(rubric),
                    {name: each.served.digest for name, each in data.items()},
                    [copy.digest for name in ARRAY_SETS if (copy := provision_arrays.find(name))],
                    [[each.key, each.digest] for each in all_weights()],
                    settings,
                ],
                sort_keys=True,
                default=str,
            ).encode()
        ).digest()

    def key(self, submission: Submission, base: Path) -> str | None:
        """Key of a submission, whose files are named relative to ``base``; None where nothing may be kept, or
        a file cannot be read."""
        if self._is_off or submission.problem:
            return None
        digest = hashlib.sha256(self._setting)
        try:
            for file in sorted((*submission.notebooks, *submission.files)):
                below = (root for root in (base, submission.folder) if root and file.is_relative_to(root))
                name = file.relative_to(root) if (root := next(below, None)) else file.name
                digest.update(f"{name}\n{file in submission.notebooks}".encode(errors="replace"))
                if file.is_file() and not file.is_symlink():
                    with file.open("rb") as opened:
                        digest.update(hashlib.file_digest(opened, "sha256").digest())
        except OSError:
            return None
        return digest.hexdigest()

    def get(self, key: str) -> Findings | None:
        """The findings, or None when there are none or they do not read back whole."""
        try:
            check, _, text = self._path(key).read_text(encoding="utf-8").partition("\n")
            return Findings.model_validate_json(text) if check == _sum(text) else None
        except (OSError, UnicodeDecodeError, ValidationError):
            return None

    def put(self, key: str, findings: Findings) -> None:
        """Keep the findings; a disk that is full or read-only costs no more than the next look."""
        text = findings.model_dump_json()
        with contextlib.suppress(CannotWriteError):
            write_atomically(self._path(key), f"{_sum(text)}\n{text}".encode(), durable=False)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _own_code() -> str:
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _core(rubric: Rubric) -> object:
    """The rubric without what only says how much, or in which words."""
    core = rubric.model_dump(mode="json", exclude={"title", "total", "late", "proof", "reference", "limits"})
    for question in core["questions"]:
        for name in ("title", "points", "later"):
            del question[name]
        for line in question["checks"]:
            for name in _WORTH:
                del line[name]
    return core


def _calibration(rubric: Rubric) -> str:
    path = calibration_path(rubric.path) if rubric.path else None
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.is_file() else ""
