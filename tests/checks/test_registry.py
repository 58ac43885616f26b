"""Every check documents itself: rubric authors read nothing else."""

from __future__ import annotations

import re

import pytest

from grader.checks.registry import Check, all_checks


@pytest.fixture(params=sorted(all_checks()))
def check(request: pytest.FixtureRequest) -> Check:
    return all_checks()[request.param]


def test_it_says_in_its_first_line_what_it_looks_at(check: Check) -> None:
    first, *rest = check.documentation.splitlines()
    assert re.fullmatch(r"[A-Z].{20,110}[.;]", first), first
    assert not rest or not rest[0], "the first line stands alone"


def test_it_documents_each_parameter_and_no_other(check: Check) -> None:
    _, _, arguments = check.documentation.partition("Args:\n")
    documented = re.findall(r"^ {4}(\w+): \S", arguments, re.MULTILINE)
    assert documented == list(check.parameters.model_fields)


def test_it_refuses_what_it_does_not_know(check: Check) -> None:
    assert check.parameters.model_config["extra"] == "forbid"


def test_students_are_told_how_what_is_secret_is_decided(check: Check) -> None:
    assert all("after handing in" in each.decided for each in check.secrets.values())


def test_parameters_keep_one_name_for_one_thing() -> None:
    known = {name for check in all_checks().values() for name in check.parameters.model_fields}
    assert not known & {"net", "model", "dataset", "subset"}
