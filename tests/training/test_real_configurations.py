"""Networks as Keras itself serialises them: what is read from them rebuilds the same network."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from grader.evidence.events import Component
from grader.training.recipe import DataRef, Preprocessing, Recipe, key, recipe

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
layers = keras.layers


def read(model: Any, scale: float = 1 / 255) -> Recipe:
    if not model.compiled:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    optimizer = Component(name=type(model.optimizer).__name__, config=model.optimizer.get_config())
    return recipe(
        config,
        optimizer,
        (Component(name="sparse_categorical_crossentropy"),),
        image_size=(128, 128),
        data=DataRef(name="fruits", digest="d"),
        epochs=1,
        preprocessing=Preprocessing(scale=(scale,)),
    )


def worksheet(*, apart: bool = False) -> list[Any]:
    def relu_conv() -> list[Any]:
        if apart:
            return [layers.Conv2D(32, (3, 3), padding="same"), layers.ReLU()]
        return [layers.Conv2D(32, 3, padding="same", activation="relu")]

    body = [*relu_conv(), layers.MaxPooling2D(), *relu_conv(), layers.MaxPool2D((2, 2), strides=2)]
    head = [layers.Dense(6), layers.Softmax()] if apart else [layers.Dense(6, activation="softmax")]
    return [*body, layers.Flatten(), layers.Dense(64), layers.Dense(128), *head]


def as_sequential(parts: list[Any]) -> Any:
    return keras.Sequential([keras.Input((128, 128, 3)), *parts])


def as_functional(parts: list[Any]) -> Any:
    inputs = x = keras.Input((128, 128, 3), name="photograph")
    for part in parts:
        x = part(x)
    return keras.Model(inputs, x)


def built_by_fit(parts: list[Any]) -> Any:
    model = keras.Sequential(parts)
    model.build((None, 128, 128, 3))
    return model


def test_worksheet5_s_network_is_one_recipe_however_it_is_written() -> None:
    from grader.training.trainer import build

    plain = read(as_sequential(worksheet()))
    ways = [
        read(as_functional(worksheet())),
        read(as_functional(worksheet(apart=True))),
        read(built_by_fit(worksheet())),
        read(as_sequential([layers.Rescaling(1 / 255), *worksheet()]), scale=1.0),
        read(as_sequential([keras.Sequential(worksheet()[:4]), *worksheet()[4:]])),
    ]
    assert {key(way) for way in ways} == {key(plain)}
    assert build(plain).count_params() == 2_116_454


def with_operators() -> Any:
    inputs = keras.Input((128, 128, 3))
    left, right = (layers.Conv2D(4, 3, strides=8, padding="same")(inputs) for _ in range(2))
    x = layers.Concatenate()([layers.Add()([left, right]) * 0.5, left])
    return keras.Model(inputs, layers.Dense(6)(layers.GlobalAveragePooling2D()(x)))


def with_a_shared_branch() -> Any:
    body = keras.Sequential([keras.Input((128, 128, 3)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()])
    inputs = keras.Input((128, 128, 3))
    both = layers.Maximum()([body(inputs), body(layers.RandomFlip()(inputs, training=True))])
    return keras.Model(inputs, layers.Dense(6)(both))


def recurrent() -> Any:
    return as_sequential(
        [
            layers.Resizing(16, 16),
            layers.Reshape((16, 48)),
            layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(3)),
            layers.Flatten(),
            layers.Dense(6, activation=layers.LeakyReLU(), kernel_constraint="max_norm"),
        ]
    )


@pytest.mark.parametrize("make", [with_operators, with_a_shared_branch, recurrent])
def test_other_networks_are_rebuilt_with_the_same_parameters(make: Callable[[], Any]) -> None:
    from grader.training.trainer import build

    first, second = make(), make()
    assert key(read(first)) == key(read(second)), "built twice in one session, so under other names"
    assert build(read(first)).count_params() == first.count_params()
