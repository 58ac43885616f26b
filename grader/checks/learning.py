"""The check of what a network reaches in a short, trusted training."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from grader.checks.outcome import Outcome, absent, met, unmet
from grader.checks.registry import Secret, check
from grader.checks.work import Work

_MEASURED = Secret("the network is trained for a while after handing in, and compared with the reference")


@check("trains", written_as=("fit",))
def trains(
    work: Work,
    *,
    network: str,
    data: str,
    epochs: Annotated[int, Field(ge=1), _MEASURED],
    samples: Annotated[Annotated[int, Field(ge=1)] | None, _MEASURED] = None,
    at_least: Annotated[Literal["reference"], _MEASURED] = "reference",
    share: Annotated[float, Field(gt=0, le=1), _MEASURED] = 1.0,
) -> Outcome:
    """Train the student's network on the trusted side and compare its accuracy with the reference's.

    The network, its compile settings and the measured preprocessing are the student's, data, epochs and seed
    the grader's. The threshold is an order statistic of reference runs (``grade calibrate``); a network below
    it is tried again with fresh seeds before a point is lost.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
        epochs: Epochs of the short training.
        samples: Training images that it uses at most, of every class alike; all where it is left out.
        at_least: What it must reach; ``reference`` is the calibrated threshold.
        share: Share of that threshold that is enough: below 1 for a free design, which must learn but need
            not be as good as the reference's.
    """
    images = f" with {samples:,} images of {data}" if samples else f" on {data}"
    aim = f"as well as the {at_least}" if share == 1 else f"at least {share:.0%} as well as the {at_least}"
    wanted = f"learns {aim} in {epochs} epochs{images}"
    judgement = work.judgements.get(network)
    fit = work.fit(network)
    if fit is None or judgement is None:
        return absent(wanted, "Build, compile and train the network.", found="no trained network to look at")
    cells = (fit.cell,)
    if isinstance(judgement, str):
        return Outcome(Fraction(1), wanted, judgement, cells=cells, review=True)
    tries = f", best of {len(judgement.tries)} tries" if len(judgement.tries) > 1 else ""
    found = judgement.problem or f"test accuracy {judgement.accuracy:.2f}{tries}"
    if judgement.passed:
        return met(wanted, found, cells=cells, remarks=judgement.remarks)
    if judgement.passed is None:
        return Outcome(Fraction(1), wanted, f"not measured: {found}", cells=cells, review=True)
    found += "" if judgement.problem else f", where {judgement.threshold:.2f} is needed"
    hint = "Check the scaling of the pixels, the output layer and the loss: with them right, it learns."
    return unmet(wanted, found, hint, cells=cells)
