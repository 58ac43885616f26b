"""worksheet5's data set as a rubric describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FRUITS = ("acai", "cupuacu", "graviola", "guarana", "pupunha", "tucuma")


@dataclass(frozen=True)
class Spec:
    """What a rubric says of a data set."""

    splits: tuple[str, ...] = ("train", "test")
    classes: tuple[str, ...] | None = FRUITS
    images: Mapping[str, int] = field(default_factory=lambda: {"train": 15, "test": 5})
    aliases: tuple[str, ...] = ("FruitinAmazon", "FruitAmazon")
