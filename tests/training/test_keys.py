"""What matters to a training changes the key; what does not, does not."""

from __future__ import annotations

from typing import Any

import pytest
from configurations import (
    ADAM,
    SPARSE,
    chained,
    conv,
    dense,
    flatten,
    front,
    functional,
    layer,
    node,
    pool,
    recipe_of,
    sequential,
    small,
)
from hypothesis import given
from hypothesis import strategies as st

from grader.evidence.events import Component
from grader.training.recipe import DataRef, Preprocessing, key, network_digest, seeded

names = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=12)


@given(names)
def test_renaming_layers_keeps_the_key(name: str) -> None:
    assert key(recipe_of(small(name=name))) == key(recipe_of(small()))


@given(st.permutations(["a", "b", "c", "d", "e"]))
def test_renaming_the_layers_of_a_branching_network_keeps_the_key(order: list[str]) -> None:
    def branching(i: str, left: str, right: str, add: str, out: str) -> dict[str, Any]:
        layers = [
            front(i),
            conv(name=left),
            conv(name=right, activation="elu"),
            layer("Add", add),
            dense(3, name=out),
        ]
        return functional(layers, [[], [node(i)], [node(i)], [node(left, right, merged=True)], [node(add)]])

    renamed, plain = recipe_of(branching(*order)), recipe_of(branching("a", "b", "c", "d", "e"))
    assert key(renamed) == key(plain)
    assert plain.network["class_name"] == "Functional"


@given(st.randoms(use_true_random=False))
def test_the_order_of_arguments_does_not_matter(random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(name, shuffled(item)) for name, item in value.items()]
            random.shuffle(items)
            return dict(items)
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    assert key(recipe_of(shuffled(small()))) == key(recipe_of())


@pytest.mark.parametrize(
    "written_otherwise",
    [
        chained(front("i"), conv(name="c"), pool("p"), flatten("f"), dense(3, "softmax", "o")),
        sequential(
            conv(activation="linear"),
            layer("Activation", activation="relu"),
            pool(),
            flatten(),
            dense(3, "softmax"),
        ),
        sequential(
            front(),
            conv(activation="linear"),
            layer("ReLU"),
            pool(),
            flatten(),
            dense(3),
            layer("Softmax", axis=-1),
        ),
        sequential(
            sequential(front(), conv(), pool(), name="body"),
            flatten(),
            layer("Dropout", rate=0.0),
            dense(3, "softmax"),
        ),
        sequential(
            front(),
            layer("Identity"),
            conv(),
            pool(),
            flatten(),
            dense(3, "softmax", kernel_initializer=None),
        ),
    ],
    ids=["functional", "activation apart", "ReLU and Softmax layers", "nested", "inert layers"],
)
def test_the_same_network_written_otherwise_is_the_same_recipe(written_otherwise: dict[str, Any]) -> None:
    plain = sequential(front(), conv(), pool(), flatten(), dense(3, "softmax"))
    if "kernel_initializer" in str(written_otherwise):
        plain = sequential(front(), conv(), pool(), flatten(), dense(3, "softmax", kernel_initializer=None))
    assert key(recipe_of(written_otherwise)) == key(recipe_of(plain))


def test_a_student_s_seeds_are_not_part_of_the_network() -> None:
    def glorot(seed: int | None) -> dict[str, Any]:
        initializer = {
            "module": "keras.initializers",
            "class_name": "GlorotUniform",
            "config": {"seed": seed},
        }
        return sequential(front(), conv(kernel_initializer=initializer), flatten(), dense(3))

    assert key(recipe_of(glorot(42))) == key(recipe_of(glorot(None)))


def test_a_rescaling_layer_is_the_same_as_rescaled_data() -> None:
    inside = sequential(
        front(), layer("Rescaling", scale=1 / 255, offset=0.0), *small()["config"]["layers"][1:]
    )
    assert key(recipe_of(inside, preprocessing=Preprocessing())) == key(recipe_of())
    assert key(recipe_of(inside)) != key(recipe_of()), "rescaled twice"


def test_float32_and_measuring_noise_do_not_matter() -> None:
    noisy = Component(name="adam", config={**ADAM.config, "learning_rate": 0.003000000026077032})
    measured = Preprocessing(scale=(0.0039215688, 0.0039215683, 0.0039215687), offset=(1e-7, -2e-8, 0.0))
    assert key(recipe_of(optimizer=noisy, preprocessing=measured)) == key(recipe_of())


def test_a_loss_by_its_string_is_the_class_with_its_defaults() -> None:
    config = {"name": "x", "reduction": "sum_over_batch_size", "from_logits": False, "ignore_class": None}
    told = Component(name="SparseCategoricalCrossentropy", config=config)
    assert key(recipe_of(losses=(told,))) == key(recipe_of(losses=(SPARSE,)))
    logits = Component(name="SparseCategoricalCrossentropy", config={**config, "from_logits": True})
    assert key(recipe_of(losses=(logits,))) != key(recipe_of())


def test_the_name_of_the_data_is_for_people_its_digest_counts() -> None:
    assert key(recipe_of(data=DataRef(name="fruits", digest="d1"))) == key(recipe_of())
    assert key(recipe_of(data=DataRef(name="shapes", digest="d2"))) != key(recipe_of())


@pytest.mark.parametrize(
    "change",
    [
        {"config": small(filters=5)},
        {"config": small(activation="elu")},
        {"config": sequential(front(), conv(padding="same"), pool(), flatten(), dense(3, "softmax"))},
        {"config": sequential(front(), pool(), conv(), flatten(), dense(3, "softmax"))},
        {"optimizer": Component(name="SGD", config={"learning_rate": 0.003})},
        {"optimizer": Component(name="Adam", config={**ADAM.config, "learning_rate": 0.0031})},
        {"optimizer": Component(name="Adam", config={**ADAM.config, "beta_1": 0.8})},
        {"losses": (Component(name="mse"),)},
        {"labels": "one_hot"},
        {"labels": "one_hot", "label_width": 10},
        {"batch_size": 16},
        {"epochs": 5},
        {"image_size": (64, 64)},
        {"channels": 1},
        {"preprocessing": Preprocessing(scale=(1 / 127.5,), offset=(-1.0,))},
        {"preprocessing": Preprocessing(scale=(1 / 255, 1 / 255, 1 / 200))},
    ],
    ids=str,
)
def test_whatever_matters_changes_the_key(change: dict[str, Any]) -> None:
    assert key(recipe_of(**change)) != key(recipe_of())


@given(st.integers(0, 50), st.integers(0, 50))
def test_tries_have_seeds_of_their_own_and_always_the_same(first: int, second: int) -> None:
    recipe = recipe_of()
    assert (seeded(recipe, first).seed == seeded(recipe, second).seed) == (first == second)
    assert seeded(seeded(recipe, second), first) == seeded(recipe, first)
    assert (key(seeded(recipe, first)) == key(recipe)) is False


def test_the_network_s_digest_is_of_what_the_student_decided() -> None:
    other = recipe_of(epochs=9, data=DataRef(name="x", digest="y"))
    assert network_digest(seeded(other, 2)) == network_digest(recipe_of())
    assert network_digest(recipe_of(small(filters=5))) != network_digest(recipe_of())
