"""Among tens of thousands of images a part of the samples is compared, and stays at its place."""

from dataclasses import replace

import numpy as np
import pytest

from grader.checks.work import ServedFacts, Work, view_key
from grader.datasets.index import ARRAY_MATCH, ARRAY_SAME, ImageIndex
from grader.evidence.events import Data, DatasetLoaded, Evaluated, Thumbnails
from grader.evidence.evidence import Evidence
from grader.evidence.sampling import spread
from grader.grading.views import views_of

TRAIN, TEST = 12_000, 1_000


@pytest.fixture(scope="module")
def index() -> ImageIndex:
    means = np.random.default_rng(0).uniform(0, 255, (TRAIN + TEST, 8, 8, 3)).astype(np.float32)
    names = [
        f"{split}/{'cat' if row % 2 else 'dog'}/{row:05d}"
        for split, count in {"train": TRAIN, "test": TEST}.items()
        for row in range(count)
    ]
    reduced = ImageIndex(means[:100], None, 74.0, tuple(names[:100]), ARRAY_MATCH, ARRAY_SAME)
    return ImageIndex(means, None, 74.0, tuple(names), ARRAY_MATCH, ARRAY_SAME, reduced)


def evidence_of(data: Data, rung: str = "full", *more: DatasetLoaded) -> Evidence:
    events = (*more, Evaluated(cell=0, model=1, data=data))
    return Evidence(notebook="a.ipynb", cells=(), events=events, rung=rung)


def view_of(index: ImageIndex, data: Data, rung: str = "full", *more: DatasetLoaded):
    facts = ServedFacts("cifar10", ("dog", "cat"), {"train": (), "test": ()}, "drawn", kind="keras_dataset")
    work = Work(evidence=evidence_of(data, rung, *more), data={"cifar10": facts})
    return views_of(work, {"cifar10": index})[view_key(data)]


def data_of(means: np.ndarray) -> Data:
    return Data(container="array", samples=len(means), shape=(32, 32, 3), thumbnails=Thumbnails.of(means))


def test_sixty_four_samples_tell_split_and_scale(index: ImageIndex) -> None:
    view = view_of(index, data_of(index.whole[TRAIN : TRAIN + 512] / 255))
    assert (view.data, view.split, view.words) == ("cifar10", "test", "divided by 255")
    rows = spread(512, 64).tolist()
    assert [row for row, file in enumerate(view.files) if file] == rows
    assert [int(file.rsplit("/")[-1]) for file in view.files if file] == rows
    assert len(view.labels(("dog", "cat"))) == 512
    assert {view.labels(("dog", "cat"))[row] == row % 2 for row in rows} == {True}


def test_a_reduced_run_is_compared_with_what_it_was_given_and_wholly(index: ImageIndex) -> None:
    data = data_of(index.whole[:100])
    assert all(view_of(index, data, "reduced").files)
    assert not view_of(replace(index), data_of(index.whole[TRAIN:][:100]), "reduced").known


def test_a_folder_called_train_is_none_of_a_set_of_keras(index: ImageIndex) -> None:
    load = DatasetLoaded(cell=0, dataset=1, loader="image_dataset_from_directory", path="/content/demo/train")
    other = data_of(np.random.default_rng(9).uniform(0, 255, (40, 8, 8, 3)))
    assert not view_of(index, other.model_copy(update={"loads": (1,)}), "full", load).known
