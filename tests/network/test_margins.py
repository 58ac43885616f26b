"""Zeros padded around before a convolution are its ``same`` padding, when they are just as many."""

from __future__ import annotations

from typing import Any

import pytest

from grader.network.canonical import read_network


def network(*layers: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    entries = [{"module": "keras.layers", "class_name": kind, "config": config} for kind, config in layers]
    source = {"class_name": "InputLayer", "config": {"batch_shape": [None, 32, 32, 3]}}
    return {"class_name": "Sequential", "config": {"layers": [source, *entries]}}


CONVOLUTION = {"filters": 8, "kernel_size": [3, 3]}


@pytest.mark.parametrize("margin", [1, [1, 1], [[1, 1], [1, 1]]])
def test_a_margin_that_keeps_the_size_is_same_padding(margin: Any) -> None:
    spelled = read_network(network(("ZeroPadding2D", {"padding": margin}), ("Conv2D", CONVOLUTION)))
    plain = read_network(network(("Conv2D", CONVOLUTION | {"padding": "same"})))
    assert spelled.layers == plain.layers


@pytest.mark.parametrize(
    ("margin", "changed"),
    [
        (2, {}),
        ([[1, 1], [0, 0]], {}),
        (1, {"strides": 2}),
        (1, {"padding": "same"}),
        (1, {"kernel_size": 5}),
        (1, {"dilation_rate": 2}),
    ],
)
def test_another_margin_stays_a_layer(margin: Any, changed: dict[str, Any]) -> None:
    read = read_network(network(("ZeroPadding2D", {"padding": margin}), ("Conv2D", CONVOLUTION | changed)))
    assert [layer.kind for layer in read.layers] == ["ZeroPadding2D", "Conv2D"]


def test_what_comes_behind_still_reads_the_convolution() -> None:
    read = read_network(
        network(
            ("ZeroPadding2D", {"padding": 1}), ("Conv2D", CONVOLUTION), ("MaxPooling2D", {}), ("Flatten", {})
        )
    )
    assert [layer.kind for layer in read.layers] == ["Conv2D", "MaxPooling2D", "Flatten"]
    assert [layer.inputs for layer in read.layers] == [(), (0,), (1,)]
