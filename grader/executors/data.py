"""The data sets of a rubric, ready to be served to notebooks and to be recognised afterwards."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from grader.checks.work import ServedFacts
from grader.datasets import provision, provision_arrays
from grader.datasets.index import ImageIndex
from grader.datasets.served import ServedFolder, reduced, serve_image_folder
from grader.datasets.served_arrays import ServedArrays, serve_keras_dataset
from grader.execution.job import ServedData
from grader.execution.paths import DataNames
from grader.execution.request import DataSource
from grader.rubric.schema import ImageFolder, KerasDataset, Rubric

REDUCED = 40
"""Images of each class in each split on the reduced rung."""


@dataclass(frozen=True)
class ClassData:
    """One data set in the forms in which the rooms want it."""

    served: ServedFolder | ServedArrays
    execution: ServedData | None
    """How it is laid into notebooks' worlds; None for a ``keras_dataset``, which they load by its name."""
    facts: ServedFacts
    index: ImageIndex


def prepare_data(rubric: Rubric, cache: Path) -> dict[str, ClassData]:
    """Every data set of the rubric. Raises ``UserError`` when one can neither be found nor drawn."""
    return {name: _prepare(name, rubric, cache) for name in rubric.data}


def stand_ins(rubric: Rubric) -> tuple[str, ...]:
    """Names of the data sets of which no copy was added, so that pictures are drawn in their place."""
    return tuple(
        name
        for name, spec in rubric.data.items()
        if (provision_arrays if isinstance(spec, KerasDataset) else provision).find(name) is None
    )


def _prepare(name: str, rubric: Rubric, cache: Path) -> ClassData:
    spec = rubric.data[name]
    return _arrays(name, cache) if isinstance(spec, KerasDataset) else _folder(name, spec, cache)


def _arrays(name: str, cache: Path) -> ClassData:
    served = serve_keras_dataset(name, cache)
    return ClassData(
        served=served,
        execution=None,
        facts=ServedFacts(
            name=name,
            classes=served.classes,
            splits=served.full.names,
            description=served.description,
            digest=served.digest,
            reduced=served.reduced.names,
            kind="keras_dataset",
            **asdict(served.full.pixels),
            reduced_pixels=served.reduced.pixels,
        ),
        index=ImageIndex.of_arrays(served),
    )


def _folder(name: str, spec: ImageFolder, cache: Path) -> ClassData:
    served = serve_image_folder(name, spec, cache)
    less = reduced(served, REDUCED, cache)
    names = DataNames(name, (*spec.aliases, name), spec.splits, served.classes)
    return ClassData(
        served=served,
        execution=ServedData(
            names=names,
            full=_source(name, served),
            reduced=_source(name, less),
            digest=served.digest,
            files={split: tuple(f"{split}/{file}" for file in files) for split, files in less.files.items()},
        ),
        facts=ServedFacts(
            name=name,
            classes=served.classes,
            splits={split: tuple(f"{split}/{file}" for file in served.files[split]) for split in spec.splits},
            description=served.description,
            digest=served.digest,
            reduced={split: tuple(f"{split}/{file}" for file in less.files[split]) for split in spec.splits},
        ),
        index=ImageIndex.of(served),
    )


def _source(name: str, served: ServedFolder) -> DataSource:
    return DataSource(name=name, root=str(served.root), archive=str(served.archive))
