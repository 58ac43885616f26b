"""Checks of models saved to files and loaded back."""

from __future__ import annotations

from grader.checks.evaluation import judge_evaluations
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Evaluated, Loaded, Predicted, Saved

_LOAD = "Call keras.models.load_model() with the name of the file that save() has written."


@check("saved", written_as=("save", "save_model"))
def saved(work: Work, *, network: str, suffix: str | None = None) -> Outcome:
    """Look for the whole model saved to a file: its weights alone are partly.

    Where a suffix is asked for, it is ``save`` that must write it: another format, or only a checkpoint, is
    partly.

    Args:
        network: Name of the expected network.
        suffix: Ending of the file's name, e.g. ``.h5``; when left out, any file that holds the model will do.
    """
    wanted = f"the model saved to a {suffix} file with save()" if suffix else "the model saved to a file"
    events = [event for event in work.of_family(network, Saved) if event.error is None]
    events = events or [event for event in work.of_alike(network, Saved) if event.error is None]
    hint = f'Call model.save("model{suffix or ".keras"}") on the trained network.'
    if not events:
        return absent(wanted, hint, found="the network is never saved")
    whole = [event for event in events if event.whole]
    if suffix is not None:
        whole = [event for event in whole if event.by == "save" and event.path.lower().endswith(suffix)]
    if whole:
        return met(wanted, _file(whole[-1]), cells=(whole[-1].cell,))
    files = ", ".join(dict.fromkeys(_file(event) for event in events))
    return partly(wanted, f"only {files}", hint, cells=tuple(dict.fromkeys(event.cell for event in events)))


def _file(event: Saved) -> str:
    what = "" if event.whole else " (weights only)"
    how = " by ModelCheckpoint" if event.by == "callback" else ""
    return event.path.rsplit("/", 1)[-1] + what + how


@check("reloaded", written_as=("load_model", "load_weights"))
def reloaded(work: Work, *, network: str) -> Outcome:
    """Look for the saved model being loaded back.

    Args:
        network: Name of the expected network.
    """
    wanted = "the saved model loaded with load_model()"
    answer = work.answer(network)
    events = [event for event in work.evidence.of(Loaded) if event.error is None]
    about = [
        event for event in events if answer and (event.of in answer.family or event.model in answer.family)
    ]
    if about:
        return met(wanted, about[-1].path.rsplit("/", 1)[-1], cells=(about[-1].cell,))
    failed = [event for event in work.evidence.of(Loaded) if event.error]
    if failed:
        found = f"loading {failed[-1].path.rsplit('/', 1)[-1]} failed ({failed[-1].error})"
        return unmet(wanted, found, _LOAD, cells=(failed[-1].cell,))
    if events:
        return unmet(wanted, "another model was loaded", _LOAD, cells=(events[-1].cell,))
    return absent(wanted, _LOAD, found="no model is loaded")


@check("reloaded_evaluated", written_as=("evaluate",))
def reloaded_evaluated(work: Work, *, network: str, data: str, split: str = "test") -> Outcome:
    """Look for the loaded model being evaluated on a split; one only used for predictions is partly.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        split: The split that must be evaluated on.
    """
    wanted = f"the loaded model evaluated on the {split} set"
    answer = work.answer(network)
    loads = [
        event
        for event in work.evidence.of(Loaded)
        if event.error is None and answer and event.model in answer.family
    ]
    copies = {event.model for event in loads} - ({answer.model} if answer else set())
    into_itself = [event for event in loads if answer and event.model == answer.model]
    events = [event for event in work.evidence.of(Evaluated) if event.model in copies]
    for load in into_itself:
        events += [
            event for event in work.of(network, Evaluated) if work.position(event) > work.position(load)
        ]
    if events:
        return judge_evaluations(work, network, events, wanted, data, split)
    hint = f"Call evaluate() on the model that load_model() returned, with the images of the {split} set."
    if not loads:
        return absent(wanted, hint, found="no loaded model")
    used = [event for event in work.evidence.of(Predicted) if event.model in copies]
    if used:
        return partly(wanted, "the loaded model predicts but is not evaluated", hint, cells=(used[0].cell,))
    return unmet(wanted, "the loaded model is not used", hint, cells=(loads[-1].cell,))
