"""Trainings on arrays as keras.datasets has them, on a part of them, in the shapes in which they are fed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from configurations import ADAM, SPARSE, conv, dense, flatten, front, functional, layer, node, sequential
from hypothesis import given
from hypothesis import strategies as st

from grader.training import arrays
from grader.training.arrays import stratified, training_data
from grader.training.configuration import CannotTrain
from grader.training.images import NoImagesError
from grader.training.recipe import DataRef, Preprocessing, Recipe, key, network_digest, recipe
from grader.training.workers import Trainers

SIDE = 12


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of 12 × 12 images: a bright square to the left, to the right, or none."""
    rng = np.random.default_rng(3)
    parts = {}
    for split, count in (("train", 180), ("test", 60)):
        labels = rng.permutation(np.arange(count) % 3)
        images = rng.integers(60, 110, (count, SIDE, SIDE, 3))
        for image, label in zip(images, labels, strict=True):
            if label < 2:
                image[3:9, label * 6 : label * 6 + 5] += 120
        parts[f"x_{split}"], parts[f"y_{split}"] = images.astype(np.uint8), labels.astype(np.uint8)[:, None]
    path = tmp_path_factory.mktemp("squares") / "squares.npz"
    np.savez(path, **parts)
    return path


def recipe_on(config: dict, **changes: object) -> Recipe:
    told = {
        "image_size": (SIDE, SIDE),
        "data": DataRef(name="squares", digest="s1"),
        "epochs": 5,
        "batch_size": 8,
        "preprocessing": Preprocessing(scale=(1 / 255,)),
        **changes,
    }
    return recipe(config, ADAM, (SPARSE,), **told)


def images(*sizes: int) -> dict:
    return front(shape=sizes or (SIDE, SIDE, 3))


plain = sequential(images(), flatten(), dense(8, "relu", "a"), dense(3, "softmax"))


def test_a_network_learns_from_arrays(trainers: Trainers, squares: Path) -> None:
    result = trainers.submit(recipe_on(plain), squares).result()
    assert result.problem is None
    assert result.accuracy is not None and result.accuracy > 0.8


@pytest.mark.parametrize(
    "made",
    [
        recipe_on(
            sequential(images(SIDE * SIDE * 3), dense(8, "relu", "a"), dense(3, "softmax")),
            fed=(SIDE * SIDE * 3,),
        ),
        recipe_on(
            sequential(images(SIDE, SIDE), flatten(), dense(8, "relu", "a"), dense(3, "softmax")),
            fed=(SIDE, SIDE),
            channels=1,
        ),
        recipe_on(
            sequential(images(24, 24, 3), conv(), flatten(), dense(3, "softmax")), image_size=(24, 24)
        ),
        recipe_on(plain, preprocessing=Preprocessing(scale=(0.02, 0.02, 0.018), offset=(-1.9, -2.0, -1.8))),
        recipe_on(
            sequential(
                images(),
                layer("RandomFlip", "f", mode="vertical"),
                layer("RandomTranslation", "t", height_factor=0.1, width_factor=0.01),
                conv(8, "linear"),
                layer("BatchNormalization"),
                layer("LeakyReLU", negative_slope=0.1),
                flatten(),
                dense(3, "softmax"),
            )
        ),
        recipe_on(
            functional(
                [
                    images(),
                    conv(4, name="a", padding="same"),
                    conv(4, name="b", padding="same"),
                    layer("Add", "sum"),
                    flatten("flat"),
                    dense(3, "softmax", "out"),
                ],
                [[], [node("input_layer")], [node("a")], [node("a", "b", merged=True)], [node("sum")],
                 [node("flat")]],
            )
        ),
    ],
    ids=["flat", "without channels", "enlarged", "standardised", "augmented", "residual"],
)  # fmt: skip
def test_whatever_sound_way_they_are_fed(made: Recipe, trainers: Trainers, squares: Path) -> None:
    result = trainers.submit(made, squares).result()
    assert result.problem is None
    assert result.accuracy is not None and result.accuracy > 0.6


def test_a_flat_network_gives_what_it_gives_behind_a_flatten_layer(trainers: Trainers, squares: Path) -> None:
    flat = sequential(images(SIDE * SIDE * 3), dense(8, "relu", "a"), dense(3, "softmax"))
    results = [
        trainers.submit(made, squares).result()
        for made in (recipe_on(flat, fed=(SIDE * SIDE * 3,), epochs=2), recipe_on(plain, epochs=2))
    ]
    assert results[0].losses == pytest.approx(results[1].losses, rel=1e-4)


def test_samples_of_another_size_are_not_images_in_another_shape() -> None:
    with pytest.raises(CannotTrain, match="no image of 12 × 12 × 3 in another shape"):
        recipe_on(sequential(images(100), dense(3)), fed=(100,))


def test_a_part_of_the_images_has_all_classes_alike(squares: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "TEST_SAMPLES", (12, 40))
    arrays._arrays.cache_clear()
    (pixels, labels), (_, tested), classes = training_data(squares, (SIDE, SIDE), 3, 60)
    arrays._arrays.cache_clear()
    assert pixels.shape == (60, SIDE, SIDE, 3)
    assert np.bincount(labels).tolist() == [20, 20, 20]
    assert np.bincount(tested).tolist() == [10, 10, 10]
    assert classes == 3


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(1, 70))
def test_a_part_is_fixed_in_order_and_takes_from_the_smallest_class_last(
    drawn: list[int], count: int
) -> None:
    labels = np.array(drawn)
    rows = stratified(labels, count)
    assert len(rows) == min(count, len(labels))
    assert rows.tolist() == sorted(set(rows.tolist()))
    taken, there = np.bincount(labels[rows], minlength=5), np.bincount(labels, minlength=5)
    assert all(taken[i] == there[i] or taken[i] >= taken.max() - 1 for i in range(5))


@pytest.mark.parametrize(("samples", "tested"), [(100, 500), (2000, 1000), (50_000, 2000), (None, None)])
def test_so_many_images_are_tested_beside(samples: int | None, tested: int | None) -> None:
    assert arrays.test_samples(samples) == tested


def test_grey_networks_see_coloured_images_in_grey(squares: Path) -> None:
    (pixels, _), _, _ = training_data(squares, (SIDE, SIDE), 1, None)
    assert pixels.shape == (180, SIDE, SIDE, 1)
    assert pixels.dtype == np.uint8


def test_a_file_without_arrays_is_not_the_student_s_fault(trainers: Trainers, tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(NoImagesError, match="expected arrays x_train"):
        training_data(tmp_path / "other.npz", (SIDE, SIDE), 3, None)
    broken = recipe_on(plain, data=DataRef(name="x", digest="broken"))
    assert trainers.submit(broken, tmp_path / "other.npz").result().fault == "infrastructure"


def test_the_part_counts_for_the_key_and_not_for_the_network() -> None:
    part = recipe_on(plain, samples=60)
    assert key(part) != key(recipe_on(plain))
    assert network_digest(part) == network_digest(recipe_on(plain))
    assert key(recipe_on(plain, fed=(SIDE, SIDE, 3))) == key(recipe_on(plain)), "fed as images are"


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize(
    "name", ["xception", "vgg16", "resnet50", "mobilenetv2_1.00_224", "efficientnetb0_1"]
)
def test_a_network_on_a_pre_trained_base_is_not_trained(name: str, frozen: bool) -> None:
    first = conv(name="block1", trainable=not frozen)
    tower = functional([images(), first], [[], [node("input_layer")]])
    tower["config"]["name"] = name
    with pytest.raises(CannotTrain, match=f"pre-trained base \\({name}\\)") as refused:
        recipe_on(sequential(images(), tower, flatten(), dense(3, "softmax")))
    assert refused.value.fault == "unsupported"


def test_a_residual_network_of_the_student_s_own_is_no_pre_trained_base() -> None:
    own = functional([images(), flatten("f"), dense(3, name="d")], [[], [node("input_layer")], [node("f")]])
    own["config"]["name"] = "resnet20"
    assert recipe_on(own).network["class_name"] == "Sequential"
