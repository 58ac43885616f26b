"""Spellings of a layer that do the same, and layers that do nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.network.arguments import activation_name, effective, plain
from grader.network.network import Shape
from grader.network.shapes import ELEMENTWISE_MERGES
from grader.network.wiring import Call

_ACTIVATION_OPERATIONS = {
    "Relu",
    "Relu6",
    "LeakyRelu",
    "Elu",
    "Selu",
    "Gelu",
    "Silu",
    "Sigmoid",
    "Softmax",
    "Tanh",
}
_MARGINS_OF_NOTHING = ((0, 0), ((0, 0), (0, 0)), ((0, 0), (0, 0), (0, 0)))


def as_layer(entry: Mapping[str, Any], call: Call | None) -> Mapping[str, Any]:
    """An operation on tensors (``x + y``, ``inputs / 255.0``, ``keras.ops.relu``) as the layer that does the
    same.

    An operation that is no layer is named ``ops.GetItem`` and the like; layers come back as they are.
    """
    module, kind = entry.get("module"), entry["class_name"]
    if call is None or not (isinstance(module, str) and module.startswith("keras.src.ops.")):
        return entry
    name = {"name": entry["config"].get("name")}
    if kind in _ACTIVATION_OPERATIONS:
        return _layer("Activation", name | {"activation": activation_name(kind)})
    if kind in ELEMENTWISE_MERGES and not call.constants:
        return _layer(kind, name)
    match call.constants:
        case [int(number) | float(number)] if number and kind == "Multiply":
            return _layer("Rescaling", name | {"scale": number})
        case [int(number) | float(number)] if (
            number and kind in ("TrueDivide", "Divide") and call.tensor_first
        ):
            return _layer("Rescaling", name | {"scale": 1 / number})
        case [int(number) | float(number)] if kind == "Add":
            return _layer("Rescaling", name | {"scale": 1.0, "offset": number})
        case [int(number) | float(number)] if kind == "Subtract":
            sign = 1 if call.tensor_first else -1
            return _layer("Rescaling", name | {"scale": 1.0 * sign, "offset": -number * sign})
    constants = {"constants": plain(call.constants)} if call.constants else {}
    return {**entry, "class_name": f"ops.{kind}", "config": {**entry["config"], **constants}}


def _layer(kind: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": config}


def same_as(
    kind: str, arguments: dict[str, Any], inputs: tuple[Shape | None, ...]
) -> tuple[str, dict[str, Any]]:
    """A layer's usual form, where another spelling does the same.

    ``Reshape((-1,))`` is ``Flatten()``; an ``axis`` counted from the front that is the last one is ``-1``.
    """
    shape = inputs[0] if inputs else None
    if (
        kind == "Reshape"
        and len(arguments.get("target_shape") or ()) == 1
        and (shape is None or len(shape) > 1)
    ):
        return "Flatten", effective("Flatten", {})
    if type(arguments.get("axis")) is int and shape is not None and arguments["axis"] == len(shape):
        return kind, arguments | {"axis": -1}
    return kind, arguments


def is_inert(kind: str, arguments: Mapping[str, Any], inputs: tuple[Shape | None, ...]) -> bool:
    """Whether the layer passes its input on unchanged, in training too."""
    shape = inputs[0] if len(inputs) == 1 else None
    if kind in ("Identity", "InputLayer"):
        return True
    if kind == "Flatten":
        return shape is not None and len(shape) == 1
    if kind == "Reshape":
        return shape is not None and arguments.get("target_shape") == shape
    if kind.startswith(("MaxPooling", "AveragePooling")):
        return set(arguments.get("pool_size", ())) == {1} == set(arguments.get("strides", ()))
    if kind.startswith("UpSampling"):
        return set(arguments["size"]) == {1}
    if kind.startswith(("ZeroPadding", "Cropping")):
        return arguments.get("padding", arguments.get("cropping")) in _MARGINS_OF_NOTHING
    if kind == "Rescaling":
        return bool(arguments.get("scale") == 1 and arguments.get("offset") == 0)
    if "Dropout" in kind:
        return arguments.get("rate") == 0
    return kind == "GaussianNoise" and arguments.get("stddev") == 0
