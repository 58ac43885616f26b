"""Whatever way a network was written, it is read as the same canonical network."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serialized import conv, dense, flatten, functional, layer, pool, sequential, worksheet5

from grader.network.canonical import MAX_LAYERS, read_network
from grader.network.identity import same
from grader.network.network import UnreadableNetwork


def kinds(config: Any) -> list[str]:
    return [
        each.arguments["activation"] if each.kind == "Activation" else each.kind
        for each in read_network(config).layers
    ]


@pytest.mark.parametrize(
    "apart",
    [
        layer("Activation", activation="relu"),
        layer("ReLU"),
        layer("ReLU", max_value=None, negative_slope=0.0, threshold=0.0),
        layer("Activation", activation={"module": "builtins", "class_name": "function", "config": "relu"}),
        layer("Activation", activation="ReLU"),
    ],
)
def test_an_activation_is_the_same_fused_or_apart(apart: Any) -> None:
    fused = read_network(worksheet5())
    assert same(fused, read_network(worksheet5(changes={0: [conv(activation="linear"), apart]})))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (dense(6, "softmax"), [dense(6, None), layer("Softmax")]),
        (dense(6, "softmax"), dense(6, "Softmax")),
        (dense(6, "swish"), dense(6, "silu")),
        (
            dense(6, layer("LeakyReLU", negative_slope=0.3)),
            [dense(6, "linear"), layer("LeakyReLU", negative_slope=0.3)],
        ),
        (dense(6, "relu6"), [dense(6, None), layer("ReLU", max_value=6.0)]),
        (layer("MaxPool2D"), layer("MaxPooling2D", pool_size=[2, 2], strides=[2, 2], padding="valid")),
        (layer("Convolution2D", filters=3, kernel_size=3), conv(3, padding="valid", activation=None)),
        (layer("Reshape", target_shape=[-1]), layer("Flatten")),
        (layer("BatchNormalization", axis=[3]), layer("BatchNormalization", axis=-1)),
        ([conv(), layer("ReLU")], conv()),
    ],
)
def test_spellings_of_one_layer(one: Any, other: Any) -> None:
    def network(layers: Any) -> Any:
        return read_network(sequential((8, 8, 3), *(layers if isinstance(layers, list) else [layers])))

    assert same(network(one), network(other))


def test_a_leaky_relu_keeps_its_slope_whose_default_depends_on_the_spelling() -> None:
    by_name = read_network(sequential((4,), dense(3, "leaky_relu"))).layers[1]
    as_layer = read_network(sequential((4,), dense(3, None), layer("LeakyReLU"))).layers[1]
    assert (by_name.arguments["negative_slope"], as_layer.arguments["negative_slope"]) == (0.2, 0.3)


@pytest.mark.parametrize(
    "inert",
    [
        layer("Identity"),
        layer("Dropout", rate=0.0),
        layer("SpatialDropout2D", rate=0),
        layer("Activation", activation="linear"),
        layer("MaxPooling2D", pool_size=[1, 1]),
        layer("UpSampling2D", size=[1, 1]),
        layer("ZeroPadding2D", padding=0),
        layer("Rescaling", scale=1.0),
        layer("Reshape", target_shape=[128, 128, 3]),
    ],
)
def test_layers_that_do_nothing_are_gone(inert: Any) -> None:
    assert same(read_network(worksheet5()), read_network(worksheet5(changes={0: [inert, conv()]})))


def test_a_second_softmax_is_not_nothing() -> None:
    assert kinds(sequential((4,), dense(3, "softmax"), layer("Softmax"))) == ["Dense", "softmax", "softmax"]


def test_arguments_are_written_out_with_keras_defaults() -> None:
    network = read_network(
        sequential((8, 8, 3), layer("Conv2D", filters=4, kernel_size=3), layer("MaxPooling2D", pool_size=3))
    )
    convolution, pooling = network.layers
    assert convolution.arguments["kernel_size"] == (3, 3)
    assert convolution.arguments["strides"] == (1, 1)
    assert convolution.arguments["padding"] == "valid"
    assert pooling.arguments["strides"] == (3, 3)


def test_a_model_that_was_never_built_takes_the_shape_given_beside_it() -> None:
    config = worksheet5(shape=None)
    assert read_network(config).layers[0].output_shape is None
    assert read_network(config).parameters is None
    assert read_network(config, (128, 128, 3)).parameters == 2_116_454


def test_a_functional_model_is_the_sequential_one() -> None:
    written = {
        "in": (layer("InputLayer", batch_shape=[None, 8, 8, 3]), []),
        "f": (flatten(), ["p"]),
        "p": (pool(), ["c"]),
        "c": (conv(), ["in"]),
        "d": (dense(2, "softmax"), ["f"]),
    }
    one = read_network(functional(written, ["in"], ["d"]))
    assert same(one, read_network(sequential((8, 8, 3), conv(), pool(), flatten(), dense(2, "softmax"))))
    assert [each.inputs for each in one.layers] == [(), (0,), (1,), (2,), (3,), (4,)]


def branches(order: list[str], **more: Any) -> dict[str, Any]:
    layers = {
        "in": (layer("InputLayer", batch_shape=[None, 8, 8, 3]), []),
        "a": (conv(4, 3, activation=None), ["in"]),
        "b": (conv(4, 5, activation=None), ["in"]),
        "sum": (layer("Add"), [order]),
    } | more
    entry = functional(layers, ["in"], ["sum"])
    sources = [
        [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}} for name in order]
    ]
    entry["config"]["layers"][3]["inbound_nodes"] = [{"args": sources, "kwargs": {}}]
    return entry


def test_branches_are_kept_apart_and_a_sum_has_no_order() -> None:
    one, other = read_network(branches(["a", "b"])), read_network(branches(["b", "a"]))
    assert [each.inputs for each in one.layers] == [(), (), (0, 1)]
    assert one.layers[2].output_shape == (8, 8, 4)
    assert same(one, other)


def test_an_input_that_is_read_again_further_down_is_kept() -> None:
    network = read_network(branches(["a", "in"]))
    assert [each.kind for each in network.layers] == ["InputLayer", "Conv2D", "Add"]
    assert network.layers[2].inputs == (1, 0)


def test_dividing_the_input_by_255_is_a_rescaling() -> None:
    divide = {"module": "keras.src.ops.numpy", "class_name": "TrueDivide", "config": {"name": "div"}}
    layers = {
        "in": (layer("InputLayer", batch_shape=[None, 8, 8, 3]), []),
        "div": (divide, ["in", 255.0]),
        "flat": (flatten(), ["div"]),
    }
    rescaling = read_network(functional(layers, ["in"], ["flat"])).layers[0]
    assert (rescaling.kind, rescaling.arguments) == ("Rescaling", {"scale": 1 / 255.0, "offset": 0.0})


def test_a_model_inside_a_model_is_flattened_and_its_trainable_switch_inherited() -> None:
    base = sequential((8, 8, 3), conv(), pool())
    base["config"]["trainable"] = False
    network = read_network(sequential((8, 8, 3), base, flatten(), dense(2)))
    assert [each.kind for each in network.layers] == [
        "Conv2D",
        "Activation",
        "MaxPooling2D",
        "Flatten",
        "Dense",
        "Activation",
    ]
    assert [each.trainable for each in network.layers] == [False, False, False, True, True, True]
    assert not same(network, read_network(sequential((8, 8, 3), conv(), pool(), flatten(), dense(2))))


def test_a_layer_that_is_called_twice_has_its_parameters_once() -> None:
    layers = {
        "in": (layer("InputLayer", batch_shape=[None, 4]), []),
        "d": (dense(4, None), ["in"]),
    }
    entry = functional(layers, ["in"], ["d"])
    again = {"class_name": "__keras_tensor__", "config": {"keras_history": ["d", 0, 0]}}
    entry["config"]["layers"][1]["inbound_nodes"].append({"args": [again], "kwargs": {}})
    entry["config"]["output_layers"] = [["d", 1, 0]]
    network = read_network(entry)
    assert [each.parameters for each in network.layers] == [20, 0]


def test_a_class_of_the_students_own_is_kept_and_reported() -> None:
    own = layer("MyRescale", module="__main__", factor=2)
    behind = dense(3) | {"build_config": {"input_shape": [None, 5]}}
    network = read_network(sequential((5,), own, behind))
    assert (network.layers[0].kind, network.layers[0].output_shape, network.layers[0].parameters) == (
        "MyRescale",
        None,
        None,
    )
    assert network.layers[1].parameters == 18
    assert network.parameters is None
    assert "MyRescale" in network.problems[0]


def test_a_class_that_takes_a_keras_name_is_not_taken_for_keras() -> None:
    network = read_network(sequential((5,), layer("Dense", module=None, units=3)))
    assert network.layers[0].kind == "Custom>Dense"


def test_a_subclassed_model_without_readable_layers_is_one_layer_of_its_own() -> None:
    entry = {"module": None, "class_name": "MyNet", "config": {"trainable": True}, "registered_name": "MyNet"}
    network = read_network(entry, (8, 8, 3))
    assert [each.kind for each in network.layers] == ["MyNet"]
    assert network.problems


def test_a_window_larger_than_its_input_is_a_problem_not_a_crash() -> None:
    network = read_network(sequential((2, 2, 3), conv(4, 5, "valid")))
    assert network.layers[0].output_shape is None
    assert "window of 5" in network.problems[0]


def deep(levels: int) -> Any:
    entry = sequential(None, dense(2))
    for _ in range(levels):
        entry = sequential(None, entry)
    return entry


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def loop() -> Any:
    return functional(
        {
            "in": (layer("InputLayer", batch_shape=[None, 4]), []),
            "a": (layer("Identity"), ["b"]),
            "b": (layer("Identity"), ["a"]),
        },
        ["in"],
        ["b"],
    )


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"config": 3},
        {"class_name": "Sequential", "config": {"layers": [None]}},
        {
            "class_name": "Functional",
            "config": {"layers": [], "input_layers": [["x", 0, 0]], "output_layers": []},
        },
        deep(600),
        sequential((4,), layer("Dense", units="x" * 9)),
        sequential((4,), layer("Dense", units=True)),
        sequential((4,), layer("Dense", units=10**30)),
        sequential((4,), layer("Dense", units=3, note=nested(600))),
        sequential((4,), layer("Reshape", target_shape=["a", 3])),
        sequential((4,), *[dense(1)] * (MAX_LAYERS + 1)),
        loop(),
    ],
)
def test_hostile_configurations_are_refused_in_one_line(config: Any) -> None:
    with pytest.raises(UnreadableNetwork) as refused:
        read_network(config)
    assert "\n" not in str(refused.value)


def test_nesting_that_doubles_the_layers_at_each_level_is_stopped() -> None:
    entry = sequential(None, layer("Identity"))
    for _ in range(19):
        entry = sequential(None, entry, entry)
    with pytest.raises(UnreadableNetwork, match="layers"):
        read_network(entry)


garbage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
places = st.sampled_from(
    [
        "filters",
        "kernel_size",
        "strides",
        "padding",
        "activation",
        "name",
        "data_format",
        "pool_size",
        "axis",
        "rate",
    ]
)


@given(
    kind=st.sampled_from(
        ["Conv2D", "MaxPooling2D", "Dense", "BatchNormalization", "Reshape", "Permute", "Concatenate"]
    ),
    config=st.dictionaries(places | st.sampled_from(["target_shape", "dims", "units"]), garbage, max_size=5),
)
def test_any_garbage_is_read_or_refused(kind: str, config: dict[str, Any]) -> None:
    with contextlib.suppress(UnreadableNetwork):
        read_network(sequential((8, 8, 3), layer(kind, **config), flatten(), dense(2)))


@given(where=st.lists(st.integers(0, 30), min_size=1, max_size=4), value=garbage)
def test_any_garbage_in_the_wiring_is_read_or_refused(where: list[int], value: Any) -> None:
    config = json.loads(json.dumps(branches(["a", "b"])))
    place: Any = config
    for index in where[:-1]:
        keys = (
            list(place) if isinstance(place, dict) else range(len(place)) if isinstance(place, list) else []
        )
        if not keys:
            break
        child = keys[index % len(keys)]
        if not isinstance(place[child], dict | list):
            break
        place = place[child]
    if isinstance(place, dict | list) and place:
        key = (list(place) if isinstance(place, dict) else list(range(len(place))))[where[-1] % len(place)]
        place[key] = value
    with contextlib.suppress(UnreadableNetwork):
        read_network(config)


def test_reading_needs_no_tensorflow() -> None:
    rooms = "canonical, align, explain, identity, expected, parameters"
    seen = "print('keras' in sys.modules, 'tensorflow' in sys.modules)"
    code = f"import sys; from grader.network import {rooms}; {seen}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
