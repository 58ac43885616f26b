"""A requirement that any one of several networks may meet."""

from __future__ import annotations

import pytest
from evidence_builder import MET, PARTLY, Notebook, World, judge_all, rubric_of, trained
from pydantic import ValidationError
from serialized import WORKSHEET5

NETWORKS = {
    "cnn": {"input": [128, 128, 3], "layers": list(WORKSHEET5)},
    "small": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(6)"]},
}
LINE = {"check": "evaluated", "any_of": ["small", "cnn"], "data": "fruits"}


def test_the_best_of_them_counts(world: World) -> None:
    (grade,) = judge_all(trained(world).code().evaluates(), rubric_of(LINE, networks=NETWORKS))
    assert (grade.earned, grade.cells) == (MET, (3,))


def test_what_a_network_misses_is_told_of_one_that_was_tried(world: World) -> None:
    raw = world.data("test", scale=1.0)
    (grade,) = judge_all(trained(world).code().evaluates(raw), rubric_of(LINE, networks=NETWORKS))
    assert grade.earned == PARTLY and "scaled" in grade.found


def test_none_of_them(world: World) -> None:
    (grade,) = judge_all(Notebook(world).code(), rubric_of(LINE, networks=NETWORKS))
    assert grade.status == "not_attempted"


def test_it_takes_the_place_of_a_network(world: World) -> None:
    with pytest.raises(ValidationError):
        rubric_of({"check": "images_opened", "any_of": ["cnn"], "data": "fruits"}, networks=NETWORKS)
