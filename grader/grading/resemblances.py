"""What notebooks of a class have in common that they need not have: code, networks, saved outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from grader.grading.grade import (
    AlikeNetworks,
    AlikeOutputs,
    ClaimGrade,
    ComparisonRow,
    NetworkGrade,
    Resemblances,
    SubmissionGrade,
)
from grader.grading.likeness import MOST, alike_notebooks, few_of
from grader.submissions.fingerprints import Fingerprints

_FEWEST_LAYERS = 3
_FEWEST_FIGURES = 5
"""Different figures of a log that must agree: one that stands still is no coincidence."""


def resemblances(
    submissions: Sequence[SubmissionGrade],
    fingerprints: Mapping[str, Fingerprints],
    reference: Fingerprints | None = None,
) -> Resemblances:
    """All that is worth a look side by side; ``fingerprints`` are of each submission's code, and the
    reference's."""
    return Resemblances(
        notebooks=alike_notebooks(fingerprints, reference),
        networks=_alike_networks(submissions),
        outputs=_alike_outputs(submissions),
    )


def _alike_networks(submissions: Iterable[SubmissionGrade]) -> tuple[AlikeNetworks, ...]:
    """Equal networks that are not the prescribed one, those that depart most from it first.

    The network that was asked for, with what it may have besides, is everybody's aim; the same three
    departures from it are not. What many have is a common slip, or a common example where the design is free.
    How networks are trained is left out: a worksheet prescribes that, too.
    """
    asked: Counter[str] = Counter()
    having: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    departures: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, ...]] = {}
    for grade in submissions:
        for network in grade.networks:
            asked[network.network] += 1
            key = network.network, _layers(network)
            departs = tuple(words for row in network.rows if (words := _departure(row)))
            if departs and len(key[1]) >= _FEWEST_LAYERS:
                having.setdefault(key, []).append(grade.submission)
                departures[key] = departs
    found = [
        AlikeNetworks(network=key[0], submissions=tuple(names), departures=departures[key])
        for key, names in having.items()
        if 1 < len(names) <= few_of(asked[key[0]])
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.departures), len(each.submissions))))[:MOST]


def _layers(network: NetworkGrade) -> tuple[tuple[str, str], ...]:
    return tuple((row.built, row.shape) for row in network.rows if row.built is not None)


def _departure(row: ComparisonRow) -> str:
    """In what a row is not what was asked for; of a free design, where nothing was, its layer."""
    match row.verdict:
        case "differs":
            return f"`{row.built}` for `{row.expected}`"
        case "missing":
            return f"no `{row.expected}`"
        case "extra":
            return f"`{row.built}` added"
        case "allowed":
            return ""
        case _:
            return "" if row.expected is not None else f"`{row.built}`"


def _alike_outputs(submissions: Iterable[SubmissionGrade]) -> tuple[AlikeOutputs, ...]:
    """Training logs that agree in every digit: weights and batches are drawn anew in every training."""
    having: dict[tuple[float, ...], dict[str, ClaimGrade]] = {}
    for grade in submissions:
        for claim in grade.claims:
            figures = (*claim.accuracy, *claim.val_accuracy)
            if len(set(figures)) >= _FEWEST_FIGURES:
                having.setdefault(figures, {})[grade.submission] = claim
    return tuple(
        AlikeOutputs(
            submissions=tuple(claims),
            epochs=max(len(claim.accuracy), len(claim.val_accuracy)),
            last=(claim.val_accuracy or claim.accuracy)[-1],
        )
        for claims in having.values()
        if len(claims) > 1
        for claim in [next(iter(claims.values()))]
    )[:MOST]
