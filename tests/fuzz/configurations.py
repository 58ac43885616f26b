"""Configurations of models, as the student's process sends them, against reading and comparing networks."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st
from serialized import conv, dense, flatten, functional, layer, pool, sequential, worksheet5

from grader.evidence.events import Component
from grader.network.align import compare
from grader.network.canonical import read_network
from grader.network.expected import parameter_totals
from grader.network.explain import explain, rows
from grader.network.identity import digest
from grader.network.network import Network, UnreadableNetwork
from grader.network.parameters import flops
from grader.network.rules import FreeNetwork, judge_rules
from grader.network.signatures import REQUIRED, layer_names, signature
from grader.network.spec import ExpectedNetwork
from grader.rubric.load import available_rubrics, load_rubric
from grader.training.configuration import CannotTrain
from grader.training.recipe import DataRef, key, network_digest, recipe
from tests.fuzz.mutation import mutated
from tests.fuzz.target import Target

_REQUIRED = {
    "kernel_size": 3,
    "pool_size": 2,
    "filters": 4,
    "units": 5,
    "rate": 0.5,
    "target_shape": [4, -1],
    "scale": 0.5,
    "n": 2,
    "height": 9,
    "width": 9,
    "input_dim": 9,
    "output_dim": 4,
    "output_size": 2,
    "dims": [2, 1, 3],
    "activation": "relu",
    "axes": 1,
    "value_range": [0, 255],
}


def zoo() -> list[dict[str, Any]]:
    """Every layer that is known, as Keras writes it out."""
    return [
        layer(
            kind,
            **{
                name: _REQUIRED.get(name, 1) if default is REQUIRED else default
                for name, default in signature(kind).defaults.items()
            },
        )
        for kind in layer_names()
    ]


def _branches() -> dict[str, Any]:
    return functional(
        {
            "in": (layer("InputLayer", batch_shape=[None, 32, 32, 3]), []),
            "a": (conv(), ["in"]),
            "b": (layer("BatchNormalization", axis=-1), ["a"]),
            "sum": (layer("Add"), [["in", "b"]]),
            "joined": (layer("Concatenate", axis=-1), [["in", "sum"]]),
            "inner": (sequential(None, conv(8), pool()), ["joined"]),
            "flat": (flatten(), ["inner"]),
            "out": (dense(10, "softmax"), ["flat"]),
        },
        ["in"],
        ["out"],
    )


def models() -> list[dict[str, Any]]:
    """Sound ones of each form."""
    act = [layer("Activation", activation="relu"), layer("LeakyReLU", negative_slope=0.1), layer("ReLU")]
    return [
        worksheet5(),
        sequential(
            (32, 32, 3), layer("Rescaling", scale=1 / 255), conv(), *act, pool(), flatten(), dense(10)
        ),
        sequential((16, 16, 3), sequential(None, conv(), pool()), flatten(), dense(3)),
        sequential(None, dense(3)),
        sequential((20, 8), layer("LSTM", units=4, return_sequences=True), layer("GRU", units=3), dense(2)),
        _branches(),
        *(sequential((16, 16, 4), each) for each in zoo()),
    ]


@cache
def expected() -> tuple[ExpectedNetwork, ...]:
    """The networks of the rubrics that come with the grader."""
    rubrics = [load_rubric(path) for path in available_rubrics().values()]
    return tuple(network.expected() for rubric in rubrics for network in rubric.networks.values())


shapes = st.sampled_from((None, (128, 128, 3), (32, 32, 3), (784,), (None, None, 3), ()))


def read(example: tuple[Any, Any]) -> None:
    """As :func:`grader.grading.answers.candidates_of` and :func:`grader.grading.recipes.recipe_of` do."""
    config, shape = example
    if isinstance(config, dict):  # what is none, the event's own form refuses
        compared(config, shape)
        _trained(config)


def compared(config: dict[str, Any], shape: Any) -> None:
    """Read, count, compare with every network that is asked for, and explain."""
    try:
        network = read_network(config, shape)
    except UnreadableNetwork as reason:
        assert "\n" not in str(reason) and len(str(reason)) < 500, str(reason)
        return
    assert digest(network) == digest(network)
    _ = network.parameters, flops(network)
    for each in expected():
        _explained(network, each)


def _explained(network: Network, asked: ExpectedNetwork) -> None:
    comparison = compare(network, asked)
    assert 0 <= comparison.similarity <= 1, comparison.similarity
    explain(comparison, network, asked)
    rows(comparison, network, asked)
    parameter_totals(asked)
    if isinstance(asked, FreeNetwork):
        judge_rules(network, asked)


def _trained(config: dict[str, Any]) -> None:
    for fed in (None, (3072,)):
        try:
            made = recipe(
                config,
                Component(name="Adam", config={"learning_rate": 0.001}),
                (Component(name="SparseCategoricalCrossentropy"),),
                image_size=(32, 32),
                data=DataRef(name="fruits", digest="0" * 64),
                epochs=2,
                fed=fed,
            )
        except CannotTrain as reason:
            assert "\n" not in reason.reason, reason.reason
        else:
            key(made), network_digest(made), made.model_dump_json()


TARGET = Target("configurations", st.tuples(mutated(st.sampled_from(models())), shapes), read)
