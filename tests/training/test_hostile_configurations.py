"""Whatever a configuration holds, reading it ends in a recipe or in a reason, and builds nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from configurations import (
    ADAM,
    conv,
    dense,
    flatten,
    front,
    functional,
    layer,
    node,
    recipe_of,
    sequential,
    small,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.evidence.events import Component
from grader.training.configuration import CannotTrain


def nested(depth: int) -> dict[str, Any]:
    model = small()
    for _ in range(depth):
        model = sequential(model)
    return model


LAMBDA = {"class_name": "__lambda__", "config": {"value": "4wEAAAA=", "defaults": None, "closure": None}}
HOSTILE = {
    "a Lambda layer": sequential(front(), layer("Lambda", function=LAMBDA), dense(3)),
    "a lambda as activation": sequential(front(), {**dense(3), "config": {"units": 3, "activation": LAMBDA}}),
    "another module": sequential(front(), layer("system", module="os")),
    "another module's function": sequential(
        front(),
        dense(3, kernel_initializer={"module": "os", "class_name": "function", "config": "system"}),
    ),
    "a function that is a list": sequential(
        front(), dense(3, kernel_initializer={"class_name": "function", "config": ["relu"]})
    ),
    "a registered class": sequential(front(), layer("Mine", module=None, registered_name="custom>Mine")),
    "a file reader": sequential(front(), layer("StringLookup", vocabulary="/etc/passwd")),
    "a saved model": sequential(front(), layer("TFSMLayer", filepath="/tmp/x")),
    "an array in a config": sequential(
        front(), dense(3, bias={"class_name": "__numpy__", "config": {"value": []}})
    ),
    "a known name in another module": sequential(front(), layer("Dense", module="keras.src.utils")),
    "a class that is a list": sequential(front(), {**dense(3), "class_name": ["Dense"]}),
    "layers that are no list": {**sequential(), "config": {"layers": "x"}},
    "a layer that is a number": sequential(front(), 7),  # type: ignore[arg-type]
    "a layer without settings": sequential(front(), {**dense(3), "config": None}),
    "nested too deep": nested(40),
    "too many layers": sequential(front(), *[dense(2) for _ in range(600)]),
    "a long text": sequential(front(), dense(3, padding="x" * 2_000)),
    "not a number": sequential(front(), dense(3, rate=float("nan"))),
    "a number beyond bounds": sequential(front(), dense(10**12)),
    "a layer that is nowhere": functional([front("i"), dense(3)], [[], [node("elsewhere")]]),
    "not a model": dense(3),
}


@pytest.mark.parametrize("config", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_configuration_gives_a_reason(config: dict[str, Any]) -> None:
    with pytest.raises(CannotTrain) as refusal:
        recipe_of(config)
    assert refusal.value.reason
    assert "\n" not in refusal.value.reason


@pytest.mark.parametrize(
    ("optimizer", "losses", "fault"),
    [
        (Component(name="Mine"), (Component(name="mse"),), "unsupported"),
        (ADAM, (Component(name="my_loss"),), "unsupported"),
        (ADAM, (), "own"),
        (ADAM, (Component(name="mse"), Component(name="mse")), "unsupported"),
        (Component(name="Adam", config={"learning_rate": float("inf")}), (Component(name="mse"),), "own"),
        (Component(name="Adam", config={"learning_rate": LAMBDA}), (Component(name="mse"),), "unsupported"),
    ],
)
def test_an_optimizer_or_loss_that_is_not_keras_s_own_gives_a_reason(
    optimizer: Component, losses: tuple[Component, ...], fault: str
) -> None:
    with pytest.raises(CannotTrain) as refusal:
        recipe_of(optimizer=optimizer, losses=losses)
    assert refusal.value.fault == fault


def test_a_model_without_configuration_gives_a_reason() -> None:
    from configurations import SPARSE

    from grader.training.recipe import DataRef, recipe

    with pytest.raises(CannotTrain, match="class of the student's own"):
        recipe(None, ADAM, (SPARSE,), image_size=(32, 32), data=DataRef(name="x", digest="y"), epochs=1)


def test_frozen_layers_are_not_trained_from_scratch_instead() -> None:
    with pytest.raises(CannotTrain, match="frozen layers"):
        recipe_of(sequential(front(), conv(trainable=False), flatten(), dense(3)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["module", "class_name", "config", "layers", "name", "inbound_nodes", "args", "kwargs"]
            ),
            inner
            | st.sampled_from(
                ["Sequential", "Functional", "keras", "Dense", "InputLayer", "__keras_tensor__"]
            ),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(JSON, st.sampled_from(["Sequential", "Functional", "Model"]))
def test_any_json_gives_a_recipe_or_a_reason(inner: Any, kind: str) -> None:
    module = "keras.src.models.functional" if kind == "Functional" else "keras"
    for config in (
        {"module": module, "class_name": kind, "config": inner},
        sequential(front(), inner),
        inner,
    ):
        if isinstance(config, dict) and config:
            try:
                recipe_of(config)
            except CannotTrain as refusal:
                assert refusal.reason


def test_reading_a_configuration_needs_no_keras() -> None:
    code = "import sys, grader.training.recipe, grader.training.workers, grader.training.calibration as c; "
    code += "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
