"""Serialized Keras models, written by hand in the form of ``keras.saving.serialize_keras_object``."""

from __future__ import annotations

from typing import Any


def layer(kind: str, *, module: str | None = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


def sequential(shape: tuple[int | None, ...] | None, *layers: dict[str, Any]) -> dict[str, Any]:
    first = [] if shape is None else [layer("InputLayer", batch_shape=[None, *shape])]
    named = [
        each | {"config": {"name": f"layer_{index}"} | each["config"]}
        for index, each in enumerate([*first, *layers])
    ]
    config = {"name": "sequential", "layers": named}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


def tensor(name: str, shape: tuple[int | None, ...] = (), node: int = 0) -> dict[str, Any]:
    config = {"shape": [None, *shape], "keras_history": [name, node, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def functional(
    layers: dict[str, tuple[dict[str, Any], list[Any]]], inputs: list[str], outputs: list[str]
) -> dict[str, Any]:
    """Layers by name, each with its call arguments (names of layers, or constants)."""
    entries = []
    for name, (entry, arguments) in layers.items():
        sources = [tensor(each) if isinstance(each, str) else each for each in arguments]
        nodes = [{"args": sources, "kwargs": {}}] if sources else []
        entries.append(
            entry | {"config": {"name": name} | entry["config"], "name": name, "inbound_nodes": nodes}
        )
    config = {
        "name": "functional",
        "layers": entries,
        "input_layers": [[name, 0, 0] for name in inputs],
        "output_layers": [[name, 0, 0] for name in outputs],
    }
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": config}


def conv(
    filters: int = 32, size: int = 3, padding: str = "same", activation: Any = "relu", **more: Any
) -> Any:
    return layer(
        "Conv2D", filters=filters, kernel_size=[size, size], padding=padding, activation=activation, **more
    )


def pool(size: int = 2, **more: Any) -> dict[str, Any]:
    return layer("MaxPooling2D", pool_size=[size, size], **more)


def dense(units: int, activation: Any = "relu") -> dict[str, Any]:
    return layer("Dense", units=units, activation=activation)


def flatten() -> dict[str, Any]:
    return layer("Flatten")


def worksheet5(
    *, shape: tuple[int | None, ...] | None = (128, 128, 3), changes: dict[int, Any] | None = None
) -> Any:
    """Task 3's network; ``changes`` replaces layers by number with one, several or no layers."""
    layers = [conv(), pool(), conv(), pool(), flatten(), dense(64), dense(128), dense(6, "softmax")]
    written: list[Any] = []
    for index, each in enumerate(layers):
        changed = (changes or {}).get(index, each)
        written += changed if isinstance(changed, list) else [changed]
    return sequential(shape, *written)


WORKSHEET5 = (
    'Conv2D(32, 3, strides=1, padding="same", activation="relu")',
    "MaxPooling2D(2, strides=2)",
    'Conv2D(32, 3, strides=1, padding="same", activation="relu")',
    "MaxPooling2D(2, strides=2)",
    "Flatten()",
    {"unordered": ["Dense(64)", "Dense(128)"]},
    'Dense(6, activation="softmax")',
)
