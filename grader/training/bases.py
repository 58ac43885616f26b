"""Pre-trained bases from ``keras.applications``, told by the names that Keras gives to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BASES = re.compile(
    r"(xception|vgg1[69]|resnet(50|101|152)(v2)?|inception_v3|inception_resnet_v2|mobilenet(v[23])?_?.*|densenet\d+"
    r"|nasnet.*|efficientnet.*|convnext.*)(_\d+)?",
    re.IGNORECASE,
)
"""A number at the end counts those of one kind that a notebook builds."""


def pretrained_base(config: Any) -> str | None:
    """Name of the network of ``keras.applications`` that stands as one layer in a configuration, or is it."""
    stack = [config]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            name = _name(value)
            if value.get("class_name") in ("Functional", "Model") and _BASES.fullmatch(name):
                return name
            stack.extend(value.values())
        elif isinstance(value, list | tuple):
            stack.extend(value)
    return None


def _name(entry: Mapping[str, Any]) -> str:
    inner = entry.get("config")
    name = inner.get("name") if isinstance(inner, Mapping) else None
    return name if isinstance(name, str) else ""
