"""What is recorded of the data handed to a model: containers, batches, labels, range, order."""

import pytest

from grader.evidence.events import DataHeld, Fitted, Predicted, RecorderFault

SETUP = """
import keras, numpy as np, pandas as pd, tensorflow as tf
from keras import layers
rng = np.random.default_rng(0)
x = rng.random((60, 8, 8, 1), "float32")
y = np.sort(np.arange(60) % 3)
def model_for(loss="sparse_categorical_crossentropy", units=3):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(units, activation="softmax")])
    model.compile("sgd", loss)
    return model
fit = lambda *data, loss="sparse_categorical_crossentropy", units=3, **given: model_for(loss, units).fit(
    *data, verbose=0, **given)
"""

CELLS = {
    "array": "fit(x, y, batch_size=7)",
    "tensor": "fit(tf.constant(x), tf.constant(y))",
    "one hot": "fit(x, keras.utils.to_categorical(y), loss='categorical_crossentropy')",
    "binary": "fit(x, (y > 1).astype('float32'), loss='binary_crossentropy', units=1)",
    "frame": "fit(x, pd.Series(y))",
    "batched": "fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(16).map(lambda a, b: (a / 2, b)).cache().prefetch(1))",
    "shuffled": "fit(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(60).batch(16))",
    "augmented": "fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(16).map(lambda a, b: (a + tf.random.uniform([], 0, .05), b)))",
    "unknown": "fit(tf.data.Dataset.from_tensor_slices((x, y)).filter(lambda a, b: b < 2).batch(4))",
    "endless": "fit(tf.data.Dataset.from_tensor_slices((x, y)).repeat().batch(4), steps_per_epoch=2)",
    "sequence": """
class Pages(keras.utils.PyDataset):
    def __len__(self): return 6
    def __getitem__(self, index): return x[index * 10:][:10], y[index * 10:][:10]
fit(Pages())
""",
    "flow": "fit(keras.preprocessing.image.ImageDataGenerator(rescale=0.5).flow(x, y, batch_size=12))",
    "turned": "fit(keras.preprocessing.image.ImageDataGenerator(rescale=0.5, rotation_range=90).flow(x, y, batch_size=12))",
    "dict": """
named = keras.Sequential([keras.Input((8, 8, 1), name="pixels"), layers.Flatten(), layers.Dense(3)])
named.compile("sgd", "mse")
named.fit({"pixels": x}, np.zeros((60, 3)), verbose=0)
""",
    "inputs": """
first, second = keras.Input((8, 8, 1)), keras.Input((2,))
both = keras.Model([first, second], layers.Dense(3)(layers.Concatenate()([layers.Flatten()(first), second])))
both.compile("sgd", "mse")
both.fit([x, np.zeros((60, 2))], np.zeros((60, 3)), verbose=0)
""",
    "dataset of dicts": "named.fit(tf.data.Dataset.from_tensor_slices(({'pixels': x}, np.zeros((60, 3)))).batch(5), verbose=0)",
}


@pytest.fixture(scope="module")
def fitted(kernels):
    played = kernels.play(SETUP, *CELLS.values())
    assert not played.of(RecorderFault)
    events = {event.cell: event for event in played.of(Fitted)}

    def of(name):
        index = list(CELLS).index(name) + 1
        assert played.status[index] == "ok", played.run.notebook.cells[index].outputs
        return events[index].data

    return of


@pytest.mark.parametrize("name", ["array", "tensor", "frame"])
def test_arrays_of_any_kind_are_seen_with_shape_range_and_labels(fitted, name):
    data = fitted(name)
    assert (data.container, data.samples, data.batch_size, data.shape, data.dtype) == (
        "array",
        60,
        None,
        (8, 8, 1),
        "float32",
    )
    assert 0 <= data.minimum < 0.1 < 0.9 < data.maximum <= 1
    assert data.thumbnails.count == 60
    assert (data.labels.encoding, data.labels.classes) == ("integer", 3)
    assert data.labels.values == (0,) * 20 + (1,) * 20 + (2,) * 20


def test_equal_samples_have_equal_digests(fitted):
    assert fitted("array").digest == fitted("tensor").digest != fitted("batched").digest


def test_encodings_of_labels(fitted):
    assert (fitted("one hot").labels.encoding, fitted("one hot").labels.classes) == ("one_hot", 3)
    assert fitted("one hot").labels.values == fitted("array").labels.values
    assert fitted("binary").labels.encoding == "binary"
    assert fitted("inputs").labels.encoding == "other"


def test_the_batch_size_of_a_dataset_is_found_behind_its_transformations(fitted):
    assert fitted("batched").batch_size == 16
    assert fitted("batched").samples == 60
    assert fitted("batched").maximum <= 0.5
    assert (fitted("sequence").batch_size, fitted("sequence").samples) == (10, 60)
    assert (fitted("flow").batch_size, fitted("flow").samples, fitted("flow").container) == (
        12,
        60,
        "generator",
    )
    assert fitted("flow").maximum <= 0.5


def test_augmented_arrays_are_looked_at_unturned_and_with_their_labels(fitted):
    turned, flow = fitted("turned"), fitted("flow")
    assert turned.thumbnails == flow.thumbnails
    assert turned.labels == flow.labels
    assert turned.thumbnails.count == 60


def test_reshuffling_is_told_from_augmentation(fitted):
    assert fitted("shuffled").reshuffles
    assert not fitted("batched").reshuffles
    assert not fitted("augmented").reshuffles


def test_datasets_without_an_end_or_a_known_length_are_only_sampled(fitted):
    assert fitted("endless").samples is None
    assert fitted("endless").thumbnails.count == 512
    assert fitted("unknown").samples == 40  # it ended before enough was seen


@pytest.mark.parametrize("name", ["dict", "inputs", "dataset of dicts"])
def test_of_several_inputs_the_first_is_described(fitted, name):
    assert fitted(name).shape == (8, 8, 1)
    assert fitted(name).samples == 60


def test_odd_inputs_fail_as_in_keras_and_never_in_the_recorder(kernels):
    odd = [
        "model.predict('a picture.jpg', verbose=0)",
        "model.predict(None, verbose=0)",
        "model.predict(np.array(['a', 'b']), verbose=0)",
        "model.predict([x[0], x[1]], verbose=0)",
        "model.fit(tf.ragged.constant([[1], [2, 3]]), y[:2], verbose=0)",
        "model.fit([], [], verbose=0)",
        "model.fit({}, y, verbose=0)",
        "model.fit(x, y, validation_data=(x, y, np.ones(60)), epochs=3, verbose=0)",
        "model.fit(x, y, callbacks=keras.callbacks.EarlyStopping, verbose=0)",
        "def broken():\n    yield x, y\n    raise ValueError('mine')\nmodel.fit(broken(), steps_per_epoch=3, verbose=0)",
        "def none():\n    raise ValueError('mine')\n    yield\nmodel.fit(none(), verbose=0)",
        "model.fit(tf.data.Dataset.from_tensor_slices((x, y)).map(lambda a, b: (tf.ensure_shape(a, (9,)), b)))",
    ]
    played = kernels.play(SETUP, "model = model_for()", *odd)
    assert not played.of(RecorderFault)
    assert played.status[2 + 7] == "ok"
    assert "grader" not in "".join(played.text(index) for index in range(2, 2 + len(odd)))
    assert {played.error(2 + 9), played.error(2 + 10)} == {"ValueError"}


def test_a_fault_of_the_recorder_is_a_problem_of_ours_and_the_cell_runs_on(kernels):
    sabotage = """
import base64
def fails(*_): raise RuntimeError("a fault of ours")
base64.b64encode = fails
"""
    executed = kernels.climb(
        SETUP,
        sabotage,
        "history = fit(x, y, epochs=30); print(len(history.epoch))",
        "model = model_for(); print(model.predict(x, verbose=0).shape, model(x).shape)",
        "print(model.evaluate(x, y, verbose=0) > 0)",
    ).evidence
    assert [cell.status for cell in executed.cells] == ["ok"] * 5
    assert executed.cells[2].text == "30\n"
    assert executed.cells[3].text == "(60, 3) (60, 3)\n"
    assert any(
        "fit: could not be recorded (RuntimeError: a fault of ours)" in each for each in executed.problems
    )


def test_data_of_a_failed_call_are_held(kernels):
    played = kernels.play(
        SETUP,
        "pictures, classes = x / 2, y",
        "model = model_for()\nmodel.fit(pictures, classes, epochs=nothing)",
        "model.evaluate(pictures, missing)",
    )
    held = [event for event in played.of(DataHeld) if event.variable == "pictures"]
    assert [event.cell for event in held] == [2, 3]
    assert held[0].data.labels.classes == 3
    assert held[0].data.maximum <= 0.5
    assert not played.of(Fitted)


def test_a_direct_call_is_a_prediction_a_training_step_is_not(kernels):
    played = kernels.play(
        SETUP,
        "model = model_for()\nscores = model(x[:5])",
        "with tf.GradientTape() as tape:\n    loss = tf.reduce_mean(model(x, training=True))",
        "wide = keras.Sequential([model, layers.Dense(2)]); wide.build((None, 8, 8, 1))",
    )
    assert played.status == ("ok",) * 4
    event = played.one(Predicted)
    assert (event.cell, event.output_shape, event.data.samples, len(event.classes)) == (1, (5, 3), 5, 5)


def test_looking_at_large_arrays_copies_none_of_them(kernels):
    """Two arrays of 0.8 GB would not fit a second time."""
    played = kernels.play(
        SETUP,
        "big = np.zeros((800_000, 16, 16, 1), 'float32')",
        "model = keras.Sequential([keras.Input((16, 16, 1)), layers.GlobalAveragePooling2D(), layers.Dense(2)])\n"
        "model.compile('sgd', 'sparse_categorical_crossentropy')\n"
        "model.fit(big, np.zeros(800_000), epochs=2, verbose=0)",
    )
    assert played.status == ("ok",) * 3
    assert played.one(Fitted).data.samples == 800_000
