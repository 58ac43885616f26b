"""When a notebook needs the Keras that it was written for: the *legacy* rung of the ladder.

Small shims answer most old spellings (:mod:`grader.recorder.old_keras`). What is left fails with one of a few
messages of Keras 3; then the notebook is run on Keras 2 as well, and the run in which less fails counts.
"""

from __future__ import annotations

import re

from grader.evidence.evidence import Cell, Evidence

_KERAS = r"(?:keras|tensorflow)[\w.]*"
_OLD = re.compile(
    rf"cannot import name '\w+' from '{_KERAS}'"
    rf"|No module named '{_KERAS}'"
    rf"|module '{_KERAS}' has no attribute"
    r"|'(?:Sequential|Functional|Model|History|\w*Iterator)' object has no attribute"
    r"|unexpected keyword argument|[Uu]nrecognized keyword arguments?|Argument\(s\) not recognized"
    r"|(?:must|should|has to) end (?:in|with) .*\.(?:keras|h5)"
    r"|is no longer (?:supported|valid)|is deprecated in (?:the )?(?:new )?Keras"
    r"|Could not (?:interpret|deserialize)|Unknown (?:layer|loss|metric|optimizer|activation)"
    r"|only accepts? (?:keras|\.keras)|KerasTensor cannot be used as input to a TensorFlow function"
)
"""What Keras 3 and TensorFlow say of code written for Keras 2 (seen in public student notebooks, and Keras's
migration guide: https://keras.io/guides/migrating_to_keras_3/)."""


def asks_for_old_keras(evidence: Evidence) -> bool:
    """Whether a cell failed in a way in which it might not have with Keras 2."""
    return any(
        cell.error is not None
        and _OLD.search(cell.error.message) is not None
        and ("keras" in cell.error.message or "keras" in cell.error.traceback)
        for cell in evidence.cells
    )


def failures(evidence: Evidence) -> int:
    """Code cells that did not run through."""
    return sum(_failed(cell) for cell in evidence.cells)


def _failed(cell: Cell) -> bool:
    return cell.status not in ("ok", "skipped") and cell.type == "code"
