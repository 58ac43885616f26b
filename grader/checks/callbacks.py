"""Callbacks passed to ``fit``, and what they watch."""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.aspects import Aspect
from grader.checks.fits import Which, of_training
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Component, Fitted


@check("callback", written_as=("fit",))
def callback(
    work: Work,
    *,
    network: str,
    name: str,
    monitor: tuple[str, ...] = (),
    patience: int | None = None,
    which: Which = "counting",
) -> Outcome:
    """Look for a callback that was passed to ``fit``; one only built, or passed to another fit, is partly.

    Another patience, or watching another number than asked for, is partly too.

    Args:
        network: Name of the expected network.
        name: Keras name of the callback, e.g. ``EarlyStopping``.
        monitor: Names of what it may watch, e.g. ``[val_accuracy, val_acc]``; empty leaves it free.
        patience: Epochs that it must wait.
        which: ``counting`` looks at the training that the later cells use, ``best`` at the one of all
            trainings of such a network that meets most.
    """
    wanted = f"{_call(name, monitor, patience)} passed to fit()"

    def judge(fit: Fitted) -> Outcome:
        passed = next((each for each in fit.callbacks if each.name == name), None)
        if passed is None:
            return _not_passed(work, fit, name, wanted)
        found = f"{name}{_watching(passed)}"
        faults = [each for each in (_monitor(passed, monitor), _patience(passed, patience)) if not each.right]
        if faults:
            hint = " ".join(fault.hint for fault in faults)
            return partly(wanted, found, hint, cells=(fit.cell,))
        return met(wanted, found, cells=(fit.cell,), remarks=_monitor_remarks(passed, fit))

    never = absent(
        wanted, "Call fit() on the network that the worksheet asks for.", found="the network is never trained"
    )
    return of_training(work, network, which, judge) or never


def _call(name: str, monitor: Sequence[str], patience: int | None) -> str:
    given = [f'monitor="{monitor[0]}"'] if monitor else []
    given += [f"patience={patience}"] if patience is not None else []
    return f"{name}({', '.join(given)})" if given else name


def _not_passed(work: Work, fit: Fitted, name: str, wanted: str) -> Outcome:
    names = ", ".join(each.name for each in fit.callbacks) or "no callbacks"
    built = [cell.index for cell in work.sources if any(call.name == name for call in cell.calls)]
    hint = f"Pass it to fit(): callbacks=[…, {name}(…)]."
    if built:
        return partly(wanted, f"{name} is built but fit() gets {names}", hint, cells=(*built[:1], fit.cell))
    return unmet(wanted, f"fit() gets {names}", hint, cells=(fit.cell,))


def _monitor(passed: Component, names: Sequence[str]) -> Aspect:
    monitor, mode = passed.config.get("monitor"), passed.config.get("mode")
    # What a crashed cell was going to pass is known by its name alone.
    right = not names or not passed.config or monitor in names
    if right and names and mode == "min" and "acc" in str(monitor):
        return Aspect(
            False, str(monitor), f'Leave out mode="min": {passed.name} would take a rise for a loss.'
        )
    return Aspect(right, str(monitor), f'Pass monitor="{names[0]}" to {passed.name}.' if names else "")


def _patience(passed: Component, epochs: int | None) -> Aspect:
    given = passed.config.get("patience")
    right = epochs is None or not passed.config or given == epochs
    return Aspect(right, str(given), f"Pass patience={epochs} to {passed.name}: it counts epochs.")


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
