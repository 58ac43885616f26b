"""Evidence by hand: a notebook told as what its cells do, in order, and one check applied to it.

``World`` is a small served data set with drawn photographs; ``Notebook`` adds cells, and to the last
cell what happened in it. ``judge`` grades one check as the grader does: prepare, read crashed cells, mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from PIL import Image
from serialized import WORKSHEET5, worksheet5

from grader.checks.work import ServedFacts, Work
from grader.datasets.index import ImageIndex
from grader.datasets.pixels import Pixels
from grader.datasets.served import ServedFolder
from grader.evidence.events import (
    AnyEvent,
    ArgmaxCalled,
    Axes,
    Compiled,
    Component,
    Data,
    DataHeld,
    DatasetLoaded,
    Evaluated,
    FigureShown,
    FileRemoved,
    Fitted,
    ImageOpened,
    Labels,
    Line,
    Listed,
    Loaded,
    MetricCalled,
    ModelSeen,
    Picture,
    Predicted,
    Saved,
    Thumbnails,
)
from grader.evidence.evidence import Cell, CellError, CellStatus, Evidence, Place, Probe, Rung
from grader.evidence.thumbnails import block_means
from grader.grading.assemble import Provenance, assemble, seen_of
from grader.grading.grade import CheckGrade, SubmissionGrade
from grader.grading.mark import mark
from grader.grading.points import questions_of
from grader.grading.prepare import as_written, prepare
from grader.rubric.schema import Rubric

CLASSES = ("acai", "cupuacu", "graviola", "guarana", "pupunha", "tucuma")
PER_CLASS = {"train": 5, "test": 2}
ROOT = "/content/drive/MyDrive/FruitinAmazon"
POINTS = Decimal(8)
MET, PARTLY, NOT = Decimal(8), Decimal(4), Decimal(0)


@dataclass(frozen=True)
class World:
    """A served data set: six classes of drawn images, five each to train on and two each to test on."""

    root: Path
    index: ImageIndex
    facts: ServedFacts

    @classmethod
    def drawn(
        cls, root: Path, name: str = "fruits", *, seed: int = 0, per_class: Mapping[str, int] = PER_CLASS
    ) -> World:
        random = np.random.default_rng(seed)
        files: dict[str, tuple[str, ...]] = {}
        for split, count in per_class.items():
            files[split] = tuple(f"{label}/{number}.png" for label in CLASSES for number in range(count))
            for file in files[split]:
                path = root / split / file
                path.parent.mkdir(parents=True, exist_ok=True)
                blocks = random.integers(0, 256, (8, 8, 3), np.uint8)
                Image.fromarray(blocks.repeat(4, axis=0).repeat(4, axis=1)).save(path)
        served = ServedFolder(name, root, root.with_suffix(".zip"), True, "drawn", "0" * 64, CLASSES, files)
        whole = {split: tuple(f"{split}/{file}" for file in paths) for split, paths in files.items()}
        trained_on = np.stack([np.asarray(Image.open(root / file)) for file in whole["train"]])
        facts = ServedFacts(name, CLASSES, whole, "drawn", **asdict(Pixels.of(trained_on)))
        return cls(root, ImageIndex.of(served), facts)

    def files(self, split: str, start: int = 0, stop: int | None = None) -> tuple[str, ...]:
        """Files of a split, the classes taking turns, so that every slice has all of them."""
        files = self.facts.splits[split]
        each = len(files) // len(CLASSES)
        return tuple(files[label * each + turn] for turn in range(each) for label in range(len(CLASSES)))[
            start:stop
        ]

    def thumbnails(self, files: Sequence[str], scale: Any = 1.0, offset: Any = 0.0) -> Thumbnails:
        """Of these images, their pixels ``scale × raw + offset``, one number for all channels or one each."""
        images = [np.asarray(Image.open(self.root / file)) * scale + offset for file in files]
        return Thumbnails.of(block_means(images))

    def data(
        self,
        split: str = "train",
        start: int = 0,
        stop: int | None = None,
        *,
        scale: Any = 1 / 255,
        offset: Any = 0.0,
        labels: str | Labels | None = "integer",
        values: Sequence[int] | None = None,
        seen: bool = True,
        container: str = "dataset",
        batch_size: int | None = 16,
        size: tuple[int, int] = (128, 128),
        loads: tuple[int, ...] = (),
        reshuffles: bool = False,
    ) -> Data:
        """Images of a split as a network is given them; ``seen=False`` for ones that are not recognised."""
        files = self.files(split, start, stop)
        true = [CLASSES.index(file.split("/")[1]) for file in files]
        targets = labels if isinstance(labels, Labels) else None
        if isinstance(labels, str):
            shape = (16, len(CLASSES)) if labels == "one_hot" else (16,)
            given = tuple(true if values is None else values)
            targets = Labels(encoding=labels, shape=shape, dtype="int32", classes=len(CLASSES), values=given)
        return Data(
            container=container,
            samples=len(files),
            batch_size=None if container == "array" else batch_size,
            shape=(*size, 3),
            dtype="float32",
            minimum=float(np.min(offset)),
            maximum=float(np.max(255 * np.asarray(scale) + offset)),
            thumbnails=self.thumbnails(files, scale, offset) if seen else None,
            labels=targets,
            loads=loads,
            reshuffles=reshuffles,
        )

    def true(self, data: Data) -> tuple[int, ...]:
        """True classes of the data's images."""
        return data.labels.values if data.labels else ()


def other_data(samples: int = 60) -> Data:
    """A demo's data: images of digits."""
    digits = np.random.default_rng(7).random((12, 8, 8, 1), np.float32)
    labels = Labels(encoding="integer", shape=(32,), dtype="uint8", classes=10, values=(*range(10), 0, 1))
    return Data(
        container="array",
        samples=samples,
        shape=(28, 28, 1),
        dtype="float32",
        minimum=0.0,
        maximum=1.0,
        thumbnails=Thumbnails.of(digits),
        labels=labels,
    )


HISTORY = {"loss": (1.7, 1.2), "accuracy": (0.3, 0.5), "val_loss": (1.8, 1.5), "val_accuracy": (0.2, 0.4)}


@dataclass
class Notebook:
    """Cells and what happened in them, told in order; every method returns the notebook."""

    world: World
    cells: list[Cell] = field(default_factory=list)
    events: list[AnyEvent] = field(default_factory=list)
    places: tuple[Place, ...] = ()
    planted: Probe | None = None
    rung: Rung = "full"

    def __post_init__(self) -> None:
        parts = {"root": ROOT, **{split: f"{ROOT}/{split}" for split in self.world.facts.splits}}
        self.places = tuple(
            Place(path=path, data=self.world.facts.name, part=part) for part, path in parts.items()
        )

    @property
    def here(self) -> int:
        """Index of the last cell."""
        return len(self.cells) - 1

    def code(self, source: str = "", text: str = "", *, status: CellStatus = "ok") -> Notebook:
        """A code cell, with what it printed."""
        cell = Cell(index=len(self.cells), type="code", source=source, status=status, text=text)
        self.cells.append(cell)
        return self

    def markdown(self, source: str) -> Notebook:
        self.cells.append(Cell(index=len(self.cells), type="markdown", source=source, status="ok"))
        return self

    def crashes(
        self, source: str, name: str = "NameError", message: str = "name 'tf' is not defined"
    ) -> Notebook:
        """A code cell that raises."""
        error = CellError(name=name, message=message)
        cell = Cell(index=len(self.cells), type="code", source=source, status="failed", error=error)
        self.cells.append(cell)
        return self

    def happens(self, kind: type[Any], **fields: Any) -> Notebook:
        self.events.append(kind(cell=self.here, **fields))
        return self

    def loads(
        self,
        split: str = "train",
        dataset: int = 1,
        *,
        path: str | None = None,
        loader: str = "",
        **arguments: Any,
    ) -> Notebook:
        return self.happens(
            DatasetLoaded,
            dataset=dataset,
            loader=loader or "image_dataset_from_directory",
            path=path or f"{ROOT}/{split}",
            arguments=arguments,
        )

    def builds(
        self, config: Any = None, model: int = 1, *, shape: Any = (128, 128, 3), **fields: Any
    ) -> Notebook:
        config = worksheet5() if config is None else config
        return self.happens(
            ModelSeen,
            model=model,
            class_name="Sequential",
            config=config,
            input_shape=shape,
            **({"variables": ("model",)} | fields),
        )

    def compiles(
        self,
        optimizer: str = "Adam",
        loss: str | None = "SparseCategoricalCrossentropy",
        metrics: Sequence[str] = ("accuracy",),
        model: int = 1,
        rate: float | None = None,
        **config: Any,
    ) -> Notebook:
        return self.happens(
            Compiled,
            model=model,
            optimizer=Component(name=optimizer, config={} if rate is None else {"learning_rate": rate}),
            losses=() if loss is None else (Component(name=loss, config=config),),
            metrics=tuple(metrics),
        )

    def fits(
        self, data: Data | None = None, validation: Any = "cut", model: int = 1, **fields: Any
    ) -> Notebook:
        """``fit`` on 24 training images, validated on the other 6 unless told otherwise."""
        data = self.world.data("train", 0, 24) if data is None else data
        validation = self.world.data("train", 24) if validation == "cut" else validation
        given = {"epochs": 250, "history": HISTORY, "epochs_run": 2} | fields
        return self.happens(Fitted, model=model, data=data, validation=validation, **given)

    def evaluates(self, data: Data | None = None, model: int = 1, **fields: Any) -> Notebook:
        data = self.world.data("test") if data is None else data
        return self.happens(Evaluated, model=model, data=data, **fields)

    def predicts(
        self, data: Data | None = None, classes: Sequence[int] | None = None, model: int = 1, **fields: Any
    ) -> Notebook:
        """``predict``; the predicted classes are the true ones, each but the first, unless told otherwise."""
        data = self.world.data("test") if data is None else data
        labels = guesses(self.world.true(data)) if classes is None else tuple(classes)
        shape = (len(labels), 6)
        return self.happens(Predicted, model=model, data=data, output_shape=shape, classes=labels, **fields)

    def argmax(self, classes: Sequence[int]) -> Notebook:
        return self.happens(ArgmaxCalled, shape=(len(classes), 6), axis=1, classes=tuple(classes))

    def reports(
        self,
        true: Sequence[int],
        predicted: Sequence[int],
        name: str = "classification_report",
        **fields: Any,
    ) -> Notebook:
        return self.happens(MetricCalled, name=name, true=tuple(true), predicted=tuple(predicted), **fields)

    def saves(self, path: str = "/content/model.h5", model: int = 1, **fields: Any) -> Notebook:
        return self.happens(Saved, model=model, path=path, **fields)

    def reloads(
        self, model: int | None = 2, of: int | None = 1, path: str = "/content/model.h5", **fields: Any
    ) -> Notebook:
        self.happens(Loaded, model=model, of=of, path=path, **fields)
        if model is not None and of is not None and model != of:
            self.builds(model=model, loaded_from=of, variables=("loaded",))
        return self

    def plots(self, *axes: Sequence[Sequence[float]]) -> Notebook:
        """One figure; each argument is an axes with its lines."""
        drawn = tuple(
            Axes(
                position=(0.1, 0.1, 0.8, 0.8),
                lines=tuple(Line(values=tuple(v), length=len(v)) for v in lines),
            )
            for lines in axes
        )
        return self.happens(FigureShown, axes=drawn)

    def shows(
        self, files: Sequence[str], columns: int = 3, titles: Sequence[str] = (), **figure: Any
    ) -> Notebook:
        """One figure with an axes for each image, in rows of so many columns, and their titles."""
        rows = -(-len(files) // columns)
        axes = tuple(
            Axes(
                position=((i % columns) / columns, 1 - (i // columns + 1) / rows, 0.9 / columns, 0.9 / rows),
                pictures=(Picture(shape=(32, 32, 3), thumbnail=self.world.thumbnails([file])),),
                title=titles[i] if i < len(titles) else "",
            )
            for i, file in enumerate(files)
        )
        return self.happens(FigureShown, axes=axes, **figure)

    def shows_together(self, files: Sequence[str]) -> Notebook:
        """One picture that is put together from many."""
        tiles = self.world.thumbnails(files)
        whole = Thumbnails.of(np.random.default_rng(3).random((1, 8, 8, 3), np.float32))
        picture = Picture(shape=(32, 32 * len(files), 3), thumbnail=whole, tiles=tiles)
        return self.happens(FigureShown, axes=(Axes(position=(0.1, 0.1, 0.8, 0.8), pictures=(picture,)),))

    def maps(self, matrix: Any, **axes: Any) -> Notebook:
        """A heat map."""
        values = np.asarray(matrix, float)
        drawn = Picture(shape=values.shape, thumbnail=Thumbnails.of(block_means(values[np.newaxis])))
        place = (0.1, 0.1, 0.8, 0.8)
        return self.happens(FigureShown, axes=(Axes(position=place, mesh=True, heat_maps=(drawn,), **axes),))

    def bars(self, values: Sequence[float], file: str | None = None) -> Notebook:
        """A bar chart, beside an image where there is one."""
        chart = Axes(position=(0.5, 0.1, 0.4, 0.8), bars=len(values), bar_values=tuple(values))
        shown = () if file is None else (Picture(shape=(32, 32, 3), thumbnail=self.world.thumbnails([file])),)
        return self.happens(FigureShown, axes=(Axes(position=(0.1, 0.1, 0.4, 0.8), pictures=shown), chart))

    def lists(self, folder: str = "train") -> Notebook:
        return self.happens(Listed, path=f"{ROOT}/{folder}")

    def opens(self, files: Sequence[str], root: str = ROOT) -> Notebook:
        for file in files:
            self.happens(ImageOpened, path=f"{root}/{file}", by="PIL.Image.open")
        return self

    def removes(self, file: str) -> Notebook:
        return self.happens(FileRemoved, path=f"{ROOT}/{file}")

    def holds(self, variable: str, data: Data) -> Notebook:
        """What the notebook held under a name when the last cell failed."""
        return self.happens(DataHeld, variable=variable, data=data)

    def probed(self, **probe: Any) -> Notebook:
        """A second run with a broken file planted."""
        self.planted = Probe(broken="train/acai/99.png", **probe)
        return self

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            notebook="work.ipynb",
            cells=tuple(self.cells),
            events=tuple(self.events),
            places=self.places,
            probe=self.planted,
            rung=self.rung,
        )

    @property
    def notebook(self) -> nbformat.NotebookNode:
        new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
        return nbformat.v4.new_notebook(cells=[new[cell.type](cell.source) for cell in self.cells])


def guesses(true: Sequence[int]) -> tuple[int, ...]:
    """Predictions that are right but for the first."""
    return ((true[0] + 1) % len(CLASSES), *true[1:]) if true else ()


def cut(share: float = 1.0, **more: Any) -> dict[str, Any]:
    """Arguments of a loader call that cuts a subset off."""
    return {"validation_split": 0.2, "seed": 123, "shuffle": True, "label_mode": "int"} | more


def trained(world: World, **fields: Any) -> Notebook:
    """The worksheet's network built, compiled and trained as asked."""
    return Notebook(world).code().builds().code().compiles().code().fits(**fields)


def rubric_of(*checks: Mapping[str, Any], networks: Mapping[str, Any] | None = None, **more: Any) -> Rubric:
    """A rubric of one question with these checks, each worth eight points unless it says otherwise."""
    cnn = {"input": [128, 128, 3], "layers": list(WORKSHEET5), "may_add": ["Rescaling", "Dropout"]}
    lines = [
        {"id": f"c{n}", "title": "A requirement", "points": POINTS} | dict(line)
        for n, line in enumerate(checks)
    ]
    return Rubric.model_validate(
        {
            "rubric": 1,
            "id": "w",
            "title": "A worksheet",
            "data": {"fruits": {"kind": "image_folder"}},
            "networks": {"cnn": cnn} if networks is None else networks,
            "questions": [{"id": "q", "title": "A question", "checks": lines}],
        }
        | more
    )


def works(book: Notebook, rubric: Rubric, **known: Any) -> tuple[Work, Work | None]:
    """The work as it ran, and as written if a cell failed; ``known`` are further fields (``judgements``)."""
    worlds = [book.world, *known.pop("worlds", ())]
    facts = {world.facts.name: world.facts for world in worlds}
    indexes = {world.facts.name: world.index for world in worlds}
    work = replace(prepare(book.evidence, book.notebook, rubric, facts, indexes), **known)
    failed = work.causes or any(cell.status == "not_run" for cell in book.cells)
    return work, replace(as_written(work, indexes), **known) if failed else None


def graded(
    rubric: Rubric, work: Work, written: Work | None, remarks: tuple[str, ...] = ()
) -> SubmissionGrade:
    """The grade of what ran, and of what is written."""
    questions = questions_of(rubric, mark(rubric, work, written))
    return assemble(rubric, Provenance("a", "a.ipynb", remarks), seen_of(work, {}), questions)


def judge_all(book: Notebook, rubric: Rubric, **known: Any) -> tuple[CheckGrade, ...]:
    (question,) = questions_of(rubric, mark(rubric, *works(book, rubric, **known)))
    return question.checks


def judge(book: Notebook, check: str, **parameters: Any) -> CheckGrade:
    """One check of a notebook, held to what every outcome owes a student.

    ``networks`` that are names are the check's; the rubric's are ``expected``, or ``networks`` with layers.
    """
    known = {key: parameters.pop(key) for key in ("judgements", "worlds") if key in parameters}
    networks = parameters.pop("expected", None)
    if isinstance(parameters.get("networks"), Mapping):
        networks = parameters.pop("networks")
    (grade,) = judge_all(book, rubric_of({"check": check, **parameters}, networks=networks), **known)
    assert grade.status != "error", grade.found
    assert grade.expected and grade.found
    lost = grade.earned < grade.points
    assert bool(grade.hint) == lost, "a hint is due exactly where points are lost"
    assert not grade.hint or (grade.hint[0].isupper() and grade.hint[-1] in ".)?!"), grade.hint
    assert grade.cells or grade.status == "not_attempted", "an outcome says which cells it is about"
    return grade
