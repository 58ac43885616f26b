"""Pixels standardised with the training set's numbers, measured on what reaches the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from grader.checks.aspects import named, of_each
from grader.checks.channels import ChannelMap, channel_map, deviation_left, is_adapted, mean_left
from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Data, Evaluated, Fitted, Predicted, Thumbnails

Part = Literal["mean", "deviation"]

_NEAR = 0.05
"""Of a deviation. Numbers from the four fifths that a validation split leaves are within 0.02 of those of all
2,000 images of the reduced rung; 127.5 for CIFAR-10's mean is 0.1 off."""
_EXACT = 0.01
"""Grey levels up to which a map explains the pixels exactly: nothing was resized, no pixel has its own."""
_SAME, _SAME_ABOUT = 1e-4, 0.03
"""Of a deviation: by which two exact maps, or others, may differ and still be one. The means of CIFAR-10's
test and training images are 0.013 apart, those of a drawn stand-in 0.003."""
_SUM_ENDS = 2**24
"""Where a float32 sum of numbers up to 1 ends, as along an axis of all of CIFAR-10: the mean is too small
then, which no student is to blame for."""
_DIGITS = "The float32 sum for the mean ran out of digits: np.mean(x, axis=…, dtype='float64') does not."
_A_SET = 10
_CENTRED, _UNIT = 0.15, (0.4, 1.15)
"""Mean and spread of block means by which pixels pass for standardised where no one map fits them all, as
when each pixel has numbers of its own; blocks spread less than pixels."""
_HINTS = {
    "mean": "Subtract the mean of the training images from each set: (x - x_train.mean()) / x_train.std().",
    "deviation": "Divide each set by the deviation of the training images, x_train.std().",
}
_ALIKE = "Prepare all sets with the two numbers of the training set: its mean and its standard deviation."


@check("standardised", written_as=("fit", "mean", "std"))
def standardised(
    work: Work,
    *,
    network: str | None = None,
    networks: tuple[str, ...] = (),
    part: Part | None = None,
) -> Outcome:
    """Judge by effect whether the pixels are standardised with the training set's mean and deviation.

    The training data decides; validation or test data prepared with other numbers, such as their own, is
    partly. Numbers for each channel or for all together, and scaling before or after, are the same.

    Args:
        network: Name of the expected network.
        networks: Names of several, in place of ``network``: some of them right is partly. One that is never
            trained is left out.
        part: ``mean`` looks only at what is subtracted, ``deviation`` only at what is divided by.
    """
    parts: tuple[Part, ...] = (part,) if part else ("mean", "deviation")
    what = " and ".join(f"{each} 0" if each == "mean" else f"{each} 1" for each in parts)
    wanted = f"pixels standardised to {what} with the training set's numbers, in all sets alike"
    hint = _HINTS[parts[0]]

    def judge(name: str) -> Outcome:
        fit = work.fit(name)
        if fit is None:
            return absent(wanted, hint, found="the network is never trained")
        cells, facts = (fit.cell,), work.data.get(work.view(fit.data).data or "")
        if facts is None:
            return unmet(wanted, "trained on other data than the worksheet's", hint, cells=cells)
        answer = work.answer(name)
        if answer is not None and is_adapted(answer.network):
            remark = "A Normalization layer standardises in the network; what it was adapted to was not seen."
            return met(wanted, "a Normalization layer", cells=cells, remarks=(remark,))
        trained = channel_map(work, name, fit.data)
        ended = trained is not None and _sum_ended(trained, fit.data, facts)
        right = [ended or _is_right(each, trained, facts, fit.data.thumbnails) for each in parts]
        found = f"training: {_in_words(trained)}"
        if not all(right):
            # One of the two that are asked for at once.
            return (partly if any(right) else unmet)(wanted, found, hint, cells=cells)
        if others := [
            words
            for words, data in _others(work, name, fit)
            if not _alike(parts, work, name, trained, data, facts)
        ]:
            seen = "; ".join(dict.fromkeys(f"{words} with other numbers" for words in others))
            return partly(wanted, f"{found}; {seen}", _ALIKE, cells=cells)
        return met(wanted, found, cells=cells, remarks=(_DIGITS,) if ended else ())

    return of_each(named(network, networks), judge, absent_counts=False)


def _is_right(part: Part, found: ChannelMap | None, facts: ServedFacts, seen: Thumbnails | None) -> bool:
    if found is not None:
        left = mean_left(found, facts) if part == "mean" else deviation_left(found, facts)
        return left <= _NEAR
    if seen is None or not (blocks := seen.array()).size:
        return False
    if part == "mean":
        return abs(float(blocks.mean())) <= _CENTRED
    low, high = _UNIT
    return low <= float(blocks.std()) <= high


def _sum_ended(found: ChannelMap, data: Data, facts: ServedFacts) -> bool:
    pixels = data.shape[0] * data.shape[1] if len(data.shape) == 3 and data.shape[0] and data.shape[1] else 0
    levels = [255 * _SUM_ENDS / (images * pixels) for images in _sizes(data, facts) if images * pixels]
    return any(all(abs(each / level - 1) <= 0.01 for each in found.subtracted) for level in levels)


def _sizes(data: Data, facts: ServedFacts) -> tuple[int, ...]:
    return data.samples or 0, len(facts.splits.get("train", ()))


def _others(work: Work, network: str, fit: Fitted) -> Iterator[tuple[str, Data]]:
    """The validation data, and what the network is judged on."""
    if fit.validation is not None:
        yield "validation", fit.validation
    judged = [event.data for event in work.of_alike(network, Evaluated)]
    judged += [event.data for event in work.of_alike(network, Predicted)]
    for data in judged:
        # Single images are passed around in many ways; a set has more.
        if work.view(data).known and (data.samples or 0) >= _A_SET:
            yield f"the {work.view(data).split or 'evaluation'} set", data


def _alike(
    parts: tuple[Part, ...],
    work: Work,
    network: str,
    trained: ChannelMap | None,
    data: Data,
    facts: ServedFacts,
) -> bool:
    found, fit = channel_map(work, network, data), work.fit(network)
    exact = all(work.view(each).residual <= _EXACT for each in (data, fit.data if fit else data))
    near = _SAME if exact else _SAME_ABOUT
    if trained is None or found is None or len(trained.scales) != len(found.scales):
        return all(_is_right(part, found, facts, data.thumbnails) for part in parts)
    levels = zip(trained.subtracted, found.subtracted, strict=True)
    scales = zip(trained.scales, found.scales, strict=True)
    same = {
        "mean": all(abs(one - two) <= near * facts.deviation for one, two in levels),
        "deviation": all(abs(two / one - 1) <= near if one else two == one for one, two in scales),
    }
    return all(same[part] for part in parts)


def _in_words(found: ChannelMap | None) -> str:
    """``(pixel - 117.3) / 67.62``."""
    if found is None:
        return "no one map of the pixels"
    levels = _listed(found.subtracted)
    divisors = _listed([1 / scale if scale else 0.0 for scale in found.scales])
    pixel = "pixel" if levels in ("0", "-0") else f"(pixel - {levels})"
    return f"{pixel} / {divisors}"


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.4g}" for value in dict.fromkeys(round(each, 2) for each in values))
