"""Fingerprints of code: what a copyist changes does not change them, what is another idea does."""

import subprocess
import sys
import time

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.submissions.fingerprints import RUN, WINDOW, fingerprints
from grader.submissions.source import parse_cells

CODE = """
import tensorflow as tf
from tensorflow.keras import layers

def plot_history(history, title):
    # loss and accuracy side by side
    figure, axes = plt.subplots(1, 2, figsize=(12, 4))
    for axis, name in zip(axes, ("loss", "accuracy")):
        axis.plot(history.history[name], label="train")
        axis.plot(history.history["val_" + name], label="validation")
        axis.set_xlabel("Epoch")
        axis.legend()
    figure.suptitle(title)

batch_size = 32
model = tf.keras.Sequential([layers.Conv2D(32, 3), layers.MaxPooling2D(2), layers.Dense(6)])
"""


def of(*sources):
    return fingerprints(parse_cells(new_notebook(cells=[new_code_cell(source) for source in sources])))


def shared(first, second):
    return len(np.intersect1d(first, second)) / min(len(first), len(second))


def test_other_names_comments_texts_and_layout_are_the_same_code():
    renamed = (
        CODE.replace("plot_history", "draw")
        .replace("history,", "h,")
        .replace("batch_size", "bs")
        .replace("model", "cnn")
        .replace("# loss and accuracy side by side", "# my own idea")
        .replace('"Epoch"', "'epoch no.'")
        .replace("    ", "  ")
        .replace(", ", ",")
    )
    assert shared(of(CODE), of(renamed)) > 0.8


def test_what_a_library_calls_its_things_tells_networks_apart():
    assert shared(of(CODE), of(CODE.replace("Conv2D(32, 3)", "SeparableConv2D(64, 5)"))) < 1


def test_a_passage_pasted_among_other_code_is_found():
    start = "import os\nfor folder in os.listdir(root):\n    print(folder, len(os.listdir(root)))\n" * 3
    alone, among = of(CODE), of(start, CODE, start)
    assert shared(alone, among) > 0.9


def test_one_cell_or_several_is_the_same_code():
    half = CODE.index("batch_size")
    assert np.array_equal(of(CODE[:half], CODE[half:]), of(CODE[:half] + "\n" + CODE[half:]))


def test_less_than_a_passage_has_none():
    assert len(of("a = 1")) == len(of()) == 0
    assert len(of("; ".join(["f(x)"] * (RUN + WINDOW)))) > 0


def test_code_that_does_not_parse_has_fingerprints_too():
    assert shared(of(CODE), of(CODE + "\nmodel.fit(train_ds epochs=\n'unclosed")) > 0.9


def test_they_are_the_same_in_every_process():
    script = (
        "from nbformat.v4 import *\nfrom grader.submissions.fingerprints import fingerprints\n"
        "from grader.submissions.source import parse_cells\n"
        f"print(fingerprints(parse_cells(new_notebook(cells=[new_code_cell({CODE!r})]))).tolist())"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(of(CODE).tolist())


def test_hostile_code_takes_no_longer_than_its_length():
    for source in ('"' * 20_000, "'''" + "\\" * 20_000, "f'" * 20_000, "é\x00" * 20_000):
        cells = parse_cells(new_notebook(cells=[new_code_cell(source)]))
        start = time.perf_counter()
        fingerprints(cells)
        assert time.perf_counter() - start < 1


@pytest.mark.parametrize("piece", ["'\\", '"\\', "'''\\", '"""', "'", "#", "r'"])
def test_texts_that_nothing_closes_are_read_once(piece):
    # In the square of their length these would take an hour.
    fingerprints(parse_cells({"cells": [{"cell_type": "code", "source": (piece * 200_000)[:199_999]}]}))
