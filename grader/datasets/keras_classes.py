"""What the classes of ``keras.datasets`` are called, in the order of their labels."""

from __future__ import annotations

_DIGITS = tuple(str(digit) for digit in range(10))
_GARMENTS = (
    "T-shirt",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_FINE = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard
lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal
shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank
telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""

CLASS_NAMES = {
    "mnist": _DIGITS,
    "fashion_mnist": _GARMENTS,
    "cifar10": _CIFAR10,
    "cifar100": tuple(_FINE.split()),
}
"""By their names in ``keras.datasets``; Fashion-MNIST's "T-shirt/top" without the slash, for class names are
parts of paths."""
