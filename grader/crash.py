"""Faults of the grader itself: told in one line, the traceback in a file that can be sent with a report."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from datetime import datetime
from itertools import count
from pathlib import Path

from grader import __version__

_numbers = count(1)


def told(error: Exception) -> str:
    """The error being handled in one line, which names the file that its traceback was written to."""
    message = (str(error).splitlines() or ["no message"])[0][:200]
    return f"{type(error).__name__}: {message}; this is a fault of the grader, see {_record()}"


def _record() -> str:
    import platformdirs

    report = "\n".join(
        [f"grade {__version__}, Python {sys.version}", " ".join(sys.argv), traceback.format_exc()]
    )
    name = f"crash-{datetime.now():%Y%m%dT%H%M%S}-{os.getpid()}-{next(_numbers)}.txt"
    for folder in (platformdirs.user_log_path("cnn-grader"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(report)
        except OSError:
            continue
        return str(folder / name)
    return f"the traceback:\n{report}"
