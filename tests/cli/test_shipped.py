"""The rubrics and checks that come with the grader, as an author meets them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from grader.checks.registry import all_checks
from grader.cli.main import main
from grader.rubric.json_schema import rubric_json_schema
from grader.rubric.lint import lint_rubric
from grader.rubric.load import read_document, shipped_rubrics
from grader.rubric.schema import LINE_KEYS

SHIPPED = sorted(shipped_rubrics().glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_rubric_has_neither_errors_nor_doubts(path: Path) -> None:
    report = lint_rubric(path)
    assert (report.errors, report.warnings) == ((), ())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_editors_accept_a_shipped_rubric(path: Path) -> None:
    validator = Draft202012Validator(rubric_json_schema())
    assert [error.message for error in validator.iter_errors(read_document(path).data)] == []


def test_the_schema_of_all_checks_is_json_schema() -> None:
    Draft202012Validator.check_schema(rubric_json_schema())


@pytest.mark.parametrize("name", all_checks())
def test_every_check_is_documented(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check = all_checks()[name]
    assert not LINE_KEYS & check.parameters.model_fields.keys(), "a key of the line hides the parameter"
    assert main(["rubric", "checks", name]) == 0
    shown = capsys.readouterr().out
    for parameter in check.parameters.model_fields:
        assert shown.count(parameter) >= 2, f"{parameter} is missing from the docstring"


def test_a_wheel_holds_the_rubrics_beside_their_reference_solutions() -> None:
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    wheel = tomllib.loads(pyproject.read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {
        "rubrics": "grader/shipped/rubrics",
        "reference_solutions": "grader/shipped/reference_solutions",
    }
