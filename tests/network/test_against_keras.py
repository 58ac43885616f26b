"""The table of layers, the shapes, the parameters and the canonical form agree with the installed Keras."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.network.canonical import read_network
from grader.network.identity import digest, same
from grader.network.network import Network
from grader.network.signatures import REQUIRED, kind_of, layer_names, signature

keras = pytest.importorskip("keras")
L: Any = keras.layers


def read(model: Any) -> Network:
    return read_network(json.loads(json.dumps(keras.saving.serialize_keras_object(model))))


@pytest.mark.parametrize("kind", layer_names())
def test_signatures_are_keras_s(kind: str) -> None:
    theirs = inspect.signature(getattr(L, kind).__init__).parameters
    ours = signature(kind)
    for name, default in ours.defaults.items():
        expected = REQUIRED if theirs[name].default is inspect.Parameter.empty else theirs[name].default
        assert default is expected or default == expected, name
    for name in ours.arguments:
        assert name in theirs
    named = [name for name in theirs if name not in ("self", "kwargs")]
    assert ours.positional == tuple(named[: len(ours.positional)])


def test_aliases_are_keras_s() -> None:
    for name in dir(L):
        if inspect.isclass(getattr(L, name)) and getattr(L, name).__name__ in layer_names():
            assert kind_of(name) == getattr(L, name).__name__


padding = st.sampled_from(["valid", "same"])
activation = st.sampled_from([None, "relu", "tanh", "leaky_relu"])
small = st.integers(1, 3)
image_layers = st.one_of(
    st.builds(
        L.Conv2D, small, small, strides=small, padding=padding, activation=activation, use_bias=st.booleans()
    ),
    st.builds(L.Conv2D, small, small, padding=padding, dilation_rate=small),
    st.builds(L.Conv2DTranspose, small, small, strides=small, padding=padding),
    st.builds(
        L.SeparableConv2D, small, small, padding=padding, depth_multiplier=small, use_bias=st.booleans()
    ),
    st.builds(L.DepthwiseConv2D, small, padding=padding, depth_multiplier=small, activation=activation),
    st.builds(L.MaxPooling2D, small, strides=st.none() | small, padding=padding),
    st.builds(L.AveragePooling2D, small, padding=padding),
    st.builds(L.BatchNormalization, center=st.booleans(), scale=st.booleans()),
    st.builds(L.LayerNormalization),
    st.builds(L.Normalization),
    st.builds(L.PReLU, shared_axes=st.sampled_from([None, [1, 2]])),
    st.builds(L.ZeroPadding2D, small),
    st.builds(L.UpSampling2D, small),
    st.builds(L.Dropout, st.sampled_from([0, 0.5])),
    st.builds(L.Rescaling, st.just(1 / 255)),
    st.builds(L.RandomFlip),
    st.builds(L.Resizing, st.integers(4, 9), st.integers(4, 9)),
)
heads = st.sampled_from(
    [
        lambda: [L.Flatten(), L.Dense(3, "softmax")],
        lambda: [L.GlobalAveragePooling2D(), L.Flatten(), L.Dense(4), L.ReLU(), L.Dense(2)],
        lambda: [L.Reshape((-1, 2)), L.LSTM(3, return_sequences=True), L.GRU(2)],
        lambda: [L.Reshape((-1, 4)), L.Conv1D(3, 1), L.MaxPooling1D(1), L.SimpleRNN(2), L.Dense(2)],
    ]
)


@settings(max_examples=40, deadline=None)
@given(body=st.lists(image_layers, max_size=5), head=heads)
def test_shapes_and_parameters_are_keras_s(body: list[Any], head: Any) -> None:
    layers = [*body, *head()]
    model = keras.Sequential([L.Input((12, 16, 4))])
    try:
        for each in layers:
            model.add(each)
    except ValueError:
        return  # Keras refuses a window larger than its input, or a reshape that does not divide.
    network = read(model)
    assert not network.problems
    assert network.parameters == model.count_params()
    shapes = {each.name: each.output_shape for each in network.layers if each.kind != "Activation"}
    for each in model.layers:
        if each.name in shapes:
            assert shapes[each.name] == tuple(each.output.shape[1:]), each.name


@pytest.mark.parametrize(
    ("application", "side"), [("VGG16", 32), ("ResNet50", 32), ("MobileNetV2", 32), ("DenseNet121", 32)]
)
def test_well_known_networks_have_their_parameters(application: str, side: int) -> None:
    build = getattr(keras.applications, application)
    base = build(weights=None, include_top=False, input_shape=(side, side, 3))
    model = keras.Sequential([base, L.GlobalAveragePooling2D(), L.Dense(10, "softmax")])
    network = read(model)
    assert network.parameters == model.count_params()
    assert network.layers[-1].output_shape == (10,)


def test_sequential_functional_loop_and_separate_activations_are_one_network() -> None:
    sequential = keras.Sequential(
        [
            L.Input((8, 8, 3)),
            L.Rescaling(1 / 255),
            L.Conv2D(4, 3, activation="relu"),
            L.Flatten(),
            L.Dense(2, "softmax"),
        ]
    )
    source = keras.Input((8, 8, 3), name="pictures")
    flow = keras.ops.relu(L.Conv2D(4, (3, 3), name="own_name")(source / 255.0))
    functional = keras.Model(source, L.Softmax()(L.Dense(2)(L.Flatten()(flow))))
    added = keras.Sequential()
    for each in [
        L.Rescaling(1 / 255),
        L.Conv2D(4, 3),
        L.Activation("relu"),
        L.Dropout(0),
        L.Flatten(),
        L.Dense(2),
        L.Softmax(),
    ]:
        added.add(each)
    added.build((None, 8, 8, 3))
    assert same(read(sequential), read(functional))
    assert same(read(sequential), read(added))


def test_residual_and_multi_input_models() -> None:
    one, two = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    left, right = L.Conv2D(4, 3, padding="same")(one), L.Conv2D(4, 1)(two)
    total = L.Concatenate(axis=3)([left + right, one])
    network = read(keras.Model([one, two], L.Dense(2)(L.GlobalMaxPooling2D()(total))))
    kinds = [each.kind for each in network.layers]
    assert kinds == [
        "InputLayer",
        "InputLayer",
        "Conv2D",
        "Conv2D",
        "Add",
        "Concatenate",
        "GlobalMaxPooling2D",
        "Dense",
    ]
    assert [network.layers[4].inputs, network.layers[5].inputs] == [(2, 3), (4, 0)]
    assert network.layers[5].output_shape == (8, 8, 7)


def test_a_regularizer_an_initializer_and_a_frozen_layer_make_another_network() -> None:
    def network(**more: Any) -> str:
        return digest(read(keras.Sequential([L.Input((4,)), L.Dense(2, **more)])))

    assert network() == network(name="output") == network(kernel_initializer="GlorotUniform")
    assert (
        len(
            {
                network(),
                network(kernel_regularizer="l2"),
                network(kernel_initializer="he_normal"),
                network(trainable=False),
            }
        )
        == 4
    )
