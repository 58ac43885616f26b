"""Which of a notebook's models answers which network: an assignment problem, not a guess by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from grader.checks.work import Answer, Work
from grader.evidence.events import Evaluated, Fitted, ModelSeen, Predicted
from grader.evidence.evidence import Evidence
from grader.network.align import compare
from grader.network.canonical import read_network
from grader.network.network import Network, UnreadableNetwork
from grader.network.spec import ExpectedNetwork

TRAINED_ON_THE_DATA = 0.3
"""What training on the worksheet's data adds to a model's similarity (0 to 1): enough that a demo network of
another data set never wins over the student's own, however free that is."""
USED = 0.1
"""What being evaluated or used to predict adds."""
LATER = 1e-4
"""What coming later adds, for each model: of two alike the last one counts."""
LEAST = 0.15
"""Similarity, with all that was added, below which a model answers nothing."""


@dataclass(frozen=True)
class Candidate:
    """A model of the notebook that has a readable configuration."""

    model: int
    network: Network
    variable: str
    cell: int
    loaded_from: int | None


def candidates_of(evidence: Evidence) -> list[Candidate]:
    """Every model in its last form, in the order in which they were first seen."""
    first: dict[int, ModelSeen] = {}
    last: dict[int, ModelSeen] = {}
    for event in evidence.of(ModelSeen):
        first.setdefault(event.model, event)
        if event.config is not None:
            last[event.model] = event
    found: list[Candidate] = []
    for number, event in last.items():
        try:
            network = read_network(event.config or {}, event.input_shape)
        except UnreadableNetwork:
            continue
        variable = ", ".join(event.variables)
        found.append(Candidate(number, network, variable, first[number].cell, event.loaded_from))
    return found


def answers_of(work: Work, expected: Mapping[str, ExpectedNetwork]) -> dict[str, Answer]:
    """The model that answers each expected network, where one does (linear assignment, Kuhn 1955)."""
    from scipy.optimize import linear_sum_assignment

    everything = candidates_of(work.evidence)
    numbers = {candidate.model for candidate in everything}
    # A copy loaded from a file stands for the model that was saved there.
    candidates = [each for each in everything if each.loaded_from not in numbers]
    names = list(expected)
    if not candidates or not names:
        return {}
    comparisons = [[compare(each.network, expected[name]) for each in candidates] for name in names]
    worth = np.array([[comparison.similarity for comparison in row] for row in comparisons])
    families = [_family(each.model, everything) for each in candidates]
    worth += np.array([_use(work, family) + LATER * position for position, family in enumerate(families)])
    answers: dict[str, Answer] = {}
    for row, column in zip(*linear_sum_assignment(-worth), strict=True):
        if worth[row, column] >= LEAST:
            chosen = candidates[column]
            answers[names[row]] = Answer(
                model=chosen.model,
                family=families[column],
                variable=chosen.variable,
                cell=chosen.cell,
                network=chosen.network,
                comparison=comparisons[row][column],
            )
    return answers


def _use(work: Work, family: frozenset[int]) -> float:
    """What being trained and judged on the worksheet's data adds, whichever of the copies it happened to."""
    used = {
        type(event)
        for event in work.evidence.events
        if isinstance(event, Fitted | Evaluated | Predicted)
        and event.model in family
        and work.view(event.data).known
    }
    return TRAINED_ON_THE_DATA * (Fitted in used) + USED * bool(used - {Fitted})


def _family(model: int, candidates: list[Candidate]) -> frozenset[int]:
    family = {model}
    for candidate in candidates:
        if candidate.loaded_from in family:
            family.add(candidate.model)
    return frozenset(family)
