"""Budgets in arithmetic: what a call may cost is counted in operations of the network, not in epochs.

A convolution costs 2 × kernel × input channels × output positions × filters operations for one sample, a dense layer
2 × inputs × outputs; everything else is small beside them (the counting of Molchanov et al., ICLR 2017, appendix A.1).
"""

from __future__ import annotations

import math
from typing import Any

from grader.evidence.settings import RecorderSettings


def forward_operations(model: Any) -> float:
    """Floating-point operations of one forward pass of one sample; at least its parameters' share."""
    try:
        layers = model._flatten_layers(include_self=False, recursive=True)
        return max(1.0, sum(_operations(layer) for layer in layers))
    except Exception:
        return 2.0 * max(1, _parameters(model))


def _parameters(model: Any) -> int:
    try:
        return int(model.count_params())
    except Exception:
        return 1_000_000


def _operations(layer: Any) -> float:
    kernels = [weight for weight in layer.weights if "kernel" in weight.name and len(weight.shape) >= 2]
    if not kernels:
        return 0.0
    positions = 1
    output = getattr(layer, "output", None) if getattr(layer, "_inbound_nodes", None) else None
    shape = getattr(output, "shape", None)
    if shape is not None:
        positions = math.prod(side or 1 for side in shape[1:-1])
    return sum(2.0 * math.prod(kernel.shape) * positions for kernel in kernels)


class Budget:
    """What is left of a notebook's work."""

    def __init__(self, settings: RecorderSettings) -> None:
        """Start with the settings' ``notebook_work``."""
        self._settings = settings
        self._left = settings.notebook_work

    def samples(self, model: Any, *, training: bool) -> int:
        """How many samples (times epochs) the next call may pass through ``model``; at least 1."""
        allowance = min(self._settings.fit_work if training else self._settings.forward_work, self._left)
        return max(1, int(allowance / self._cost(model, training)))

    def spend(self, model: Any, samples: int, *, training: bool) -> None:
        """Take the work of ``samples`` passes off the notebook's."""
        self._left = max(0.0, self._left - samples * self._cost(model, training))

    @staticmethod
    def _cost(model: Any, training: bool) -> float:
        return forward_operations(model) * (3 if training else 1)
