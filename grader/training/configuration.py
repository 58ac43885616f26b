"""A student's network configuration, checked against the closed list and brought into one normal form.

The normal form is what makes equal networks one recipe: names are gone, a functional chain is a Sequential,
an activation is a layer of its own, what does nothing is left out. Importing this module imports no Keras.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from grader.training.keras_names import ACTIVATIONS, CLASSES, LAYERS

MAX_DEPTH = 80
MAX_NODES = 200_000
MAX_LAYERS = 500
MAX_TEXT = 1_000
MAX_NUMBER = 2**31

Fault = Literal["own", "unsupported", "budget", "infrastructure"]
"""Who is at fault when a training gave no figure: the student's network, our limits on what we rebuild,
time, or us.
"""

Json = dict[str, Any]

_FUSED = frozenset(
    {f"Conv{dimension}{kind}" for dimension in ("1D", "2D", "3D") for kind in ("", "Transpose")}
    | {"Dense", "DepthwiseConv2D", "SeparableConv2D"}
)
_SEQUENTIAL = {"module": "keras", "class_name": "Sequential"}
_FUNCTIONAL = {"module": "keras.src.models.functional", "class_name": "Functional"}


class CannotTrain(Exception):  # noqa: N818 - it is a result, told to people, rather than an error
    """The network cannot be trained here; the message says why in words for a teacher."""

    def __init__(self, reason: str, fault: Fault = "unsupported") -> None:
        """``fault`` is ``own`` when the network as the student wrote it cannot be trained anywhere."""
        super().__init__(reason)
        self.reason = reason
        self.fault: Fault = fault


def check_bounds(config: Any) -> None:
    """Refuse what is too deep, too large or not plain data.

    Raises:
        CannotTrain: deeper than 80 levels, more than 200,000 values, a text over 1,000 characters, a number
            that is not finite or beyond ±2³¹, or a value that is not JSON.
    """
    nodes = 0
    level: list[Any] = [config]
    for _ in range(MAX_DEPTH):
        nodes += len(level)
        if nodes > MAX_NODES:
            raise CannotTrain("its configuration is too large to be a network")
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, Mapping):
                deeper.extend(value.keys())
                deeper.extend(value.values())
            elif isinstance(value, list | tuple):
                deeper.extend(value)
            else:
                _check_scalar(value)
        if not deeper:
            return
        level = deeper
    raise CannotTrain(f"its configuration is nested more than {MAX_DEPTH} levels deep")


def _check_scalar(value: Any) -> None:
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise CannotTrain(f"its configuration holds a text of {len(value)} characters")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise CannotTrain("its configuration holds a number that is not finite", "own")
    elif isinstance(value, int):
        if abs(value) > MAX_NUMBER:
            raise CannotTrain("its configuration holds a far too large number", "own")
    elif value is not None:
        raise CannotTrain(f"its configuration holds a {type(value).__name__}")


def check_classes(config: Any) -> None:
    """Refuse every class that is not on the closed list of Keras's own, wherever in the configuration it
    stands.

    Raises:
        CannotTrain: naming the first class that is not.
    """
    stack = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            if "class_name" in value:
                _check_class(value)
            stack.extend(value.values())
        elif isinstance(value, list | tuple):
            stack.extend(value)


def _check_class(entry: Mapping[str, Any]) -> None:
    name, module = entry["class_name"], entry.get("module")
    if name == "__keras_tensor__":
        return
    if name == "function":
        function = entry.get("config")
        if not isinstance(function, str) or function not in ACTIVATIONS:
            raise CannotTrain(f"it uses the function {function!r}, which is not one of Keras's activations")
        return
    if (
        not isinstance(name, str)
        or not isinstance(module, str | None)
        or name not in CLASSES.get(module or "", ())
    ):
        raise CannotTrain(
            f"it uses {name!r}, which is not a Keras layer that can be rebuilt from its configuration"
        )


def normalise(config: Mapping[str, Any], input_shape: Sequence[int]) -> Json:
    """The configuration in normal form, for images of ``input_shape`` (height, width, channels).

    A chain of layers, however it was written, becomes one Sequential: an ``InputLayer`` in front, nested
    Sequentials opened, activations as layers of their own, ``Dropout(0)``, ``Identity`` and linear
    activations left out. Any other graph stays a Functional. Names, seeds, build and compile configurations
    are dropped: they do not matter to what is learned, and the trainer's own seed must reach every layer.

    Raises:
        CannotTrain: when something in it is not plain data, not built in, or out of bounds.
    """
    check_bounds(config)
    config = _bare(config)
    check_classes(config)
    try:
        return _normal(config, input_shape)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        # Any JSON may come out of the sandbox; what is not shaped like Keras's is not picked apart further.
        raise CannotTrain("its configuration is not in the form that Keras gives") from error


def _normal(config: Mapping[str, Any], input_shape: Sequence[int]) -> Json:
    model = _object(config)
    if _is(model, "Sequential"):
        layers = _open(model)
        declared = next(
            (layer["config"].get("batch_shape") for layer in layers if _is(layer, "InputLayer")), None
        )
        model = _sequential(
            [layer for layer in layers if not _is(layer, "InputLayer")], _input(declared, input_shape)
        )
    elif not _is(model, "Functional"):
        raise CannotTrain(
            f"a {config.get('class_name')} is not a network that can be rebuilt from its configuration"
        )
    if sum(1 for _ in _layers(model)) > MAX_LAYERS:
        raise CannotTrain(f"it has more than {MAX_LAYERS} layers")
    return model


def _bare(value: Any) -> Any:
    """Without how it was compiled and built, which is another event's or follows from the input."""
    if isinstance(value, Mapping):
        return {
            key: _bare(item) for key, item in value.items() if key not in ("compile_config", "build_config")
        }
    return [_bare(item) for item in value] if isinstance(value, list | tuple) else value


def _input(declared: Any, images: Sequence[int]) -> list[int]:
    """The shape that the network declares for one image, open sides closed by the images'."""
    if declared is None or len(declared) != len(images) + 1:
        return list(images if declared is None else declared[1:])
    return [image if side is None else side for side, image in zip(declared[1:], images, strict=True)]


def _layers(config: Any) -> Iterator[Mapping[str, Any]]:
    stack = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            if value.get("class_name") in LAYERS:
                yield value
            stack.extend(value.values())
        elif isinstance(value, list | tuple):
            stack.extend(value)


def frozen_layers(config: Any) -> list[str]:
    """Class names of the layers whose training is switched off although they have weights."""
    weightless = frozenset(
        {"InputLayer", "Flatten", "Activation", "Rescaling", "Dropout", "Reshape", "ReLU", "Softmax"}
    )
    return [
        layer["class_name"]
        for layer in _layers(config)
        if layer.get("config", {}).get("trainable") is False
        and layer["class_name"] not in weightless
        and "Pooling" not in layer["class_name"]
    ]


def _is(entry: Any, *names: str) -> bool:
    return isinstance(entry, Mapping) and entry.get("class_name") in names


def _object(entry: Mapping[str, Any]) -> Json:
    """One serialised Keras object without what does not matter; a model in normal form."""
    inner = entry.get("config")
    if _is(entry, "Sequential", "Functional", "Model"):
        if not isinstance(inner, Mapping) or not isinstance(inner.get("layers"), list | tuple):
            raise CannotTrain("its configuration does not list its layers")
        if _is(entry, "Sequential"):
            layers = [_object(_mapping(layer)) for layer in inner["layers"]]
            return {**_SEQUENTIAL, "config": {"name": "network", "layers": layers}}
        return _functional(inner)
    config = {key: _value(value) for key, value in (inner or {}).items() if key not in ("name", "seed")}
    if _is(entry, "InputLayer") and isinstance(config.get("batch_shape"), list) and config["batch_shape"]:
        config["batch_shape"] = [None, *config["batch_shape"][1:]]
    return {"module": entry.get("module"), "class_name": entry["class_name"], "config": config}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        if _is(value, "DTypePolicy"):
            return value.get("config", {}).get("name", "float32")
        if _is(value, "function"):
            return value.get("config")
        if _is(value, "__keras_tensor__"):
            return dict(value)
        if "class_name" in value:
            return _object(value)
        return {str(key): _value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    return plain_number(value) if isinstance(value, float) else value


def plain_number(value: float, digits: int = 7) -> float:
    """A float without the noise of having been a float32: 0.0010000000474974513 is 0.001."""
    return float(f"{value:.{digits}g}") + 0.0


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or "class_name" not in value:
        raise CannotTrain("its configuration lists something that is not a layer")
    if not isinstance(value.get("config"), Mapping):
        raise CannotTrain("its configuration lists a layer without settings")
    return value


def _functional(inner: Mapping[str, Any]) -> Json:
    entries = [_mapping(layer) for layer in inner["layers"]]
    chain = _chain(entries, inner)
    if chain is not None:
        return {**_SEQUENTIAL, "config": {"name": "network", "layers": [_object(layer) for layer in chain]}}
    names = {layer.get("name", layer["config"].get("name")): f"layer_{i}" for i, layer in enumerate(entries)}
    layers = []
    for layer in entries:
        name = names[layer.get("name", layer["config"].get("name"))]
        plain = _object(layer)
        plain["config"]["name"] = name
        layers.append(
            {**plain, "name": name, "inbound_nodes": _rename(layer.get("inbound_nodes", []), names)}
        )
    ends = {key: _rename_ends(inner.get(key), names) for key in ("input_layers", "output_layers")}
    return {**_FUNCTIONAL, "config": {"name": "network", "layers": layers, **ends}}


def _rename(nodes: Any, names: Mapping[str, str]) -> Any:
    if isinstance(nodes, Mapping):
        if _is(nodes, "__keras_tensor__"):
            tensor = dict(nodes["config"])
            history = list(tensor.get("keras_history", ()))
            if len(history) != 3 or history[0] not in names:
                raise CannotTrain("its layers are connected to a layer that it does not list")
            return {**nodes, "config": {**tensor, "keras_history": [names[history[0]], *history[1:]]}}
        return {key: _rename(value, names) for key, value in nodes.items() if key != "name"}
    if isinstance(nodes, list | tuple):
        return [_rename(value, names) for value in nodes]
    return nodes


def _rename_ends(ends: Any, names: Mapping[str, str]) -> Any:
    if isinstance(ends, list | tuple):
        return [_rename_ends(value, names) for value in ends]
    return names.get(ends, ends) if isinstance(ends, str) else ends


def _chain(entries: list[Mapping[str, Any]], inner: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The layers in order when each reads just the one before it, else None."""
    previous: str | None = None
    for layer in entries:
        nodes = layer.get("inbound_nodes", [])
        if previous is None:
            if not _is(layer, "InputLayer") or nodes:
                return None
        elif (
            len(nodes) != 1
            or not _reads_only(nodes[0], previous)
            or layer.get("module") not in _LAYER_MODULES
        ):
            return None
        previous = layer.get("name", layer["config"].get("name"))
    return entries if previous is not None and _names_in(inner.get("output_layers")) == [previous] else None


_LAYER_MODULES = (
    "keras.layers",
    "keras",
    "keras.models",
    *(name for name in CLASSES if name.startswith("keras.src.models")),
)


def _reads_only(node: Any, previous: str) -> bool:
    if not isinstance(node, Mapping) or any(value is not None for value in node.get("kwargs", {}).values()):
        return False
    args = node.get("args", [])
    if len(args) != 1 or not _is(args[0], "__keras_tensor__"):
        return False
    return list(args[0].get("config", {}).get("keras_history", ())) == [previous, 0, 0]


def _names_in(ends: Any) -> list[str]:
    if isinstance(ends, str):
        return [ends]
    return [name for value in ends for name in _names_in(value)] if isinstance(ends, list | tuple) else []


def _open(model: Mapping[str, Any]) -> list[Json]:
    """The layers of a Sequential, those of Sequentials inside it in their place."""
    layers: list[Json] = []
    for layer in model["config"]["layers"]:
        if _is(layer, "Sequential"):
            layers.extend(_open(layer))
        else:
            layers.append(layer)
    return layers


def _sequential(layers: list[Json], input_shape: Sequence[int]) -> Json:
    front = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, *input_shape]},
    }
    plain = [part for layer in layers for part in _split(layer) if not _inert(part)]
    named = [
        {**layer, "config": {**layer["config"], "name": f"layer_{i}"}}
        for i, layer in enumerate([front, *plain])
    ]
    return {**_SEQUENTIAL, "config": {"name": "network", "layers": named}}


def _split(layer: Json) -> list[Json]:
    """A layer with a built-in activation as two; an activation layer in its one spelling."""
    config = layer["config"]
    if _is(layer, "ReLU") and not any(
        config.get(key) for key in ("max_value", "negative_slope", "threshold")
    ):
        return [_activation("relu", config)]
    if _is(layer, "Softmax") and config.get("axis", -1) == -1:
        return [_activation("softmax", config)]
    if layer["class_name"] not in _FUSED or config.get("activity_regularizer") is not None:
        return [_activation(config.get("activation"), config)] if _is(layer, "Activation") else [layer]
    activation = config.get("activation")
    first = {**layer, "config": {**config, "activation": "linear"}}
    if isinstance(activation, Mapping):
        return [first, *_split(dict(activation))] if activation.get("module") == "keras.layers" else [layer]
    return [first, _activation(activation, config)]


def _activation(name: Any, like: Mapping[str, Any]) -> Json:
    config = {"activation": name or "linear", "dtype": like.get("dtype", "float32")}
    return {"module": "keras.layers", "class_name": "Activation", "config": config}


def _inert(layer: Mapping[str, Any]) -> bool:
    config = layer["config"]
    return (
        _is(layer, "Identity")
        or (_is(layer, "Activation") and config.get("activation") == "linear")
        or (_is(layer, "Dropout") and not config.get("rate"))
    )
