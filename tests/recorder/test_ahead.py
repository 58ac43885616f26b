"""A training that is made quicker gives what it gives by itself."""

from __future__ import annotations

import random

import numpy as np
import pytest

from grader.recorder.ahead import build_ahead

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402
from keras import layers  # noqa: E402

X = np.random.default_rng(0).random((48, 6, 6, 1))
CLASSES = np.arange(48) % 3
ONE_HOT = np.eye(3)[CLASSES]


def compiled(loss: str, units: int = 3, activation: str = "softmax"):
    keras.backend.clear_session()  # for the names of layers
    keras.utils.set_random_seed(1)
    network = [layers.Flatten(), layers.Dropout(0.5), layers.Dense(units, activation=activation)]
    model = keras.Sequential([keras.Input((6, 6, 1)), *network])
    model.compile("adam", loss, metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    ("loss", "units", "activation", "x", "y"),
    [
        ("sparse_categorical_crossentropy", 3, "softmax", X, CLASSES),
        ("sparse_categorical_crossentropy", 3, "softmax", X, CLASSES[:, None]),
        ("categorical_crossentropy", 3, "softmax", X, ONE_HOT),
        ("binary_crossentropy", 1, "sigmoid", X, CLASSES // 2),
        ("mse", 1, "linear", X, CLASSES / 3),
        (
            "categorical_crossentropy",
            3,
            "softmax",
            tf.data.Dataset.from_tensor_slices((X, ONE_HOT)).batch(16),
            None,
        ),
    ],
)
def test_a_training_gives_what_it_gives_without(loss: str, units: int, activation: str, x, y) -> None:
    def trained(ahead: bool):
        model = compiled(loss, units, activation)
        if ahead:
            before = random.getstate(), np.random.get_state()[1].tolist()
            build_ahead(model, x, y)
            assert (random.getstate(), np.random.get_state()[1].tolist()) == before
        history = model.fit(x, y, epochs=2, batch_size=16, verbose=0).history
        return history, [weight.numpy() for weight in model.weights], model.evaluate(x, y, verbose=0)

    history, weights, results = trained(ahead=False)
    again, others, figures = trained(ahead=True)
    assert again.keys() == history.keys()
    assert all(np.allclose(again[name], history[name], atol=1e-6) for name in history)
    assert all(np.allclose(*pair, atol=1e-6) for pair in zip(weights, others, strict=True))
    assert np.allclose(figures, results, atol=1e-6)


def test_metrics_and_optimizer_are_built_ahead() -> None:
    model = compiled("sparse_categorical_crossentropy")
    build_ahead(model, X, CLASSES)
    assert model.optimizer.built
    assert model._compile_metrics.built


@pytest.mark.parametrize(
    ("x", "y"),
    [(X, ONE_HOT), (X[:, :4], CLASSES), (X, None), (X[:20], CLASSES), ("text", CLASSES), (None, None)],
)
def test_what_keras_refuses_it_refuses_in_the_same_words(x, y) -> None:
    def refused(ahead: bool) -> str:
        model = compiled("sparse_categorical_crossentropy")
        if ahead:
            build_ahead(model, x, y)
        with pytest.raises(Exception) as refusal:  # whatever it is
            model.fit(x, y, verbose=0)
        return f"{type(refusal.value).__name__}: {refusal.value}"

    assert refused(ahead=True).partition("Arguments")[0] == refused(ahead=False).partition("Arguments")[0]


def test_a_network_of_a_class_of_ones_own_is_left_alone() -> None:
    calls = []

    class Own(keras.Model):
        def call(self, inputs):
            calls.append(inputs)
            return layers.Flatten()(inputs)

    own = Own()
    own.compile("sgd", "mse")
    build_ahead(own, X, CLASSES)
    assert calls == []
