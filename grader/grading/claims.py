"""What the saved outputs of a notebook claim, and what of it the code does not bear out.

Nothing here changes a mark: saved outputs can be old, or of another machine. A teacher decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.checks.work import Work
from grader.evidence.events import Fitted
from grader.evidence.evidence import Cell
from grader.grading.grade import ClaimGrade
from grader.submissions.epoch_log import epoch_logs
from grader.training.calibration import Judgement

_TRAINABLE = re.compile(r"(?<![\w-])Trainable params: (\d[\d,]{0,20})")
"""Of ``summary()``; the total holds the optimizer's too, once a model is compiled."""

FAR = 0.2
"""Accuracy above all that network and reference reached, from which on a claim is remarked."""


def claims_of(work: Work) -> tuple[ClaimGrade, ...]:
    """The training that counts of each network, as the outputs saved with the notebook show it."""
    return tuple(claim for name in work.answers if (claim := _claim(work, name)) is not None)


def _claim(work: Work, network: str) -> ClaimGrade | None:
    fit = work.fit(network)
    if fit is None:
        return None
    logs = epoch_logs(work.cell(fit.cell).claimed)
    # A cell that trains several networks shows them in order.
    here = [event is fit for event in work.evidence.of(Fitted) if event.cell == fit.cell]
    log = logs[here.index(True)] if len(logs) == len(here) else next(iter(logs), None)
    if log is None or not (log.accuracy or log.val_accuracy):
        return None
    return ClaimGrade(
        network=network,
        cell=fit.cell,
        epochs=log.asked,
        accuracy=log.accuracy,
        val_accuracy=log.val_accuracy,
    )


def doubts_of(work: Work, claims: tuple[ClaimGrade, ...]) -> tuple[str, ...]:
    """Sentences for the teacher, in the order of the cells; those about accuracies come last."""
    doubts = [
        doubt
        for cell in work.evidence.cells
        if cell.status == "ok" and cell.claimed
        for doubt in (*_other_summary(cell), *_other_epochs(work, cell))
    ]
    return (*doubts, *(doubt for claim in claims for doubt in _out_of_reach(work, claim)))


def _other_summary(cell: Cell) -> Iterator[str]:
    claimed, printed = _trainable(cell.claimed), _trainable(cell.text)
    strange = [count for count in claimed if count not in printed]
    if strange and printed:
        yield (
            f"Cell {cell.index + 1}: the saved summary shows {strange[0]:,} trainable parameters, "
            f"the code builds {printed[0]:,}."
        )


def _trainable(text: str) -> list[int]:
    """The counts of all summaries in a text; some versions of Keras write commas, some do not."""
    return [int(digits.replace(",", "")) for digits in _TRAINABLE.findall(text)]


def _other_epochs(work: Work, cell: Cell) -> Iterator[str]:
    asked = {event.epochs for event in work.evidence.of(Fitted) if event.cell == cell.index}
    strange = [log.asked for log in epoch_logs(cell.claimed) if log.asked not in asked]
    if strange and asked:
        yield (
            f"Cell {cell.index + 1}: the saved output is of a training of {strange[0]} epochs, "
            f"the code asks for {', '.join(map(str, sorted(asked)))}."
        )


def _out_of_reach(work: Work, claim: ClaimGrade) -> Iterator[str]:
    """A network that fell short of the reference in each try, said to do far better in as many epochs."""
    judgement = work.judgements.get(claim.network)
    if not isinstance(judgement, Judgement) or judgement.passed is not False or judgement.accuracy is None:
        return
    epochs = len(judgement.best.curve)
    said = max(claim.val_accuracy[:epochs], default=0.0)
    if said >= max(judgement.accuracy, judgement.threshold) + FAR:
        yield (
            f"Cell {claim.cell + 1}: the saved output shows a validation accuracy of {said:.2f} within "
            f"{epochs} epochs; trained here as long, {claim.network} reached {judgement.accuracy:.2f} "
            "(drawn stand-ins, if they were served, are other images)."
        )
