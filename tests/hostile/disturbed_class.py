"""Twenty small notebooks, their rubric and its reference: a class that is cheap to grade and has all that can
be disturbed: kernels, mends, deadly cells, trainings of several networks."""

from __future__ import annotations

from tests.end_to_end.desk import Desk

CLASS, RUBRIC = "class", "faults"

TEXT = """\
rubric: 1
id: faults
title: A small network
total: 15
reference: reference.ipynb
data:
  fruits: {kind: image_folder, classes: [acai, cupuacu, graviola], images: {train: 8, test: 4}}
networks:
  small:
    input: [16, 16, 3]
    layers:
      - Conv2D(4, 3, activation="relu")
      - Flatten()
      - Dense(3, activation="softmax")
    may_add: [Rescaling]
questions:
  - id: task1
    title: The answer
    checks:
      - {id: 1a, check: printed, pattern: the answer is 42, example: the answer is 42, title: The answer, points: 2}
  - id: task2
    title: The network
    checks:
      - {id: 2a, check: network, network: small, points: 4, title: The network}
      - {id: 2b, check: parameters, network: small, points: 1, title: Its parameters}
      - {id: 2c, check: compiled, network: small, optimizer: [Adam], loss: sparse_categorical_crossentropy, metrics: [accuracy], points: 2, title: Compiled}
      - {id: 2d, check: epochs, network: small, epochs: 2, points: 2, title: Two epochs}
      - {id: 2e, check: summarised, network: small, points: 1, title: Its summary}
      - {id: 2f, check: trains, network: small, data: fruits, epochs: 2, at_least: reference, points: 3, title: It learns}
limits: {cell: 30s, memory: 3GiB}
"""


def work(filters: int = 4, units: int = 3, activation: str = "relu", optimizer: str = "adam") -> list[str]:
    """All cells of a network of this kind."""
    return [
        "import keras\nfrom keras import layers\nkeras.utils.set_random_seed(1)\n"
        "train = keras.utils.image_dataset_from_directory(\n"
        "    'fruits/train', image_size=(16, 16), batch_size=8, seed=1)",
        "model = keras.Sequential([keras.Input((16, 16, 3)), layers.Rescaling(1 / 255),\n"
        f"    layers.Conv2D({filters}, 3, activation='{activation}'), layers.Flatten(),\n"
        f"    layers.Dense({units}, activation='softmax')])\nmodel.summary()",
        # Half a second instead of several: nothing is traced.
        f"model.compile('{optimizer}', 'sparse_categorical_crossentropy', metrics=['accuracy'],\n"
        "    run_eagerly=True)\n"
        "model.fit(train, epochs=2, verbose=0)",
        "print('the answer is', 42)",
    ]


def _class() -> dict[str, list[str]]:
    whole = work()
    stopped, deadly = [*whole[:3], "1 / 0", whole[3]], [*whole[:2], "import os\nos._exit(3)", *whole[2:]]
    misspelt = [*whole[:1], whole[1].replace("model.summary", "modell.summary"), *whole[2:]]
    thinking = ["import time\ntime.sleep(1.5)", *whole]
    return {
        **{name: [f"# {name}", *whole] for name in ("anna", "ben")},
        **{f"filters_{count}": work(filters=count) for count in (3, 8)},
        **{f"built_{count}": work(filters=count)[:2] for count in (2, 4, 5, 6)},
        "units": work(units=4)[:2],
        "tanh": work(activation="tanh")[:2],
        "sgd": work(optimizer="sgd"),
        "stopped": stopped,
        "deadly": deadly,
        "misspelt": misspelt,
        "forgetful": [whole[0].replace("from keras import layers\n", ""), *whole[1:]],
        "thinking": thinking,
        "thinking_too": ["import time\ntime.sleep(3)", "print('the answer is', 42)"],
        "error": ["print('the answer is', 42)", "1 / 0"],
        "words": ["print('hello')"],
        "empty": [],
    }


def hand_in(desk: Desk) -> None:
    """Put the class, the rubric and its reference into the desk's folder, and calibrate."""
    desk.rubric(TEXT, RUBRIC)
    desk.notebook("reference.ipynb", *work())
    notebooks = _class()
    assert len(notebooks) == 20
    for name, cells in notebooks.items():
        desk.notebook(f"{CLASS}/{name}.ipynb", *cells)
    told = desk.run("calibrate", f"{RUBRIC}.yaml", "--runs", "3", "--jobs", "2")
    assert told.code == 0, told.err
