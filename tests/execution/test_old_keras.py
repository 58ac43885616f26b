"""Notebooks written for Keras 2, really executed: shims on Keras 3, and Keras 2 itself where they do not suffice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grader.datasets.arrays import serve_array
from grader.evidence.events import ApiAge, Compiled, Fitted, ModelSeen, Predicted
from grader.evidence.evidence import Evidence
from grader.evidence.settings import RecorderSettings
from grader.execution.job import Job
from grader.execution.limits import Limits
from grader.execution.strengths import strongest
from grader.executors.kernels import Kernels
from grader.network.canonical import read_network

LOAD = """
from keras.datasets import cifar10
from keras.utils import np_utils
(x, y), (xt, yt) = cifar10.load_data()
x, xt = x / 255., xt / 255.
y, yt = np_utils.to_categorical(y, 10), np_utils.to_categorical(yt, 10)
"""
BUILD = """
from keras.models import Sequential
from keras.layers.convolutional import Conv2D
from keras.layers import Dense, Flatten, MaxPooling2D, LeakyReLU
model = Sequential()
model.add(Conv2D(8, (3, 3), input_shape=(32, 32, 3)))
model.add(LeakyReLU(alpha=0.1))
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(10, activation='Softmax'))
"""
COMPILE = """
from keras.optimizers import SGD
model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=0.01, decay=1e-6), metrics=['acc'])
"""
FIT = """
history = model.fit(x, y, epochs=30, batch_size=64, validation_data=(xt, yt))
print(history.history['acc'][-1], history.history['val_acc'][-1])
print(model.predict_classes(xt)[:5])
"""
OLD_CHECKPOINT = """
from keras.callbacks import ModelCheckpoint
keep = ModelCheckpoint('best.hdf5', save_best_only=True, save_weights_only=True, period=1)
history = model.fit(x, y, epochs=30, batch_size=64, validation_data=(xt, yt), callbacks=[keep])
print(history.history['acc'][-1])
"""


def run(cache: Path, *cells: str) -> Evidence:
    array = (("cifar10", str(serve_array("cifar10", "reduced", cache))),)
    job = Job(
        notebook=new_notebook(cells=[new_code_cell(cell) for cell in cells]),
        name="old.ipynb",
        strings=(),
        data=(),
        arrays={"reduced": array, "full": array},
        files=None,
        limits=Limits(),
        recorder=RecorderSettings(),
        threads=1,
        sandbox=strongest(),
        hidden=(),
    )

    async def executed() -> Evidence:
        kernels = Kernels()
        try:
            return (await kernels.execute(job, lambda stage: None)).evidence
        finally:
            await kernels.close()

    return asyncio.run(executed())


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def shimmed(cache: Path) -> Evidence:
    return run(cache, LOAD, BUILD, COMPILE, FIT)


@pytest.fixture(scope="module")
def legacy(cache: Path) -> Evidence:
    return run(cache, LOAD, BUILD, COMPILE, OLD_CHECKPOINT)


def test_shims_answer_old_spellings_on_keras_3(shimmed: Evidence) -> None:
    assert [cell.error for cell in shimmed.cells] == [None] * 4
    assert not shimmed.legacy


def test_what_the_shims_answered_is_recorded(shimmed: Evidence) -> None:
    names = {event.name for event in shimmed.of(ApiAge)}
    assert {"keras.utils.np_utils", "keras.layers.convolutional", "lr", "decay", "predict_classes"} <= names
    assert "activation='Softmax'" in names


def test_what_shims_do_not_suffice_for_runs_on_keras_2(legacy: Evidence) -> None:
    assert legacy.legacy
    assert [cell.error for cell in legacy.cells] == [None] * 4


def test_keras_2_leaves_the_same_evidence(shimmed: Evidence, legacy: Evidence) -> None:
    networks = []
    for evidence in (shimmed, legacy):
        model = [event for event in evidence.of(ModelSeen) if event.config][-1]
        network = read_network(model.config or {}, model.input_shape)
        networks.append([(layer.kind, layer.arguments.get("activation")) for layer in network.layers])
        assert network.parameters == 8 * (27 + 1) + 15 * 15 * 8 * 10 + 10
        (compiled,) = evidence.of(Compiled)
        assert compiled.optimizer.name == "SGD"
        assert compiled.metrics == ("acc",)
        (fit,) = evidence.of(Fitted)
        assert (fit.epochs, fit.batch_size) == (30, 64)
        assert fit.data.thumbnails is not None
        assert fit.shortened is not None
    assert networks[0] == networks[1]


def test_predictions_are_seen_on_both(cache: Path, shimmed: Evidence) -> None:
    assert any(event.classes for event in shimmed.of(Predicted))
