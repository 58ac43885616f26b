"""Which layer answers which line, and what a deviation costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serialized import WORKSHEET5, conv, dense, flatten, layer, pool, sequential, worksheet5

from grader.network.align import compare
from grader.network.canonical import read_network
from grader.network.comparison import Comparison
from grader.network.identity import difference, digest, same, specification
from grader.network.spec import expected_network

TASK3 = expected_network([128, 128, 3], WORKSHEET5, ["Rescaling", "Dropout", "BatchNormalization", "Random*"])


def against_task3(changes: dict[int, Any]) -> Comparison:
    return compare(read_network(worksheet5(changes=changes)), TASK3)


def verdicts(comparison: Comparison) -> list[str]:
    return [step.verdict for step in comparison.steps]


def differences(comparison: Comparison) -> list[tuple[int | None, str, str, str]]:
    return [
        (step.expected, each.argument, each.expected, each.found)
        for step in comparison.steps
        for each in step.differences
    ]


RELU = layer("Activation", activation="relu")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {5: dense(128), 6: dense(64)},
        {5: dense(64, None), 6: dense(128, "tanh")},
        {0: [layer("Rescaling", scale=1 / 255), conv()], 4: [flatten(), layer("Dropout", rate=0.5)]},
        {0: [conv(activation=None), layer("BatchNormalization"), RELU]},
        {0: [layer("RandomFlip"), layer("RandomRotation", factor=0.2), conv(activation=None), layer("ReLU")]},
        {7: [dense(6, None), layer("Softmax")]},
        {1: layer("MaxPool2D")},
    ],
)
def test_what_is_left_open_or_may_be_added_costs_nothing(changes: dict[int, Any]) -> None:
    comparison = against_task3(changes)
    assert comparison.same
    assert comparison.similarity == 1
    assert comparison.kinds_in_order


def test_a_network_that_was_never_built_is_compared_without_its_shapes() -> None:
    assert compare(read_network(worksheet5(shape=None)), TASK3).same


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({2: conv(padding="valid")}, [(2, "padding", '"same"', '"valid"')]),
        ({0: conv(size=5)}, [(0, "kernel_size", "3×3", "5×5")]),
        ({0: conv(64, activation="tanh")}, [(0, "filters", "32", "64"), (0, "activation", "relu", "tanh")]),
        ({1: pool(2, strides=[1, 1])}, [(1, "strides", "2", "1")]),
        ({4: layer("GlobalAveragePooling2D")}, [(4, "layer", "Flatten", "GlobalAveragePooling2D")]),
        (
            {3: layer("AveragePooling2D", pool_size=[2, 2])},
            [(3, "layer", "MaxPooling2D", "AveragePooling2D")],
        ),
        ({7: dense(10, "sigmoid")}, [(7, "units", "6", "10"), (7, "activation", "softmax", "sigmoid")]),
        ({7: dense(6, None)}, [(7, "activation", "softmax", "none")]),
        ({0: conv(activation="linear")}, [(0, "activation", "relu", "none")]),
    ],
)
def test_a_wrong_argument_is_a_difference_of_its_own_line(changes: dict[int, Any], expected: Any) -> None:
    comparison = against_task3(changes)
    assert differences(comparison) == expected
    assert (comparison.missing, comparison.extra) == (0, 0)
    assert comparison.answer(expected[0][0]).verdict == "differs"
    assert verdicts(comparison).count("differs") == 1
    assert 0.85 < comparison.similarity < 1


@pytest.mark.parametrize("line", range(8))
def test_a_dropped_layer_costs_one_layer(line: int) -> None:
    comparison = against_task3({line: []})
    assert (comparison.missing, comparison.extra, comparison.moved, comparison.replaced) == (1, 0, 0, 0)
    assert differences(comparison) == []
    missing = next(step.expected for step in comparison.steps if step.verdict == "missing")
    assert TASK3.lines[missing or 0].kind == TASK3.lines[line].kind


def test_an_added_block_is_extra_and_the_rest_still_answers() -> None:
    comparison = against_task3({3: [pool(), conv(64), pool()]})
    assert (comparison.missing, comparison.extra) == (0, 2)
    assert [comparison.answer(line).verdict for line in range(8)] == ["same"] * 8


def test_a_relu_behind_the_max_pooling_is_misplaced_but_computes_the_same() -> None:
    comparison = against_task3({0: conv(activation=None), 1: [pool(), RELU]})
    assert differences(comparison) == [(0, "activation", "relu", "relu after MaxPooling2D")]
    assert comparison.answer(0).differences[0].harmless
    assert comparison.same
    assert comparison.similarity == 1


def test_a_relu_behind_an_average_pooling_is_misplaced() -> None:
    expected = expected_network(None, ['Conv2D(32, 3, activation="relu")', "AveragePooling2D(2)"])
    built = sequential((8, 8, 3), conv(activation=None), layer("AveragePooling2D", pool_size=2), RELU)
    comparison = compare(read_network(built), expected)
    assert differences(comparison) == [(0, "activation", "relu", "relu after AveragePooling2D")]
    assert comparison.answer(0).verdict == "differs"
    assert comparison.kinds_in_order


def test_a_layer_in_the_wrong_place_is_moved_not_missing() -> None:
    comparison = against_task3({0: [pool(), conv()], 1: []})
    assert (comparison.missing, comparison.extra, comparison.moved) == (0, 0, 1)
    assert not comparison.kinds_in_order


def test_an_activation_where_none_may_be_is_extra() -> None:
    comparison = against_task3({1: [pool(), layer("Activation", activation="tanh")]})
    assert verdicts(comparison)[:3] == ["same", "same", "extra"]


def test_a_line_that_asks_for_no_activation() -> None:
    expected = expected_network(None, ['Dense(3, activation="linear")'])
    assert compare(read_network(sequential((4,), dense(3, None))), expected).same
    found = compare(read_network(sequential((4,), dense(3, "softmax"))), expected)
    assert differences(found) == [(0, "activation", "linear", "softmax")]


def test_softmax_or_logits() -> None:
    expected = expected_network(None, ["Dense(3, activation=softmax|linear)"])
    assert compare(read_network(sequential((4,), dense(3, None))), expected).same
    assert compare(read_network(sequential((4,), dense(3, "softmax"))), expected).same
    found = compare(read_network(sequential((4,), dense(3, "sigmoid"))), expected)
    assert differences(found) == [(0, "activation", "softmax or linear", "sigmoid")]


def test_an_activation_line_of_its_own() -> None:
    expected = expected_network(None, ["Conv2D(4, 3)", "BatchNormalization()", "ReLU()", "Flatten()"])
    apart = sequential((8, 8, 3), conv(4, activation=None), layer("BatchNormalization"), RELU, flatten())
    assert compare(read_network(apart), expected).same
    early = sequential((8, 8, 3), conv(4), layer("BatchNormalization"), flatten())
    assert compare(read_network(early), expected).moved == 1


def test_another_input_shape_is_a_difference() -> None:
    comparison = compare(read_network(worksheet5(shape=(64, 64, 3))), TASK3)
    assert comparison.input is not None
    assert (comparison.input.expected, comparison.input.found) == ("128×128×3", "64×64×3")
    assert not comparison.same
    assert comparison.kinds_in_order
    assert compare(read_network(worksheet5(shape=(None, None, 3))), TASK3).input is None


def test_similarity_tells_the_asked_for_network_from_the_tutorial_s() -> None:
    tutorial = sequential(
        (28, 28, 1),
        conv(32, padding="valid"),
        pool(),
        conv(64, padding="valid"),
        pool(),
        flatten(),
        dense(128),
        dense(10, "softmax"),
    )
    flawed = worksheet5(changes={0: conv(16, 5, "valid"), 2: conv(64), 7: dense(10)})
    perceptron = sequential((784,), dense(64), dense(10, "softmax"))
    ordered = [
        compare(read_network(each), TASK3).similarity for each in (worksheet5(), flawed, tutorial, perceptron)
    ]
    assert ordered == sorted(ordered, reverse=True)
    assert ordered[1] > ordered[2] + 0.1
    assert ordered[3] < 0.3


block = st.one_of(
    st.builds(
        conv,
        st.sampled_from([8, 16, 32]),
        st.sampled_from([1, 3]),
        activation=st.sampled_from([None, "relu"]),
    ),
    st.builds(pool),
    st.builds(layer, st.just("BatchNormalization")),
    st.builds(layer, st.just("Dropout"), rate=st.sampled_from([0.25, 0.5])),
    st.builds(layer, st.just("LeakyReLU"), negative_slope=st.just(0.1)),
)
head = st.sampled_from([[flatten()], [layer("GlobalAveragePooling2D")]])
units = st.lists(
    st.builds(dense, st.sampled_from([10, 64]), st.sampled_from([None, "relu", "softmax"])), max_size=3
)
architectures = st.builds(
    lambda *parts: [each for part in parts for each in part], st.lists(block, max_size=5), head, units
)


def network(layers: Sequence[Any]) -> Any:
    return read_network(sequential((32, 32, 3), *layers))


@given(architectures)
def test_a_network_is_its_own_specification(layers: list[Any]) -> None:
    built = network(layers)
    comparison = compare(built, specification(built))
    assert comparison.same
    assert comparison.similarity == 1
    assert comparison.kinds_in_order


@given(architectures, st.data())
def test_leaving_out_one_line_makes_one_missing_layer(layers: list[Any], data: st.DataObject) -> None:
    whole = network(layers)
    lines = specification(whole).lines
    dropped = data.draw(st.integers(0, len(layers) - 1))
    comparison = difference(network(layers[:dropped] + layers[dropped + 1 :]), whole)
    assert comparison.missing + comparison.replaced + comparison.moved <= 1
    assert comparison.extra <= 1
    assert len(comparison.order) == len(lines)
    assert comparison.similarity < 1


@given(architectures, architectures)
def test_every_line_and_every_layer_has_one_place(one: list[Any], other: list[Any]) -> None:
    built, asked = network(one), network(other)
    comparison = difference(built, asked)
    assert sorted(comparison.order) == list(range(len(specification(asked).lines)))
    found = [position for step in comparison.steps for position in step.found]
    assert sorted(found) == list(range(len(built.layers)))
    assert 0 <= comparison.similarity <= 1
    assert comparison.same == same(built, asked)


@given(architectures, architectures)
def test_similarity_is_nearly_symmetric(one: list[Any], other: list[Any]) -> None:
    a, b = network(one), network(other)
    assert abs(difference(a, b).similarity - difference(b, a).similarity) < 0.15


@given(architectures, st.text(max_size=5))
def test_names_change_nothing(layers: list[Any], prefix: str) -> None:
    renamed = [each | {"config": each["config"] | {"name": f"{prefix}{i}"}} for i, each in enumerate(layers)]
    assert digest(network(layers)) == digest(network(renamed))
    assert difference(network(layers), network(renamed)).same


def test_a_digest_is_stable() -> None:
    assert digest(read_network(worksheet5())) == digest(read_network(worksheet5()))
    assert digest(read_network(worksheet5())) != digest(read_network(worksheet5(shape=(64, 64, 3))))
