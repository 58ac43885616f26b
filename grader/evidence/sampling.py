"""Which samples are looked at where there are too many to look at all."""

from __future__ import annotations

import numpy as np


def spread(length: int, wanted: int) -> np.ndarray:
    """Indices of ``wanted`` samples evenly spread over ``length``, so that sorted classes are all met."""
    if length <= wanted:
        return np.arange(length)
    return np.linspace(0, length - 1, wanted).astype(int)
