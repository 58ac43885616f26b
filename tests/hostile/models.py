"""Attacks by saved models that do something when they are opened."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np

from tests.hostile.attack import LAZY, attack, submission, write_notebook
from tests.hostile.places import Places

OPEN = """
import keras, numpy
for name in ('model.keras', 'model.h5', 'weights.npy', 'big.h5', 'outside.h5'):
    for load in (lambda: keras.saving.load_model(name, safe_mode=False), lambda: numpy.load(name, allow_pickle=True), lambda: model.load_weights(name)):
        try: print(name, load())
        except BaseException as error: print(name, error)
"""


class _Calls:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.mkdir, (str(self.target),)


@submission("model", "its own code run when the model is opened")
def with_code(places: Places, path: Path) -> None:
    write_notebook(path / "work.ipynb", [*LAZY, OPEN])
    harm = f"__import__('os').mkdir({str(places.outside / 'opened')!r})"
    wrapped = {"class_name": "__lambda__", "config": {"code": harm}}
    config = {
        "module": "keras",
        "class_name": "Sequential",
        "registered_name": None,
        "config": {
            "name": "s",
            "layers": [
                {"module": "builtins", "class_name": "exec", "config": {"x": harm}},
                {"module": "keras.layers", "class_name": "Lambda", "config": {"function": wrapped}},
            ],
        },
    }
    with zipfile.ZipFile(path / "model.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", "{}")
        archive.writestr("../../outside/slipped", "slipped")
    with h5py.File(path / "model.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(config)
    np.save(
        path / "weights.npy",
        np.array([_Calls(places.outside / "unpickled")], dtype=object),
        allow_pickle=True,
    )
    (path / "model.pkl").write_bytes(pickle.dumps(_Calls(places.outside / "unpickled")))


@submission("model", "the grader's memory and files, by links and sizes in HDF5")
def links_and_sizes(places: Places, path: Path) -> None:
    write_notebook(path / "work.ipynb", [*LAZY, OPEN])
    with h5py.File(path / "big.h5", "w") as file:
        file.create_dataset("weights", shape=(1 << 40,), dtype="f4", chunks=(1 << 20,), compression="gzip")
    with h5py.File(path / "outside.h5", "w") as file:
        file["linked"] = h5py.ExternalLink(str(places.outside / "any.h5"), "/")
        file.create_dataset("raw", shape=(100,), dtype="u1", external=[(str(places.rubric), 0, 100)])


@attack("model", "its own code run by the trusted trainer, from a network with a class of its own")
def own_classes(places: Places) -> str:
    return f"""
import keras
@keras.saving.register_keras_serializable(package='builtins', name='exec')
class Layer(keras.layers.Layer):
    def get_config(self): return {{'module': 'os', 'class_name': 'mkdir', 'config': {{'path': {str(places.outside / "trained")!r}}}}}
made = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Lambda(lambda t: open({str(places.outside / "lambda")!r}, 'w') and t), keras.layers.Flatten(), keras.layers.Dense(3)]) if False else None
small = keras.Sequential([keras.Input((8, 8, 1)), Layer(), keras.layers.Flatten(), keras.layers.Dense(3, activation='softmax')])
small.compile('adam', 'mse'); small.save('small.keras')
"""
