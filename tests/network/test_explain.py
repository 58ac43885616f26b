"""What a student reads about the network."""

from __future__ import annotations

from typing import Any

import pytest
from serialized import WORKSHEET5, conv, dense, layer, pool, worksheet5

from grader.network.align import compare
from grader.network.canonical import read_network
from grader.network.explain import compared_parameters, explain, layer_text, rows, shape_text
from grader.network.spec import expected_network, parse_layer

TASK3 = expected_network([128, 128, 3], WORKSHEET5, ["Rescaling", "Dropout", "BatchNormalization"])


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({}, ()),
        (
            {2: conv(padding="valid")},
            (
                'your second Conv2D has padding "valid" where the worksheet asks for "same": '
                "its output is 62×62×32 instead of 64×64×32",
            ),
        ),
        ({0: conv(size=5)}, ("your first Conv2D has kernel_size 5×5 where the worksheet asks for 3×3",)),
        (
            {7: dense(10, "sigmoid")},
            (
                "your third Dense has units 10 where the worksheet asks for 6 and has the activation sigmoid "
                "where it asks for softmax: its output is 10 instead of 6",
            ),
        ),
        ({3: []}, ("MaxPooling2D(2×2, strides=2) is missing after your second Conv2D",)),
        (
            {4: layer("GlobalAveragePooling2D")},
            (
                "your GlobalAveragePooling2D stands where the worksheet asks for Flatten: "
                "its output is 32 instead of 32768",
            ),
        ),
        (
            {3: [pool(), conv(64)]},
            ('your third Conv2D is not asked for: Conv2D(64, 3×3, padding="same") → relu',),
        ),
        (
            {0: conv(activation=None), 1: [pool(), layer("ReLU")]},
            (
                "your first Conv2D has the activation relu after MaxPooling2D where the worksheet "
                "asks for relu, which computes the same",
            ),
        ),
        ({7: dense(6, None)}, ("your third Dense has no activation where the worksheet asks for softmax",)),
    ],
)
def test_sentences(changes: dict[int, Any], sentences: tuple[str, ...]) -> None:
    network = read_network(worksheet5(changes=changes))
    assert explain(compare(network, TASK3), network, TASK3) == sentences


def test_the_input_comes_first() -> None:
    network = read_network(worksheet5(shape=(64, 64, 3)))
    assert explain(compare(network, TASK3), network, TASK3) == (
        "your network reads inputs of 64×64×3 where the worksheet asks for 128×128×3",
    )


def test_rows_set_both_networks_side_by_side() -> None:
    changes = {
        0: [layer("Rescaling", scale=1 / 255), conv()],
        3: [],
        4: [layer("Flatten"), layer("Dropout", rate=0.5)],
    }
    network = read_network(worksheet5(changes=changes))
    table = rows(compare(network, TASK3), network, TASK3)
    assert [(row.expected, row.built, row.shape, row.verdict) for row in table[:5]] == [
        (None, "Rescaling(1/255)", "128×128×3", "allowed"),
        (
            'Conv2D(32, 3×3, strides=1, padding="same") → relu',
            'Conv2D(32, 3×3, padding="same") → relu',
            "128×128×32",
            "same",
        ),
        ("MaxPooling2D(2×2, strides=2)", "MaxPooling2D(2×2)", "64×64×32", "same"),
        (
            'Conv2D(32, 3×3, strides=1, padding="same") → relu',
            'Conv2D(32, 3×3, padding="same") → relu',
            "64×64×32",
            "same",
        ),
        ("MaxPooling2D(2×2, strides=2)", None, "", "missing"),
    ]
    assert table[4].note == "missing after your second Conv2D"
    assert table[1].parameters == 896


def test_parameters_are_compared_without_what_may_be_added() -> None:
    network = read_network(worksheet5(changes={1: [layer("BatchNormalization"), pool()]}))
    assert network.parameters == 2_116_454 + 128
    assert compared_parameters(compare(network, TASK3), network) == 2_116_454


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('Conv2D(16..64, 3|5, activation="relu")', "Conv2D(16..64, 3×3 or 5×5) → relu"),
        ("Softmax()", "softmax"),
        ("Dropout(0.5)", "Dropout(0.5)"),
        ("Rescaling(1/255)", "Rescaling(1/255)"),
        ("Conv2D(any, 3, strides=(2, 1))", "Conv2D(3×3, strides=2×1)"),
    ],
)
def test_expected_lines_read_as_keras_code(line: str, text: str) -> None:
    assert layer_text(parse_layer(line)) == text


def test_shapes_read_as_products() -> None:
    assert shape_text((64, 64, 32)) == "64×64×32"
    assert shape_text((None, 10)) == "?×10"
    assert shape_text(None) == ""
