"""The workflows in the documentation parse, and use the action as it is."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from runner import ACTION, CHECKOUT, read_yaml

from grader.ci.classroom50 import REQUIRED

TEXT = (CHECKOUT / "docs" / "ci.md").read_text()
WORKFLOWS = re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def steps(workflow: Any) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("text", WORKFLOWS)
def test_a_workflow_uses_inputs_and_outputs_that_there_are(text: str) -> None:
    workflow = read_yaml(text)
    assert {"name", "on", "permissions", "jobs"} == set(workflow)
    assert all("timeout-minutes" in job and "runs-on" in job for job in workflow["jobs"].values())
    own = [step for step in steps(workflow) if "cnn-grader@" in step.get("uses", "")]
    assert own
    for step in own:
        assert set(step["with"]) <= set(ACTION["inputs"])
        assert all(isinstance(value, str) for value in step["with"].values())
        assert {name for name, given in ACTION["inputs"].items() if given.get("required")} <= set(
            step["with"]
        )
    ids = {step["id"] for step in own if "id" in step}
    for step, output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text):
        assert step in ids and output in ACTION["outputs"]
    assert all(re.search(r"@v\d+$", step["uses"]) for step in steps(workflow) if "uses" in step)


def test_the_reporter_gets_the_result_of_each_runner_it_names() -> None:
    (workflow,) = [read_yaml(text) for text in WORKFLOWS if "autograding-grading-reporter" in text]
    (reporter,) = [step for step in steps(workflow) if "reporter" in step.get("uses", "")]
    runners = reporter["with"]["runners"].split(",")
    assert {f"{name.strip().upper()}_RESULTS" for name in runners} == set(reporter["env"])
    assert {step["id"] for step in steps(workflow) if "id" in step} == {name.strip() for name in runners}


def test_the_autograder_of_classroom_50_is_python() -> None:
    (script,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    ast.parse(script)
    assert "classroom50" in script and REQUIRED
