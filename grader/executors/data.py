"""The data sets of a rubric, ready to be served to notebooks and to be recognised afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.checks.work import ServedFacts
from grader.datasets import provision
from grader.datasets.index import ImageIndex
from grader.datasets.served import ServedFolder, reduced, serve_image_folder
from grader.execution.ladder import ServedData
from grader.execution.paths import DataNames
from grader.execution.request import DataSource
from grader.rubric.schema import Rubric

REDUCED = 40
"""Images of each class in each split on the reduced rung."""


@dataclass(frozen=True)
class ClassData:
    """One data set in the forms in which the rooms want it."""

    served: ServedFolder
    execution: ServedData
    facts: ServedFacts
    index: ImageIndex


def prepare_data(rubric: Rubric, cache: Path) -> dict[str, ClassData]:
    """Every data set of the rubric. Raises ``UserError`` when one can neither be found nor drawn."""
    return {name: _prepare(name, rubric, cache) for name in rubric.data}


def stand_ins(rubric: Rubric) -> tuple[str, ...]:
    """Names of the data sets of which no copy was added, so that pictures are drawn in their place."""
    return tuple(name for name in rubric.data if provision.find(name) is None)


def _prepare(name: str, rubric: Rubric, cache: Path) -> ClassData:
    spec = rubric.data[name]
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
