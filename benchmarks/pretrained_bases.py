"""Measure the networks of keras.applications and write what the grader knows them by.

    python benchmarks/pretrained_bases.py > grader/network/bases.json

Needed again only when Keras changes one of them, or has a new one; takes some minutes.
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

from grader.network.bases import OPTIONAL, fingerprint
from grader.network.canonical import read_layers
from grader.network.network import Network

SIZE = 331
"""Of the images that they are built for; every network takes it, and what is kept does not depend on it."""


def measured(tower: Network, parameters: int, trainable: int, with_top: int) -> dict[str, Any]:
    """The entry of one network; ``tower`` is the one without its top, layer by layer."""
    layers = tower.layers
    weighted = [position for position, layer in enumerate(layers) if layer.parameters != 0]
    first, last = weighted[0], weighted[-1]
    shape = layers[-1].output_shape
    assert shape is not None
    return {
        "parameters": parameters,
        "trainable": trainable,
        "with_top": with_top,
        "channels": shape[-1],
        "steps": _steps(tower),
        "first": [layers[first].kind, layers[first].parameters, layers[first].name],
        "fingerprint": fingerprint(layers[first : last + 1]),
        "length": sum(layer.kind != OPTIONAL for layer in layers[first : last + 1]),
        "before": [layer.kind for layer in layers[:first]],
        "after": [layer.kind for layer in layers[last + 1 :]],
    }


def _steps(tower: Network) -> list[list[int]]:
    """Window and stride of each layer that makes the picture smaller, along one way through the network."""
    steps: list[list[int]] = []
    position = len(tower.layers) - 1
    while True:
        layer = tower.layers[position]
        if layer.kind.startswith("ZeroPadding") and steps:
            # With its margin the picture is halved and rounded up, as with "same".
            steps[-1][0] = 1
        window = layer.arguments.get("kernel_size") or layer.arguments.get("pool_size")
        if window:
            stride = layer.arguments["strides"][0]
            size = window[0] if layer.arguments["padding"] == "valid" else 1
            if (size, stride) != (1, 1):
                steps.append([size, stride])
        if not layer.inputs:
            return steps[::-1]
        position = layer.inputs[0]


def main() -> None:
    """Build them all, with random weights."""
    import keras

    entries = {}
    for name, build in sorted(inspect.getmembers(keras.applications, inspect.isfunction)):
        whole = build(weights=None)
        tower = build(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
        config = keras.saving.serialize_keras_object(tower)
        trainable = sum(int(weight.numpy().size) for weight in tower.trainable_weights)
        sizes = tower.count_params(), trainable, whole.count_params()
        entries[name] = measured(read_layers(config), *sizes)
        print(name, *sizes, file=sys.stderr)
        keras.backend.clear_session()
    rows = ",\n".join(f' "{name}": {json.dumps(entry)}' for name, entry in entries.items())
    print(f"{{\n{rows}\n}}")


if __name__ == "__main__":
    main()
