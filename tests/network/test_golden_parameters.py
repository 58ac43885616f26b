"""Parameters of the worksheets' networks, as Keras and their authors count them: from rubric lines and from
configurations alike."""

from __future__ import annotations

from typing import Any

import pytest
from serialized import conv, dense, flatten, layer, pool, sequential

from grader.network.canonical import read_network
from grader.network.expected import expected_layers, parameter_totals
from grader.network.spec import expected_network

LEAKY = layer("LeakyReLU", negative_slope=0.1)
DROPOUT = layer("Dropout", rate=0.25)
POOL, SOFTMAX = "MaxPooling2D(2)", 'Dense(10, activation="softmax")'


def same(filters: int) -> str:
    return f'Conv2D({filters}, 3, padding="same", activation="relu")'


def valid(filters: int) -> str:
    return f'Conv2D({filters}, 3, activation="relu")'


VGG = [part for filters in (64, 128, 256) for part in (same(filters), same(filters), POOL)]
VGG_LAYERS = [part for filters in (64, 128, 256) for part in (conv(filters), conv(filters), pool())]

NETWORKS: dict[str, tuple[int, tuple[int, int, int], list[str], list[Any]]] = {
    "lab-cifar10-vgg, model 1, same padding": (
        821_206,
        (32, 32, 3),
        [same(32), POOL, "Flatten()", "Dense(100)", SOFTMAX],
        [conv(), pool(), flatten(), dense(100), dense(10, "softmax")],
    ),
    "lab-cifar10-vgg, model 1, valid padding": (
        722_006,
        (32, 32, 3),
        [valid(32), POOL, "Flatten()", "Dense(100)", SOFTMAX],
        [conv(padding="valid"), pool(), flatten(), dense(100), dense(10, "softmax")],
    ),
    "lab-cifar10-vgg, model 2": (
        1_060_138,
        (32, 32, 3),
        [same(32), same(32), POOL, "Flatten()", "Dense(128)", SOFTMAX],
        [conv(), conv(), pool(), flatten(), dense(128), dense(10, "softmax")],
    ),
    "lab-cifar10-vgg, model 3": (
        3_243_978,
        (64, 64, 3),
        [*VGG, "Flatten()", "Dense(128)", SOFTMAX],
        [*VGG_LAYERS, flatten(), dense(128), dense(10, "softmax")],
    ),
    "cnn-assignment, one sound design": (
        315_722,
        (32, 32, 3),
        [
            valid(32),
            POOL,
            "Dropout(0.25)",
            valid(64),
            POOL,
            "Dropout(0.25)",
            "Flatten()",
            "Dense(128)",
            SOFTMAX,
        ],
        [
            *(conv(padding="valid"), pool(), DROPOUT, conv(64, padding="valid"), pool(), DROPOUT),
            *(flatten(), dense(128), DROPOUT, dense(10, "softmax")),
        ],
    ),
    "ai341-assignment2, dense": (
        9_050_378,
        (32, 32, 3),
        ["Flatten()", *(f'Dense({units}, activation="relu")' for units in (2048, 1024, 512, 256)), SOFTMAX],
        [flatten(), *map(dense, (2048, 1024, 512, 256)), dense(10, "softmax")],
    ),
    "ai341-assignment2, cnn": (
        890_410,
        (32, 32, 3),
        [same(32), valid(32), POOL, valid(64), valid(64), POOL, "Flatten()", "Dense(512)", SOFTMAX],
        [
            *(conv(32), conv(32, padding="valid"), pool()),
            *(conv(64, padding="valid"), conv(64, padding="valid"), pool()),
            *(flatten(), dense(512), dense(10, "softmax")),
        ],
    ),
    "lab2-cnn, scratch": (
        525_898,
        (32, 32, 3),
        [
            'Conv2D(32, 3, padding="same", activation=leaky_relu)',
            *(POOL, "Dropout(0.25)", "Flatten()", 'Dense(64, activation="relu")', "Dropout(0.25)", SOFTMAX),
        ],
        [
            *(conv(activation=None), LEAKY, pool(), DROPOUT, flatten()),
            *(dense(64), DROPOUT, dense(10, "softmax")),
        ],
    ),
    "lab2-cnn, deeper": (
        282_250,
        (32, 32, 3),
        [
            *('Conv2D(32, 3, padding="same")', "LeakyReLU(0.1)", POOL, "Dropout(0.25)"),
            *('Conv2D(64, 3, padding="same")', "LeakyReLU(0.1)", POOL, "Dropout(0.25)"),
            *("Flatten()", "Dense(64)", "LeakyReLU(0.1)", "Dropout(0.25)", SOFTMAX),
        ],
        [
            *(conv(activation=None), LEAKY, pool(), DROPOUT),
            *(conv(64, activation=None), LEAKY, pool(), DROPOUT),
            *(flatten(), dense(64, None), LEAKY, DROPOUT, dense(10, "softmax")),
        ],
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_from_a_rubrics_lines(name: str) -> None:
    count, shape, lines, _ = NETWORKS[name]
    assert parameter_totals(expected_network(shape, lines)) == (count,)


@pytest.mark.parametrize("name", NETWORKS)
def test_from_a_configuration(name: str) -> None:
    count, shape, _, layers = NETWORKS[name]
    network = read_network(sequential(shape, *layers))
    assert (network.parameters, network.trainable_parameters) == (count, count)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ai341-assignment2, dense", [6_293_504, 2_098_176, 524_800, 131_328, 2_570]),
        ("ai341-assignment2, cnn", [896, 9_248, 18_496, 36_928, 819_712, 5_130]),
    ],
)
def test_layer_by_layer(name: str, counts: list[int]) -> None:
    _, shape, lines, layers = NETWORKS[name]
    expected = expected_layers(expected_network(shape, lines))
    built = read_network(sequential(shape, *layers)).layers
    assert [each.parameters for each in expected if each.parameters] == counts
    assert [each.parameters for each in built if each.parameters] == counts


def test_xception_from_a_rubrics_lines() -> None:
    lines = ["UpSampling2D(7)", "Xception()", "Flatten()", 'Dense(128, activation="relu")', SOFTMAX]
    layers = expected_layers(expected_network((32, 32, 3), lines))
    assert [each.parameters for each in layers] == [0, 20_861_480, 0, 12_845_184, 1_290]
    assert layers[1].output_shape == (7, 7, 2048)
    assert parameter_totals(expected_network((32, 32, 3), lines)) == (33_707_954,)
