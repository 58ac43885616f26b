"""A recipe: everything that decides what a training gives, and nothing else.

Two students whose recipes have the same key built the same network and train it the same way, whatever they
wrote, so one training serves both. Importing this module imports no Keras.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from grader.evidence.events import Component, Record
from grader.training.bases import pretrained_base
from grader.training.configuration import (
    CannotTrain,
    check_bounds,
    check_classes,
    frozen_layers,
    normalise,
    plain_number,
)
from grader.training.keras_names import loss_class, optimizer_class

VERSION = 2
"""Part of every key: raised when the trainer changes in a way that changes results."""

MAX_BATCH = 4096


class Preprocessing(Record):
    """The map from raw pixels (0 to 255) to what the network is given: ``y = scale * x + offset``.

    One number for all channels or one for each.
    """

    scale: tuple[float, ...] = Field(default=(1.0,), min_length=1, max_length=4)
    offset: tuple[float, ...] = Field(default=(0.0,), min_length=1, max_length=4)

    def settled(self) -> Preprocessing:
        """Without measuring noise: five significant digits, and offsets that do not matter beside the range
        at zero.
        """
        reach = 255 * max(abs(value) for value in self.scale)
        scale = tuple(plain_number(value, 5) for value in self.scale)
        offset = tuple(plain_number(value, 5) if abs(value) > 1e-4 * reach else 0.0 for value in self.offset)
        return Preprocessing(
            scale=scale[:1] if len(set(scale)) == 1 else scale,
            offset=offset[:1] if len(set(offset)) == 1 else offset,
        )

    def then(self, scale: Sequence[float], offset: Sequence[float]) -> Preprocessing:
        """Followed by another map, such as a ``Rescaling`` layer's."""
        n = max(len(self.scale), len(self.offset), len(scale), len(offset))
        s, o, s2, o2 = (_spread(values, n) for values in (self.scale, self.offset, scale, offset))
        return Preprocessing(
            scale=tuple(a * b for a, b in zip(s, s2, strict=True)),
            offset=tuple(a * b + c for a, b, c in zip(o, s2, o2, strict=True)),
        )


def _spread(values: Sequence[float], n: int) -> tuple[float, ...]:
    if len(values) not in (1, n):
        raise CannotTrain(
            f"its pixels are rescaled by {len(values)} numbers where there are {n} channels", "own"
        )
    return tuple(values) * (n if len(values) == 1 else 1)


class DataRef(Record):
    """A served data set: its name in the rubric, for people, and the digest that tells it apart."""

    name: str
    digest: str


class Recipe(Record):
    """What the trusted trainer needs to know. Make one with :func:`recipe`, which checks and normalises."""

    network: dict[str, Any]
    """Keras configuration in normal form (:func:`grader.training.configuration.normalise`)."""
    optimizer: Component
    loss: Component
    labels: Literal["integer", "one_hot"] = "integer"
    label_width: int | None = Field(default=None, ge=1, le=100_000)
    """Width of one-hot labels where it is not the number of classes."""
    batch_size: int = Field(default=32, ge=1, le=MAX_BATCH)
    preprocessing: Preprocessing = Preprocessing()
    image_size: tuple[int, int]
    """Height and width in pixels."""
    channels: Literal[1, 3] = 3
    fed: tuple[int, ...] | None = Field(default=None, min_length=1, max_length=3)
    """Shape of one sample as the network is given it where images are not: ``(3072,)``, ``(28, 28)``."""
    data: DataRef
    samples: int | None = Field(default=None, ge=1)
    """The budget: training images used at most, of every class alike; None uses all."""
    epochs: int = Field(ge=1, le=10_000)
    """The budget: passes over those images."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    until: float | None = Field(default=None, ge=0, le=1)
    """Training ends early once the test accuracy reaches this; None uses the whole budget."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one sample: height, width, channels, unless it is fed in another shape."""
        return self.fed or (*self.image_size, self.channels)


def recipe(
    config: Mapping[str, Any] | None,
    optimizer: Component,
    losses: Sequence[Component],
    *,
    image_size: tuple[int, int],
    data: DataRef,
    epochs: int,
    samples: int | None = None,
    batch_size: int = 32,
    preprocessing: Preprocessing | None = None,
    labels: Literal["integer", "one_hot"] = "integer",
    label_width: int | None = None,
    channels: Literal[1, 3] = 3,
    fed: tuple[int, ...] | None = None,
) -> Recipe:
    """The recipe of a network as ``ModelSeen`` and ``Compiled`` describe it.

    Args:
        config: the configuration that ``keras.saving.serialize_keras_object`` gives; None where it gives
            none.
        optimizer: name and configuration.
        losses: one loss; names of classes, functions or Keras's short names.
        image_size: height and width in pixels at which the images are loaded.
        data: the served data set.
        epochs: the budget of the rubric, not what the student asked for.
        samples: training images used at most, the rubric's too.
        batch_size: the effective one.
        preprocessing: measured from the evidence; raw pixels by default.
        labels: how the student's targets are encoded.
        label_width: width of one-hot targets where it is not the number of classes.
        channels: of the images, 3 (colour) or 1 (grey).
        fed: shape of a sample as the network is given it, where it is not an image's.

    Raises:
        CannotTrain: with the reason; what is found here is found without importing Keras and without
            building anything.
    """
    if config is None:
        raise CannotTrain("Keras gives no configuration for it (a class of the student's own)")
    if base := pretrained_base(config):
        raise CannotTrain(f"it stands on a pre-trained base ({base}), whose weights are not known here")
    shape = (*image_size, channels)
    if fed == shape:
        fed = None
    if fed and math.prod(fed) != math.prod(shape):
        raise CannotTrain(
            f"a sample of shape {fed} is no image of {' × '.join(map(str, shape))} in another shape"
        )
    network = normalise(config, fed or shape)
    mapped = preprocessing or Preprocessing()
    network, mapped = _absorb_rescaling(network, mapped)
    if stuck := frozen_layers(network):
        raise CannotTrain(
            f"it has frozen layers ({', '.join(sorted(set(stuck)))}) whose weights are not known here"
        )
    if not 1 <= batch_size <= MAX_BATCH:
        raise CannotTrain(f"a batch size of {batch_size} is not between 1 and {MAX_BATCH}", "own")
    return Recipe(
        network=network,
        optimizer=_optimizer(optimizer),
        loss=_loss(losses),
        labels=labels,
        label_width=label_width if labels == "one_hot" else None,
        batch_size=batch_size,
        preprocessing=mapped.settled(),
        image_size=image_size,
        channels=channels,
        fed=fed,
        data=data,
        samples=samples,
        epochs=epochs,
    )


def _absorb_rescaling(network: dict[str, Any], mapped: Preprocessing) -> tuple[dict[str, Any], Preprocessing]:
    """A ``Rescaling`` at the front of a chain is the same as rescaling the data."""
    layers = network["config"]["layers"]
    if network["class_name"] != "Sequential" or len(layers) < 2 or layers[1]["class_name"] != "Rescaling":
        return network, mapped
    scale, offset = (_numbers(layers[1]["config"].get(key, 0.0)) for key in ("scale", "offset"))
    rest = {**network, "config": {**network["config"], "layers": [layers[0], *layers[2:]]}}
    return _absorb_rescaling(_renumber(rest), mapped.then(scale, offset))


def _renumber(network: dict[str, Any]) -> dict[str, Any]:
    layers = network["config"]["layers"]
    named = [{**layer, "config": {**layer["config"], "name": f"layer_{i}"}} for i, layer in enumerate(layers)]
    return {**network, "config": {**network["config"], "layers": named}}


def _numbers(value: Any) -> tuple[float, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(item, int | float) for item in values) or not values:
        raise CannotTrain("its Rescaling layer is not given by numbers")
    return tuple(float(item) for item in values)


def _component(name: str, config: Mapping[str, Any]) -> Component:
    check_bounds(config)
    check_classes(config)
    return Component(
        name=name, config=_settled({key: value for key, value in config.items() if key != "name"})
    )


def _settled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _settled(item)
            for key, item in value.items()
            if key != "registered_name" and not (key == "name" and isinstance(item, str))
        }
    if isinstance(value, list | tuple):
        return [_settled(item) for item in value]
    return plain_number(value) if isinstance(value, float) else value


def _optimizer(optimizer: Component) -> Component:
    name = optimizer_class(optimizer.name)
    if name is None:
        raise CannotTrain(f"its optimizer {optimizer.name!r} is not one of Keras's own")
    return _component(name, optimizer.config)


def _loss(losses: Sequence[Component]) -> Component:
    if not losses:
        raise CannotTrain("it is compiled without a loss", "own")
    if len(losses) > 1:
        raise CannotTrain("it has several losses")
    name = loss_class(losses[0].name)
    if name is None:
        raise CannotTrain(f"its loss {losses[0].name!r} is not one of Keras's own")
    told = {name: value for name, value in losses[0].config.items() if value != _LOSS_DEFAULTS.get(name, ...)}
    return _component(name, told)


_LOSS_DEFAULTS: dict[str, Any] = {
    "reduction": "sum_over_batch_size",
    "from_logits": False,
    "ignore_class": None,
    "axis": -1,
    "label_smoothing": 0.0,
    "dtype": "float32",
}
"""What a loss given by its string does; said or unsaid, it is the same loss."""


def key(recipe: Recipe) -> str:
    """A stable digest of everything that matters to the result, the seed included (32 hexadecimal digits)."""
    content = recipe.model_dump(mode="json")
    content["data"] = content["data"]["digest"]
    for name in _LATER:
        if content[name] is None:
            del content[name]
    text = json.dumps([VERSION, _canonical(content)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_LATER = ("samples", "fed")
"""Fields that recipes did not always have: unset, they leave the key, and with it the seeds, what it was."""


def network_digest(recipe: Recipe) -> str:
    """A digest of the recipe whatever its data, budget and seed: of what the student (or the reference)
    decided.
    """
    nobodys = {"data": DataRef(name="", digest=""), "samples": None, "epochs": 1, "seed": 0, "until": None}
    return key(recipe.model_copy(update=nobodys))


def seeded(recipe: Recipe, attempt: int) -> Recipe:
    """The recipe with the seed of its n-th try (from 0): drawn from its key, so that every run of the
    grader draws the same.
    """
    text = f"{key(recipe.model_copy(update={'seed': 0, 'until': None}))}/{attempt}"
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 2**31
    return recipe.model_copy(update={"seed": seed})


def _canonical(value: Any) -> Any:
    """JSON in which equal numbers are spelled alike (1 and 1.0)."""
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
