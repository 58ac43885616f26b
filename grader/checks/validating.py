"""The validation data of ``fit``."""

from __future__ import annotations

from grader.checks.aspects import Aspect
from grader.checks.fits import Which, of_training, trains_on_the_data
from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.targets import fault_of_labels, in_words
from grader.checks.work import Work
from grader.evidence.events import Data, Fitted

_SHARE = 0.02
"""By which a share may be missed, as when a number of images is rounded."""


@check("validation", written_as=("fit",))
def validation(
    work: Work,
    *,
    network: str,
    share: float | None = None,
    labels: bool = False,
    which: Which = "counting",
) -> Outcome:
    """Look whether ``fit`` was given validation data (a dataset, arrays or ``validation_split``).

    Args:
        network: Name of the expected network.
        share: Share of the training set that must be kept for it, e.g. 0.1; another share is partly, the test
            set is not.
        labels: Whether its labels must belong to its images and be encoded as those trained on.
        which: ``counting`` looks at the training that the later cells use, ``best`` at the one of all
            trainings of such a network that meets most.
    """
    part = "" if share is None else f", {share:.0%} of the training set"
    wanted = f"validation data in fit(){part}{', with labels that belong to it' if labels else ''}"

    def judge(fit: Fitted) -> Outcome:
        aspect = validated(work, fit)
        if not aspect.right:
            return unmet(wanted, aspect.found, aspect.hint, cells=(fit.cell,))
        if labels and fit.validation is not None and (fault := _labels(work, fit, fit.validation)):
            hint = "Prepare the labels of the validation data as those of the training data."
            return unmet(wanted, fault, hint, cells=(fit.cell,))
        if share is not None:
            return _share(work, fit, share, wanted, aspect.remarks)
        return met(wanted, aspect.found, cells=(fit.cell,), remarks=aspect.remarks)

    never = absent(
        wanted, "Call fit() on the network that the worksheet asks for.", found="the network is never trained"
    )
    return of_training(work, network, which, judge) or never


def validated(work: Work, fit: Fitted) -> Aspect:
    """Whether a training is validated on the worksheet's data."""
    if fit.validation is None and not fit.validation_split:
        return Aspect(False, "trained without validation", "Pass validation_data=val_ds to fit().")
    if fit.validation is not None and not trains_on_the_data(work, fit):
        hint = "Validate on the images that the worksheet keeps for it."
        return Aspect(False, "validation on other data than the worksheet's", hint)
    view = work.view(fit.validation)
    remarks: list[str] = []
    if view.split == "test":
        remarks.append("Validation uses the test set: the test result is no longer independent.")
    if shared := _shared(work, fit.data, fit.validation):
        are = "is" if shared == 1 else "are"
        remarks.append(f"{counted(shared, 'image')} of the validation set {are} trained on too.")
    found = "validation_split" if fit.validation is None else f"validation on {_amount(fit.validation)}"
    return Aspect(True, found, remarks=tuple(remarks))


def _share(work: Work, fit: Fitted, share: float, wanted: str, remarks: tuple[str, ...]) -> Outcome:
    hint = (
        f"Pass validation_split={share:g} to fit(), or hold back that share of the training images yourself."
    )
    if work.view(fit.validation).split == "test":
        if fit.validation_split:
            found = (
                f"validation_split={fit.validation_split:g} without effect: validation_data is the test set"
            )
            return partly(wanted, found, "Leave out validation_data.", cells=(fit.cell,))
        return unmet(wanted, "the test set serves for validation", hint, cells=(fit.cell,))
    shares = _shares(work, fit)
    found = f"{shares[0]:.0%} kept for validation" if shares else "an unknown share kept for validation"
    if any(abs(each - share) <= _SHARE for each in shares):
        return met(wanted, found, cells=(fit.cell,), remarks=remarks)
    return partly(wanted, found, hint, cells=(fit.cell,))


def _shares(work: Work, fit: Fitted) -> list[float]:
    """Of what is used, and of all that there is to train on."""
    held, trained, view = fit.validation, fit.data.samples, work.view(fit.data)
    if held is None or not held.samples:
        return [fit.validation_split] if fit.validation_split else []
    shares = [held.samples / (held.samples + trained)] if trained else []
    if view.data is not None and view.split is not None:
        whole = len(work.data[view.data].splits.get(view.split, ()))
        shares += [held.samples / whole] if whole else []
    return shares


def _labels(work: Work, fit: Fitted, held: Data) -> str | None:
    """What is wrong with the labels of the validation data."""
    if fault := fault_of_labels(work, held):
        return f"validation with {fault}"
    if fit.data.labels is None or held.labels is None:
        return None
    one, two = in_words(fit.data.labels), in_words(held.labels)
    return None if one == two else f"validation with {two}, training with {one}"


def _amount(data: Data) -> str:
    return "data" if data.samples is None else counted(data.samples, "sample")


def _shared(work: Work, training: Data, validation: Data | None) -> int:
    return len(work.view(training).recognised & work.view(validation).recognised)
