"""Which of a notebook's models answers which network: an assignment problem, not a guess by name."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checks.work import Answer, Work
from grader.evidence.events import Evaluated, Fitted, ModelSeen, Predicted
from grader.evidence.evidence import Evidence
from grader.network.align import compare
from grader.network.bases import is_base
from grader.network.canonical import read_network
from grader.network.comparison import Comparison
from grader.network.identity import digest
from grader.network.network import Network, UnreadableNetwork
from grader.network.rules import FreeNetwork, judge_rules
from grader.network.spec import ExpectedNetwork

TRAINED_ON_THE_DATA = 0.3
"""What training on the worksheet's data adds to a model's similarity (0 to 1): enough that a demo network of
another data set never wins over the student's own, however free that is."""
USED = 0.1
"""What being evaluated or used to predict adds."""
AT_HOME = 0.5
"""What being built under the heading of a question about the network adds, and being built under another
network's heading only takes off: whoever puts a network of the wrong kind in the place of the one asked for
answers with it, unless the right one stands elsewhere."""
LATER = 1e-4
"""What coming later adds, for each model, up to twice as much for the rubric's later networks: of two alike
the last one counts, and networks that are alike are answered in the rubric's order."""
FREE = 0.5
"""Similarity of a model that keeps all rules of a free design: less than that of a prescribed network that is
nearly right, whatever the rules leave open."""
NEAREST_OTHER = 0.2
"""Similarity to a prescribed network below which a model is another thing altogether, wherever it stands."""
NOTHING = -1.0
"""Of a model of another kind, or without a pre-trained base where one is asked for: nothing that is added
makes it an answer."""
LEAST = 0.15
"""Similarity, with all that was added, below which a model answers nothing."""

MOST_MODELS = 200
"""Models of a notebook that are looked at; a search for settings builds some dozens."""
MOST_LAYERS = 20_000
"""Layers of all of them together."""


@dataclass(frozen=True)
class Candidate:
    """A model of the notebook that has a readable configuration."""

    model: int
    network: Network
    variable: str
    cell: int
    loaded_from: int | None
    digest: str
    """Equal for models that are the same network."""


def candidates_of(evidence: Evidence) -> list[Candidate]:
    """Every model in its last form, in the order in which they were first seen.

    Of more than :data:`MOST_MODELS` the first and the last: comparing thousands would take hours.
    """
    first: dict[int, ModelSeen] = {}
    last: dict[int, ModelSeen] = {}
    for event in evidence.of(ModelSeen):
        first.setdefault(event.model, event)
        if event.config is not None:
            last[event.model] = event
    found: list[Candidate] = []
    left = MOST_LAYERS
    models = list(last.items())
    if len(models) > MOST_MODELS:
        models = models[: MOST_MODELS // 2] + models[-(MOST_MODELS // 2) :]
    for number, event in reversed(models):
        try:
            network = read_network(event.config or {}, event.input_shape)
        except UnreadableNetwork:
            continue
        left -= len(network.layers)
        if left < 0:
            break
        variable = ", ".join(event.variables)
        cell = first[number].cell
        found.append(Candidate(number, network, variable, cell, event.loaded_from, digest(network)))
    return found[::-1]


def answers_of(work: Work, expected: Mapping[str, ExpectedNetwork]) -> dict[str, Answer]:
    """The model that answers each expected network, where one does (linear assignment, Kuhn 1955)."""
    everything = candidates_of(work.evidence)
    numbers = {candidate.model for candidate in everything}
    # A copy loaded from a file stands for the model that was saved there.
    candidates = [each for each in everything if each.loaded_from not in numbers]
    if not candidates or not expected:
        return {}
    families = [_family(each.model, everything) for each in candidates]
    uses = [_use(work, family) for family in families]
    comparisons = [[compare(each.network, network) for each in candidates] for network in expected.values()]
    worth = np.array(
        [
            [
                _similarity(each.network, network, comparison)
                for each, comparison in zip(candidates, row, strict=True)
            ]
            for network, row in zip(expected.values(), comparisons, strict=True)
        ]
    )
    worth -= _prescribed(expected, comparisons)
    similarities = worth.copy()
    somewhere = frozenset[int]().union(*work.homes.values())
    for row, name in enumerate(expected):
        home = work.homes.get(name, frozenset())
        away = somewhere - home
        later = LATER * (1 + row / len(expected))
        worth[row] += [
            use + AT_HOME * ((candidate.cell in home) - (candidate.cell in away)) + later * position
            for position, (candidate, use) in enumerate(zip(candidates, uses, strict=True))
        ]
    chosen = _assigned(np.maximum(worth, 0.0), similarities, expected, candidates)
    return {
        name: Answer(
            model=candidates[column].model,
            family=families[column],
            variable=candidates[column].variable,
            cell=candidates[column].cell,
            network=candidates[column].network,
            comparison=comparisons[row][column],
            alike=_alike(candidates[column], everything),
        )
        for row, name in enumerate(expected)
        if (column := chosen.get(name)) is not None
    }


def _similarity(network: Network, expected: ExpectedNetwork, comparison: Comparison) -> float:
    wanted, built = ({each.kind for each in layers} for layers in (expected.lines, network.layers))
    if any(map(is_base, wanted)) and not any(map(is_base, built)):
        # What is asked for is to build on a pre-trained network; without one nothing of it is done.
        return NOTHING
    if not isinstance(expected, FreeNetwork):
        return comparison.similarity if comparison.similarity >= NEAREST_OTHER else NOTHING
    # An output without softmax is the loss's business.
    rules = judge_rules(network, expected, from_logits=True)
    return FREE * sum(rule.kept for rule in rules) / max(1, len(rules))


def _prescribed(
    expected: Mapping[str, ExpectedNetwork], comparisons: Sequence[Sequence[Comparison]]
) -> np.ndarray:
    """Taken off a free design's similarity to models that are exactly a prescribed network: they answer that
    one."""
    free = np.array([isinstance(network, FreeNetwork) for network in expected.values()])
    exact = np.array([[comparison.same for comparison in row] for row in comparisons])
    return FREE * np.outer(free, exact[~free].any(axis=0))


def _assigned(
    worth: np.ndarray,
    similarities: np.ndarray,
    expected: Mapping[str, ExpectedNetwork],
    candidates: Sequence[Candidate],
) -> dict[str, int]:
    """The candidate for each network such that worth adds up to most, and no free design is answered by what
    answers a network that it has to differ from; nor a prescribed one by a copy of another's answer, as long
    as there is a network of its own for it."""
    names = list(expected)
    for _ in range(len(names) * len(candidates)):
        chosen = _best(worth, names)
        barred = [
            (names.index(name), candidates[chosen[other]].digest)
            for name, network in expected.items()
            if isinstance(network, FreeNetwork)
            for other in network.differs_from
            if name in chosen and other in chosen and _equal(candidates, chosen[name], chosen[other])
        ]
        if not barred:
            break
        for row, twin in barred:
            worth[row, [each.digest == twin for each in candidates]] = 0.0
    prescribed = [name for name, network in expected.items() if not isinstance(network, FreeNetwork)]
    for one, other in itertools.permutations(prescribed, 2):
        if one not in chosen or other not in chosen or not _equal(candidates, chosen[one], chosen[other]):
            continue
        # It is the answer of the one that it is more like, whichever copy was trained.
        rows = ((names.index(each), chosen[each]) for each in (one, other))
        mine, theirs = ((similarities[place], worth[place]) for place in rows)
        if mine <= theirs:
            without = worth.copy()
            digest_of_both = candidates[chosen[one]].digest
            without[names.index(one), [each.digest == digest_of_both for each in candidates]] = 0.0
            tried = _best(without, names)
            own = one in tried and not any(
                _equal(candidates, tried[one], column) for name, column in tried.items() if name != one
            )
            if own:
                worth, chosen = without, tried
    return chosen


def _best(worth: np.ndarray, names: Sequence[str]) -> dict[str, int]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-worth)
    pairs = ((int(row), int(column)) for row, column in zip(rows, columns, strict=True))
    return {names[row]: column for row, column in pairs if worth[row, column] >= LEAST}


def _equal(candidates: Sequence[Candidate], one: int, other: int) -> bool:
    return candidates[one].digest == candidates[other].digest


def _use(work: Work, family: frozenset[int]) -> float:
    """What being trained and judged on the worksheet's data adds, whichever of the copies it happened to."""
    kinds: tuple[type[Fitted | Evaluated | Predicted], ...] = (Fitted, Evaluated, Predicted)
    used = {
        kind
        for kind in kinds
        if any(work.view(event.data).known for model in family for event in work.of_model(model, kind))
    }
    return TRAINED_ON_THE_DATA * (Fitted in used) + USED * bool(used - {Fitted})


def _family(model: int, candidates: Sequence[Candidate]) -> frozenset[int]:
    family = {model}
    for candidate in candidates:
        if candidate.loaded_from in family:
            family.add(candidate.model)
    return frozenset(family)


def _alike(answer: Candidate, candidates: Sequence[Candidate]) -> frozenset[int]:
    """Every model that is the same network, and what was loaded from their files."""
    same = [each.model for each in candidates if each.digest == answer.digest]
    return frozenset().union(*(_family(model, candidates) for model in same))
