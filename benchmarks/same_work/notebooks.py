"""The class: small Keras notebooks of three kinds, one in five wrong, and what is asserted of each."""

from __future__ import annotations

from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

IMPORTS = "import keras\nimport numpy as np"
DATA = """\
rng = np.random.default_rng({seed})
x = rng.random(({samples}, {shape}), dtype=np.float32)
y = (x.reshape(len(x), -1) @ rng.standard_normal((x[0].size, {classes}))).argmax(axis=1)
x_train, x_test, y_train, y_test = x[:-512], x[-512:], y[:-512], y[-512:]
x_train.shape"""
COMPILE = 'model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])'
FIT = "history = model.fit(x_train, y_train, epochs=2, batch_size=32, validation_split=0.1, verbose=2)"
EVALUATE = "loss, accuracy = model.evaluate(x_test, y_test, verbose=0)\nprint(loss, accuracy)"


@dataclass(frozen=True)
class Requirement:
    """One assertion, and the check of this project's rubric that means the same."""

    name: str
    title: str
    check: str
    """Its keys in the rubric beside id, title, points and networks."""


REQUIREMENTS = (
    Requirement("layer1", "The first layer", "check: layer, layer: 1"),
    Requirement("layer2", "The second layer", "check: layer, layer: 2"),
    Requirement("layer3", "The third layer", "check: layer, layer: 3"),
    Requirement("output", "The output layer", "check: layer, layer: 4"),
    Requirement("parameters", "As many parameters", "check: parameters"),
    Requirement("optimizer", "Adam", "check: optimizer, one_of: [Adam]"),
    Requirement("loss", "The loss for these labels", "check: loss"),
    Requirement("metrics", "Accuracy as a metric", "check: metrics, include: [accuracy]"),
    Requirement("epochs", "Two epochs", "check: epochs, epochs: 2"),
    Requirement("batches", "Batches of 32", "check: batch_size, size: 32"),
    Requirement("validation", "Validated in training", "check: validation"),
)
NAMES = frozenset(each.name for each in REQUIREMENTS)

_AFTERWARDS = {
    "optimizer": "assert isinstance(model.optimizer, keras.optimizers.Adam)",
    "loss": 'assert model.loss == "sparse_categorical_crossentropy"',
    "metrics": 'assert "accuracy" in history.history',
    "epochs": 'assert len(history.history["loss"]) == 2',
    "batches": 'assert history.params["steps"] == -(-int(len(x_train) * 0.9) // 32)',
    "validation": 'assert "val_loss" in history.history',
}
"""What is asserted of all kinds; the layers and parameters are each kind's own."""


@dataclass(frozen=True)
class Mistake:
    """A wrong notebook: ``right`` stands there as ``wrong``, which these requirements tell."""

    right: str
    wrong: str
    fails: frozenset[str]


@dataclass(frozen=True)
class Kind:
    """A worksheet."""

    name: str
    samples: int
    shape: tuple[int, ...]
    classes: int
    build: str
    """The source of the cell that builds the network."""
    layers: tuple[str, str, str, str]
    """The network's layers, in the rubric's words."""
    about: tuple[str, str, str, str]
    """What is asserted of each, in Python's words."""
    parameters: int
    mistakes: tuple[Mistake, ...]

    @property
    def assertions(self) -> dict[str, str]:
        """The source that asserts each requirement."""
        counted = f"assert model.count_params() == {self.parameters}"
        asserted = (*(f"assert {each}" for each in self.about), counted, *_AFTERWARDS.values())
        return dict(zip((each.name for each in REQUIREMENTS), asserted, strict=True))


def _dense(position: int, units: int, activation: str) -> str:
    """That a layer is a dense one of so many units."""
    layer = f"model.layers[{position}]"
    return f'{layer}.units == {units} and {layer}.activation.__name__ == "{activation}"'


MLP = Kind(
    name="mlp",
    samples=4096,
    shape=(8, 8),
    classes=10,
    build="""\
model = keras.Sequential([
    keras.Input((8, 8)),
    keras.layers.Flatten(),
    keras.layers.Dense(64, activation="relu"),
    keras.layers.Dense(32, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
model.summary()""",
    layers=(
        "Flatten()",
        'Dense(64, activation="relu")',
        'Dense(32, activation="relu")',
        'Dense(10, activation="softmax")',
    ),
    about=(
        "isinstance(model.layers[0], keras.layers.Flatten)",
        _dense(1, 64, "relu"),
        _dense(2, 32, "relu"),
        _dense(3, 10, "softmax"),
    ),
    parameters=6570,
    mistakes=(
        Mistake("Dense(64", "Dense(48", frozenset({"layer2", "parameters"})),
        Mistake("epochs=2", "epochs=1", frozenset({"epochs"})),
    ),
)

CNN = Kind(
    name="cnn",
    samples=3072,
    shape=(16, 16, 1),
    classes=10,
    build="""\
model = keras.Sequential([
    keras.Input((16, 16, 1)),
    keras.layers.Conv2D(8, 3, activation="relu"),
    keras.layers.MaxPooling2D(2),
    keras.layers.Flatten(),
    keras.layers.Dense(10, activation="softmax"),
])
model.summary()""",
    layers=(
        'Conv2D(8, 3, activation="relu")',
        "MaxPooling2D(2)",
        "Flatten()",
        'Dense(10, activation="softmax")',
    ),
    about=(
        "model.layers[0].filters == 8 and model.layers[0].kernel_size == (3, 3)",
        "isinstance(model.layers[1], keras.layers.MaxPooling2D)",
        "isinstance(model.layers[2], keras.layers.Flatten)",
        _dense(3, 10, "softmax"),
    ),
    parameters=4010,
    mistakes=(
        Mistake("MaxPooling2D", "AveragePooling2D", frozenset({"layer2"})),
        Mistake("Conv2D(8", "Conv2D(6", frozenset({"layer1", "parameters"})),
    ),
)

FUNCTIONAL = Kind(
    name="functional",
    samples=3072,
    shape=(32, 4),
    classes=4,
    build="""\
inputs = keras.Input((32, 4))
hidden = keras.layers.Conv1D(16, 5, activation="relu")(inputs)
hidden = keras.layers.GlobalMaxPooling1D()(hidden)
hidden = keras.layers.Dense(32, activation="relu")(hidden)
outputs = keras.layers.Dense(4, activation="softmax")(hidden)
model = keras.Model(inputs, outputs)
model.summary()""",
    layers=(
        'Conv1D(16, 5, activation="relu")',
        "GlobalMaxPooling1D()",
        'Dense(32, activation="relu")',
        'Dense(4, activation="softmax")',
    ),
    about=(
        "model.layers[1].filters == 16 and model.layers[1].kernel_size == (5,)",
        "isinstance(model.layers[2], keras.layers.GlobalMaxPooling1D)",
        _dense(3, 32, "relu"),
        _dense(4, 4, "softmax"),
    ),
    parameters=1012,
    mistakes=(
        Mistake("Dense(32", "Dense(24", frozenset({"layer3", "parameters"})),
        Mistake("GlobalMaxPooling1D", "GlobalAveragePooling1D", frozenset({"layer2"})),
    ),
)

KINDS = (MLP, CNN, FUNCTIONAL)


@dataclass(frozen=True)
class Notebook:
    """What one student hands in for one of the worksheets."""

    student: str
    kind: Kind
    cells: tuple[str, ...]
    passes: frozenset[str]
    """Names of the requirements that it meets."""

    @property
    def name(self) -> str:
        """The student and the worksheet."""
        return f"{self.student}-{self.kind.name}"


def right_cells(kind: Kind, seed: int = 0) -> tuple[str, ...]:
    """A right solution, on data of its own."""
    shape = ", ".join(map(str, kind.shape))
    data = DATA.format(seed=seed, samples=kind.samples, shape=shape, classes=kind.classes)
    return IMPORTS, data, kind.build, COMPILE, FIT, EVALUATE


def class_of(count: int) -> list[Notebook]:
    """So many notebooks, three a student."""
    return [_notebook(number) for number in range(count)]


def _notebook(number: int) -> Notebook:
    """Each kind in turn, each with data of its own; one in five has a mistake, its kind's two in turn."""
    kind = KINDS[number % len(KINDS)]
    student, cells = f"s{number // len(KINDS) + 1:02}", right_cells(kind, seed=number)
    if number % 5 != 1:
        return Notebook(student, kind, cells, NAMES)
    mistake = kind.mistakes[number // 15 % 2]
    cells = tuple(cell.replace(mistake.right, mistake.wrong) for cell in cells)
    return Notebook(student, kind, cells, NAMES - mistake.fails)


def book_of(cells: list[NotebookNode]) -> NotebookNode:
    """A notebook for the ordinary kernel."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
