"""Output shapes from a layer's arguments and the shapes it reads, without building anything.

All shapes are without the batch axis; None stands for an axis whose size is not fixed. Formulas: Keras 3.15,
``keras/src/ops/operation_utils.py`` (convolution, pooling, reshape),
``keras/src/backend/common/backend_utils.py`` (transposed convolution) and each layer's
``compute_output_shape``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.network.arguments import MAX_SIZE
from grader.network.bases import TOP_CLASSES, bases
from grader.network.network import Shape

Arguments = Mapping[str, Any]

ELEMENTWISE_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
"""Layers that combine several inputs value by value."""

_SAME_SHAPE = {
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "AugMix",
    "AutoContrast",
    "BatchNormalization",
    "Dropout",
    "Equalization",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNormalization",
    "Identity",
    "LayerNormalization",
    "Masking",
    "Normalization",
    "PReLU",
    "RMSNormalization",
    "RandAugment",
    "Rescaling",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "UnitNormalization",
}


class DoesNotFit(ValueError):  # noqa: N818
    """The layer cannot read what it is given, e.g. a 5×5 window on 3×3 pixels; the message says what."""


def output_shape(kind: str, arguments: Arguments, inputs: Sequence[Shape]) -> Shape | None:
    """Shape of one sample after the layer; None when it cannot be computed.

    Raises:
        DoesNotFit: Keras would refuse to build the layer on such an input.
    """
    rule = _rule(kind)
    if rule is None or not inputs:
        return None
    try:
        shape = rule(arguments, inputs)
    except DoesNotFit:
        raise
    except (TypeError, KeyError, IndexError, ValueError, ZeroDivisionError) as fault:
        # Arguments of the wrong type come only from configurations that Keras did not write.
        raise DoesNotFit("arguments and input do not fit together") from fault
    if any(axis is not None and not 0 < axis <= MAX_SIZE**2 for axis in shape):
        raise DoesNotFit("the output would be empty or beyond every sensible size")
    return shape


def _rule(kind: str) -> Callable[[Arguments, Sequence[Shape]], Shape] | None:
    if base := bases().get(kind):
        return lambda arguments, inputs: (
            (TOP_CLASSES,) if arguments.get("include_top") else base.output_shape(inputs[0])
        )
    if kind in _SAME_SHAPE:
        return lambda arguments, inputs: inputs[0]
    if kind in ELEMENTWISE_MERGES:
        return lambda arguments, inputs: _broadcast(inputs)
    for family, rule in _FAMILIES.items():
        if kind in (family, *(f"{family}{dimensions}D" for dimensions in (1, 2, 3))):
            return rule
    if kind.startswith("Random"):
        return lambda arguments, inputs: inputs[0]
    return None


def split(shape: Shape, arguments: Arguments) -> tuple[Shape, int | None]:
    """Spatial axes and channels of a shape, by the layer's ``data_format``."""
    if arguments.get("data_format") == "channels_first":
        return shape[1:], shape[0]
    return shape[:-1], shape[-1]


def _join(spatial: Sequence[int | None], channels: int | None, arguments: Arguments) -> Shape:
    if arguments.get("data_format") == "channels_first":
        return (channels, *spatial)
    return (*spatial, channels)


def _window(size: int | None, window: int, stride: int, padding: str) -> int | None:
    """Positions of a sliding window along one axis."""
    if size is None:
        return None
    if padding in ("same", "causal"):
        return -(-size // stride)
    if size < window:
        raise DoesNotFit(f"a window of {window} does not fit an axis of {size}")
    return (size - window) // stride + 1


def _slide(shape: Shape, windows: Sequence[int], arguments: Arguments) -> list[int | None]:
    spatial, _ = split(shape, arguments)
    strides, padding = arguments["strides"], arguments["padding"]
    return [_window(*axis, padding) for axis in zip(spatial, windows, strides, strict=True)]


def _dilated(arguments: Arguments) -> list[int]:
    return [
        (size - 1) * dilation + 1
        for size, dilation in zip(arguments["kernel_size"], arguments["dilation_rate"], strict=True)
    ]


def _convolution(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return _join(_slide(inputs[0], _dilated(arguments), arguments), arguments["filters"], arguments)


def _depthwise(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    _, channels = split(inputs[0], arguments)
    filters = None if channels is None else channels * arguments["depth_multiplier"]
    return _join(_slide(inputs[0], _dilated(arguments), arguments), filters, arguments)


def _transposed(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    spatial, _ = split(inputs[0], arguments)
    paddings = arguments.get("output_padding")
    if not isinstance(paddings, tuple):
        paddings = (paddings,) * len(spatial)
    sizes: list[int | None] = []
    for size, kernel, stride, extra in zip(
        spatial, _dilated(arguments), arguments["strides"], paddings, strict=True
    ):
        same = arguments["padding"] == "same"
        if size is None:
            sizes.append(None)
        elif extra is None:
            sizes.append(size * stride if same else size * stride + max(kernel - stride, 0))
        else:
            sizes.append((size - 1) * stride + kernel - (2 * (kernel // 2) if same else 0) + extra)
    return _join(sizes, arguments["filters"], arguments)


def _pooling(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    _, channels = split(inputs[0], arguments)
    return _join(_slide(inputs[0], arguments["pool_size"], arguments), channels, arguments)


def _adaptive_pooling(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return _join(arguments["output_size"], split(inputs[0], arguments)[1], arguments)


def _global_pooling(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    spatial, channels = split(inputs[0], arguments)
    return _join((1,) * len(spatial), channels, arguments) if arguments["keepdims"] else (channels,)


def _flatten(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return (_product(inputs[0]),)


def _dense(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return (*inputs[0][:-1], arguments["units"])


def _embedding(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return (*inputs[0], arguments["output_dim"])


def _recurrent(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    steps, _ = inputs[0]
    return (steps, arguments["units"]) if arguments["return_sequences"] else (arguments["units"],)


def _reshape(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    target = arguments["target_shape"]
    size = _product(inputs[0])
    known = math.prod(axis for axis in target if axis != -1)
    if size is None:
        return tuple(None if axis == -1 else axis for axis in target)
    if size % known or (-1 not in target and size != known):
        raise DoesNotFit(f"{size:,} values cannot take the shape {target}")
    return tuple(size // known if axis == -1 else axis for axis in target)


def _permute(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return tuple(inputs[0][axis - 1] for axis in arguments["dims"])


def _repeat(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return (arguments["n"], *inputs[0])


def _concatenate(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    axis = own_axis(arguments["axis"], inputs[0])
    sizes = [shape[axis] for shape in inputs]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    return (*inputs[0][:axis], total, *inputs[0][axis + 1 :])


def _up_sampling(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    spatial, channels = split(inputs[0], arguments)
    factors = zip(spatial, arguments["size"], strict=True)
    return _join([None if axis is None else axis * factor for axis, factor in factors], channels, arguments)


def _zero_padding(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return _margin(arguments["padding"], +1, arguments, inputs)


def _cropping(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    return _margin(arguments["cropping"], -1, arguments, inputs)


def _margin(margins: Any, sign: int, arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    spatial, channels = split(inputs[0], arguments)
    margins = (margins,) if len(spatial) == 1 else margins
    axes = zip(spatial, margins, strict=True)
    return _join(
        [None if axis is None else axis + sign * (before + after) for axis, (before, after) in axes],
        channels,
        arguments,
    )


def _resizing(arguments: Arguments, inputs: Sequence[Shape]) -> Shape:
    _, channels = split(inputs[0], arguments)
    return _join((arguments["height"], arguments["width"]), channels, arguments)


def _broadcast(inputs: Sequence[Shape]) -> Shape:
    longest = max(map(len, inputs))
    padded = [(1,) * (longest - len(shape)) + shape for shape in inputs]
    axes: list[int | None] = []
    for sizes in zip(*padded, strict=True):
        wide = {size for size in sizes if size != 1}
        if len(wide - {None}) > 1:
            raise DoesNotFit(f"shapes {', '.join(map(str, inputs))} cannot be combined")
        axes.append(next(iter(wide - {None}), None) if wide else 1)
    return tuple(axes)


def own_axis(axis: int, shape: Shape) -> int:
    """Index into a shape without batch axis of Keras's ``axis``, which counts the batch axis."""
    index = axis - 1 if axis > 0 else axis + len(shape)
    if not 0 <= index < len(shape):
        raise DoesNotFit(f"axis {axis} of an input with {len(shape)} axes")
    return index


def _product(shape: Shape) -> int | None:
    return None if None in shape else math.prod(axis for axis in shape if axis is not None)


_FAMILIES: dict[str, Callable[[Arguments, Sequence[Shape]], Shape]] = {
    "Conv": _convolution,
    "SeparableConv": _convolution,
    "DepthwiseConv": _depthwise,
    "Conv1DTranspose": _transposed,
    "Conv2DTranspose": _transposed,
    "Conv3DTranspose": _transposed,
    "MaxPooling": _pooling,
    "AveragePooling": _pooling,
    "AdaptiveMaxPooling": _adaptive_pooling,
    "AdaptiveAveragePooling": _adaptive_pooling,
    "GlobalMaxPooling": _global_pooling,
    "GlobalAveragePooling": _global_pooling,
    "Flatten": _flatten,
    "Dense": _dense,
    "Embedding": _embedding,
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "SimpleRNN": _recurrent,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat,
    "Concatenate": _concatenate,
    "UpSampling": _up_sampling,
    "ZeroPadding": _zero_padding,
    "Cropping": _cropping,
    "Resizing": _resizing,
    "CenterCrop": _resizing,
    "RandomCrop": _resizing,
}
