"""A small reference solution told by hand: one network that is built, compiled, trained and looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidence_builder import Notebook, judge_all, rubric_of, works

from grader.proving.reference import Reference

BUILD = """\
model = keras.Sequential([
    layers.Input(shape=(128, 128, 3)),
    layers.Conv2D(8, (3, 3), padding="same", activation="relu"),
    layers.MaxPooling2D((2, 2)),
    layers.Flatten(),
    layers.Dense(16, activation="relu"),
    layers.Dense(6, activation="softmax"),
])"""
COMPILE = 'model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])'
FIT = (
    "history = model.fit(train_ds, validation_data=val_ds, epochs=250, callbacks=[EarlyStopping(patience=3)])"
)
PLOT = 'plt.plot(history.history["loss"])\nplt.plot(history.history["val_loss"])\nplt.show()'
EVALUATE = "loss, accuracy = model.evaluate(test_ds)\nprint(accuracy)"
NETWORK = {
    "input": [128, 128, 3],
    "layers": [
        'Conv2D(8, 3, padding="same")',
        "MaxPooling2D(2)",
        "Flatten()",
        'Dense(16, activation="relu")',
        'Dense(6, activation="softmax")',
    ],
}
LINES: tuple[Mapping[str, Any], ...] = (
    {"id": "convolution", "check": "layer", "network": "cnn", "layer": 1},
    {"id": "pooling", "check": "layer", "network": "cnn", "layer": 2},
    {"id": "hidden", "check": "layer", "network": "cnn", "layer": 4},
    {"id": "output", "check": "output_layer", "network": "cnn", "layer": 5},
    {"id": "order", "check": "network", "network": "cnn", "judge": "order"},
    {"id": "compiled", "check": "compiled", "network": "cnn", "optimizer": ["SGD"]},
    {"id": "epochs", "check": "epochs", "network": "cnn", "epochs": 250},
    {"id": "stopping", "check": "callback", "network": "cnn", "name": "EarlyStopping"},
    {"id": "curves", "check": "curves", "network": "cnn", "series": "loss"},
    {"id": "evaluated", "check": "evaluated", "network": "cnn", "data": "fruits"},
)


def reference_of(book: Notebook, *lines: Mapping[str, Any], **more: Any) -> Reference:
    rubric = rubric_of(*lines, networks={"cnn": NETWORK}, **more)
    grades = {grade.id: grade for grade in judge_all(book, rubric)}
    return Reference(rubric, book.notebook, works(book, rubric)[0], grades)
