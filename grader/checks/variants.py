"""Several trainings: the same network again, and variants compared with each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from grader.checks.compiling import plain
from grader.checks.fits import effective_batch, trains_on_the_data
from grader.checks.outcome import Outcome, absent, counted, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Work
from grader.evidence.events import Compiled, Fitted, ModelSeen
from grader.network.canonical import read_network
from grader.network.identity import digest
from grader.network.network import UnreadableNetwork

_FRESH = (
    "Build and compile the model anew before each training: fit() goes on from the weights that are there."
)
_RATES = ("ReduceLROnPlateau", "LearningRateScheduler")
"""Callbacks that make another learning rate."""


@check("refitted", written_as=("fit",))
def refitted(work: Work, *, network: str, batch_size: int | Literal["other"]) -> Outcome:
    """Look for the network trained once more with another batch size.

    One that goes on from trained weights is partly: the two batch sizes are not compared then.

    Args:
        network: Name of the expected network.
        batch_size: The size asked for; ``other`` is any but that of the network's first training.
    """
    wanted = f"trained again in batches of {'another size' if batch_size == 'other' else batch_size}"
    fits = [fit for fit in work.of_alike(network, Fitted) if trains_on_the_data(work, fit)]
    if not fits:
        return absent(wanted, "Call fit() on the network once more.", found="the network is never trained")
    first = effective_batch(fits[0])
    sizes = [effective_batch(fit) for fit in fits]
    right = [
        fit
        for fit, size in zip(fits, sizes, strict=True)
        if (size == batch_size if batch_size != "other" else size is not None and size != first)
    ]
    cells = tuple(dict.fromkeys(fit.cell for fit in right or fits))
    found = f"batches of {', then '.join(str(size) for size in sizes)}"
    if not right:
        size = f"{batch_size}" if batch_size != "other" else "64"
        return unmet(wanted, found, f"Train a fresh copy with fit(…, batch_size={size}).", cells=cells)
    if not any(starts_fresh(work, fit) for fit in right):
        return partly(wanted, f"{found}, going on from trained weights", _FRESH, cells=cells)
    return met(wanted, found, cells=cells)


@check("variants", written_as=("fit",))
def variants(
    work: Work, *, at_least: int = 2, networks: tuple[str, ...] = (), data: str | None = None
) -> Outcome:
    """Count the trainings that differ, the first one too, each of them from fresh weights.

    They differ by network, optimizer, learning rate, loss, batch size or augmentation; the number of epochs
    makes no variant. Enough of them only when those count that go on from trained weights is partly.

    Args:
        at_least: So many trainings that differ.
        networks: Only trainings of these expected networks, or ones like them, count; empty takes all.
        data: Name of the data set that they must be trained on.
    """
    wanted = f"{counted(at_least, 'training')} or more that differ, each from fresh weights"
    hint = "Train at least one more network, with another optimizer, learning rate, batch size or structure."
    fits = list(_trainings(work, networks, data))
    if not fits:
        return absent(wanted, hint, found="nothing is trained")
    every = {_key(work, fit) for fit in fits}
    fresh = {_key(work, fit) for fit in fits if starts_fresh(work, fit)}
    cells = tuple(dict.fromkeys(fit.cell for fit in fits))
    found = counted(len(every), "different training")
    if len(fresh) >= at_least:
        return met(wanted, found, cells=cells)
    if len(every) >= at_least:
        words = f"{found}, {len(every) - len(fresh)} of them going on from trained weights"
        return partly(wanted, words, _FRESH, cells=cells)
    if len(every) > 1:
        return partly(wanted, found, hint, cells=cells)
    return unmet(wanted, found, hint, cells=cells)


def _trainings(work: Work, networks: Sequence[str], data: str | None) -> Iterator[Fitted]:
    answers = [answer for name in networks if (answer := work.answer(name))]
    models = frozenset[int]().union(*(answer.alike | answer.family for answer in answers))
    for fit in work.evidence.of(Fitted):
        made_no_step = fit.error is not None and bool(fit.weights) and fit.weights == fit.weights_after
        of_the_set = data is None or trains_on_the_data(work, fit, data)
        if of_the_set and not made_no_step and (not networks or fit.model in models):
            yield fit


def starts_fresh(work: Work, fit: Fitted) -> bool:
    """Whether a training does not go on from weights that an earlier one of the notebook left."""
    position = work.position(fit)
    earlier = [each for each in work.evidence.of(Fitted) if work.position(each) < position]
    if any(fit.weights and fit.weights == each.weights_after != each.weights for each in earlier):
        return False
    # A checkpoint holds weights from the middle of a training.
    seen = work.of_model(fit.model, ModelSeen)
    origin = seen[-1].loaded_from if seen else None
    before = {each.weights for each in earlier}
    return not any(each.model == origin for each in earlier) or fit.weights in before


def _key(work: Work, fit: Fitted) -> tuple[str, ...]:
    """All that makes a training another one."""
    position = work.position(fit)
    compiled = work.of_model(fit.model, Compiled)
    before = [event for event in compiled if work.position(event) < position] or compiled
    how = _compiled(before[-1]) if before else ""
    rates = ",".join(sorted(each.name for each in fit.callbacks if each.name in _RATES))
    augmented = fit.data.thumbnails is not None and not work.view(fit.data).files
    return _network(work, fit.model, position), how, str(effective_batch(fit)), str(augmented), rates


def _compiled(compiled: Compiled) -> str:
    settings = {name: value for name, value in compiled.optimizer.config.items() if name != "name"}
    losses = [(plain(each.name), each.config.get("label_smoothing", 0.0)) for each in compiled.losses]
    return json.dumps([plain(compiled.optimizer.name), settings, losses], sort_keys=True, default=str)


def _network(work: Work, model: int, position: int) -> str:
    seen = work.of_model(model, ModelSeen)
    before = [event for event in seen if work.position(event) < position] or seen
    last = next((event for event in reversed(before) if event.config), before[-1] if before else None)
    if last is None:
        return str(model)
    try:
        return digest(read_network(last.config or {}, last.input_shape))
    except UnreadableNetwork:
        return f"{last.class_name} {last.parameters}"
