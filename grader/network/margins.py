"""``ZeroPadding2D`` before a convolution without padding, which together are a convolution with ``same``."""

from __future__ import annotations

from dataclasses import replace

from grader.network.network import Layer, Network


def with_same_padding(network: Network) -> Network:
    """The network with each such pair as the one layer that does the same.

    A margin of (k - 1) / 2 zeros on every side before a ``valid`` convolution of odd kernel size k and stride
    1 is what ``padding="same"`` adds (TensorFlow, ``tf.nn``, notes on padding).
    """
    for position, layer in enumerate(network.layers):
        readers = [index for index, each in enumerate(network.layers) if position in each.inputs]
        if len(readers) == 1 and _makes_same(layer, network.layers[readers[0]]):
            return with_same_padding(_merged(network, position, readers[0]))
    return network


def _makes_same(margin: Layer, convolution: Layer) -> bool:
    if not margin.kind.startswith("ZeroPadding") or not convolution.kind.startswith(
        ("Conv", "SeparableConv", "DepthwiseConv")
    ):
        return False
    given = convolution.arguments
    sides = margin.arguments.get("padding")
    kernel = given.get("kernel_size") or ()
    return (
        "Transpose" not in convolution.kind
        and len(convolution.inputs) == 1
        and given.get("padding") == "valid"
        and set(given.get("strides") or ()) == {1} == set(given.get("dilation_rate") or ())
        and isinstance(sides, tuple)
        and len(sides) == len(kernel)
        and all(
            size % 2 and (both if isinstance(both, tuple) else (both, both)) == (size // 2, size // 2)
            for size, both in zip(kernel, sides, strict=True)
        )
    )


def _merged(network: Network, margin: int, convolution: int) -> Network:
    source = network.layers[margin].inputs

    def moved(inputs: tuple[int, ...]) -> tuple[int, ...]:
        through = tuple(each for index in inputs for each in (source if index == margin else (index,)))
        return tuple(index - (index > margin) for index in through)

    layers = []
    for index, layer in enumerate(network.layers):
        if index == margin:
            continue
        arguments = layer.arguments if index != convolution else {**layer.arguments, "padding": "same"}
        layers.append(replace(layer, arguments=arguments, inputs=moved(layer.inputs)))
    return replace(network, layers=tuple(layers))
