"""Pre-trained networks without a network: the teacher's weights or random ones, and calls that stay affordable."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.evidence.events import Evaluated, Fitted, Loaded, ModelSeen, PretrainedLoaded, RecorderFault
from grader.execution.request import World
from grader.network.canonical import read_network

XCEPTION = [
    """
import keras, numpy as np
from tensorflow.keras.applications.xception import Xception, preprocess_input
x = np.zeros((40_000, 32, 32, 3), "uint8"); y = np.zeros((40_000, 10), "uint8"); y[:, 3] = 1
print(preprocess_input(np.full((1, 2), 255.0)).tolist())
""",
    """
base = Xception(weights="imagenet", include_top=False, input_shape=(224, 224, 3))
for layer in base.layers:
    layer.trainable = False
""",
    """
model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.UpSampling2D(7), base, keras.layers.Flatten(),
    keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
model.summary()
""",
    """
history = model.fit(x, y, epochs=10, batch_size=32, validation_data=(x[:10_000], y[:10_000]), verbose=0)
print(len(history.history["val_accuracy"]))
""",
    "print(len(model.evaluate(x[:10_000], y[:10_000], verbose=0)))",
    "print(model.predict(x[:10_000], verbose=0).shape)",
]


@pytest.fixture(scope="module")
def frozen(kernels):
    return kernels.play(*XCEPTION)


def test_a_frozen_xception_is_built_trained_and_tested(frozen):
    assert frozen.status == ("ok",) * 6
    assert frozen.of(RecorderFault) == []
    assert [frozen.text(cell) for cell in (0, 3, 4, 5)] == ["[[1.0, 1.0]]\n", "10\n", "2\n", "(10000, 10)\n"]


def test_that_its_weights_are_random_is_noted(frozen):
    event = frozen.one(PretrainedLoaded)
    assert (event.cell, event.served) == (1, False)
    assert event.file == "xception_weights_tf_dim_ordering_tf_kernels_notop.h5"


def test_its_structure_is_read_all_the_same(frozen):
    network = read_network([event for event in frozen.of(ModelSeen) if "model" in event.variables][-1].config)
    assert [layer.kind for layer in network.layers][:3] == ["UpSampling2D", "Xception", "Flatten"]
    assert (network.parameters, network.trainable_parameters) == (33_707_954, 12_846_474)


def test_an_expensive_network_passes_a_few_samples(frozen):
    assert frozen.one(Fitted).shortened.samples <= 4
    assert frozen.one(Evaluated).shortened.samples <= 4
    assert frozen.one(Fitted).epochs == 10


def published(path: Path) -> float:
    """Weights of a small MobileNet in the format in which they are published; the sum of its first kernel."""
    import h5py
    import keras
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    trained = keras.applications.MobileNet(weights=None, include_top=False, input_shape=(32, 32, 3))
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, trained)
    return float(trained.get_layer("conv1").kernel.numpy().sum())


def test_the_teachers_file_is_loaded(kernels, tmp_path: Path):
    first = published(tmp_path / "mobilenet.h5")
    world = World(weights=(("mobilenet.notop", str(tmp_path / "mobilenet.h5")),))
    played = kernels.play(
        "import keras\nnet = keras.applications.MobileNet(include_top=False, input_shape=(32, 32, 3))\n"
        "print(float(net.get_layer('conv1').kernel.numpy().sum()))",
        "small = keras.applications.MobileNet(alpha=0.25, include_top=False, input_shape=(32, 32, 3))",
        world=world,
    )
    assert played.status == ("ok", "ok")
    assert float(played.text(0)) == pytest.approx(first)
    assert [event.served for event in played.of(PretrainedLoaded)] == [True, False]  # none for this width
    assert played.of(Loaded) == []


def test_other_weights_and_no_weights_are_no_business_of_this(kernels):
    played = kernels.play(
        "import keras\nnet = keras.applications.MobileNet(weights=None, input_shape=(32, 32, 3), classes=10)",
        "net = keras.applications.MobileNet(weights='absent.h5')",
        "net = keras.applications.MobileNet(weights='imagenet', classes=10)",
    )
    assert played.status == ("ok", "failed", "failed")
    assert played.of(PretrainedLoaded) == []
