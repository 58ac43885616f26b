"""The key ``late``: what it means, and what is said when it is written wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from grader.cli.main import main
from grader.rubric.json_schema import rubric_json_schema
from grader.rubric.load import load_rubric, read_document
from grader.rubric.schema import Rubric

POLICY = "{due: 2026-11-20T23:59+05:45, grace: 15min, per_day: 10%, cap: 50%}"


def with_late(small: Path, text: str) -> Rubric:
    small.write_text(small.read_text() + f"late: {text}\n")
    return load_rubric(small)


def test_a_policy_is_exact(small: Path) -> None:
    late = with_late(small, POLICY).late
    assert late is not None
    assert late.due == datetime(2026, 11, 20, 18, 14, tzinfo=UTC)
    assert (late.grace, late.per_day, late.cap) == (900, Decimal(10), Decimal(50))


def test_there_is_none_unless_it_is_written_and_grace_and_cap_may_be_left_out(small: Path) -> None:
    assert load_rubric(small).late is None
    late = with_late(small, "{due: 2026-11-20T23:59:30Z, per_day: 2.5 %}").late
    assert late is not None
    assert (late.grace, late.per_day, late.cap) == (0, Decimal("2.5"), Decimal(100))


def test_editors_accept_it(small: Path) -> None:
    with_late(small, POLICY)
    assert not list(Draft202012Validator(rubric_json_schema()).iter_errors(read_document(small).data))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{per_day: 10%}", 'the key "due" is missing'),
        (
            "{due: 2026-11-20T23:59, per_day: 10%}",
            '"due" should be a date and time with the offset from UTC, such as 2026-11-20T23:59+05:45, '
            'found "2026-11-20T23:59"',
        ),
        ("{due: 2026-11-20T23:59Z}", 'the key "per_day" is missing'),
        (
            "{due: 2026-11-20T23:59Z, per_day: 10}",
            '"per_day" should be a percentage above 0% and up to 100%, such as 10%, found 10',
        ),
        ("{due: 2026-11-20T23:59Z, per_day: 10%, cap: 5%}", "cap (5%) is less than per_day (10%)"),
        (
            "{due: 2026-11-20T23:59Z, per_day: 10%, grace: 15}",
            '"grace" should be a duration such as 60s or 10min (units: ms, s, min, h), found 15',
        ),
        ("{due: 2026-11-20T23:59Z, perday: 10%}", 'unknown key "perday"; did you mean "per_day"?'),
    ],
)
def test_a_mistake_is_told_in_one_line(
    small: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = len(small.read_text().splitlines()) + 1
    small.write_text(small.read_text() + f"late: {text}\n")
    assert main(["rubric", "lint", str(small)]) == 1
    assert f"{small}:{line}: error: {said}\n" in capsys.readouterr().out
