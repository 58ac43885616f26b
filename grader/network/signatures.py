"""Keras's layers: their names, aliases and arguments with defaults, in Keras's order.

Source: the signatures of ``keras.layers`` of Keras 3.15, as ``help(keras.layers.Conv2D)`` shows them; a test
compares the table with the installed Keras. Left out: what every layer takes (``name``, ``dtype``,
``trainable``), seeds, and what does not change the network (quantization, LoRA, cuDNN switches).
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from grader.network.bases import is_base

REQUIRED = object()
"""Default of an argument that has none."""


@dataclass(frozen=True)
class Signature:
    """What a layer takes."""

    kind: str
    positional: tuple[str, ...]
    """Names of the arguments that may be given by position, in order."""
    defaults: Mapping[str, Any]
    """Every argument with its default, :data:`REQUIRED` where it has none."""
    weights: tuple[str, ...] = ()
    """Weights that take an initializer, a regularizer and a constraint (moving averages only the first)."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """Every argument that a rubric may state."""
        roles = ("initializer", "regularizer", "constraint")
        return tuple(self.defaults) + tuple(
            f"{weight}_{role}"
            for weight in self.weights
            for role in (roles[:1] if weight.startswith("moving_") else roles)
        )


_BASE = Signature("", (), {"include_top": False, "trainable": True})
"""What is known of a pre-trained base from the network it stands in."""

ALIASES = {
    "AvgPool": "AveragePooling",
    "GlobalAvgPool": "GlobalAveragePooling",
    "GlobalMaxPool": "GlobalMaxPooling",
    "MaxPool": "MaxPooling",
    "Convolution": "Conv",
    "SeparableConvolution": "SeparableConv",
    "Input": "InputLayer",
    "BatchNorm": "BatchNormalization",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
}
"""Other names of layers, without the ending of dimensions (``1D``, ``2DTranspose``)."""


def kind_of(name: str) -> str:
    """The Keras class name behind an alias (``MaxPool2D`` is ``MaxPooling2D``); other names come back
    unchanged."""
    stem, ending = _DIMENSIONS.fullmatch(name).groups()  # type: ignore[union-attr]  # matches every string
    return ALIASES.get(stem, stem) + (ending or "")


def is_known(kind: str) -> bool:
    """Whether the table holds the layer, or it is a pre-trained base."""
    return kind in _lines() or is_base(kind)


@cache
def signature(kind: str) -> Signature:
    """What the layer takes; ``KeyError`` for a layer that the table does not hold."""
    if is_base(kind):
        return _BASE
    function = ast.parse(f"def {_lines()[kind]}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    taken = function.args
    positional = tuple(argument.arg for argument in taken.args)
    required = [REQUIRED] * (len(positional) - len(taken.defaults))
    optional = [ast.literal_eval(value) for value in taken.defaults]
    defaults = dict(zip(positional, required + optional, strict=True))
    for argument, value in zip(taken.kwonlyargs, taken.kw_defaults, strict=True):
        defaults[argument.arg] = REQUIRED if value is None else ast.literal_eval(value)
    weights = tuple(taken.kwarg.arg.split("__")) if taken.kwarg else ()
    return Signature(kind, positional, defaults, weights)


def layer_names() -> tuple[str, ...]:
    """Every layer of the table, aliases not included."""
    return tuple(_lines())


def rank(kind: str) -> int | None:
    """Spatial dimensions in a layer's name: 2 for ``Conv2D``; None for ``Dense``."""
    found = re.search(r"([123])D", kind)
    return int(found[1]) if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` for the known word nearest to a misspelt one; nothing when none is near."""
    names = {name.casefold(): name for name in known}
    nearest = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return f'; did you mean "{names[nearest[0]]}"?' if nearest else ""


_DIMENSIONS = re.compile(r"(.*?)([123]D(?:Transpose)?)?", re.DOTALL)


@cache
def _lines() -> dict[str, str]:
    joined = re.sub(r"\n\s+", " ", _TABLE.strip())
    return {line.partition("(")[0]: line for line in joined.splitlines()}


# `**kernel__bias` stands for kernel_initializer, kernel_regularizer, kernel_constraint, bias_initializer, ...
_TABLE = """
Activation(activation)
ActivityRegularization(l1=0.0, l2=0.0)
AdaptiveAveragePooling1D(output_size, data_format=None)
AdaptiveAveragePooling2D(output_size, data_format=None)
AdaptiveAveragePooling3D(output_size, data_format=None)
AdaptiveMaxPooling1D(output_size, data_format=None)
AdaptiveMaxPooling2D(output_size, data_format=None)
AdaptiveMaxPooling3D(output_size, data_format=None)
Add()
AdditiveAttention(use_scale=True, dropout=0.0)
AlphaDropout(rate)
Attention(use_scale=False, score_mode='dot', dropout=0.0)
AugMix(value_range=(0, 255), num_chains=3, chain_depth=3, factor=0.3, alpha=1.0, all_ops=True,
  interpolation='bilinear', *, data_format=None)
AutoContrast(value_range=(0, 255))
Average()
AveragePooling1D(pool_size, strides=None, padding='valid', data_format=None)
AveragePooling2D(pool_size, strides=None, padding='valid', data_format=None)
AveragePooling3D(pool_size, strides=None, padding='valid', data_format=None)
BatchNormalization(axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, *, renorm=False,
  renorm_clipping=None, renorm_momentum=0.99, synchronized=False, **beta__gamma__moving_mean__moving_variance)
Bidirectional(layer, merge_mode='concat', *, backward_layer=None)
CenterCrop(height, width, data_format=None)
Concatenate(axis=-1)
ContrastLimitedAdaptiveHistogramEqualization(value_range=(0, 255), clip_limit=4.0, tile_grid_size=(8, 8),
  data_format=None)
Conv1D(filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, groups=1,
  activation=None, use_bias=True, **kernel__bias)
Conv1DTranspose(filters, kernel_size, strides=1, padding='valid', output_padding=None, data_format=None,
  dilation_rate=1, activation=None, use_bias=True, **kernel__bias)
Conv2D(filters, kernel_size, strides=(1, 1), padding='valid', data_format=None, dilation_rate=(1, 1),
  groups=1, activation=None, use_bias=True, **kernel__bias)
Conv2DTranspose(filters, kernel_size, strides=(1, 1), padding='valid', output_padding=None,
  data_format=None, dilation_rate=(1, 1), activation=None, use_bias=True, **kernel__bias)
Conv3D(filters, kernel_size, strides=(1, 1, 1), padding='valid', data_format=None, dilation_rate=(1, 1, 1),
  groups=1, activation=None, use_bias=True, **kernel__bias)
Conv3DTranspose(filters, kernel_size, strides=(1, 1, 1), padding='valid', data_format=None,
  output_padding=None, dilation_rate=(1, 1, 1), activation=None, use_bias=True, **kernel__bias)
ConvLSTM1D(filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1,
  activation='tanh', recurrent_activation='sigmoid', use_bias=True, *, unit_forget_bias=True, dropout=0.0,
  recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False, stateful=False,
  **kernel__recurrent__bias)
ConvLSTM2D(filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1,
  activation='tanh', recurrent_activation='sigmoid', use_bias=True, *, unit_forget_bias=True, dropout=0.0,
  recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False, stateful=False,
  **kernel__recurrent__bias)
ConvLSTM3D(filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1,
  activation='tanh', recurrent_activation='sigmoid', use_bias=True, *, unit_forget_bias=True, dropout=0.0,
  recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False, stateful=False,
  **kernel__recurrent__bias)
Cropping1D(cropping=(1, 1))
Cropping2D(cropping=((0, 0), (0, 0)), data_format=None)
Cropping3D(cropping=((1, 1), (1, 1), (1, 1)), data_format=None)
Dense(units, activation=None, use_bias=True, **kernel__bias)
DepthwiseConv1D(kernel_size, strides=1, padding='valid', depth_multiplier=1, data_format=None,
  dilation_rate=1, activation=None, use_bias=True, **depthwise__bias)
DepthwiseConv2D(kernel_size, strides=(1, 1), padding='valid', depth_multiplier=1, data_format=None,
  dilation_rate=(1, 1), activation=None, use_bias=True, **depthwise__bias)
Dot(axes, normalize=False)
Dropout(rate)
ELU(alpha=1.0)
EinsumDense(equation, output_shape, activation=None, bias_axes=None, **kernel__bias)
Embedding(input_dim, output_dim, *, mask_zero=False, **embeddings)
Equalization(value_range=(0, 255), bins=256, data_format=None)
Flatten(data_format=None)
GRU(units, activation='tanh', recurrent_activation='sigmoid', use_bias=True, *, dropout=0.0,
  recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False, stateful=False,
  unroll=False, reset_after=True, **kernel__recurrent__bias)
GaussianDropout(rate)
GaussianNoise(stddev)
GlobalAveragePooling1D(data_format=None, keepdims=False)
GlobalAveragePooling2D(data_format=None, keepdims=False)
GlobalAveragePooling3D(data_format=None, keepdims=False)
GlobalMaxPooling1D(data_format=None, keepdims=False)
GlobalMaxPooling2D(data_format=None, keepdims=False)
GlobalMaxPooling3D(data_format=None, keepdims=False)
GroupNormalization(groups=32, axis=-1, epsilon=0.001, center=True, scale=True, **beta__gamma)
Identity()
LSTM(units, activation='tanh', recurrent_activation='sigmoid', use_bias=True, *, unit_forget_bias=True,
  dropout=0.0, recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False,
  stateful=False, unroll=False, **kernel__recurrent__bias)
Lambda(function, output_shape=None, mask=None, arguments=None)
LayerNormalization(axis=-1, epsilon=0.001, center=True, scale=True, **beta__gamma)
LeakyReLU(negative_slope=0.3)
Masking(mask_value=0.0)
MaxPooling1D(pool_size=2, strides=None, padding='valid', data_format=None)
MaxPooling2D(pool_size=(2, 2), strides=None, padding='valid', data_format=None)
MaxPooling3D(pool_size=(2, 2, 2), strides=None, padding='valid', data_format=None)
Maximum()
Minimum()
MultiHeadAttention(num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None,
  attention_axes=None, sliding_window=None, *, use_gate=False, **kernel__bias)
Multiply()
Normalization(axis=-1, mean=None, variance=None, invert=False)
PReLU(*, shared_axes=None, **alpha)
Permute(dims)
RMSNormalization(axis=-1, epsilon=1e-06)
RandAugment(value_range=(0, 255), num_ops=2, factor=0.5, interpolation='bilinear', *, data_format=None)
RandomBrightness(factor, value_range=(0, 255))
RandomColorDegeneration(factor, value_range=(0, 255), data_format=None)
RandomColorJitter(value_range=(0, 255), brightness_factor=None, contrast_factor=None,
  saturation_factor=None, hue_factor=None, *, data_format=None)
RandomContrast(factor, value_range=(0, 255))
RandomCrop(height, width, *, data_format=None)
RandomElasticTransform(factor=1.0, scale=1.0, interpolation='bilinear', fill_mode='reflect', fill_value=0.0,
  value_range=(0, 255), *, data_format=None)
RandomErasing(factor=1.0, scale=(0.02, 0.33), fill_value=None, value_range=(0, 255), *, data_format=None)
RandomFlip(mode='horizontal_and_vertical', *, data_format=None)
RandomGaussianBlur(factor=1.0, kernel_size=3, sigma=1.0, value_range=(0, 255), data_format=None)
RandomGrayscale(factor=0.5, data_format=None)
RandomHue(factor, value_range=(0, 255), data_format=None)
RandomInvert(factor=1.0, value_range=(0, 255), *, data_format=None)
RandomPerspective(factor=1.0, scale=1.0, interpolation='bilinear', fill_value=0.0, *, data_format=None)
RandomPosterization(factor, value_range=(0, 255), data_format=None)
RandomRotation(factor, fill_mode='reflect', interpolation='bilinear', *, fill_value=0.0, data_format=None)
RandomSaturation(factor, value_range=(0, 255), data_format=None)
RandomSharpness(factor, value_range=(0, 255), data_format=None)
RandomShear(x_factor=0.0, y_factor=0.0, interpolation='bilinear', fill_mode='reflect', fill_value=0.0,
  data_format=None)
RandomTranslation(height_factor, width_factor, fill_mode='reflect', interpolation='bilinear', *,
  fill_value=0.0, data_format=None)
RandomZoom(height_factor, width_factor=None, fill_mode='reflect', interpolation='bilinear', *,
  fill_value=0.0, data_format=None)
ReLU(max_value=None, negative_slope=0.0, threshold=0.0)
RepeatVector(n)
Rescaling(scale, offset=0.0)
Reshape(target_shape)
Resizing(height, width, interpolation='bilinear', crop_to_aspect_ratio=False, pad_to_aspect_ratio=False,
  fill_mode='constant', fill_value=0.0, antialias=False, data_format=None)
SeparableConv1D(filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1,
  depth_multiplier=1, activation=None, use_bias=True, **depthwise__pointwise__bias)
SeparableConv2D(filters, kernel_size, strides=(1, 1), padding='valid', data_format=None, dilation_rate=(1,
  1), depth_multiplier=1, activation=None, use_bias=True, **depthwise__pointwise__bias)
SimpleRNN(units, activation='tanh', use_bias=True, *, dropout=0.0, recurrent_dropout=0.0,
  return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False,
  **kernel__recurrent__bias)
Softmax(axis=-1)
Solarization(addition_factor=0.0, threshold_factor=0.0, value_range=(0, 255))
SpatialDropout1D(rate)
SpatialDropout2D(rate, data_format=None)
SpatialDropout3D(rate, data_format=None)
SpectralNormalization(layer, power_iterations=1)
Subtract()
TimeDistributed(layer)
UnitNormalization(axis=-1)
UpSampling1D(size=2)
UpSampling2D(size=(2, 2), data_format=None, interpolation='nearest')
UpSampling3D(size=(2, 2, 2), data_format=None)
ZeroPadding1D(padding=1, data_format=None)
ZeroPadding2D(padding=(1, 1), data_format=None)
ZeroPadding3D(padding=((1, 1), (1, 1), (1, 1)), data_format=None)
"""
