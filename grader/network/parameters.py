"""Parameters of a layer, and what a forward pass costs, from arguments and shapes alone.

A parameter is a number in one of the layer's weights, trainable or not, as ``model.count_params()`` counts
them. Formulas: each layer's ``build`` in Keras 3.15 and the documented weight shapes, written at each
function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.network.bases import bases
from grader.network.network import Layer, Network, Shape
from grader.network.shapes import DoesNotFit, own_axis, split
from grader.network.signatures import is_known

Arguments = Mapping[str, Any]

_UNCOUNTED = {
    "AdditiveAttention",
    "Attention",
    "Bidirectional",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "EinsumDense",
    "MultiHeadAttention",
    "SpectralNormalization",
    "TimeDistributed",
}
"""Layers with weights whose number is not computed here."""


def parameter_count(kind: str, arguments: Arguments, inputs: Sequence[Shape]) -> int | None:
    """Number of parameters of one layer; None when it cannot be computed.

    ``inputs`` are the shapes that it reads, without the batch axis.
    """
    if base := bases().get(kind):
        return base.with_top if arguments.get("include_top") else base.parameters
    if kind in _UNCOUNTED or not is_known(kind):
        return None
    count = next((rule for family, rule in _RULES.items() if _belongs(kind, family)), None)
    if count is None:
        return 0
    try:
        return count(arguments, inputs[0])
    except (TypeError, KeyError, IndexError, ValueError, DoesNotFit):
        # An axis of unknown size, no input, or arguments that Keras did not write.
        return None


def trainable_count(kind: str, arguments: Arguments, parameters: int | None) -> int | None:
    """Of a layer's parameters those that training changes: all but moving averages and adapted statistics."""
    if parameters is None or kind == "Normalization":
        return None if parameters is None else 0
    if kind == "BatchNormalization":
        learned = bool(arguments["scale"]) + bool(arguments["center"])
        return parameters * learned // (2 + learned)
    base = bases().get(kind)
    return parameters if base is None else parameters - (base.parameters - base.trainable)


def flops(network: Network) -> int | None:
    """Floating-point operations of one forward pass of one sample: two for each multiplication-and-addition.

    Counted are the layers with kernels (convolutions, dense, recurrent), which are nearly all of the work;
    None when a shape that this needs is unknown.
    """
    total = 0
    for layer in network.layers:
        source = network.layers[layer.inputs[0]].output_shape if layer.inputs else network.input_shape
        multiplications = _multiplications(layer, source)
        if multiplications is None:
            return None
        total += 2 * multiplications
    return total


def _multiplications(layer: Layer, source: Shape | None) -> int | None:
    kind, arguments = layer.kind, layer.arguments
    weights = next((rule for family, rule in _KERNELS.items() if _belongs(kind, family)), None)
    if weights is None:
        return 0 if is_known(kind) and kind not in _UNCOUNTED and kind not in bases() else None
    if source is None or layer.output_shape is None:
        return None
    try:
        if kind in ("LSTM", "GRU", "SimpleRNN"):
            positions = _known(source[0])
        elif kind == "Dense":
            positions = math.prod(map(_known, source[:-1]))
        else:
            shape = source if kind.endswith("Transpose") else layer.output_shape
            positions = math.prod(map(_known, split(shape, arguments)[0]))
        return weights(arguments, source) * positions
    except (TypeError, KeyError, IndexError, ValueError):
        return None


def _belongs(kind: str, family: str) -> bool:
    return kind == family or (kind.startswith(family) and kind[len(family) :] in ("1D", "2D", "3D"))


def _known(size: int | None) -> int:
    if size is None:
        raise ValueError("an axis of unknown size")
    return size


def _channels(arguments: Arguments, source: Shape) -> int:
    return _known(split(source, arguments)[1])


def _conv_kernel(arguments: Arguments, source: Shape) -> int:
    """``kernel_size × channels / groups × filters``."""
    channels = _channels(arguments, source) // int(arguments.get("groups", 1))
    return int(math.prod(arguments["kernel_size"]) * channels * arguments["filters"])


def _depthwise_kernel(arguments: Arguments, source: Shape) -> int:
    """``kernel_size × channels × depth_multiplier``."""
    window = math.prod(arguments["kernel_size"])
    return int(window * _channels(arguments, source) * arguments["depth_multiplier"])


def _separable_kernel(arguments: Arguments, source: Shape) -> int:
    """A depthwise kernel, then a 1×1 convolution of its channels."""
    channels = _channels(arguments, source) * arguments["depth_multiplier"]
    return _depthwise_kernel(arguments, source) + int(channels * arguments["filters"])


def _dense_kernel(arguments: Arguments, source: Shape) -> int:
    return int(_known(source[-1]) * arguments["units"])


def _recurrent_kernel(gates: int) -> Callable[[Arguments, Shape], int]:
    """``gates × units × (features + units)``."""

    def kernel(arguments: Arguments, source: Shape) -> int:
        units = arguments["units"]
        return int(gates * units * (_known(source[-1]) + units))

    return kernel


_KERNELS: dict[str, Callable[[Arguments, Shape], int]] = {
    "Conv": _conv_kernel,
    "Conv1DTranspose": _conv_kernel,
    "Conv2DTranspose": _conv_kernel,
    "Conv3DTranspose": _conv_kernel,
    "DepthwiseConv": _depthwise_kernel,
    "SeparableConv": _separable_kernel,
    "Dense": _dense_kernel,
    "LSTM": _recurrent_kernel(4),
    "GRU": _recurrent_kernel(3),
    "SimpleRNN": _recurrent_kernel(1),
}


def _with_bias(family: str, biases: Callable[[Arguments, Shape], int]) -> Callable[[Arguments, Shape], int]:
    kernel = _KERNELS[family]
    return lambda arguments, source: (
        kernel(arguments, source) + (biases(arguments, source) if arguments["use_bias"] else 0)
    )


def _filters(arguments: Arguments, source: Shape) -> int:
    return int(arguments["filters"])


def _depthwise_biases(arguments: Arguments, source: Shape) -> int:
    return int(_channels(arguments, source) * arguments["depth_multiplier"])


def _units(gates: int) -> Callable[[Arguments, Shape], int]:
    return lambda arguments, source: int(gates * arguments["units"])


def _gru_biases(arguments: Arguments, source: Shape) -> int:
    """``reset_after`` keeps the input's and the state's biases apart."""
    return int((6 if arguments["reset_after"] else 3) * arguments["units"])


def _axes(arguments: Arguments, source: Shape) -> int:
    axis = arguments["axis"]
    axes = axis if isinstance(axis, tuple) else (axis,)
    return math.prod(_known(source[own_axis(each, source)]) for each in axes)


def _batch_normalization(arguments: Arguments, source: Shape) -> int:
    """Moving mean and variance; gamma if ``scale``; beta if ``center``."""
    return (2 + bool(arguments["scale"]) + bool(arguments["center"])) * _axes(arguments, source)


def _scale_and_center(arguments: Arguments, source: Shape) -> int:
    return (bool(arguments["scale"]) + bool(arguments["center"])) * _axes(arguments, source)


def _normalization(arguments: Arguments, source: Shape) -> int:
    """Mean, variance and a count where they are learned by ``adapt``; nothing where they are given."""
    if arguments["mean"] is not None:
        return 0
    return 1 + 2 * (1 if arguments["axis"] in (None, ()) else _axes(arguments, source))


def _prelu(arguments: Arguments, source: Shape) -> int:
    """One slope for each value, shared along ``shared_axes``."""
    shared = {axis - 1 for axis in arguments["shared_axes"] or ()}
    return math.prod(1 if index in shared else _known(axis) for index, axis in enumerate(source))


def _embedding(arguments: Arguments, source: Shape) -> int:
    return int(arguments["input_dim"] * arguments["output_dim"])


_RULES: dict[str, Callable[[Arguments, Shape], int]] = {
    "Conv": _with_bias("Conv", _filters),
    "Conv1DTranspose": _with_bias("Conv", _filters),
    "Conv2DTranspose": _with_bias("Conv", _filters),
    "Conv3DTranspose": _with_bias("Conv", _filters),
    "DepthwiseConv": _with_bias("DepthwiseConv", _depthwise_biases),
    "SeparableConv": _with_bias("SeparableConv", _filters),
    "Dense": _with_bias("Dense", _units(1)),
    "LSTM": _with_bias("LSTM", _units(4)),
    "GRU": _with_bias("GRU", _gru_biases),
    "SimpleRNN": _with_bias("SimpleRNN", _units(1)),
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _scale_and_center,
    "GroupNormalization": _scale_and_center,
    "RMSNormalization": _axes,
    "Normalization": _normalization,
    "PReLU": _prelu,
    "Embedding": _embedding,
}
