"""A rubric's data sets in the forms in which the rooms want them."""

from dataclasses import replace

import numpy as np
import pytest

from grader.datasets.arrays import ARRAY_SETS
from grader.executors.data import prepare_data, stand_ins
from grader.rubric.schema import Rubric


@pytest.fixture
def rubric(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADER_DATA", str(tmp_path / "data"))
    monkeypatch.setitem(ARRAY_SETS, "cifar10", replace(ARRAY_SETS["cifar10"], full=(4000, 1000)))
    return Rubric.model_validate(
        {
            "rubric": 1,
            "id": "own",
            "title": "Own",
            "data": {"cifar10": {"kind": "keras_dataset"}},
            "questions": [{"id": "a", "title": "A"}],
        }
    )


def test_a_data_set_of_keras(rubric, tmp_path):
    data = prepare_data(rubric, tmp_path / "cache")["cifar10"]
    assert data.execution is None
    assert data.facts.kind == "keras_dataset"
    assert (len(data.facts.splits["train"]), len(data.facts.on("reduced").splits["train"])) == (4000, 2000)
    assert data.index.paths == (*data.facts.splits["train"], *data.facts.splits["test"])
    less = data.facts.on("reduced")
    assert data.index.on("reduced").paths == (*less.splits["train"], *less.splits["test"])
    assert stand_ins(rubric) == ("cifar10",)


@pytest.mark.parametrize("rung", ["full", "reduced"])
def test_its_facts_are_of_the_rungs_own_images(rubric, tmp_path, rung):
    data = prepare_data(rubric, tmp_path / "cache")["cifar10"]
    facts = data.facts.on(rung)
    with np.load((data.served.full if rung == "full" else data.served.reduced).path) as arrays:
        x, y = arrays["x_train"], arrays["y_train"].ravel()
    assert facts.mean == pytest.approx(x.mean())
    assert facts.deviation == pytest.approx(x.std())
    assert facts.channel_means == pytest.approx(x.mean(axis=(0, 1, 2)))
    assert [facts.classes.index(name.split("/")[1]) for name in facts.splits["train"]] == y.tolist()
