"""Networks of keras.applications inside other networks, against Keras itself: one layer, however written."""

from __future__ import annotations

from typing import Any

import keras
import pytest

from grader.network.align import compare
from grader.network.canonical import read_network
from grader.network.identity import same
from grader.network.network import Network
from grader.network.spec import LayerSyntaxError, expected_network, parse_layer

L = keras.layers
HEAD = ("Flatten()", 'Dense(128, activation="relu")', 'Dense(10, activation="softmax")')
LINES = ["UpSampling2D(7)", "Xception()", *HEAD]


def read(model: Any) -> Network:
    return read_network(keras.saving.serialize_keras_object(model))


@pytest.fixture(scope="module")
def xception() -> Any:
    base = keras.applications.Xception(weights=None, include_top=False, input_shape=(224, 224, 3))
    base.trainable = False
    return base


def nested(base: Any) -> Any:
    head = [L.Flatten(), L.Dense(128, "relu"), L.Dense(10, "softmax")]
    return keras.Sequential([L.Input((32, 32, 3)), L.UpSampling2D(7), base, *head])


def written_out(base: Any) -> Any:
    hidden = L.Dense(128, "relu")(L.Flatten()(base.output))
    return keras.Model(base.input, L.Dense(10, "softmax")(hidden))


def test_nested_it_is_one_layer(xception: Any) -> None:
    network = read(nested(xception))
    assert [each.kind for each in network.layers] == [
        *("UpSampling2D", "Xception", "Flatten", "Dense", "Activation", "Dense", "Activation")
    ]
    base = network.layers[1]
    assert (base.output_shape, base.parameters, base.inputs) == ((7, 7, 2048), 20_861_480, (0,))
    assert base.arguments == {"include_top": False, "trainable": False}
    assert (network.parameters, network.trainable_parameters) == (33_707_954, 12_846_474)


def test_it_is_what_the_rubric_asks_for(xception: Any) -> None:
    assert compare(read(nested(xception)), expected_network((32, 32, 3), LINES)).same


def test_written_out_it_is_the_same(xception: Any) -> None:
    network = read(written_out(xception))
    assert [each.kind for each in network.layers][:2] == ["Xception", "Flatten"]
    assert (network.parameters, network.trainable_parameters) == (33_707_954, 12_846_474)
    whole = keras.Sequential([L.Input((224, 224, 3)), xception, L.Flatten(), L.Dense(128, "relu")])
    whole.add(L.Dense(10, "softmax"))
    assert same(network, read(whole))


def test_its_name_does_not_matter(xception: Any) -> None:
    config = keras.saving.serialize_keras_object(nested(xception))
    config["config"]["layers"][2]["config"]["name"] = "my_base"
    assert "Xception" in [each.kind for each in read_network(config).layers]


def test_its_own_global_pooling_is_a_layer_after_it() -> None:
    base = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))
    pooled = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(96, 96, 3), pooling="avg"
    )
    apart = keras.Sequential([L.Input((96, 96, 3)), base, L.GlobalAveragePooling2D(), L.Dense(10)])
    together = keras.Sequential([L.Input((96, 96, 3)), pooled, L.Dense(10)])
    assert same(read(apart), read(together))


def test_some_of_it_frozen() -> None:
    base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    assert read(base).layers[0].arguments["trainable"] is True
    for each in base.layers[:-4]:
        each.trainable = False
    network = read(keras.Sequential([L.Input((64, 64, 3)), base, L.Flatten(), L.Dense(10)]))
    assert network.layers[0].arguments["trainable"] == "some"
    assert network.trainable_parameters == 3 * (512 * 512 * 9 + 512) + (2048 * 10 + 10)


def test_with_its_top() -> None:
    network = read(keras.applications.MobileNet(weights=None))
    assert [each.kind for each in network.layers] == ["MobileNet"]
    assert network.layers[0].arguments["include_top"] is True
    assert (network.parameters, network.layers[0].output_shape) == (4_253_864, (1000,))


def test_a_top_of_the_students_own_is_none_of_its() -> None:
    base = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(64, 64, 3))
    head = L.Dense(10, "softmax", name="predictions")(L.GlobalAveragePooling2D()(base.output))
    kinds = [each.kind for each in read(keras.Model(base.input, head)).layers]
    assert kinds == ["MobileNet", "GlobalAveragePooling2D", "Dense", "Activation"]


def test_a_cut_off_base_stays_layer_by_layer() -> None:
    base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    cut = keras.Model(base.input, L.Flatten()(base.get_layer("block4_pool").output))
    assert "VGG16" not in [each.kind for each in read(cut).layers]


def test_a_vgg16_of_the_students_own_stays_what_it_is() -> None:
    own = keras.models.clone_model(
        keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3)),
        clone_function=lambda each: type(each).from_config(each.get_config() | {"name": f"my_{each.name}"}),
    )
    assert "VGG16" not in [each.kind for each in read(own).layers]


def test_another_base_is_one_layer_of_another_kind(xception: Any) -> None:
    expected = expected_network(None, ["UpSampling2D(7)", "VGG16()", "Flatten()", "Dense(128)", "Dense(10)"])
    step = compare(read(nested(xception)), expected).answer(1)
    assert [(each.argument, each.expected, each.found) for each in step.differences] == [
        ("layer", "VGG16", "Xception")
    ]


def test_in_a_rubric_its_shape_and_whether_it_learns_may_be_stated() -> None:
    assert parse_layer("Xception(include_top=False, trainable=False)").kind == "Xception"
    with pytest.raises(LayerSyntaxError, match='did you mean "Xception"'):
        parse_layer("Xceptoin()")
    with pytest.raises(LayerSyntaxError, match='no argument "weights"'):
        parse_layer('Xception(weights="imagenet")')
