"""A class as large as wanted: the sample submissions, then variants of them in other students' hands.

A variant has names of its own for the network and what belongs to it, a seed and hyper-parameters: most of
what tells the notebooks of a real class apart.
"""

from __future__ import annotations

import copy
import random
import re
import shutil
from pathlib import Path

import nbformat

from grader.submissions.read import read_notebook

_NAMES = {
    "model": ("cnn", "net", "network", "classifier", "fruit_model"),
    "history": ("hist", "h", "training", "log"),
    "train_ds": ("train_data", "ds_train", "training_set"),
    "test_ds": ("test_data", "ds_test", "testing_set"),
}
_NUMBERS = {
    "batch_size": (8, 16, 32, 64),
    "epochs": (100, 200, 250),
    "patience": (5, 10, 20),
    "seed": (1, 7, 42),
}
_OPTIMIZERS = ("'adam'", "'rmsprop'", "keras.optimizers.Adam(0.0005)", "keras.optimizers.Adam(0.002)")
_CHANGED = 0.2
"""Chance of each to be the student's own."""


def hand_in(samples: Path, count: int, folder: Path) -> list[Path]:
    """Put ``count`` submissions into ``folder``."""
    folder.mkdir(parents=True)
    originals = sorted(path for path in samples.iterdir() if path.name != "expected.csv")
    for path in originals[:count]:
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / path.name)
    read = {path.stem: read_notebook(path) for path in originals if path.suffix == ".ipynb"}
    usual = [(name, each.notebook) for name, each in read.items() if each.notebook and _trains(each.notebook)]
    for number in range(len(originals), count):
        name, notebook = usual[number % len(usual)]
        nbformat.write(_varied(notebook, number), folder / f"{name}_{number}.ipynb")
    return sorted(folder.iterdir())


def _trains(notebook: nbformat.NotebookNode) -> bool:
    return any(".fit(" in cell.source for cell in notebook.cells if cell.cell_type == "code")


def _varied(original: nbformat.NotebookNode, number: int) -> nbformat.NotebookNode:
    draw = random.Random(number)
    notebook = copy.deepcopy(original)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    names = {name: draw.choice(others) for name, others in _NAMES.items()}
    numbers = {name: draw.choice(values) for name, values in _NUMBERS.items() if draw.random() < _CHANGED}
    optimizer = draw.choice(_OPTIMIZERS) if draw.random() < _CHANGED else None
    for cell in code:
        for name, other in names.items():
            # No attribute, no part of a file's name, no keyword (which has no blank before its "=").
            cell.source = re.sub(rf"(?<![\w.'\"/-]){name}\b(?!=[^=])", other, cell.source)
        for name, value in numbers.items():
            cell.source = re.sub(rf"\b{name}( ?= ?)\d+", rf"{name}\g<1>{value}", cell.source)
        if optimizer is not None:
            cell.source = re.sub(r"""optimizer=["']adam["']""", f"optimizer={optimizer}", cell.source)
    return notebook
