"""Equivalents: other code that does the same."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import pytest
from small_reference import BUILD, COMPILE

from grader.network.canonical import read_network
from grader.proving.generate import variants_of
from grader.proving.reference import Reference
from grader.proving.variant import EQUIVALENCES

NETWORKS = (
    "functional for sequential",
    "add for a list",
    "layers added in a loop",
    "built in a function",
    "two networks in one",
    "activations as layers",
    "other names of layers",
    "arguments by keyword, in another order",
    "arguments by position",
    "sizes as pairs or as single numbers",
    "input shape said elsewhere",
    "layers imported by name",
)
IMPORTS = "import keras\nfrom keras import layers"


def sources(reference: Reference, kind: str) -> list[str]:
    notebook = EQUIVALENCES[kind](reference)
    assert notebook is not None, "nothing was rewritten"
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def run(cells: list[str]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for cell in cells:
        exec(cell, names)
    return names


def printed(cells: list[str]) -> str:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        run(cells)
    return told.getvalue()


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_written_otherwise_is_the_same_network(
    kind: str, written: Callable[..., Reference]
) -> None:
    from keras.saving import serialize_keras_object

    def network(cells: list[str]) -> Any:
        layers = read_network(serialize_keras_object(run(cells)["model"])).layers
        return [(layer.kind, dict(layer.arguments), layer.output_shape) for layer in layers]

    cells = [IMPORTS, BUILD]
    other = sources(written(*cells), kind)
    assert other != cells
    assert network(other) == network(cells)


@pytest.mark.parametrize(
    "kind",
    ["optimizer as an object or by its name", "loss as an object or by its name", "loss as a function",
     "compile settings in a dictionary"],
)  # fmt: skip
def test_compile_settings_written_otherwise_are_the_same(
    kind: str, written: Callable[..., Reference]
) -> None:
    def settings(cells: list[str]) -> Any:
        model = run(cells)["model"]
        loss = (
            model.loss
            if isinstance(model.loss, str)
            else getattr(model.loss, "name", None) or model.loss.__name__
        )
        return type(model.optimizer).__name__, float(model.optimizer.learning_rate), loss

    cells = [IMPORTS, BUILD, COMPILE]
    other = sources(written(*cells), kind)
    assert other != cells
    assert settings(other) == settings(cells)


PLAIN = (
    "import random  # for the draw\nrandom.seed(7)\nSEED = 3",
    "def double(value):\n    half = value\n    return half * 2",
    "# a heading",
    "total = double(4)\nfor turn in range(2):\n    total += turn",
    'print("total", total)',
)


@pytest.mark.parametrize(
    "kind",
    ["cells split", "cells merged", "other names of variables", "another layout, without comments",
     "unused code", "more words"],
)  # fmt: skip
def test_code_written_otherwise_does_the_same(kind: str, written: Callable[..., Reference]) -> None:
    reference = written(*PLAIN)
    code = [cell for cell in PLAIN if not cell.startswith("# a")]
    other = sources(reference, kind)
    assert printed(other) == printed(code) == "total 9\n"
    if kind != "more words":
        assert other != code


def test_seeds_change_together(written: Callable[..., Reference]) -> None:
    before = 'SEED = 1\nkeras.utils.set_random_seed(5)\na = load("x", seed=9)\nb = load("y", seed=9, size=9)'
    (after,) = sources(written(before), "other seeds")
    assert after == (
        "SEED = 1862\nkeras.utils.set_random_seed(1866)\n"
        "a = load('x', seed=1870)\nb = load('y', seed=1870, size=9)"
    )


def test_keras_is_imported_as_the_other_one(written: Callable[..., Reference]) -> None:
    old = "from tensorflow.keras.utils import to_categorical"
    reference = written("import keras\nfrom keras.layers import Dense", old)
    assert sources(reference, "tf.keras for keras and back") == [
        "from tensorflow import keras\nfrom tensorflow.keras.layers import Dense",
        "from keras.utils import to_categorical",
    ]


def test_labels_change_with_the_loss_wherever_they_are_fed(written: Callable[..., Reference]) -> None:
    reference = written(COMPILE, "model.fit(x, y, validation_data=(v, w))", "model.evaluate(test_ds)")
    compiled, fitted, evaluated = sources(reference, "labels in the other encoding")
    assert "loss='categorical_crossentropy'" in compiled
    assert "fit(x, keras.utils.to_categorical(y, " in fitted
    assert "validation_data=(v, keras.utils.to_categorical(w, " in fitted
    assert "evaluate(test_ds.map(lambda images, labels: (images, tensorflow.one_hot(labels, " in evaluated


def test_curves_are_drawn_by_others(written: Callable[..., Reference]) -> None:
    reference = written('axis.plot(history.history["loss"], label="training")')
    assert sources(reference, "curves drawn by pandas") == [
        "import pandas\npandas.Series(history.history['loss']).plot(ax=axis, label='training')"
    ]


def test_only_curves_whose_lines_nobody_keeps_are_drawn_by_others(
    written: Callable[..., Reference],
) -> None:
    reference = written('(line,) = plt.plot(history.history["loss"])')
    assert EQUIVALENCES["curves drawn by seaborn"](reference) is None


def test_a_network_that_grows_later_stays_sequential(written: Callable[..., Reference]) -> None:
    grown = "model = keras.Sequential([layers.Input(shape=(4, 4, 3)), layers.Flatten()])"
    reference = written(f"{grown}\nmodel.add(layers.Dense(3))")
    assert EQUIVALENCES["functional for sequential"](reference) is None
    assert EQUIVALENCES["functional for sequential"](written(grown)) is not None


def test_what_has_nothing_to_rewrite_gives_nothing(written: Callable[..., Reference]) -> None:
    reference = written("x = 1")
    assert EQUIVALENCES["functional for sequential"](reference) is None
    assert EQUIVALENCES["labels in the other encoding"](reference) is None


def test_equivalents_of_a_reference_are_python_and_all_different(reference: Reference) -> None:
    found = [each for each in variants_of(reference) if not each.is_mutant]
    texts = {"\0".join(cell.source for cell in each.notebook.cells) for each in found}
    assert len(texts) == len(found) >= 14
    for each in found:
        for cell in each.notebook.cells:
            if cell.cell_type == "code":
                compile(cell.source, each.kind, "exec")
