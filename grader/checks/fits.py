"""Which training of a network a check is about, and what of its arguments takes effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from grader.checks.outcome import Outcome
from grader.checks.work import Work
from grader.evidence.events import Data, Fitted

Which = Literal["counting", "best"]
"""``counting`` is the last training before the network is judged; ``best`` whichever training of a network
like it meets most."""

NOT_RUN = "not run"
"""Error of a training that only stands in the source."""
_KERAS_DEFAULT_BATCH = 32


def of_training(work: Work, network: str, which: Which, judge: Callable[[Fitted], Outcome]) -> Outcome | None:
    """The verdict on the training that counts, or the best of all; None for a network never trained."""
    counting = work.fit(network)
    if which == "counting":
        return None if counting is None else judge(counting)
    fits = work.of_alike(network, Fitted)
    fits = [fit for fit in fits if trains_on_the_data(work, fit)] or fits
    # Of equally good ones the one that counts, else the last.
    ordered = sorted(fits, key=lambda fit: (fit is counting, work.position(fit)), reverse=True)
    return max(map(judge, ordered), key=lambda outcome: outcome.score, default=None)


def tried(work: Work, network: str) -> Fitted | None:
    """The training that counts; the one that was really tried where it only stands in the source too."""
    counting = work.fit(network)
    if counting is None or counting.error != NOT_RUN:
        return counting
    same = [fit for fit in work.of_family(network, Fitted) if fit.cell == counting.cell]
    return next((fit for fit in reversed(same) if fit.error != NOT_RUN), counting)


def is_on_the_data(work: Work, data: Data, name: str | None = None) -> bool:
    """Whether it is the worksheet's data, or the set called ``name``, by its pixels or by what loaded it."""
    if not work.data or (work.view(data).known and name in (None, work.view(data).data)):
        return True
    loaders = {load.loader for load in work.loads_of(data)}
    return any(f"{each}.load_data" in loaders for each in ([name] if name else work.data))


def trains_on_the_data(work: Work, fit: Fitted, name: str | None = None) -> bool:
    """The same of a training; augmented images are known by those of their shape that it is validated on."""
    held = fit.validation
    alike = held is not None and held.shape == fit.data.shape and is_on_the_data(work, held, name)
    return alike or is_on_the_data(work, fit.data, name)


def effective_batch(fit: Fitted) -> int | None:
    """The batch size that takes effect: the loader's for datasets and generators, fit's for arrays."""
    if fit.data.container == "array":
        return fit.batch_size or _KERAS_DEFAULT_BATCH
    return fit.data.batch_size


def is_shuffled(fit: Fitted) -> bool:
    """Whether each epoch has the samples in another order."""
    return fit.shuffle if fit.data.container == "array" else fit.data.reshuffles
