"""The escape hatch: a function of the teacher's own, for what the rubric language cannot say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from grader.checks.outcome import Outcome
from grader.checks.registry import check
from grader.checks.work import Work
from grader.errors import UserError


@check("python")
def python(work: Work, *, call: str, options: dict[str, Any] | None = None) -> Outcome:
    """Call ``file.py:function`` with the work (and ``options`` as keywords); it returns an ``Outcome``.

    Runs on the trusted side: the file is the teacher's, found relative to the folder where the command runs.

    Args:
        call: Path of a Python file and name of a function in it, e.g. ``my_checks.py:observation``.
        options: Keyword arguments for the function.
    """
    path, _, name = call.partition(":")
    function = getattr(_module(Path(path)), name, None)
    if function is None:
        raise UserError(f"{path}: there is no function {name!r}; write call: file.py:function")
    outcome = function(work, **(options or {}))
    if not isinstance(outcome, Outcome):
        raise UserError(f"{call}: must return an Outcome, got {type(outcome).__name__}")
    return outcome


def _module(path: Path) -> Any:
    key = f"grader_rubric_{path.resolve()}"
    if key in sys.modules:
        return sys.modules[key]
    spec = importlib.util.spec_from_file_location(key, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UserError(f"{path}: no such Python file; call: is file.py:function")
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module
    spec.loader.exec_module(module)
    return module
