"""Bounding what a cell prints, where it is printed: text that nobody will read is not sent to the harness at
all."""

from __future__ import annotations

from typing import Any

from grader.recorder.watch import watch_method

_MOST = 2 << 20
"""Characters of one cell; more than the harness keeps, so that it is the one to say that something is
missing."""


def bound_output(shell: Any) -> None:
    """Let each cell print so much and swallow the rest."""
    from ipykernel.iostream import OutStream

    printed = 0

    def begin(*_: Any) -> None:
        nonlocal printed
        printed = 0

    def write(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        nonlocal printed
        text = args[0] if args else kwargs.get("string", "")
        if not isinstance(text, str) or printed <= _MOST:
            printed += len(text) if isinstance(text, str) else 0
            return wrapped(*args, **kwargs)
        return len(text)

    watch_method(OutStream, "write", write)
    shell.events.register("pre_run_cell", begin)
