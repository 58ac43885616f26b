"""Which verdicts a live session allows: those that a run of the notebook from top to bottom will confirm.

The photographs of the worksheet are not at hand here, so nothing that is measured by them can be told; nor
can what happened before anybody watched. What a check can be trusted with stands here, under its name; every
other check is seen when the notebook is graded.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.checks.compiling import encoding_of
from grader.checks.fits import is_on_the_data
from grader.checks.work import Work
from grader.evidence.events import Fitted
from grader.live.session import Session
from grader.rubric.schema import CheckLine


def trusted(line: CheckLine, work: Work, session: Session) -> bool:
    """Whether what a check finds in a live session holds."""
    sight = _SIGHT.get(line.check)
    if sight is None or (line.check == "printed" and not session.texts):
        return False
    if line.check == "answered" and session.file is None:
        return False
    return all(work.answer(name) is not None and sight(work, name, line) for name in networks_named(line))


ONLY_MET = frozenset(("printed",))
"""Checks of which a session can show that they are met, but not that they are not: what a cell that stopped
was going to print is read from its source when the notebook is graded."""


def networks_named(line: CheckLine) -> list[str]:
    """The networks of the rubric that a check is about."""
    names = [line.arguments.get("network"), *(line.arguments.get("networks") or ())]
    return [name for name in names if isinstance(name, str)]


def _built(work: Work, network: str, line: CheckLine) -> bool:
    return True


def _compiled(work: Work, network: str, line: CheckLine) -> bool:
    return work.compilation(network) is not None


def _labelled(work: Work, network: str, line: CheckLine) -> bool:
    """Compiled, and trained with labels whose encoding was seen."""
    fit = work.fit(network)
    return _compiled(work, network, line) and fit is not None and bool(encoding_of(fit.data))


def _trained(work: Work, network: str, line: CheckLine) -> bool:
    return work.fit(network) is not None


def _watched(work: Work, network: str, line: CheckLine) -> bool:
    """Trained while we watched: of a training before that only its History is known."""
    fit = work.fit(network)
    return fit is not None and fit.data.container != "other"


def _batched(work: Work, network: str, line: CheckLine) -> bool:
    fit = work.fit(network)
    known = fit is not None and (fit.data.container == "array" or fit.data.batch_size is not None)
    return _watched(work, network, line) and known


def _on_the_data(work: Work, network: str, line: CheckLine) -> bool:
    """Trained on the worksheet's images, as the folder says that they were loaded from."""
    fit = work.fit(network)
    return fit is not None and is_on_the_data(work, fit.data) and _is_cut_by_the_loader(fit, line)


def _is_cut_by_the_loader(fit: Fitted, line: CheckLine) -> bool:
    """Shares of images are measured by the worksheet's own number of them, which is not at hand."""
    return line.check != "validation" or not line.arguments.get("share")


_SIGHT: dict[str, Callable[[Work, str, CheckLine], bool]] = {
    "layer": _built,
    "output_layer": _built,
    "network": _built,
    "parameters": _built,
    "rules": _built,
    "summarised": _built,
    "saved": _built,
    "reloaded": _built,
    "optimizer": _compiled,
    "metrics": _compiled,
    "loss": _labelled,
    "compiled": _labelled,
    "epochs": _trained,
    "callback": _watched,
    "batch_size": _batched,
    "validation": _on_the_data,
    "loaded": _on_the_data,
    "curves": _watched,
    "argmax": _watched,
    "printed": _built,
    "answered": _built,
}
