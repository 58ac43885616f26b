"""Which served image each sample of some data is, what it shows, and what a network took it for."""

from __future__ import annotations

from collections import Counter

from grader.checks.work import ServedFacts, Work
from grader.evidence.events import Data, Evaluated, Fitted, Loaded, Predicted

_IN_ORDER = 0.9
"""Share of recognised samples that must stand where the split's order has them; doubles can be mistaken."""


def files_of(work: Work, data: Data) -> tuple[str | None, ...]:
    """Served file of every sample, row by row; None where it is not known.

    Only some samples of large data are looked at. Where those stand in the order of a split, so do the
    others.
    """
    from grader.evidence.sampling import spread  # takes numpy, which a rubric's readers do without

    view = work.view(data)
    total, files = data.samples or len(view.files), view.files
    if total <= len(files) or view.data is None or not files:
        return files[:total]
    rows = spread(total, len(files)) if data.container == "array" else range(len(files))
    split = view.split
    if split is not None and split in work.data[view.data].splits:
        ordered = in_order(work.data[view.data], split)
        agree = [
            ordered[row] == file for row, file in zip(rows, files, strict=True) if row < len(ordered) and file
        ]
        if total <= len(ordered) and agree and sum(agree) >= _IN_ORDER * len(agree):
            return ordered[:total]
    known: list[str | None] = [None] * total
    for row, file in zip(rows, files, strict=True):
        known[row] = file
    return tuple(known)


def in_order(facts: ServedFacts, split: str) -> tuple[str, ...]:
    """Files of a split in the order in which a loader that does not shuffle delivers them."""
    files = facts.splits[split]
    numbers = [file.rsplit("/", 1)[-1] for file in files]
    if all(number.isdigit() for number in numbers):
        return tuple(file for _, file in sorted(zip(map(int, numbers), files, strict=True)))
    return tuple(files)


def true_labels(work: Work, data: Data) -> tuple[int | None, ...]:
    """True class of every sample, by the folder of its file."""
    view = work.view(data)
    if view.data is None:
        return ()
    classes = work.data[view.data].classes
    return tuple(None if file is None else class_of(file, classes) for file in files_of(work, data))


def class_of(file: str, classes: tuple[str, ...]) -> int | None:
    """Number of the class in whose folder a file lies."""
    name = file.split("/")[1]
    return classes.index(name) if name in classes else None


def taken_for(work: Work, network: str, data: str) -> dict[str, set[int]]:
    """The classes, numbered as the data set has them, that the network gave each served file."""
    own = numbering(work, network, data)
    given: dict[str, set[int]] = {}
    for event in work.of_alike(network, Predicted):
        if work.view(event.data).data == data:
            for file, label in zip(files_of(work, event.data), event.classes, strict=False):
                if file is not None:
                    given.setdefault(file, set()).add(own.get(label, label))
    return given


def numbering(work: Work, network: str, data: str) -> dict[int, int]:
    """The data set's number of each class, by the number that the network is trained on."""
    votes: dict[int, Counter[int]] = {}
    for fit in work.of_alike(network, Fitted):
        view = work.view(fit.data)
        if view.data == data and fit.data.labels is not None:
            known = view.labels(work.data[data].classes)
            for label, true in zip(fit.data.labels.values, known, strict=False):
                if true is not None:
                    votes.setdefault(label, Counter())[true] += 1
    return {label: counts.most_common(1)[0][0] for label, counts in votes.items()}


def is_trained(work: Work, event: Evaluated | Predicted) -> bool:
    """Whether the event's model had been trained, or was loaded, when it happened."""
    earlier: list[Fitted | Loaded] = [*work.evidence.of(Fitted), *work.evidence.of(Loaded)]
    position = work.position(event)
    return any(each.model == event.model and work.position(each) < position for each in earlier)
