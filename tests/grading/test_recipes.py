"""What the trusted trainer is told of a notebook's network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evidence_builder import Notebook, World, other_data, rubric_of, trained, works
from serialized import dense, sequential

from grader.evidence.events import Data, Labels
from grader.grading.recipes import Budget, image_shape, recipe_of
from grader.training.configuration import CannotTrain
from grader.training.recipe import Recipe

DENSE = {"input": [3072], "layers": ["Dense(8)", 'Dense(6, activation="softmax")']}


def recipe_from(book: Notebook, budget: Budget, **networks: Any) -> Recipe | CannotTrain | None:
    work, _ = works(book, rubric_of({"check": "metrics", "network": "cnn"}, networks=networks or None))
    return recipe_of(work, "cnn", work.data["fruits"], budget)


def test_the_budget_is_the_rubric_s_and_the_rest_is_the_student_s(world: World) -> None:
    made = recipe_from(trained(world), Budget(epochs=4, samples=2000))
    assert isinstance(made, Recipe)
    assert (made.epochs, made.samples) == (4, 2000)
    assert (made.optimizer.name, made.batch_size, made.input_shape) == ("Adam", 16, (128, 128, 3))
    assert made.preprocessing.scale == pytest.approx((1 / 255,), rel=1e-3)


def test_each_channel_is_standardised_as_it_was_measured(world: World) -> None:
    scales, offsets = np.array((0.016, 0.0165, 0.015)), np.array((-2.0, -1.9, -1.7))
    pictures = world.thumbnails(world.files("train"), scales, offsets)  # type: ignore[arg-type]
    data = world.data("train").model_copy(update={"thumbnails": pictures})
    made = recipe_from(trained(world, data=data), Budget(1))
    assert isinstance(made, Recipe)
    assert made.preprocessing.scale == pytest.approx(scales, rel=1e-3)
    assert made.preprocessing.offset == pytest.approx(offsets, rel=1e-2)


def test_channels_that_differ_by_less_than_they_are_measured_to_make_no_recipe_of_their_own(
    world: World,
) -> None:
    scales, offsets = np.array((1, 1.001, 0.999)) / 255, np.zeros(3)
    pictures = world.thumbnails(world.files("train"), scales, offsets)  # type: ignore[arg-type]
    data = world.data("train").model_copy(update={"thumbnails": pictures})
    made = recipe_from(trained(world, data=data), Budget(1))
    assert isinstance(made, Recipe)
    assert made.preprocessing.scale == pytest.approx((1 / 255,), rel=1e-3)


def flat(maximum: float) -> Data:
    """Images of 32 × 32 pixels in three channels as vectors, in which no picture is recognised."""
    labels = Labels(encoding="integer", shape=(32,), dtype="int32", classes=6, values=tuple(range(6)))
    return Data(container="array", samples=60, shape=(3072,), minimum=0.0, maximum=maximum, labels=labels)


@pytest.mark.parametrize(("maximum", "scale"), [(1.0, 1 / 255), (255.0, 1.0)])
def test_a_network_that_is_fed_vectors_is_trained_on_vectors(
    world: World, maximum: float, scale: float
) -> None:
    network = sequential((3072,), dense(8), dense(6, "softmax"))
    book = Notebook(world).code().builds(network, shape=(3072,)).compiles().fits(flat(maximum), None)
    made = recipe_from(book, Budget(1), cnn=DENSE)
    assert isinstance(made, Recipe)
    assert made.fed == made.input_shape == (3072,)
    assert (made.image_size, made.channels) == ((32, 32), 3)
    assert made.preprocessing.scale == pytest.approx((scale,), rel=1e-3)


def test_images_altered_by_a_generator_are_no_fault(world: World) -> None:
    data = world.data("train", seen=False, container="generator")
    refused = recipe_from(trained(world, data=data), Budget(1))
    assert isinstance(refused, CannotTrain)
    assert refused.fault == "unsupported"


def test_a_network_that_never_met_the_data_has_none(world: World) -> None:
    assert recipe_from(trained(world, data=other_data()), Budget(1)) is None
    assert recipe_from(Notebook(world).code().builds(), Budget(1)) is None


@pytest.mark.parametrize(
    ("sample", "image"),
    [
        ((32, 32, 3), (32, 32, 3)),
        ((28, 28, 1), (28, 28, 1)),
        ((28, 28), (28, 28, 1)),
        ((3072,), (32, 32, 3)),
        ((784,), (28, 28, 1)),
        ((784, 1), (28, 28, 1)),
        ((100, 100, 4), None),
        ((1000,), None),
        ((None, None, 3), None),
        ((), None),
    ],
)
def test_a_sample_s_shape_tells_the_image_s(sample: Any, image: Any) -> None:
    assert image_shape(sample) == image
