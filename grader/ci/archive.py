"""The zip that Gradescope makes an autograder of.

Source: gradescope-autograders.readthedocs.io/en/latest/specs. ``setup.sh`` and ``run_autograder`` at its
root; unpacked to ``/autograder/source``; the first runs once, the second for each submission.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import shlex
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from string import Template

from grader import __version__
from grader.ci import Visibility
from grader.errors import UserError
from grader.rubric.schema import Rubric
from grader.training.calibration import calibration_path

_PACKAGE = Path(__file__).resolve().parents[1]
_DISTRIBUTION = "cnn-grader"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The same content makes the same zip."""


def autograder_zip(
    rubric: Rubric, *, points: int | None = None, hidden_checks: Visibility = "visible"
) -> bytes:
    """The zip: its two scripts, the rubric with its thresholds and functions, and the grader's source.

    The reference solution is not in it: marking needs its thresholds, never itself. Raises ``UserError``
    where thresholds are missing, or a file that a check names.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _entries(rubric, points, hidden_checks):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name in ("setup.sh", "run_autograder") else 0o100644) << 16
            archive.writestr(entry, content)
    return written.getvalue()


def _entries(rubric: Rubric, points: int | None, hidden_checks: Visibility) -> Iterator[tuple[str, bytes]]:
    assert rubric.path is not None
    options = ["--hidden-checks", hidden_checks, *(["--points", str(points)] if points else [])]
    yield "setup.sh", _template("setup.sh").encode()
    yield (
        "run_autograder",
        Template(_template("run_autograder"))
        .substitute(rubric=shlex.quote(rubric.path.name), options=shlex.join(options))
        .encode(),
    )
    for path in _course_files(rubric):
        yield f"rubric/{path.relative_to(rubric.folder)}", _content(path)
    yield "cnn-grader/pyproject.toml", _pyproject().encode()
    for path in sorted(_PACKAGE.rglob("*")):
        inside = path.relative_to(_PACKAGE)
        # Shipped rubrics come with their solutions, and are not this assignment's.
        if path.is_file() and "__pycache__" not in inside.parts and inside.parts[0] != "shipped":
            yield f"cnn-grader/grader/{inside.as_posix()}", path.read_bytes()


def _template(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _course_files(rubric: Rubric) -> Iterator[Path]:
    assert rubric.path is not None
    yield rubric.path
    trained = [line.id or line.check for line in rubric.checks if line.check == "trains"]
    thresholds = calibration_path(rubric.path)
    if thresholds.is_file():
        yield thresholds
    elif trained:
        raise UserError(
            f"{rubric.id}: check {trained[0]} needs thresholds; make them: grade calibrate {rubric.id}"
        )
    called = {line.arguments["call"].rpartition(":")[0] for line in rubric.checks if line.check == "python"}
    for name in sorted(called):
        path = (rubric.folder / name).resolve()
        if not path.is_relative_to(rubric.folder.resolve()):
            raise UserError(
                f"{rubric.id}: {name} lies outside the rubric's folder: move it beside the rubric"
            )
        yield rubric.folder / name


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot read: {error.strerror}") from error


def _pyproject() -> str:
    """What pip needs to install the package alone, without what lies beside it in the checkout."""
    strings = ", ".join(json.dumps(each) for each in _requirements())
    return (
        f'[build-system]\nrequires = ["hatchling>=1.27"]\nbuild-backend = "hatchling.build"\n\n'
        f'[project]\nname = "{_DISTRIBUTION}"\nversion = "{__version__}"\nrequires-python = ">=3.11"\n'
        f"dependencies = [{strings}]\n\n"
        f'[project.scripts]\ngrade = "grader.cli.main:main"\n\n'
        f'[tool.hatch.build.targets.wheel]\npackages = ["grader"]\n'
    )


def _requirements() -> list[str]:
    """The grader's own, and those of student notebooks."""
    checkout = _PACKAGE.parent / "pyproject.toml"
    if checkout.is_file():
        project = tomllib.loads(checkout.read_text(encoding="utf-8"))["project"]
        return [*project["dependencies"], *project["optional-dependencies"]["notebooks"]]
    listed = importlib.metadata.requires(_DISTRIBUTION) or []
    wanted = [each for each in listed if "extra ==" not in each or "notebooks" in each.partition(";")[2]]
    return [each.partition(";")[0].strip() if "extra ==" in each else each for each in wanted]
