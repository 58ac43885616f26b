"""Reading a Keras model's configuration as a canonical network.

The configuration comes from the sandbox, so everything in it is checked for size and form; no Keras code
runs and nothing in it is executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from grader.network.arguments import (
    ACTIVATION_DEFAULTS,
    ACTIVATION_LAYERS,
    MAX_DEPTH,
    RECURRENT,
    activation_arguments,
    activation_name,
    effective,
    plain,
    shape_of,
)
from grader.network.bases import with_bases
from grader.network.equivalents import as_layer, is_inert, same_as
from grader.network.margins import with_same_padding
from grader.network.network import Layer, Network, Shape, UnreadableNetwork
from grader.network.parameters import parameter_count, trainable_count
from grader.network.shapes import DoesNotFit, output_shape
from grader.network.signatures import is_known, kind_of
from grader.network.wiring import Call, call_of, references

MAX_LAYERS = 5_000
"""Layers, counted as often as they are called, that are still read."""


def read_network(config: Mapping[str, Any], input_shape: Shape | None = None) -> Network:
    """The canonical network of ``keras.saving.serialize_keras_object(model)``.

    Sequential and functional models, models inside models (flattened) and subclasses that keep either form
    are read layer by layer, in data-flow order. What is the same becomes the same: an ``activation=``
    argument, an ``Activation`` layer and ``ReLU()`` are one ``Activation`` layer; ``inputs / 255.0`` is a
    ``Rescaling``; zeros padded around before a convolution are its ``same`` padding; layers that do nothing
    (``Identity``, ``Dropout(0)``, linear activations, a second ReLU)
    are gone; a network of ``keras.applications`` is one layer, nested or not
    (:mod:`grader.network.bases`); arguments are written out with Keras's defaults.

    A layer of the student's own class keeps its name, with shape and parameters unknown, and is listed in
    ``problems``. A layer called a second time (shared weights) is listed again with 0 parameters.
    ``InputLayer`` is kept only where the network has several inputs, or reads its input again further down.

    Args:
        config: The serialized model; hostile input is expected.
        input_shape: Shape of one sample, without batch axis, for a model that was never built.

    Raises:
        UnreadableNetwork: not a serialized model, or one beyond every sensible size.
    """
    return with_same_padding(with_bases(read_layers(config, input_shape)))


def read_layers(config: Mapping[str, Any], input_shape: Shape | None = None) -> Network:
    """Every layer of a configuration one by one, those of a pre-trained base too.

    Raises:
        UnreadableNetwork: as :func:`read_network`.
    """
    reader = _Reader()
    reader.model(config, None, 0, input_shape)
    return reader.network()


@dataclass(frozen=True)
class _Tensor:
    """What flows along an edge: the layer that gives it, and its shape without the batch axis."""

    layer: int
    shape: Shape | None


_Tensors = tuple[_Tensor, ...]


class _Reader:
    """Collects layers while it walks a configuration."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.problems: list[str] = []
        self._calls = 0
        self._counted: set[int] = set()

    def network(self) -> Network:
        """What was collected, without the input layers that say nothing."""
        kinds = [layer.kind for layer in self.layers]
        sources = [position for position, kind in enumerate(kinds) if kind == "InputLayer"]
        shape = self.layers[sources[0]].output_shape if sources else None
        merged = any(len(layer.inputs) > 1 and set(layer.inputs) & set(sources) for layer in self.layers)
        dropped = set(sources) if len(sources) == 1 and not merged else set()
        kept = [position for position in range(len(kinds)) if position not in dropped]
        moved = {position: index for index, position in enumerate(kept)}
        layers = tuple(
            replace(self.layers[position], inputs=_renumbered(self.layers[position].inputs, moved))
            for position in kept
        )
        return Network(layers, shape, tuple(dict.fromkeys(self.problems)))

    # Models

    def model(
        self, entry: Any, inputs: _Tensors | None, depth: int, input_shape: Shape | None = None
    ) -> _Tensors:
        """Read a model; ``inputs`` is None for the outermost one."""
        if depth > MAX_DEPTH:
            raise UnreadableNetwork(f"models are nested more than {MAX_DEPTH} levels deep")
        if not isinstance(entry, Mapping) or not isinstance(entry.get("config"), Mapping):
            raise UnreadableNetwork('not a serialized Keras model: it has no "config"')
        entry = _entry(entry)
        config = entry["config"]
        if not _is_model(entry):
            if inputs is None:
                inputs = self._source("input", input_shape)
            return self._own(entry, inputs)
        if "input_layers" in config:
            return self._functional(config, inputs, depth, input_shape)
        return self._sequential(entry, inputs, depth, input_shape)

    def _sequential(
        self, entry: Mapping[str, Any], inputs: _Tensors | None, depth: int, input_shape: Shape | None
    ) -> _Tensors:
        entries = [_entry(each) for each in entry["config"]["layers"]]
        if inputs is None:
            inputs = self._source("input", _stated_input_shape(entry) or input_shape)
        for each in entries:
            if each["class_name"] != "InputLayer":
                inputs = self._call(each, inputs, depth)
        return inputs

    def _functional(
        self, config: Mapping[str, Any], inputs: _Tensors | None, depth: int, input_shape: Shape | None
    ) -> _Tensors:
        entries: dict[str, Mapping[str, Any]] = {}
        for each in map(_entry, config["layers"]):
            entries[str(each.get("name") or each["config"].get("name"))] = each
        values: dict[tuple[str, int], _Tensors] = {}
        for index, (name, _, _) in enumerate(references(config["input_layers"])):
            if name not in entries:
                raise UnreadableNetwork(f'the input layer "{name[:60]}" is not among the layers')
            if inputs is None:
                values[name, 0] = self._source(name, _batch_shape(entries[name]["config"]) or input_shape)
            else:
                values[name, 0] = (inputs[min(index, len(inputs) - 1)],)
        wanted = list(references(config.get("output_layers")))
        waiting = [(name, node) for name, node, _ in reversed(wanted)]
        entered: set[tuple[str, int]] = set()
        # Depth first from the outputs: each branch stays together, whatever order the layers were created in.
        while waiting:
            key = waiting[-1]
            if key in values:
                waiting.pop()
                continue
            call = call_of(entries.get(key[0]), key[1])
            missing = [reference[:2] for reference in call.sources if reference[:2] not in values]
            if not missing:
                sources = tuple(_pick(values[name, node], tensor) for name, node, tensor in call.sources)
                sources = tuple(map(_with_claim, sources, call.shapes))
                values[key] = self._call(entries[key[0]], sources, depth, call)
                waiting.pop()
            elif key in entered:
                raise UnreadableNetwork(f'the layer "{key[0][:60]}" reads its own output')
            else:
                entered.add(key)
                waiting.extend(reversed(missing))
        return tuple(_pick(values[name, node], tensor) for name, node, tensor in wanted)

    def _source(self, name: str, shape: Shape | None) -> _Tensors:
        return self._append(Layer("InputLayer", {}, shape, 0, name=name, trainable_parameters=0))

    # Layers

    def _call(
        self, entry: Mapping[str, Any], inputs: _Tensors, depth: int, call: Call | None = None
    ) -> _Tensors:
        self._calls += 1
        if self._calls > MAX_LAYERS:
            raise UnreadableNetwork(f"more than {MAX_LAYERS:,} layers")
        if _is_model(entry):
            first = len(self.layers)
            outputs = self.model(entry, inputs, depth + 1)
            if entry["config"].get("trainable") is False:
                self.layers[first:] = map(_frozen, self.layers[first:])
            return outputs
        entry = as_layer(entry, call)
        kind, config = kind_of(entry["class_name"]), entry["config"]
        if not _is_of_keras(entry):
            return self._own(entry, inputs)
        if len(inputs) == 1 and inputs[0].shape is None:
            build = entry.get("build_config")
            claim = shape_of(build.get("input_shape")) if isinstance(build, Mapping) else None
            inputs = (_with_claim(inputs[0], claim),)
        if kind in ACTIVATION_LAYERS:
            return self._activation(kind, config, inputs, depth)
        if not is_known(kind):
            self.problems.append(f"{kind}: a layer whose output shape and parameters are not computed")
        arguments = effective(kind, config)
        kind, arguments = same_as(kind, arguments, _shapes(inputs))
        fused = "activation" in arguments and not kind.startswith(RECURRENT)
        if fused:
            del arguments["activation"]
        if not is_inert(kind, arguments, _shapes(inputs)):
            inputs = self._layer(entry, kind, arguments, inputs)
        return self._activation("Activation", config, inputs, depth) if fused else inputs

    def _layer(
        self, entry: Mapping[str, Any], kind: str, arguments: dict[str, Any], inputs: _Tensors
    ) -> _Tensors:
        name = str(entry["config"].get("name") or "")
        shapes = [tensor.shape for tensor in inputs]
        shape, parameters = None, parameter_count(kind, arguments, [])
        if shapes and None not in shapes:
            known = [shape for shape in shapes if shape is not None]
            parameters = parameter_count(kind, arguments, known)
            try:
                shape = output_shape(kind, arguments, known)
            except DoesNotFit as misfit:
                self.problems.append(f"{kind} {name}: {misfit}".replace(" :", ":"))
        if id(entry["config"]) in self._counted:
            parameters = 0
        self._counted.add(id(entry["config"]))
        own = 0 if parameters == 0 else trainable_count(kind, arguments, parameters)
        layer = Layer(kind, arguments, shape, parameters, True, name, _positions(inputs), own)
        return self._append(_frozen(layer) if entry["config"].get("trainable") is False else layer)

    def _activation(self, kind: str, config: Mapping[str, Any], inputs: _Tensors, depth: int) -> _Tensors:
        if kind == "Activation":
            value = config.get("activation")
            name = activation_name(value)
            if name is None and isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
                if depth >= MAX_DEPTH:
                    raise UnreadableNetwork(f"activations are nested more than {MAX_DEPTH} levels deep")
                return self._call(_entry(value), inputs, depth + 1)
            if name is None:
                self.problems.append("an activation of the student's own")
                name = str(plain(value))[:200]
            arguments = {"activation": name, **ACTIVATION_DEFAULTS.get(name, {})}
        else:
            arguments = activation_arguments(kind, effective(kind, config))
        if arguments == {"activation": "linear"}:
            return inputs
        last = self.layers[inputs[0].layer] if inputs else None
        if (
            last is not None
            and last.kind == "Activation"
            and arguments == last.arguments == {"activation": "relu"}
        ):
            return inputs
        shape = inputs[0].shape if inputs else None
        name = str(config.get("name") or "")
        return self._append(Layer("Activation", arguments, shape, 0, True, name, _positions(inputs), 0))

    def _own(self, entry: Mapping[str, Any], inputs: _Tensors) -> _Tensors:
        kind = str(entry.get("class_name"))[:200]
        if is_known(kind_of(kind)):
            kind = f"Custom>{kind}"
        self.problems.append(f"{kind}: a class of the student's own; its shape and parameters are unknown")
        arguments = effective(kind, entry["config"])
        name = str(entry["config"].get("name") or "")
        return self._append(Layer(kind, arguments, None, None, True, name, _positions(inputs)))

    def _append(self, layer: Layer) -> _Tensors:
        self.layers.append(layer)
        if len(self.layers) > MAX_LAYERS:
            raise UnreadableNetwork(f"more than {MAX_LAYERS:,} layers")
        return (_Tensor(len(self.layers) - 1, layer.output_shape),)


def _is_model(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry.get("config"), Mapping) and isinstance(
        entry["config"].get("layers"), list | tuple
    )


def _is_of_keras(entry: Mapping[str, Any]) -> bool:
    module = entry.get("module")
    return isinstance(module, str) and module.split(".")[0] in ("keras", "tf_keras")


def _entry(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        raise UnreadableNetwork("one of the layers has no class name")
    if not isinstance(value.get("config"), Mapping):
        return {**value, "config": {}}
    return value


def _stated_input_shape(model: Mapping[str, Any]) -> Shape | None:
    """What a sequential model's configuration gives for its input: its first layer's shape, or the built
    one."""
    for _ in range(MAX_DEPTH):
        config = model["config"]
        first = _entry(config["layers"][0]) if config["layers"] else None
        built = first.get("build_config") if first else None
        stated = [
            _batch_shape(first["config"]) if first else None,
            shape_of(config.get("build_input_shape")),
            shape_of(built.get("input_shape")) if isinstance(built, Mapping) else None,
        ]
        shape = next((shape for shape in stated if shape is not None), None)
        if shape is not None or first is None or not _is_model(first):
            return shape
        model = first
    return None


def _batch_shape(config: Mapping[str, Any]) -> Shape | None:
    return shape_of(config.get("batch_shape") or config.get("batch_input_shape"))


def _frozen(layer: Layer) -> Layer:
    return replace(layer, trainable=False, trainable_parameters=0)


def _pick(outputs: _Tensors, tensor: int) -> _Tensor:
    return outputs[tensor] if 0 <= tensor < len(outputs) else replace(outputs[0], shape=None)


def _with_claim(tensor: _Tensor, claim: Shape | None) -> _Tensor:
    # Behind a layer that is not computed here (a Lambda, a student's class) the configuration's own word is
    # used.
    return replace(tensor, shape=claim) if tensor.shape is None else tensor


def _positions(inputs: _Tensors) -> tuple[int, ...]:
    return tuple(tensor.layer for tensor in inputs)


def _shapes(inputs: _Tensors) -> tuple[Shape | None, ...]:
    return tuple(tensor.shape for tensor in inputs)


def _renumbered(inputs: tuple[int, ...], moved: Mapping[int, int]) -> tuple[int, ...]:
    return tuple(moved[position] for position in inputs if position in moved)
