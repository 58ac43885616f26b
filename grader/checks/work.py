"""What a check may look at: one submission's evidence, and what grading has found out about it already."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from grader.checks.words import Words
from grader.evidence.events import (
    Compiled,
    Data,
    DatasetLoaded,
    Evaluated,
    Event,
    Fitted,
    Predicted,
    PretrainedLoaded,
)
from grader.evidence.evidence import Cell, Evidence, Rung
from grader.network.bases import base_of_file
from grader.network.network import Layer, Network

if TYPE_CHECKING:
    from grader.datasets.pixels import Pixels
    from grader.network.comparison import Comparison
    from grader.network.spec import ExpectedNetwork
    from grader.submissions.answers import Text
    from grader.submissions.causes import Verdict
    from grader.submissions.source import CellSource
    from grader.submissions.topics import Question
    from grader.training.calibration import Judgement

E = TypeVar("E", bound=Event)
_NO_WEIGHTS = (
    "the pre-trained weights of {base} were not provided, so it ran with random ones "
    "(a teacher provides them with: grade data add {base} FILE.h5)"
)
_ALMOST_ALL = 0.8
"""Share of recognised samples from which data counts as one split's; doubles can be mistaken."""


@dataclass(frozen=True)
class View:
    """What some data handed to a network turned out to be, measured against the served photographs."""

    data: str | None = None
    """Name of the data set that it comes from; None when it is none of the served ones."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Samples recognised from each split."""
    files: tuple[str | None, ...] = ()
    """Served file of each sample, ``split/class/name``; None where it was not recognised."""
    scale: float | None = None
    """With ``offset``: pixel = scale × raw (0..255) + offset; None when no such map fits."""
    offset: float | None = None
    scales: tuple[float, ...] = ()
    """The same for each channel of the student's images, where such a map fits."""
    offsets: tuple[float, ...] = ()
    residual: float = 0.0
    """Root mean square deviation of the samples from that map, in raw grey levels."""
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
        return self.data is not None

    def shows(self, data: str, split: str) -> bool:
        """Whether it is a split of a data set."""
        return self.data == data and self.split == split

    @cached_property
    def recognised(self) -> frozenset[str]:
        """The served files among its samples."""
        return frozenset(file for file in self.files if file)

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
    """Files of each split, ``split/class/name``: in a :class:`Work`, those of the rung that it comes from."""
    description: str
    digest: str = ""
    reduced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Files of each split on the reduced rung; empty when it serves all of them."""
    kind: Literal["image_folder", "keras_dataset"] = "image_folder"
    """A ``keras_dataset`` has no files: its samples are called ``split/class/row``, in the order of rows."""
    mean: float = 0.0
    """Of the training split's raw pixels (0..255), all channels together."""
    deviation: float = 0.0
    channel_means: tuple[float, ...] = ()
    channel_deviations: tuple[float, ...] = ()
    reduced_pixels: Pixels | None = None
    """Mean and deviation on the reduced rung; None when they are the same."""

    def on(self, rung: Rung) -> ServedFacts:
        """What a notebook met that was run on ``rung``."""
        if rung != "reduced" or not self.reduced:
            return self
        return replace(
            self, splits=self.reduced, **asdict(self.reduced_pixels) if self.reduced_pixels else {}
        )


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
    alike: frozenset[int] = frozenset()
    """Every model that is the same network: its own family, rebuilt and retrained ones, loaded copies."""

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
    questions: tuple[Question, ...] = ()
    """All that the worksheet asks to be answered in words: an answer to one is none to another."""
    expected: Mapping[str, ExpectedNetwork] = field(default_factory=dict)
    homes: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Cells under the headings of the questions about each network, where its rubric names headings."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By network name; a network that no model answers is absent."""
    data: Mapping[str, ServedFacts] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    """By the key that :func:`view_key` gives."""
    judgements: Mapping[str, Judgement | str] = field(default_factory=dict)
    """Outcome of the short training of each network, or why there was none."""
    mistaken: frozenset[int] = frozenset()
    """Cells that ran on an old network, because the one that its name was meant for failed to be built."""
    written: frozenset[int] = frozenset()
    """Cells that failed and are judged by what is written in them; empty in the work as it ran."""
    folder: Path = Path()
    """The rubric's, against which it names files of its own."""

    def view(self, data: Data | None) -> View:
        """What ``data`` turned out to be."""
        return View() if data is None else self.views.get(view_key(data), View())

    def answer(self, network: str) -> Answer | None:
        """The model that answers ``network``."""
        return self.answers.get(network)

    def of(self, network: str, kind: type[E]) -> list[E]:
        """Events of one class about the model that answers ``network``, copies loaded from files left out."""
        answer = self.answers.get(network)
        if answer is None:
            return []
        return self.of_model(answer.model, kind)

    def of_family(self, network: str, kind: type[E]) -> list[E]:
        """Events about that model or a copy loaded from its file."""
        answer = self.answers.get(network)
        if answer is None:
            return []
        return self._of_models(answer.family, kind)

    def of_alike(self, network: str, kind: type[E]) -> list[E]:
        """Events about any model that is the same network as the answer, trained anew or loaded."""
        answer = self.answers.get(network)
        if answer is None:
            return []
        return self._of_models(answer.alike | answer.family, kind)

    def of_model(self, model: int | None, kind: type[E]) -> list[E]:
        """Events of one class about one model, in the order they happened."""
        return self._by_model.get((kind, model), [])  # type: ignore[return-value]

    def _of_models(self, models: Collection[int], kind: type[E]) -> list[E]:
        events = [event for model in models for event in self.of_model(model, kind)]
        return sorted(events, key=self.position)

    @cached_property
    def _by_model(self) -> dict[tuple[type[Event], int | None], list[Event]]:
        # A notebook may have twenty thousand events, and checks ask for those of a model again and again.
        found: dict[tuple[type[Event], int | None], list[Event]] = {}
        for event in self.evidence.events:
            found.setdefault((type(event), getattr(event, "model", None)), []).append(event)
        return found

    def loads_of(self, data: Data) -> list[DatasetLoaded]:
        """What loaded it."""
        return [load for number in dict.fromkeys(data.loads) for load in self._loads.get(number, ())]

    @cached_property
    def _loads(self) -> dict[int, list[DatasetLoaded]]:
        found: dict[int, list[DatasetLoaded]] = {}
        for load in self.evidence.of(DatasetLoaded):
            found.setdefault(load.dataset, []).append(load)
        return found

    @cached_property
    def held_out(self) -> frozenset[frozenset[str]]:
        """The served files of each set that a training was validated on."""
        return frozenset(self.view(fit.validation).recognised for fit in self.evidence.of(Fitted))

    @cached_property
    def words(self) -> Words:
        """What is written in it."""
        return Words(self)

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {id(event): position for position, event in enumerate(self.evidence.events)}

    def position(self, event: Event) -> int:
        """The place of an event among all events of the evidence; equal ones have places of their own."""
        return self._positions[id(event)]

    def compilation(self, network: str) -> Compiled | None:
        """The compilation that counts: the last before the fit that counts."""
        compiled = self.of(network, Compiled)
        fit = self.fit(network)
        if fit is not None:
            before = self.position(fit)
            compiled = [event for event in compiled if self.position(event) < before] or compiled
        return compiled[-1] if compiled else None

    def fit(self, network: str) -> Fitted | None:
        """The fit that counts: the last one before the model was judged (evaluated or used to predict)."""
        fits = self.of_family(network, Fitted)
        judged = [*self.of_family(network, Evaluated), *self.of_family(network, Predicted)]
        last = max(map(self.position, judged), default=None)
        before = [fit for fit in fits if last is None or self.position(fit) < last] or fits
        # A crash on the worksheet's data says more than a success on a demo's.
        about = [fit for fit in before if self.view(fit.data).known] or before
        finished = [fit for fit in about if fit.error is None] or about
        return finished[-1] if finished else None

    def random_weights(self, network: str) -> str | None:
        """Why what the answer reaches says nothing: a pre-trained base whose weights were not provided; None
        otherwise."""
        answer = self.answer(network)
        kinds = {layer.kind for layer in answer.network.layers} if answer else set()
        for event in reversed(list(self.evidence.of(PretrainedLoaded))):
            base = base_of_file(event.file)
            if base is not None and base in kinds:
                return None if event.served else _NO_WEIGHTS.format(base=base)
        return None

    def cell(self, index: int) -> Cell:
        """The cell at a notebook index."""
        return self.evidence.cell(index)

    def split_of(self, path: str | None, data: str) -> str | None:
        """The split that a folder of the notebook's world is; ``root`` for the one above, None for others."""
        if path is None:
            return None
        folder = path.rstrip("/")
        for place in self.evidence.places:
            if place.data == data and folder == place.path.rstrip("/"):
                return place.part
        if self.data[data].kind == "keras_dataset":
            return None
        splits = {split.lower(): split for split in self.data[data].splits}
        return splits.get(folder.rsplit("/", 1)[-1].lower())


def view_key(data: Data) -> str:
    """Names data by all that was seen of it."""
    return hashlib.sha256(data.model_dump_json().encode()).hexdigest()
