"""Which notebooks of a class are suspiciously alike: a reason to look, never a verdict.

What the reference solution holds does not count, nor what many have: the worksheet's own code and what was
shown in class. MOSS leaves out passages that occur in more than ten programs; so does this, and in a small
class those that more than a quarter have. That bounds the work too: a fingerprint joins at most 45 pairs, so
that the number of pairs looked at grows with the class, not with its square. Notebooks with exactly the same
code count once, so that a large ring does not hide itself by being many.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from grader.grading.grade import AlikeNotebooks
from grader.submissions.fingerprints import Fingerprints

COMMON = 10
"""Notebooks; what more of them have is common code."""
COMMON_SHARE = 4
"""One in so many of the class, where that is fewer."""
ALIKE = 0.5
"""Share of the shorter notebook's own code that another one must have. Of 21 real submissions to a worksheet
two pairs share 0.88 and more, one 0.49, all others 0.35 or less."""
FEWEST = 30
"""Fingerprints that two must share, some 60 lines: less is what two people write by chance."""
MOST = 100
"""Findings that are told, the most alike first."""


def few_of(size: int) -> int:
    """How many of a class of this size may have something that is still not common; two at least."""
    return max(2, min(COMMON, size // COMMON_SHARE))


def alike_notebooks(
    notebooks: Mapping[str, Fingerprints], reference: Fingerprints | None = None
) -> tuple[AlikeNotebooks, ...]:
    """The pairs, and groups of copies, whose own code is alike, most alike first.

    Args:
        notebooks: each submission's fingerprints (:func:`grader.submissions.fingerprints.fingerprints`).
        reference: those of the reference solution.
    """
    groups: dict[bytes, list[str]] = {}
    for name, prints in notebooks.items():
        groups.setdefault(prints.tobytes(), []).append(name)
    copies = list(groups.values())
    own, pairs = _shared([notebooks[names[0]] for names in copies], reference)
    found = [
        _finding(names, names[:0], count, 1.0, 1.0)
        for names, count in zip(copies, own, strict=True)
        if len(names) > 1 and count >= FEWEST
    ]
    for (first, second), count in pairs.items():
        if count >= FEWEST and count >= ALIKE * min(own[first], own[second]):
            found.append(
                _finding(copies[first], copies[second], count, count / own[first], count / own[second])
            )
    return tuple(sorted(found, key=lambda each: (-max(each.shares), -each.shared)))[:MOST]


def _finding(first: list[str], second: list[str], shared: int, one: float, other: float) -> AlikeNotebooks:
    return AlikeNotebooks(
        submissions=(*first, *second),
        shares=(*[round(float(one), 2)] * len(first), *[round(float(other), 2)] * len(second)),
        shared=int(shared),
    )


def _shared(
    notebooks: list[Fingerprints], reference: Fingerprints | None
) -> tuple[npt.NDArray[np.int64], dict[tuple[int, int], int]]:
    """How many uncommon fingerprints each has, and how many each two have in common that have any."""
    if reference is not None:
        notebooks = [np.setdiff1d(prints, reference, assume_unique=True) for prints in notebooks]
    owners = np.repeat(np.arange(len(notebooks)), [len(prints) for prints in notebooks])
    _, numbers, having = np.unique(
        np.concatenate([np.empty(0, np.uint64), *notebooks]), return_inverse=True, return_counts=True
    )
    uncommon = having[numbers] <= few_of(len(notebooks))
    owners, numbers = owners[uncommon], numbers[uncommon]
    order = np.argsort(numbers, kind="stable")
    owners, numbers = owners[order], numbers[order]
    # Owners of one fingerprint stand side by side, few of them: each pair is some steps apart.
    apart = [(numbers[step:] == numbers[:-step], step) for step in range(1, few_of(len(notebooks)))]
    both = [np.stack([owners[:-step][same], owners[step:][same]], 1) for same, step in apart]
    pairs, counts = np.unique(np.concatenate([np.empty((0, 2), np.int64), *both]), axis=0, return_counts=True)
    found = {
        (int(first), int(second)): int(count) for (first, second), count in zip(pairs, counts, strict=True)
    }
    return np.bincount(owners, minlength=len(notebooks)), found
