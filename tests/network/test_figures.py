"""Shapes and parameters of the worksheets' networks, layer by layer, and what a forward pass costs."""

from __future__ import annotations

import pytest
from serialized import conv, dense, flatten, layer, pool, sequential, worksheet5

from grader.network.canonical import read_network
from grader.network.network import Network
from grader.network.parameters import flops


def figures(network: Network) -> list[tuple[str, object, int | None]]:
    return [
        (each.kind, each.output_shape, each.parameters)
        for each in network.layers
        if each.kind != "Activation"
    ]


def test_worksheet5s_example_network() -> None:
    network = read_network(
        sequential(
            (28, 28, 1),
            conv(32, padding="valid"),
            pool(),
            conv(64, padding="valid"),
            pool(),
            flatten(),
            dense(128),
            dense(10, "softmax"),
        )
    )
    assert figures(network) == [
        ("Conv2D", (26, 26, 32), 320),
        ("MaxPooling2D", (13, 13, 32), 0),
        ("Conv2D", (11, 11, 64), 18_496),
        ("MaxPooling2D", (5, 5, 64), 0),
        ("Flatten", (1600,), 0),
        ("Dense", (128,), 204_928),
        ("Dense", (10,), 1_290),
    ]
    assert network.parameters == 225_034


def test_worksheet5s_task_3() -> None:
    network = read_network(worksheet5())
    assert figures(network) == [
        ("Conv2D", (128, 128, 32), 896),
        ("MaxPooling2D", (64, 64, 32), 0),
        ("Conv2D", (64, 64, 32), 9_248),
        ("MaxPooling2D", (32, 32, 32), 0),
        ("Flatten", (32_768,), 0),
        ("Dense", (64,), 2_097_216),
        ("Dense", (128,), 8_320),
        ("Dense", (6,), 774),
    ]
    assert network.parameters == 2_116_454


def test_flops_of_a_network_worked_out_by_hand() -> None:
    network = read_network(sequential((8, 8, 3), conv(4, 3, "valid"), pool(), flatten(), dense(5)))
    convolution = 6 * 6 * 3 * 3 * 3 * 4
    assert flops(network) == 2 * (convolution + 3 * 3 * 4 * 5)


def test_flops_are_unknown_where_a_size_is() -> None:
    assert flops(read_network(worksheet5(shape=None))) is None
    assert flops(read_network(sequential((None, None, 3), conv()))) is None


@pytest.mark.parametrize(
    ("entry", "shape"),
    [
        (layer("GlobalAveragePooling2D"), (3,)),
        (layer("GlobalMaxPooling2D", keepdims=True), (1, 1, 3)),
        (layer("ZeroPadding2D", padding=[[1, 0], [2, 2]]), (9, 12, 3)),
        (layer("Cropping2D", cropping=1), (6, 6, 3)),
        (layer("UpSampling2D"), (16, 16, 3)),
        (layer("Resizing", height=4, width=5), (4, 5, 3)),
        (layer("RandomFlip"), (8, 8, 3)),
        (layer("Permute", dims=[3, 1, 2]), (3, 8, 8)),
        (layer("Reshape", target_shape=[-1, 3]), (64, 3)),
        (conv(5, 3, "same", strides=[2, 2]), (4, 4, 5)),
        (pool(3, strides=[2, 2], padding="same"), (4, 4, 3)),
    ],
)
def test_shapes_of_single_layers(entry: object, shape: object) -> None:
    assert read_network(sequential((8, 8, 3), entry)).layers[0].output_shape == shape  # type: ignore[arg-type]
