"""Checks of ``fit``: what was asked for, and what of it takes effect."""

from __future__ import annotations

from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Component, Data, Fitted

_FIT = "Call fit() on the network that the worksheet asks for."
_KERAS_DEFAULT_BATCH = 32


def _never(wanted: str) -> Outcome:
    return absent(wanted, _FIT, found="the network is never trained")


@check("epochs", written_as=("fit",))
def epochs(work: Work, *, network: str, epochs: int) -> Outcome:
    """Compare the epochs asked for; another number is partly.

    Args:
        network: Name of the expected network.
        epochs: The number that the worksheet asks for.
    """
    wanted = counted(epochs, "epoch")
    fit = work.fit(network)
    if fit is None:
        return _never(wanted)
    found = counted(fit.epochs, "epoch")
    if fit.epochs == epochs:
        return met(wanted, found, cells=(fit.cell,))
    hint = f"Pass epochs={epochs} to fit(); EarlyStopping may end the training sooner."
    return partly(wanted, found, hint, cells=(fit.cell,))


@check("batch_size", written_as=("fit",))
def batch_size(work: Work, *, network: str, size: int) -> Outcome:
    """Compare the batch size that takes effect: the loader's for datasets and generators, fit's for arrays.

    ``fit(batch_size=…)`` on a dataset has no effect; the right number there is partly.

    Args:
        network: Name of the expected network.
        size: The batch size that the worksheet asks for.
    """
    wanted = f"batches of {size}"
    fit = work.fit(network)
    if fit is None:
        return _never(wanted)
    effective = _effective_batch(fit)
    found = "batches of an unknown size" if effective is None else f"batches of {effective}"
    if effective == size:
        return met(wanted, found, cells=(fit.cell,))
    if fit.data.container == "array":
        return unmet(wanted, found, f"Pass batch_size={size} to fit().", cells=(fit.cell,))
    loader = "flow_from_directory" if fit.data.container == "generator" else "image_dataset_from_directory"
    hint = f"What loads the images makes the batches: pass batch_size={size} to {loader} (or to batch())."
    if fit.batch_size == size:
        found += f"; fit(batch_size={size}) has no effect on a {fit.data.container}"
        return partly(wanted, found, hint, cells=(fit.cell,))
    return unmet(wanted, found, hint, cells=(fit.cell,))


def _effective_batch(fit: Fitted) -> int | None:
    if fit.data.container == "array":
        return fit.batch_size or _KERAS_DEFAULT_BATCH
    return fit.data.batch_size


@check("validation", written_as=("fit",))
def validation(work: Work, *, network: str) -> Outcome:
    """Look whether ``fit`` was given validation data (a dataset, arrays or ``validation_split``).

    Args:
        network: Name of the expected network.
    """
    wanted = "validation data in fit()"
    fit = work.fit(network)
    if fit is None:
        return _never(wanted)
    if fit.validation is None and not fit.validation_split:
        hint = "Pass validation_data=val_ds to fit()."
        return unmet(wanted, "trained without validation", hint, cells=(fit.cell,))
    view = work.view(fit.validation)
    if work.data and fit.validation is not None and not view.known and not work.view(fit.data).known:
        hint = "Validate on the images that the worksheet keeps for it."
        return unmet(wanted, "validation on other data than the worksheet's", hint, cells=(fit.cell,))
    remarks: list[str] = []
    if view.split == "test":
        remarks.append("Validation uses the test set: the test result is no longer independent.")
    if shared := _shared(work, fit.data, fit.validation):
        are = "is" if shared == 1 else "are"
        remarks.append(f"{counted(shared, 'image')} of the validation set {are} trained on too.")
    found = "validation_split" if fit.validation is None else f"validation on {_amount(fit.validation)}"
    return met(wanted, found, cells=(fit.cell,), remarks=tuple(remarks))


def _amount(data: Data) -> str:
    return "data" if data.samples is None else counted(data.samples, "sample")


def _shared(work: Work, training: Data, validation: Data | None) -> int:
    return len(work.view(training).recognised & work.view(validation).recognised)


@check("callback", written_as=("fit",))
def callback(work: Work, *, network: str, name: str) -> Outcome:
    """Look for a callback that was passed to ``fit``; one only built, or passed to another fit, is partly.

    Args:
        network: Name of the expected network.
        name: Keras name of the callback, e.g. ``EarlyStopping``.
    """
    wanted = f"{name} passed to fit()"
    fit = work.fit(network)
    if fit is None:
        return _never(wanted)
    passed = next((each for each in fit.callbacks if each.name == name), None)
    if passed is not None:
        remarks = _monitor_remarks(passed, fit)
        return met(wanted, f"{name}{_watching(passed)}", cells=(fit.cell,), remarks=remarks)
    names = ", ".join(each.name for each in fit.callbacks) or "no callbacks"
    built = [cell.index for cell in work.sources if any(call.name == name for call in cell.calls)]
    hint = f"Pass it to fit(): callbacks=[…, {name}(…)]."
    if built:
        return partly(wanted, f"{name} is built but fit() gets {names}", hint, cells=(*built[:1], fit.cell))
    return unmet(wanted, f"fit() gets {names}", hint, cells=(fit.cell,))


def _watching(passed: Component) -> str:
    monitor = passed.config.get("monitor")
    patience = passed.config.get("patience")
    parts = [f"monitor={monitor!r}"] if monitor else []
    parts += [f"patience={patience}"] if patience is not None else []
    return f"({', '.join(parts)})" if parts else ""


def _monitor_remarks(passed: Component, fit: Fitted) -> tuple[str, ...]:
    monitor = str(passed.config.get("monitor", ""))
    if monitor and fit.history and monitor not in fit.history:
        seen = ", ".join(sorted(fit.history))
        return (f"{passed.name} monitors {monitor!r}, which this training does not report ({seen}).",)
    return ()
