"""The escape hatch: a function of the teacher's own, for what the rubric language cannot say."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from grader.checks.outcome import Outcome
from grader.checks.registry import Secret, check
from grader.checks.work import Work
from grader.errors import UserError


class TeachersFault(Exception):  # noqa: N818
    """A function of the teacher's own raised, or returned no outcome; the message is one line."""


_OWN = Secret("your teacher's own check looks at it after handing in")


@check("python")
def python(
    work: Work,
    *,
    call: Annotated[str, _OWN],
    options: Annotated[dict[str, Any] | None, _OWN] = None,
) -> Outcome:
    """Call ``file.py:function`` with the work (and ``options`` as keywords); it returns an ``Outcome``.

    Runs on the trusted side: the file is the teacher's, found relative to the rubric. When the function
    raises, the student loses nothing and the teacher reads where it raised.

    Args:
        call: Path of a Python file and name of a function in it, e.g. ``my_checks.py:observation``.
        options: Keyword arguments for the function.
    """
    file, _, name = call.rpartition(":")
    path = work.folder / file
    function = getattr(_module(path), name, None) if file else None
    if not callable(function):
        raise UserError(f"{path}: there is no function {name!r} in it; write call: file.py:function")
    outcome = _called(function, work, options or {}, path)
    if not isinstance(outcome, Outcome):
        raise TeachersFault(f"{path.name}: {name} must return an Outcome, not {type(outcome).__name__}")
    return outcome


def _called(function: Callable[..., Any], work: Work, options: dict[str, Any], path: Path) -> Any:
    try:
        return function(work, **options)
    except Exception as fault:
        raise TeachersFault(f"{_where(fault, path)}: {_in_words(fault)}") from fault


def _module(path: Path) -> Any:
    """The teacher's module, imported once for a whole class."""
    key = f"grader_rubric_{path.resolve()}"
    if key in sys.modules:
        return sys.modules[key]
    spec = importlib.util.spec_from_file_location(key, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UserError(f"{path}: no such Python file; write call: file.py:function, relative to the rubric")
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module
    try:
        spec.loader.exec_module(module)
    except Exception as fault:
        del sys.modules[key]
        raise UserError(f"{path.parent / _where(fault, path)}: {_in_words(fault)}") from fault
    return module


def _where(fault: Exception, path: Path) -> str:
    """``file:line`` of the teacher's line that raised, however deep the library below it."""
    if isinstance(fault, SyntaxError) and fault.filename == str(path):
        return f"{path.name}:{fault.lineno}"
    own = [frame.lineno for frame in traceback.extract_tb(fault.__traceback__) if frame.filename == str(path)]
    return f"{path.name}:{own[-1]}" if own else path.name


def _in_words(fault: Exception) -> str:
    message = (fault.msg if isinstance(fault, SyntaxError) else str(fault)).strip()
    return f"{type(fault).__name__}: {message.splitlines()[0]}" if message else type(fault).__name__
