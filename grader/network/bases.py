"""Pre-trained bases: the networks of ``keras.applications``."""

from __future__ import annotations


def is_base(kind: str) -> bool:
    """Whether a kind of layer is a whole network of ``keras.applications``."""
    return False
