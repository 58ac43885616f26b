"""Checks of ``fit``: what was asked for, and what of it takes effect."""

from __future__ import annotations

from functools import partial

from grader.checks.aspects import Aspect, named, of_each, together
from grader.checks.evaluation import loss_is_wrong
from grader.checks.fits import NOT_RUN, Which, effective_batch, is_shuffled, of_training, trains_on_the_data
from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.validating import validated
from grader.checks.work import Work
from grader.evidence.events import Fitted

_FIT = "Call fit() on the network that the worksheet asks for."


def _never(wanted: str) -> Outcome:
    return absent(wanted, _FIT, found="the network is never trained")


@check("fitted", written_as=("fit",))
def fitted(
    work: Work,
    *,
    network: str | None = None,
    networks: tuple[str, ...] = (),
    epochs: int | None = None,
    batch_size: int | None = None,
    validation: bool = False,
    shuffled: bool = False,
    which: Which = "counting",
) -> Outcome:
    """Look whether the network is trained on the worksheet's data, with these arguments of ``fit`` together.

    Some of them wrong is partly, so is a training that an error ends; all of them, or other data, is not.
    What counts is what takes effect:
    ``fit(batch_size=…)`` does not on a dataset.

    Args:
        network: Name of the expected network.
        networks: Names of several, in place of ``network``: some of them right is partly.
        epochs: The number asked for; callbacks may end the training sooner.
        batch_size: The batch size that takes effect.
        validation: Whether validation data is asked for.
        shuffled: Whether each epoch is to have the samples in another order.
        which: ``counting`` looks at the training that the later cells use, ``best`` at the one of all
            trainings of such a network that meets most.
    """
    asked = [counted(epochs, "epoch")] if epochs is not None else []
    asked += [f"batches of {batch_size}"] if batch_size is not None else []
    asked += ["validation"] * validation + ["shuffling"] * shuffled
    wanted = f"trained on the worksheet's data{' with ' if asked else ''}{', '.join(asked)}"

    def judge(name: str, fit: Fitted) -> Outcome:
        if not trains_on_the_data(work, fit):
            hint = "Pass the worksheet's training data to fit()."
            return unmet(wanted, "trained on other data than the worksheet's", hint, cells=(fit.cell,))
        aspects = [_epochs(fit, epochs)] if epochs is not None else []
        aspects += [_batch(fit, batch_size)] if batch_size is not None else []
        aspects += [validated(work, fit)] if validation else []
        aspects += [_shuffling(fit)] if shuffled else []
        aspects = aspects or [Aspect(True, "trained")]
        if _stops(fit) and not loss_is_wrong(work, name):
            hint = "Mend the error that fit() raises: the network is not trained."
            aspects.append(Aspect(False, f"fit() stops with {fit.error}", hint))
        return together(wanted, aspects, (fit.cell,))

    def of_one(name: str) -> Outcome:
        return of_training(work, name, which, partial(judge, name)) or _never(wanted)

    return of_each(named(network, networks), of_one)


def _stops(fit: Fitted) -> bool:
    """Whether the training raises an error, other than for want of time or memory."""
    return fit.error not in (None, NOT_RUN, "KeyboardInterrupt", "MemoryError", "ResourceExhaustedError")


@check("epochs", written_as=("fit",))
def epochs(work: Work, *, network: str, epochs: int, which: Which = "counting") -> Outcome:
    """Compare the epochs asked for; another number is partly.

    Args:
        network: Name of the expected network.
        epochs: The number that the worksheet asks for.
        which: ``counting`` looks at the training that the later cells use, ``best`` at the one of all
            trainings of such a network that meets most.
    """
    wanted = counted(epochs, "epoch")

    def judge(fit: Fitted) -> Outcome:
        aspect = _epochs(fit, epochs)
        if aspect.right:
            return met(wanted, aspect.found, cells=(fit.cell,))
        return partly(wanted, aspect.found, aspect.hint, cells=(fit.cell,))

    return of_training(work, network, which, judge) or _never(wanted)


def _epochs(fit: Fitted, epochs: int) -> Aspect:
    hint = f"Pass epochs={epochs} to fit(); EarlyStopping may end the training sooner."
    return Aspect(fit.epochs == epochs, counted(fit.epochs, "epoch"), hint)


@check("batch_size", written_as=("fit",))
def batch_size(work: Work, *, network: str, size: int, which: Which = "counting") -> Outcome:
    """Compare the batch size that takes effect: the loader's for datasets and generators, fit's for arrays.

    ``fit(batch_size=…)`` on a dataset has no effect; the right number there is partly.

    Args:
        network: Name of the expected network.
        size: The batch size that the worksheet asks for.
        which: ``counting`` looks at the training that the later cells use, ``best`` at the one of all
            trainings of such a network that meets most.
    """
    wanted = f"batches of {size}"

    def judge(fit: Fitted) -> Outcome:
        aspect = _batch(fit, size)
        if aspect.right:
            return met(wanted, aspect.found, cells=(fit.cell,))
        tried = fit.data.container != "array" and fit.batch_size == size
        verdict = partly if tried else unmet
        return verdict(wanted, aspect.found, aspect.hint, cells=(fit.cell,))

    return of_training(work, network, which, judge) or _never(wanted)


def _batch(fit: Fitted, size: int) -> Aspect:
    effective = effective_batch(fit)
    found = "batches of an unknown size" if effective is None else f"batches of {effective}"
    if fit.data.container == "array":
        return Aspect(effective == size, found, f"Pass batch_size={size} to fit().")
    loader = "flow_from_directory" if fit.data.container == "generator" else "image_dataset_from_directory"
    hint = f"What loads the images makes the batches: pass batch_size={size} to {loader} (or to batch())."
    if fit.batch_size == size and effective != size:
        found += f"; fit(batch_size={size}) has no effect on a {fit.data.container}"
    return Aspect(effective == size, found, hint)


def _shuffling(fit: Fitted) -> Aspect:
    if is_shuffled(fit):
        return Aspect(True, "shuffled")
    hint = "Leave out shuffle=False in fit(); a tf.data Dataset is shuffled by its own shuffle()."
    return Aspect(False, "not shuffled", hint)
