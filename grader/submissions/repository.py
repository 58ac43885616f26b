"""One student's whole repository, or upload, as one submission."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from grader.submissions.archive import is_ignored
from grader.submissions.find import MOST_FILES, NOTEBOOKS, Submission, natural


def repository_submission(
    folder: Path,
    scratch: Path,
    name: str,
    *,
    notebook: Path | None = None,
    rubric: Path | None = None,
    trust_git: bool = False,
) -> Submission:
    """The work in ``folder``, copied to ``scratch``; its ``problem`` tells why there is nothing to grade.

    Without a ``notebook`` all are candidates. With ``trust_git`` (the folder's ``.git`` is not the student's
    work) what is tracked is copied, so that a course's repository which a workflow checks out beside it stays
    out; otherwise everything but other repositories. Links, dot files and the folder of the ``rubric`` are
    left out.
    """
    root = folder.resolve()
    listed = (trust_git and _tracked(root)) or _walked(root)
    found = [path for path in listed if not _is_the_courses(root / path, root, rubric)]
    if notebook is not None:
        # A notebook that is named counts, tracked or not.
        named = _inside(root, notebook)
        if named is None or _is_the_courses(root / named, root, rubric):
            return Submission(name, problem=f"there is no notebook {notebook}")
        found = [path for path in found if path == named or not _is_notebook(path)]
        found += [named] if named not in found else []
    copied = [_copied(root, path, scratch) for path in found[:MOST_FILES]]
    notebooks = sorted(
        (path for path in copied if _is_notebook(path)),
        key=lambda path: (len(path.parts), natural(str(path))),
    )
    if not notebooks:
        return Submission(name, problem="there is no notebook (.ipynb) in it")
    others = tuple(path for path in copied if path not in notebooks)
    return Submission(name, tuple(notebooks), others, scratch)


def _inside(root: Path, notebook: Path) -> Path | None:
    path = notebook if notebook.is_absolute() else root / notebook
    path = path.parent.resolve() / path.name
    return path.relative_to(root) if _is_plain(path) and path.is_relative_to(root) else None


def _is_notebook(path: Path) -> bool:
    return path.name.lower().endswith(NOTEBOOKS)


def _tracked(root: Path) -> list[Path]:
    """What git tracks below ``root``, links apart; nothing where it is no repository of git."""
    # Whoever owns the checkout (another user, in a container), it runs no program that a configuration names.
    careful = ("safe.directory=*", "safe.bareRepository=explicit", "core.fsmonitor=false")
    options = [word for setting in careful for word in ("-c", setting)]
    command = ["git", *options, "-C", str(root), "ls-files", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    paths = [Path(os.fsdecode(name)) for name in listed.split(b"\0") if name]
    return [path for path in paths if not any(map(is_ignored, path.parts)) and _is_plain(root / path)]


def _walked(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name for name in folders if not is_ignored(name) and not (here / name / ".git").exists()
        )
        for name in sorted(files):
            if not is_ignored(name) and _is_plain(here / name):
                yield (here / name).relative_to(root)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _is_the_courses(path: Path, root: Path, rubric: Path | None) -> bool:
    """Whether it is the rubric, or lies in a folder with it: thresholds, perhaps a solution."""
    if rubric is None:
        return False
    home = rubric.resolve().parent
    if home == root:
        return path.name.startswith(f"{rubric.stem}.") and not _is_notebook(path)
    return path.is_relative_to(home) and home.is_relative_to(root)


def _copied(root: Path, path: Path, scratch: Path) -> Path:
    copy = scratch / path
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / path, copy, follow_symlinks=False)
    return copy
