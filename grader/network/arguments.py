"""Arguments of a layer as they take effect: defaults filled in, shorthands written out, activations named
alike."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from grader.network.network import Shape, UnreadableNetwork
from grader.network.signatures import REQUIRED, is_known, rank, signature

MAX_DEPTH = 20
"""Nesting of models and of argument values that is still read."""

MAX_SIZE = 10**9
"""Largest axis, filter count, … that is still taken for one."""

_MAX_ITEMS = 100_000
_NOT_HYPER_PARAMETERS = {
    "name",
    "trainable",
    "dtype",
    "seed",
    "batch_input_shape",
    "activity_regularizer",
    "lora_rank",
    "lora_alpha",
    "quantization_config",
    "use_cudnn",
    "noise_shape",
}
_SPATIAL = {"kernel_size", "strides", "pool_size", "dilation_rate", "size", "output_size"}
_COUNTS = {
    "filters",
    "units",
    "depth_multiplier",
    "groups",
    "input_dim",
    "output_dim",
    "n",
    "height",
    "width",
}
_ACTIVATIONS = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh",
    "tanh_shrink",
    "threshold",
]
_ACTIVATION_NAMES = {name.replace("_", ""): name for name in _ACTIVATIONS} | {
    "swish": "silu",
    "hardswish": "hard_silu",
    "none": "linear",
}
RECURRENT = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM")
"""Starts of the layers whose ``activation`` works inside a cell, not on the output."""

ACTIVATION_LAYERS = ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax")
"""Layers that are an activation and nothing else; canonical kind ``Activation``."""


def effective(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The hyper-parameters of a layer as they take effect.

    Keras's defaults are filled in (pooling strides are the pool size), ``3`` becomes ``(3, 3)`` where the
    layer is two-dimensional, lists become tuples, initializers and other objects short names (``he_normal``,
    ``l2(l2=0.01)``). Names, seeds and the like are left out. Layers that the table of signatures does not
    hold keep what they were given.

    Raises:
        UnreadableNetwork: a value is nested too deep or too large, or is none that Keras takes.
    """
    arguments = {name: plain(value) for name, value in given.items() if name not in _NOT_HYPER_PARAMETERS}
    if not is_known(kind):
        return arguments
    known = signature(kind)
    arguments = {name: value for name, value in arguments.items() if name in known.arguments}
    for name, default in known.defaults.items():
        if default is not REQUIRED:
            arguments.setdefault(name, default)
    for name, value in arguments.items():
        arguments[name] = written_out(kind, name, value)
    if "pool_size" in arguments and arguments.get("strides") is None:
        arguments["strides"] = arguments["pool_size"]
    _refuse_impossible(kind, arguments)
    return arguments


def _refuse_impossible(kind: str, arguments: Mapping[str, Any]) -> None:
    """Keras refuses these itself, so they come from a forged configuration only; arithmetic relies on
    them."""
    for name, value in arguments.items():
        if name in _COUNTS and kind != "GroupNormalization":
            good = _is_count(value)
        elif name in _SPATIAL:
            good = (
                isinstance(value, tuple)
                and len(value) == (rank(kind) or len(value))
                and all(map(_is_count, value))
            )
        elif name == "target_shape":
            good = isinstance(value, tuple) and all(axis == -1 or _is_count(axis) for axis in value)
        else:
            continue
        if not good:
            raise UnreadableNetwork(f"{kind} cannot have {name}={text(value)[:60]}")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value <= MAX_SIZE


def written_out(kind: str, name: str, value: Any) -> Any:
    """One argument of one kind of layer without its shorthands: ``kernel_size=3`` of a ``Conv2D`` is ``(3,
    3)``."""
    if name == "data_format":
        return value or "channels_last"
    if name == "activation":
        return activation_name(value) or value
    dimensions = rank(kind)
    if dimensions and name in _SPATIAL and isinstance(value, int):
        return (value,) * dimensions
    if dimensions and kind.startswith(("ZeroPadding", "Cropping")) and name in ("padding", "cropping"):
        return _margins(value, dimensions)
    if name == "axis" and isinstance(value, tuple) and len(value) == 1:
        return value[0]
    return value


def _margins(value: Any, dimensions: int) -> Any:
    """``padding=1`` as ``((1, 1), (1, 1))``; in one dimension ``(left, right)``, as Keras writes them."""
    if isinstance(value, int):
        value = ((value, value),) * dimensions
        return value[0] if dimensions == 1 else value
    if dimensions > 1 and isinstance(value, tuple):
        return tuple((each, each) if isinstance(each, int) else each for each in value)
    return value


def activation_name(value: Any) -> str | None:
    """Keras's name of an activation: ``"Softmax"`` is ``softmax``, ``swish`` is ``silu``, None is ``linear``.

    A serialized function gives its name; None for anything else that is no activation of Keras's.
    """
    if value is None:
        return "linear"
    if isinstance(value, Mapping) and value.get("class_name") == "function":
        value = value.get("config")
    if not isinstance(value, str):
        return None
    return _ACTIVATION_NAMES.get(value.replace("_", "").casefold())


def activation_names() -> tuple[str, ...]:
    """Every activation of ``keras.activations``, aliases not included."""
    return tuple(_ACTIVATIONS)


def activation_arguments(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the canonical ``Activation`` layer that ``ReLU``, ``LeakyReLU``, ``ELU``, ``Softmax`` are.

    Only what is given is stated, so that ``LeakyReLU()`` leaves its slope to the caller's defaults.
    """
    given = {name: plain(value) for name, value in given.items() if name not in _NOT_HYPER_PARAMETERS}
    if kind == "LeakyReLU":
        slope = given.get("negative_slope", given.get("alpha"))
        return {"activation": "leaky_relu"} | ({} if slope is None else {"negative_slope": slope})
    if kind == "ELU":
        return {"activation": "elu"} | ({"alpha": given["alpha"]} if "alpha" in given else {})
    if kind == "Softmax":
        axis = given.get("axis", -1)
        return {"activation": "softmax"} | ({} if axis == -1 else {"axis": axis})
    changes = {name: given[name] for name in ("max_value", "negative_slope", "threshold") if given.get(name)}
    if not changes:
        return {"activation": "relu"}
    if changes == {"max_value": 6}:
        return {"activation": "relu6"}
    if set(changes) == {"negative_slope"}:
        return {"activation": "leaky_relu", **changes}
    return {"activation": "relu", **changes}


ACTIVATION_DEFAULTS: dict[str, dict[str, Any]] = {
    "leaky_relu": {"negative_slope": 0.2},
    "elu": {"alpha": 1.0},
}
"""Of activations given by name (``keras.activations``); the layer ``LeakyReLU`` has 0.3 instead."""


def plain(value: Any, depth: int = 0) -> Any:
    """A serialized value as plain, hashable data: numbers, strings, tuples; objects as short names.

    Raises:
        UnreadableNetwork: nested deeper than :data:`MAX_DEPTH`, or larger than any network needs.
    """
    if depth > MAX_DEPTH:
        raise UnreadableNetwork(f"an argument is nested more than {MAX_DEPTH} levels deep")
    if value is None or isinstance(value, bool | str | float):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_SIZE * 1000:
            raise UnreadableNetwork("an argument is a number beyond every sensible size")
        return value
    if isinstance(value, list | tuple):
        if len(value) > _MAX_ITEMS:
            raise UnreadableNetwork(f"an argument has more than {_MAX_ITEMS:,} items")
        return tuple(plain(each, depth + 1) for each in value)
    if isinstance(value, Mapping):
        return _named(value, depth)
    return f"<{type(value).__name__}>"


def _named(value: Mapping[str, Any], depth: int) -> Any:
    kind, config = value.get("class_name"), value.get("config")
    if kind == "__tuple__":
        return plain(value.get("items", ()), depth + 1)
    if kind in ("__numpy__", "__tensor__") and isinstance(config, Mapping):
        return plain(config.get("value"), depth + 1)
    if kind == "function" and isinstance(config, str):
        return config
    if kind == "__lambda__" or (kind is None and "value" in value):
        return f"lambda {plain(config if kind else value['value'], depth + 1)}"
    stated = config if kind is not None else value
    settings = stated.items() if isinstance(stated, Mapping) else ()
    shown = ", ".join(
        f"{name}={text(plain(each, depth + 1))}"
        for name, each in sorted(settings, key=lambda item: str(item[0]))
        if each is not None and name not in _NOT_HYPER_PARAMETERS
    )
    name = snake_case(str(kind)) if kind is not None else ""
    return f"{name}({shown})" if shown or not name else name


def snake_case(name: str) -> str:
    """``HeNormal`` as ``he_normal``, the other spelling that Keras takes."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def text(value: Any) -> str:
    """A plain value as Keras code writes it, strings in double quotes."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"({', '.join(map(text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.6g}"
    return str(value)


def shape_of(value: Any) -> Shape | None:
    """A shape with its batch axis, as configurations hold it, without that axis; None when it is none."""
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 10:
        return None
    axes = tuple(value[1:])
    good = all(axis is None or (type(axis) is int and 0 < axis <= MAX_SIZE) for axis in axes)
    return axes if good else None
