"""The action's shell steps, run as a runner runs them, with stand-ins for what is not the point."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from runner import ACTION, CHECKOUT, Job

SAY_ARGUMENTS = "printf '<%s>' \"$@\"; echo"


def test_every_expression_names_what_there_is() -> None:
    text = (CHECKOUT / "action.yml").read_text()
    steps = {step["id"] for step in ACTION["runs"]["steps"] if "id" in step}
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    assert set(re.findall(r"steps\.([\w-]+)\.", text)) <= steps
    for step in ACTION["runs"]["steps"]:
        # What comes from outside reaches the shell as a variable, never as a part of the script.
        assert "${{" not in step.get("run", "")
        assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/x@v1"))


def test_every_output_is_one_that_the_command_gives() -> None:
    given = (CHECKOUT / "grader" / "cli" / "ci.py").read_text()
    for name, output in ACTION["outputs"].items():
        assert output["value"] == "${{ steps.grade.outputs.%s }}" % name  # noqa: UP031
        assert f'"{name}":' in given


@pytest.mark.parametrize(
    ("inputs", "arguments"),
    [
        ({}, "<--mode><full>"),
        ({"points": "100", "fail-under": "60"}, "<--points><100><--fail-under><60>"),
        (
            {"timeouts": "cell=60s, notebook=10min\nmemory=4GiB"},
            "<--limit><cell=60s><--limit><notebook=10min><--limit><memory=4GiB>",
        ),
        ({"notebook": "--help $(touch x) `id`.ipynb"}, "<--><--help $(touch x) `id`.ipynb>"),
        ({"rubric": "a b/$(touch y).yaml"}, "<--rubric><a b/$(touch y).yaml>"),
        ({"timeouts": "*"}, "<--limit><*>"),
    ],
)
def test_inputs_become_arguments_and_nothing_else(
    tmp_path: Path, inputs: dict[str, str], arguments: str
) -> None:
    job = Job(tmp_path / "job", {"rubric": "worksheet5", **inputs})
    job.stub("grade", SAY_ARGUMENTS)
    step = job.run("Grade")
    assert step.code == 0
    assert step.log.startswith("<ci><--rubric><") and arguments in step.log
    assert not list(job.workspace.iterdir())


def test_a_mark_too_low_fails_the_step(tmp_path: Path) -> None:
    job = Job(tmp_path / "job", {"rubric": "worksheet5"})
    job.stub("grade", "exit 1")
    assert job.run("Grade").code == 1


@pytest.mark.parametrize(
    ("unshare", "sudo", "said"),
    [
        ("exit 0", "exit 1", "Sandbox: private namespaces\n"),
        ('test -e "$HOME/lifted"', 'touch "$HOME/lifted"', "allowed for this runner"),
        ("exit 1", "exit 1", "::warning title=No sandbox::"),
        ("exit 1", "exit 0", "::warning title=No sandbox::"),
    ],
)
def test_the_sandbox_is_set_up_where_it_may_be(tmp_path: Path, unshare: str, sudo: str, said: str) -> None:
    job = Job(tmp_path / "job")
    job.stub("unshare", unshare)
    job.stub("sudo", sudo)
    step = job.run("Sandbox")
    assert step.code == 0 and said in step.log


def test_the_environment_is_kept_for_one_python_and_one_grader(tmp_path: Path) -> None:
    first, second, other = (Job(tmp_path / name) for name in ("first", "second", "other"))
    other.stub("python3", "echo another")
    keys = [job.run("Environment's key").outputs["key"] for job in (first, second, other)]
    assert keys[0].startswith("cnn-grader-Linux-X64-")
    # A key that changes with each run would never be found.
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0].split("-")[-1]) == 16


def test_the_grader_is_installed_with_what_notebooks_import(tmp_path: Path) -> None:
    job = Job(tmp_path / "job")
    job.run("Environment's key")
    job.stub(
        "python3",
        'mkdir -p "${!#}/bin"; cd "${!#}/bin"; printf \'#!/bin/sh\\necho "$@"\\n\' > python; chmod +x python',
    )
    step = job.run("Install")
    assert step.code == 0
    assert step.log.strip().endswith(f"{CHECKOUT}[notebooks]")
