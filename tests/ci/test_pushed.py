"""A pushed notebook, really executed: by the action's step as on GitHub, and by Gradescope's script."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
from runner import CHECKOUT, Job
from test_command import RUBRIC
from test_github import outputs

from grader.ci.archive import autograder_zip
from grader.rubric.load import load_rubric

NAME = "::set-output name=points::3 | `x`.ipynb"
CELLS = [
    "print('::set-output name=points::3\\n::error::forged\\n##[error]hello')",
    "import os\nfor name in ('GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'):\n    print(name in os.environ)",
    "open(os.environ['GITHUB_OUTPUT'], 'a').write('points=3\\n')",
]


def test_a_push_and_an_upload_of_the_same_notebook(tmp_path: Path) -> None:
    job = Job(tmp_path / "job", {"rubric": str(tmp_path / "hello.yaml"), "points": "30"})
    (tmp_path / "hello.yaml").write_text(RUBRIC)
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), job.workspace / NAME)
    # A student's modules, named like those that the grader imports outside the sandbox.
    for module in ("tensorflow", "keras", "nbformat", "multiprocessing", "grader"):
        (job.workspace / f"{module}.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    job.stub(
        "grade",
        f"export PYTHONPATH={CHECKOUT} GRADER_CACHE={tmp_path / 'cache'} GRADER_DATA={tmp_path / 'none'}\n"
        f'exec {sys.executable} -P -m grader.cli.main "$@"',
    )
    step = job.run("Grade")
    assert step.code == 0, step.log
    given = outputs(job.folder / "output")
    assert (given["points"], given["max-points"], given["status"]) == ("20", "30", "graded")
    tests = json.loads(base64.b64decode(given["result"]))["tests"]
    assert [test["score"] for test in tests] == [20, 0]
    assert "world" not in json.dumps(tests[1]["message"])
    assert not (tmp_path / "owned").exists()
    page = Path(given["report"]).read_text()
    assert page.startswith("<!doctype html>") or "<html" in page
    assert "forged" in page and "20 / 30" in (job.folder / "summary").read_text()
    commands = [line for line in step.log.splitlines() if line.lstrip().startswith("::")]
    assert all(line.startswith(("::warning ", "::notice ")) for line in commands), step.log
    assert "##[" not in step.log

    root = tmp_path / "autograder"
    (root / "source").mkdir(parents=True)
    (root / "autograder.zip").write_bytes(autograder_zip(load_rubric(tmp_path / "hello.yaml"), points=30))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", "autograder.zip", "source"], cwd=root, check=True)
    (root / "environment").mkdir()
    (root / "environment" / "bin").symlink_to(job.bin)
    (root / "submission").symlink_to(job.workspace)
    (root / "cache").symlink_to(tmp_path / "cache")
    done = subprocess.run(
        ["bash", "source/run_autograder"],
        cwd=root,
        env={**os.environ, "AUTOGRADER_ROOT": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((root / "results" / "results.json").read_text())
    assert results["score"] == 20
    assert [test["score"] for test in results["tests"]] == [20, 0]
