"""Results as the platforms read them: each read here the way that the platform's published code reads it."""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hostile_grades import HOSTILE, SECRET, check, graded, hostile, unmarked

from grader.ci import classroom50, gradescope
from grader.ci.classroom import LARGEST, result_line
from grader.ci.marks import marks
from grader.errors import UserError
from grader.grading.grade import ClassGrades
from grader.reports.student_view import as_students_see

FULL = graded(check("1a"), check("1b", "1", "1"))
PART = graded(check("1a", "2", "0.5"), check("1b", "1", "1"))
EVERY = {
    "full": FULL,
    "part": PART,
    "hostile": hostile(),
    "not_gradable": unmarked("not_gradable"),
    "failed": unmarked("failed"),
}


def reported(line: str) -> tuple[dict[str, Any], float, float]:
    """The object, total and maximum as autograding-grading-reporter finds them in a step's result."""
    assert "\n" not in line and len(line) <= LARGEST
    content = json.loads(base64.b64decode(line, validate=True).decode("utf-8"))
    total = 0.0
    for test in content["tests"]:
        total += test["score"]
    return content, total, content["max_score"]


def line_of(grades: ClassGrades, points: int | None = None, *, passed: bool = False) -> str:
    seen = as_students_see(grades)
    return result_line(seen, marks(seen.submissions[0], points), passed=passed)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("points", [None, 1, 7, 100])
def test_the_reporter_finds_numbers(name: str, points: int | None) -> None:
    content, total, most = reported(line_of(EVERY[name], points))
    assert content["version"] == 1 and content["status"] in ("pass", "fail", "error")
    assert content["tests"], "an empty list makes the reporter divide by zero"
    assert math.isfinite(total) and 0 <= total <= max(most, 0)
    for test in content["tests"]:
        assert set(test) == {
            "name", "status", "score", "message", "test_code", "filename", "line_no", "execution_time",
        }  # fmt: skip
        assert type(test["score"]) is float and test["status"] in ("pass", "fail", "error")
        assert not {"\n", "\r", "\x1b"} & set(test["name"] + test["message"] + test["filename"])


def test_points_are_those_of_the_mark() -> None:
    _, total, most = reported(line_of(PART, 100))
    assert (total, most) == (50.0, 100.0)
    content, total, most = reported(line_of(FULL, 100, passed=True))
    assert (content["status"], total, most) == ("pass", 100.0, 100.0)


def test_a_fault_of_ours_reports_no_points() -> None:
    content, _, most = reported(line_of(unmarked("failed"), 100))
    assert (content["status"], most) == ("error", 0.0)


def test_a_result_fits_into_a_variable() -> None:
    checks = [check(f"c{index}", "1", "0", text="🦊" * 500) for index in range(300)]
    content, _, _ = reported(line_of(graded(*checks)))
    assert len(content["tests"]) == 300


ENVIRONMENT = {
    "CLASSROOM": "cs1",
    "ASSIGNMENT": "w5",
    "ASSIGNMENT_TYPE": "group",
    "USERNAME": "anna",
    "OWNER": "anna",
    "SUBMISSION_TAG": "submit/20260314T092653Z-abc1234",
    "COMMIT_URL": "https://github.com/o/r/commit/abc",
    "RELEASE_URL": "https://github.com/o/r/releases/tag/submit%2Fx",
}

COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string", "minLength": 1}
RESULT_V1 = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit", "release",
        "review", "datetime", "score", "max-score", "tests",
    ],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "assignment_type": {"enum": ["individual", "group", "team"]},
        "submission": {"type": "string", "pattern": "^submit/"},
        "datetime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"},
        **dict.fromkeys(("classroom", "assignment", "owner", "commit", "release", "review"), TEXT),
        **dict.fromkeys(("score", "max-score"), COUNT),
        "tests": {
            "type": "array",
            "items": {
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": TEXT, "passed": {"type": "boolean"}, "score": COUNT, "max-score": COUNT,
                },
            },
        },
    },
}  # fmt: skip
"""What schemas/result-v1.schema.json asks for."""


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("points", [None, 1, 7, 100])
def test_classroom_50_takes_the_result(name: str, points: int | None) -> None:
    content = classroom50.result(
        as_students_see(EVERY[name]), ENVIRONMENT, datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC), points
    )
    jsonschema.validate(json.loads(json.dumps(content)), RESULT_V1)
    assert content["datetime"] == "2026-03-14T09:26:53Z" and content["assignment_type"] == "group"
    assert content["score"] <= content["max-score"]
    assert all(test["score"] <= test["max-score"] for test in content["tests"])
    # All tests passed is what makes its commit status green.
    assert all(test["passed"] for test in content["tests"]) == (name == "full")
    assert SECRET not in json.dumps(content)


def test_elsewhere_than_in_classroom_50_the_missing_variables_are_told() -> None:
    with pytest.raises(UserError, match="ASSIGNMENT, SUBMISSION_TAG"):
        classroom50.result(
            FULL, {"CLASSROOM": "cs1", "COMMIT_URL": "x", "RELEASE_URL": "y"}, datetime.now(UTC)
        )


@pytest.mark.parametrize("name", EVERY)
def test_gradescope_takes_the_results(name: str) -> None:
    seen = as_students_see(EVERY[name])
    content = gradescope.results(seen, marks(seen.submissions[0], 100), "after_published")
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert set(content) <= {
        "score", "execution_time", "output", "output_format", "visibility", "stdout_visibility", "tests",
    }  # fmt: skip
    assert content["output_format"] == "text" and isinstance(content["score"], float)
    for test in content.get("tests", []):
        assert test["status"] in ("passed", "failed") and test["output_format"] == "text"
        assert test["visibility"] in ("visible", "after_published")
        assert test["score"] >= 0 and isinstance(test["max_score"], float)
    assert sum(test["score"] for test in content.get("tests", [])) == content["score"]
    assert SECRET not in json.dumps(content)


def test_gradescope_shows_hidden_checks_when_it_is_told_to() -> None:
    seen = as_students_see(hostile())
    kinds = {
        when: [
            test["visibility"] for test in gradescope.results(seen, marks(seen.submissions[0]), when)["tests"]
        ]
        for when in ("visible", "hidden")
    }
    assert kinds == {"visible": ["visible"] * 3, "hidden": ["visible", "visible", "hidden"]}
    assert HOSTILE not in json.dumps(gradescope.results(seen, marks(seen.submissions[0])), ensure_ascii=False)
