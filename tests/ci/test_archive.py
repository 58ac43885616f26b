"""The zip for Gradescope holds what marking needs, and neither the solution nor anyone's leftovers."""

from __future__ import annotations

import io
import os
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from grader.ci.archive import autograder_zip
from grader.errors import UserError
from grader.rubric.load import load_rubric, shipped_rubrics

OWN = """\
rubric: 1
id: own
title: A rubric of the teacher's own
questions:
  - id: task1
    title: Words
    checks:
      - {id: 1a, check: printed, pattern: hello, example: hello, title: Prints hello, points: 2}
"""
CALLS = "      - {id: 1b, check: python, call: 'CALL:look', title: Looks, points: 1}\n"
TRAINS = """\
      - {id: 1t, check: trains, network: cnn, data: fruits, epochs: 2, title: T, points: 1}
networks: {cnn: {layers: [Flatten(), "Dense(6)"]}}
data: {fruits: {kind: image_folder}}
"""


def opened(rubric: str | Path, **given: object) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(autograder_zip(load_rubric(rubric), **given)))


def test_it_has_what_gradescope_asks_for() -> None:
    archive = opened(shipped_rubrics() / "worksheet5.yaml", points=100)
    names = archive.namelist()
    for script in ("setup.sh", "run_autograder"):
        assert archive.getinfo(script).external_attr >> 16 == 0o100755
        assert archive.read(script).startswith(b"#!/usr/bin/env bash\n")
        assert subprocess.run(["bash", "-n"], input=archive.read(script)).returncode == 0
    assert {"rubric/worksheet5.yaml", "rubric/worksheet5.calibration.json"} <= set(names)
    assert "cnn-grader/grader/reports/templates/student.html" in names
    assert not [name for name in names if name.endswith((".ipynb", ".pyc")) or "shipped" in name]
    project = tomllib.loads(archive.read("cnn-grader/pyproject.toml").decode())["project"]
    assert any(each.startswith("tensorflow") for each in project["dependencies"])
    assert any(each.startswith("pandas") for each in project["dependencies"])
    module, function = project["scripts"]["grade"].split(":")
    assert f"cnn-grader/{module.replace('.', '/')}.py" in names and function == "main"


def test_the_same_rubric_makes_the_same_zip() -> None:
    rubric = load_rubric(shipped_rubrics() / "worksheet5.yaml")
    assert autograder_zip(rubric) == autograder_zip(rubric)


def test_the_scripts_call_the_command(tmp_path: Path) -> None:
    path = tmp_path / "it's $(here).yaml"
    path.write_text(OWN)
    archive = opened(path, points=100, hidden_checks="after_published")
    archive.extractall(tmp_path / "source")
    stub = tmp_path / "environment" / "bin" / "grade"
    stub.parent.mkdir(parents=True)
    stub.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    stub.chmod(0o755)
    done = subprocess.run(
        ["bash", str(tmp_path / "source" / "run_autograder")],
        env={**os.environ, "AUTOGRADER_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == [
        "gradescope", "run", "--rubric", f"{tmp_path}/source/rubric/it's $(here).yaml",
        "--submission", f"{tmp_path}/submission", "--results", f"{tmp_path}/results/results.json",
        "--cache", f"{tmp_path}/cache", "--hidden-checks", "after_published", "--points", "100",
    ]  # fmt: skip
    assert (tmp_path / "source" / "rubric" / path.name).is_file()


def test_functions_of_the_teachers_own_go_along(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN + CALLS.replace("CALL", "checks/mine.py"))
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "mine.py").write_text("def look(work): ...")
    assert "rubric/checks/mine.py" in opened(path).namelist()

    (tmp_path / "checks" / "mine.py").unlink()
    with pytest.raises(UserError, match=r"mine\.py: cannot read"):
        opened(path)


def test_a_function_from_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN + CALLS.replace("CALL", "../mine.py"))
    with pytest.raises(UserError, match="outside the rubric's folder"):
        opened(path)


def test_missing_thresholds_are_told_before_the_upload(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN + TRAINS)
    with pytest.raises(UserError, match="own: check 1t needs thresholds; make them: grade calibrate own"):
        opened(path)
