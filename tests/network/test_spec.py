"""Layer lines: Keras's words, parsed and never evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serialized import WORKSHEET5

from grader.network.expected import expected_layers, expected_parameters, parameter_totals
from grader.network.spec import LayerSyntaxError, Unordered, expected_network, parse_layer
from grader.network.values import Allowed, Between


def stated(text: str) -> dict[str, str]:
    return {name: str(allowed) for name, allowed in parse_layer(text).arguments.items()}


def test_positional_arguments_stand_in_keras_s_order_and_shorthands_are_written_out() -> None:
    spec = parse_layer('Conv2D(32, 3, strides=1, padding="same", activation="relu")')
    assert spec.kind == "Conv2D"
    assert stated(spec.text) == {
        "filters": "32",
        "kernel_size": "(3, 3)",
        "strides": "(1, 1)",
        "padding": '"same"',
    }
    assert spec.activation == Allowed(("relu",))


def test_what_is_left_out_or_any_is_free() -> None:
    spec = parse_layer("Conv2D(any, 3, activation=any)")
    assert set(spec.arguments) == {"kernel_size"}
    assert spec.activation is None


def test_alternatives_ranges_words_and_fractions() -> None:
    spec = parse_layer('Conv2D(16..64, 3|(5, 5), padding="same"|valid, activation=relu|None)')
    assert spec.arguments["filters"] == Allowed((Between(16, 64),))
    assert spec.arguments["kernel_size"] == Allowed(((3, 3), (5, 5)))
    assert spec.arguments["padding"] == Allowed(("same", "valid"))
    assert spec.activation == Allowed(("relu", "linear"))
    assert parse_layer("Rescaling(1/255)").arguments["scale"].admits(0.00392156862745098)
    assert parse_layer("Rescaling(1/127.5, offset=-1)").arguments["offset"].admits(-1.0)


@pytest.mark.parametrize(
    ("value", "met"), [(15, False), (16, True), (64, True), (65, False), ("16", False), (True, False)]
)
def test_a_range_includes_its_ends(value: object, met: bool) -> None:
    assert parse_layer("Dense(16..64)").arguments["units"].admits(value) is met


def test_aliases_and_activation_layers_are_resolved() -> None:
    assert parse_layer("layers.MaxPool2D(2)").kind == "MaxPooling2D"
    assert parse_layer("Softmax()").arguments == {"activation": Allowed(("softmax",))}
    assert stated("LeakyReLU(0.1)") == {"activation": '"leaky_relu"', "negative_slope": "0.1"}
    assert parse_layer("Flatten").kind == "Flatten"


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("Conv2d(32, 3)", 'unknown layer "Conv2d"; did you mean "Conv2D"?', 1),
        ('Conv2D(32, 3, paddin="same")', 'Conv2D has no argument "paddin"; did you mean "padding"?', 15),
        (
            'Conv2D(32, 3, padding="sme")',
            'padding should be one of valid, same, causal; did you mean "same"?',
            23,
        ),
        ('Dense(3, activation="rleu")', 'unknown activation "rleu"; did you mean "relu"?', 21),
        ("Dense(units)", "units should be a whole number from 1, found 'units'", 7),
        ("Conv2D(32, (3, 3, 3))", "kernel_size of Conv2D should have 2 numbers", 12),
        ("Flatten(1, 2)", "Flatten takes 1 positional arguments (data_format)", 12),
        ("Dense(64..16)", "a range should be two numbers, the smaller first, such as 16..64", 7),
        ("Dense(f(3))", "a value should be a literal, any, alternatives (a|b) or a range (16..64)", 7),
        ("Dense(2 @ 3)", '"@" has no meaning in a layer line', 9),
        ("Input((3,))", "the input is no layer line; state it as input: [height, width, channels]", 1),
        ("32", 'should be a layer such as Conv2D(32, 3), found "32"', 1),
        ("Dense(3, units=3)", 'Dense is given "units" twice', 10),
    ],
)
def test_a_mistake_is_named_with_its_column(text: str, message: str, column: int) -> None:
    with pytest.raises(LayerSyntaxError) as fault:
        parse_layer(text)
    assert (str(fault.value), fault.value.column) == (message, column)


def test_a_line_that_is_no_python_is_named() -> None:
    with pytest.raises(LayerSyntaxError, match="never closed"):
        parse_layer("Dense(3")


@given(st.text(alphabet="Dense(),.|=\"'[]{}3 @*-+/any:\\\n", max_size=40) | st.text(max_size=30))
def test_any_text_is_a_layer_or_a_syntax_error(text: str) -> None:
    try:
        parse_layer(text)
    except LayerSyntaxError as fault:
        assert fault.column >= 1


def test_nothing_is_evaluated() -> None:
    with pytest.raises(LayerSyntaxError):
        parse_layer('Dense(__import__("os").getpid())')


def test_the_line_number_is_that_among_all_lines() -> None:
    with pytest.raises(LayerSyntaxError) as fault:
        expected_network([8, 8, 3], ["Flatten()", {"unordered": ["Dense(64)", "Dens(128)"]}])
    assert fault.value.line == 3


@pytest.mark.parametrize("may_add", [["Dropot"], ["Zandom*"]])
def test_additions_are_known_layers(may_add: list[str]) -> None:
    with pytest.raises(LayerSyntaxError, match="may_add"):
        expected_network(None, ["Flatten()"], may_add)


def test_unordered_groups_and_patterns() -> None:
    expected = expected_network([128, 128, 3], WORKSHEET5, ["Random*", "ReLU"])
    assert isinstance(expected.layers[5], Unordered)
    assert len(expected.lines) == 8
    assert expected.allows("RandomFlip")
    assert expected.allows("Activation")
    assert not expected.allows("Dropout")


def test_shapes_and_parameters_of_worksheet5s_lines() -> None:
    expected = expected_network([128, 128, 3], WORKSHEET5)
    layers = expected_layers(expected)
    assert [layer.output_shape for layer in layers[:5]] == [
        (128, 128, 32),
        (64, 64, 32),
        (64, 64, 32),
        (32, 32, 32),
        (32_768,),
    ]
    assert expected_parameters(expected) == 2_116_454
    assert parameter_totals(expected) == (2_116_454, 4_213_222)


def test_a_choice_that_changes_the_shape_leaves_it_open() -> None:
    layers = expected_layers(expected_network([8, 8, 3], ["Conv2D(4, 3|5)", "Conv2D(4, 3)"]))
    assert [layer.output_shape for layer in layers] == [None, None]
    same = expected_layers(expected_network([8, 8, 3], ['Conv2D(4, 3|5, padding="same")', "Conv2D(4, 3)"]))
    assert [layer.output_shape for layer in same] == [(8, 8, 4), (6, 6, 4)]
    assert [layer.parameters for layer in same] == [None, 148]
