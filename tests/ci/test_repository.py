"""A pushed repository is one submission: the student's files, nothing of the course's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from grader.submissions.find import Submission
from grader.submissions.repository import repository_submission


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(name))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A student's repository in which a workflow has checked out the course's."""
    root = tmp_path / "root"
    write(
        root, "w5.ipynb", "helpers/tools.py", "data/a.jpg", ".github/workflows/grade.yml", "old/draft.ipynb"
    )
    (root / "key.txt").symlink_to("/etc/passwd")
    run = ["git", "-C", str(root)]
    subprocess.run([*run, "init", "--quiet"], check=True)
    subprocess.run([*run, "add", "--all"], check=True)
    write(root, "course/w5.yaml", "course/solution.ipynb", "result.txt")
    return root


def found(root: Path, scratch: Path, **given: Any) -> tuple[Submission, set[str]]:
    submission = repository_submission(root, scratch, "anna", **given)
    copied = {str(path.relative_to(scratch)) for path in scratch.rglob("*") if path.is_file()}
    assert all(not path.is_symlink() for path in scratch.rglob("*"))
    return submission, copied


def test_what_is_tracked_is_handed_in(root: Path, tmp_path: Path) -> None:
    submission, copied = found(root, tmp_path / "scratch", rubric=root / "course" / "w5.yaml", trust_git=True)
    assert copied == {"w5.ipynb", "helpers/tools.py", "data/a.jpg", "old/draft.ipynb"}
    assert [path.name for path in submission.notebooks] == ["w5.ipynb", "draft.ipynb"]
    assert submission.problem is None


def test_a_named_notebook_is_the_only_one(root: Path, tmp_path: Path) -> None:
    submission, copied = found(root, tmp_path / "scratch", notebook=Path("old/draft.ipynb"))
    assert [path.name for path in submission.notebooks] == ["draft.ipynb"]
    assert "w5.ipynb" not in copied


@pytest.mark.parametrize(
    "name", ["none.ipynb", "../outside.ipynb", "/etc/passwd", "link.ipynb", "course/solution.ipynb"]
)
def test_a_notebook_that_is_not_there_is_told(root: Path, tmp_path: Path, name: str) -> None:
    write(tmp_path, "outside.ipynb")
    (root / "link.ipynb").symlink_to("course/solution.ipynb")
    rubric = root / "course" / "w5.yaml"
    submission, _ = found(root, tmp_path / "scratch", notebook=Path(name), rubric=rubric)
    assert submission.problem == f"there is no notebook {name}"


def test_a_repository_without_notebooks_is_told(tmp_path: Path) -> None:
    write(tmp_path / "root", "a.txt", "venv/b.ipynb")
    submission, _ = found(tmp_path / "root", tmp_path / "scratch")
    assert submission.problem == "there is no notebook (.ipynb) in it"


def test_without_git_everything_but_other_repositories_and_the_rubric(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(
        root, "w5.ipynb", "a.py", "course/.git/HEAD", "course/s.ipynb", "rubrics/w5.yaml", "rubrics/s.ipynb"
    )
    _, copied = found(root, tmp_path / "scratch", rubric=root / "rubrics" / "w5.yaml")
    assert copied == {"w5.ipynb", "a.py"}


def test_a_rubric_beside_the_notebook_stays_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "w5.ipynb", "w5.yaml", "w5.calibration.json", "a.py")
    _, copied = found(root, tmp_path / "scratch", rubric=root / "w5.yaml")
    assert copied == {"w5.ipynb", "a.py"}


def test_odd_names_are_names(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["git", "-C", str(root), "init", "--quiet"], check=True)
    odd = ["::error::x.ipynb", "a\nb.py", "-rf.py", "🦊 | `x`.py", os.fsdecode(b"\xff.py")]
    write(root, *odd)
    subprocess.run(["git", "-C", str(root), "add", "--all"], check=True)
    _, copied = found(root, tmp_path / "scratch", trust_git=True)
    assert copied == set(odd)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_configuration_of_git_runs_nothing(root: Path, tmp_path: Path, trusted: bool) -> None:
    mark = tmp_path / "run"
    for name, program in (("core.fsmonitor", f"touch {mark}; false"), ("alias.ls-files", f"!touch {mark}")):
        subprocess.run(["git", "-C", str(root), "config", name, program], check=True)
    _, copied = found(root, tmp_path / "scratch", trust_git=trusted)
    assert "w5.ipynb" in copied and not mark.exists()
    assert ("result.txt" in copied) == (not trusted)
