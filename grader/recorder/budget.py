"""Budgets in arithmetic: what a call may cost is counted in operations of the network, not in epochs.

A convolution costs 2 × kernel × input channels × output positions × filters operations for one sample, a
dense layer 2 × inputs × outputs; everything else is small beside them (the counting of Molchanov et al., ICLR
2017, appendix A.1).
"""

from __future__ import annotations

import math
from typing import Any

from grader.evidence.events import Data
from grader.evidence.settings import RecorderSettings

STEP = 5e7
"""Operations' worth of a batch, whatever is in it: a step of Keras takes one or two milliseconds
(measured)."""
LEAST = 8
"""Samples that every call passes through the network, as long as they cost no more than :data:`DEAR`."""
DEAR = 3e10
"""Operations from which fewer than that will do, one where it alone costs as much: Xception on
224 × 224 pixels takes 1.7e10 forward."""
_UNBUILT = 1e8
"""Operations that a sample is taken to cost where the network cannot be looked into."""


def operations(model: Any, sample: tuple[int | None, ...] = (), *, training: bool = False) -> float:
    """Floating-point operations of one pass of one sample of shape ``sample``.

    Forward, and in training twice as much again for the layers that are not frozen. A convolution whose
    output's size is unknown (in a subclassed model) is taken to be as wide as the sample.
    """
    unknown = _UNBUILT * (3 if training else 1)
    try:
        if not model.weights:
            return unknown
        wide = math.prod(side or 1 for side in sample[:-1])
        layers = list(model._flatten_layers(include_self=False, recursive=True))
        passes = [3 if training and layer.trainable_weights else 1 for layer in layers]
        work = (times * _operations(layer, wide) for times, layer in zip(passes, layers, strict=True))
        return max(1.0, sum(work))
    except Exception:
        return unknown


def _operations(layer: Any, wide: int) -> float:
    kernels = [weight for weight in layer.weights if "kernel" in weight.name and len(weight.shape) >= 2]
    if not kernels or getattr(layer, "layers", None):
        return 0.0
    output = layer.output if getattr(layer, "_inbound_nodes", None) else None
    shape = getattr(output, "shape", None)
    if shape is not None:
        positions = math.prod(side or 1 for side in shape[1:-1])
    else:
        positions = wide if len(kernels[0].shape) > 2 else 1
    return float(sum(2.0 * math.prod(kernel.shape) * positions for kernel in kernels))


class Budget:
    """What is left of a notebook's work."""

    def __init__(self, settings: RecorderSettings) -> None:
        """Start with the settings' ``notebook_work``."""
        self._settings = settings
        self._left = settings.notebook_work

    def samples(self, model: Any, data: Data, batch: int, *, training: bool) -> int:
        """How many samples (times epochs) of ``data`` the next call may pass, in batches, through
        ``model``."""
        allowance = min(self._settings.fit_work if training else self._settings.forward_work, self._left)
        return max(1, int(allowance / _cost(model, data, batch, training)))

    def least(self, model: Any, data: Data, batch: int, *, training: bool) -> int:
        """How many samples the next call passes whatever is left."""
        return max(1, min(LEAST, int(DEAR / _cost(model, data, batch, training))))

    def spend(self, model: Any, data: Data, batch: int, samples: int, *, training: bool) -> None:
        """Take the work of ``samples`` passes off the notebook's."""
        self._left = max(0.0, self._left - samples * _cost(model, data, batch, training))


def _cost(model: Any, data: Data, batch: int, training: bool) -> float:
    return operations(model, data.shape, training=training) + STEP / max(1, batch)
