"""What a check may look at: one submission's evidence, and what grading has found out about it already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from grader.evidence.events import Compiled, Data, Evaluated, Event, Fitted, Predicted
from grader.evidence.evidence import Cell, Evidence
from grader.network.network import Layer, Network

if TYPE_CHECKING:
    from grader.network.comparison import Comparison
    from grader.network.spec import ExpectedNetwork
    from grader.submissions.answers import Text
    from grader.submissions.causes import Verdict
    from grader.submissions.source import CellSource
    from grader.training.calibration import Judgement

E = TypeVar("E", bound=Event)
_ALMOST_ALL = 0.8
"""Share of recognised samples from which data counts as one split's; thumbnails of near-duplicates can be mistaken."""


@dataclass(frozen=True)
class View:
    """What some data handed to a network turned out to be, measured against the served photographs."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Samples recognised from each split."""
    files: tuple[str | None, ...] = ()
    """Served file of each sample, ``split/class/name``; None where it was not recognised."""
    scale: float | None = None
    """With ``offset``: pixel = scale × raw (0..255) + offset; None when no such map fits."""
    offset: float | None = None
    words: str = "unknown"
    """The scaling in words."""
    by_path: str | None = None
    """Split of the folder that a loader read it from, when pixels do not tell."""

    @property
    def split(self) -> str | None:
        """The split that almost all of it comes from."""
        total = sum(self.counts.values())
        if total:
            name, most = max(self.counts.items(), key=lambda item: item[1])
            return name if most >= _ALMOST_ALL * total else None
        return self.by_path

    @property
    def known(self) -> bool:
        """Whether it is the served data at all."""
        return bool(sum(self.counts.values())) or self.by_path is not None

    def labels(self, classes: tuple[str, ...]) -> tuple[int | None, ...]:
        """True class of each sample by the folder its file lies in."""
        return tuple(
            classes.index(name.split("/")[1]) if name and name.split("/")[1] in classes else None
            for name in self.files
        )


@dataclass(frozen=True)
class ServedFacts:
    """What the trusted side knows of a served data set."""

    name: str
    classes: tuple[str, ...]
    splits: Mapping[str, tuple[str, ...]]
    """Files of each split, ``split/class/name``."""
    stand_in: bool
    description: str
    digest: str = ""


@dataclass(frozen=True)
class Answer:
    """The notebook's model that answers a network of the rubric."""

    model: int
    family: frozenset[int]
    """The model and those loaded from its saved files."""
    variable: str
    cell: int
    network: Network
    comparison: Comparison

    @property
    def output_activation(self) -> str:
        """Activation of the last layer; ``linear`` when there is none."""
        last = self.network.layers[-1] if self.network.layers else None
        if last is None or last.kind != "Activation":
            return "linear"
        return str(last.arguments.get("activation", "linear"))

    @property
    def output(self) -> Layer | None:
        """The last layer with units of its own."""
        return next((layer for layer in reversed(self.network.layers) if layer.kind != "Activation"), None)


@dataclass(frozen=True)
class Work:
    """One submission, ready to be checked."""

    evidence: Evidence
    sources: tuple[CellSource, ...] = ()
    causes: Mapping[int, Verdict] = field(default_factory=dict)
    """Verdict on each failed cell, by its index."""
    texts: tuple[Text, ...] = ()
    templates: tuple[str, ...] = ()
    expected: Mapping[str, ExpectedNetwork] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By network name; a network that no model answers is absent."""
    data: Mapping[str, ServedFacts] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    """By the key that :func:`view_key` gives."""
    judgements: Mapping[str, Judgement | str] = field(default_factory=dict)
    """Outcome of the short training of each network, or why there was none."""
    question_cells: frozenset[int] = frozenset()
    """Cells of the section that the question names; empty when it was not found."""

    def view(self, data: Data | None) -> View:
        """What ``data`` turned out to be."""
        return View() if data is None else self.views.get(view_key(data), View())

    def answer(self, network: str) -> Answer | None:
        """The model that answers ``network``."""
        return self.answers.get(network)

    def of(self, network: str, kind: type[E]) -> list[E]:
        """Events of one class about the model that answers ``network`` (not about copies loaded from files)."""
        answer = self.answers.get(network)
        if answer is None:
            return []
        return [event for event in self.evidence.of(kind) if getattr(event, "model", None) == answer.model]

    def of_family(self, network: str, kind: type[E]) -> list[E]:
        """Events about that model or a copy loaded from its file."""
        answer = self.answers.get(network)
        if answer is None:
            return []
        return [event for event in self.evidence.of(kind) if getattr(event, "model", None) in answer.family]

    def compilation(self, network: str) -> Compiled | None:
        """The compilation that counts: the last before the fit that counts."""
        compiled = self.of(network, Compiled)
        fit = self.fit(network)
        if fit is not None:
            position = self.evidence.events.index(fit)
            compiled = [
                event for event in compiled if self.evidence.events.index(event) < position
            ] or compiled
        return compiled[-1] if compiled else None

    def fit(self, network: str) -> Fitted | None:
        """The fit that counts: the last one before the model was judged (evaluated or used to predict)."""
        fits = self.of_family(network, Fitted)
        events = self.evidence.events
        judged = [
            events.index(event) for kind in (Evaluated, Predicted) for event in self.of_family(network, kind)
        ]
        before = [fit for fit in fits if not judged or events.index(fit) < max(judged)] or fits
        # A crash on the worksheet's data says more than a success on a demo's.
        about = [fit for fit in before if self.view(fit.data).known] or before
        finished = [fit for fit in about if fit.error is None] or about
        return finished[-1] if finished else None

    def cell(self, index: int) -> Cell:
        """The cell at a notebook index."""
        return self.evidence.cell(index)

    def printed(self, cells: Iterable[int] | None = None) -> str:
        """Everything that the run printed, in all cells or those given."""
        chosen = range(len(self.evidence.cells)) if cells is None else cells
        return "\n".join(self.evidence.cells[index].text for index in chosen)


def view_key(data: Data) -> str:
    """Names data by all that was seen of it."""
    return hashlib.sha256(data.model_dump_json().encode()).hexdigest()
