"""Configurations in the form that ``keras.saving.serialize_keras_object`` gives, written without Keras."""

from __future__ import annotations

from typing import Any

from grader.evidence.events import Component
from grader.training.recipe import DataRef, Preprocessing, Recipe, recipe

SIZE = (32, 32)
ADAM = Component(name="Adam", config={"name": "adam", "learning_rate": 0.003, "beta_1": 0.9, "beta_2": 0.999})
SPARSE = Component(name="sparse_categorical_crossentropy")


def layer(kind: str, name: str = "", module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    policy = {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": "float32"},
        "registered_name": None,
    }
    return {
        "module": module,
        "class_name": kind,
        "config": {"name": name or kind.lower(), "trainable": True, "dtype": policy, **config},
        "registered_name": None,
        "build_config": {"input_shape": [None, *SIZE, 3]},
    }


def front(name: str = "input_layer", shape: tuple[int, ...] = (*SIZE, 3)) -> dict[str, Any]:
    config = {"batch_shape": [None, *shape], "dtype": "float32", "sparse": False, "name": name}
    return {"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None}


def conv(filters: int = 4, activation: str = "relu", name: str = "conv2d", **config: Any) -> dict[str, Any]:
    return layer(
        "Conv2D", name, **{"filters": filters, "kernel_size": [3, 3], "activation": activation, **config}
    )


def pool(name: str = "pool") -> dict[str, Any]:
    return layer("MaxPooling2D", name, pool_size=[4, 4])


def dense(units: int, activation: str = "linear", name: str = "dense", **config: Any) -> dict[str, Any]:
    return layer("Dense", name, **{"units": units, "activation": activation, **config})


def flatten(name: str = "flatten") -> dict[str, Any]:
    return layer("Flatten", name)


def sequential(*layers: dict[str, Any], name: str = "sequential") -> dict[str, Any]:
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": name, "trainable": True, "layers": list(layers)},
        "registered_name": None,
        "compile_config": {"optimizer": layer("Adam", module="keras.optimizers"), "loss": "mse"},
    }


def tensor(name: str) -> dict[str, Any]:
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 1], "dtype": "float32", "keras_history": [name, 0, 0]},
    }


def node(*inputs: str, merged: bool = False) -> dict[str, Any]:
    tensors = [tensor(name) for name in inputs]
    return {"args": [tensors] if merged else tensors, "kwargs": {}}


def functional(layers: list[dict[str, Any]], nodes: list[list[dict[str, Any]]]) -> dict[str, Any]:
    named = [
        {**each, "name": each["config"]["name"], "inbound_nodes": inbound}
        for each, inbound in zip(layers, nodes, strict=True)
    ]
    ends = {"input_layers": [named[0]["name"], 0, 0], "output_layers": [named[-1]["name"], 0, 0]}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {"name": "functional", "trainable": True, "layers": named, **ends},
        "registered_name": "Functional",
    }


def chained(*layers: dict[str, Any]) -> dict[str, Any]:
    """A functional model in which each layer reads the one before it."""
    names = [each["config"]["name"] for each in layers]
    return functional(list(layers), [[], *([node(name)] for name in names[:-1])])


def small(*, activation: str = "relu", name: str = "a", filters: int = 4) -> dict[str, Any]:
    """A network that learns the test's images in a few epochs."""
    return sequential(
        front(f"{name}_in"),
        conv(filters, activation, f"{name}_conv"),
        pool(f"{name}_pool"),
        flatten(f"{name}_flat"),
        dense(3, "softmax", f"{name}_out"),
    )


def recipe_of(config: dict[str, Any] | None = None, **changes: Any) -> Recipe:
    told: dict[str, Any] = {
        "optimizer": ADAM,
        "losses": (SPARSE,),
        "image_size": SIZE,
        "data": DataRef(name="shapes", digest="d1"),
        "epochs": 4,
        "batch_size": 8,
        "preprocessing": Preprocessing(scale=(1 / 255,)),
        **changes,
    }
    return recipe(config or small(), told.pop("optimizer"), told.pop("losses"), **told)
