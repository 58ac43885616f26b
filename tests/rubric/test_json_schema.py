"""The JSON Schema that editors complete rubrics by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grader.rubric.json_schema import rubric_json_schema
from grader.rubric.load import read_document


@pytest.fixture
def validator() -> Draft202012Validator:
    schema = rubric_json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_it_accepts_a_good_rubric(validator: Draft202012Validator, small: Path) -> None:
    assert [error.message for error in validator.iter_errors(read_document(small).data)] == []


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("title: A", "titel: A"),
        ("check: fitted", "check: fited"),
        ("epochs: 250", "epoch: 250"),
        ("{epochs: 3}", "{epochs: three}"),
        ("cell: 30s", "cell: 30"),
        ("visibility: hidden", "visibility: hiden"),
        ("points: 1\n", "points: -1\n"),
    ],
)
def test_it_refuses_a_bad_one(
    validator: Draft202012Validator, small: Path, written: str, instead: str
) -> None:
    small.write_text(small.read_text().replace(written, instead, 1))
    assert list(validator.iter_errors(read_document(small).data))


def test_it_documents_each_check_and_its_parameters() -> None:
    lines: list[dict[str, Any]] = rubric_json_schema()["$defs"]["CheckLine"]["oneOf"]
    by_name = {line["properties"]["check"]["const"]: line for line in lines}

    assert by_name["fitted"]["properties"]["check"]["description"] == "The network is trained as asked."
    assert by_name["fitted"]["properties"]["epochs"]["default"] == "any"
    assert set(by_name["trains"]["required"]) == {"id", "check", "title", "points", "data", "budget"}
