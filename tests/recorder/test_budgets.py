"""Shortened calls cost what the budget allows and look like the calls that were asked for."""

import pytest

from grader.evidence.events import Evaluated, Fitted, Predicted
from grader.evidence.settings import RecorderSettings
from grader.recorder.budget import STEP

BUDGET = RecorderSettings(fit_work=8e9, forward_work=1e8, notebook_work=1e12)

SETUP = """
import keras, numpy as np
from keras import layers
rng = np.random.default_rng(0)

def small(side=28, classes=10):
    model = keras.Sequential([keras.Input((side, side, 1)), layers.Conv2D(4, 3, activation="relu"),
                              layers.MaxPooling2D(4), layers.Flatten(), layers.Dense(classes, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

x = rng.random((2000, 28, 28, 1), "float32")
y = np.sort(np.arange(2000) % 10)
"""


def work_of(convolutions, dense):
    """Operations of a forward pass: ``(kernel, channels in, filters, output side)`` and ``(inputs, units)``."""
    return sum(2 * k * k * i * f * s * s for k, i, f, s in convolutions) + sum(2 * i * u for i, u in dense)


@pytest.fixture(scope="module")
def trained(kernels):
    return kernels.play(
        SETUP,
        "model = small(); history = model.fit(x, y, epochs=250, verbose=0, validation_split=0.1)\n"
        "print(len(history.history['loss']), len(history.history['val_accuracy']), len(history.epoch))",
        """
vgg = keras.Sequential([keras.Input((64, 64, 3))])
for filters in (8, 16, 16):
    vgg.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
    vgg.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
    vgg.add(layers.MaxPooling2D())
vgg.add(layers.Flatten())
vgg.add(layers.Dense(10, activation="softmax"))
vgg.compile("adam", "sparse_categorical_crossentropy")
pictures = rng.random((600, 64, 64, 3), "float32")
history = vgg.fit(pictures, y[:600], epochs=250, verbose=0)
print(len(history.history["loss"]))
""",
        "stop = keras.callbacks.EarlyStopping(patience=3)\n"
        "history = model.fit(x, y, epochs=50, validation_split=0.1, callbacks=[stop], verbose=0)\n"
        "print(len(history.history['loss']))",
        "print(model.predict(x, verbose=0).shape, np.isfinite(model.predict(x, verbose=0)).all())",
        "print(len(model.evaluate(x, y, verbose=0)))",
        """
taken = []
def batches():
    for start in range(0, 640, 32):
        taken.append(start)
        yield x[start:start + 32], y[start:start + 32]
generator = batches()
model.fit(generator, steps_per_epoch=3, epochs=1, verbose=0)
print(len(taken), next(generator)[0].shape)
""",
        """
import tensorflow as tf
endless = tf.data.Dataset.from_tensor_slices((x, y)).repeat().shuffle(100).batch(20)
history = model.fit(endless, steps_per_epoch=100, epochs=30, verbose=0)
print(len(history.history["loss"]))
finite = tf.data.Dataset.from_tensor_slices((x[:333], y[:333])).batch(20).map(lambda a, b: (a, b)).prefetch(2)
print(model.predict(finite, verbose=0).shape)
print(model.predict(finite.skip(1), verbose=0).shape)
""",
        "history = model.fit(x, y, epochs=40, validation_split=0.1, validation_freq=10, verbose=0)\n"
        "print(len(history.history['loss']), len(history.history['val_loss']))",
        """
class Quitter(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True
print(len(model.fit(x, y, epochs=40, callbacks=[Quitter()], verbose=0).epoch))
""",
        """
two = keras.Model([a := keras.Input((28, 28, 1)), b := keras.Input((3,))],
                  layers.Dense(10, activation="softmax")(layers.Concatenate()([layers.Flatten()(a), b])))
two.compile("adam", "sparse_categorical_crossentropy")
side = rng.random((2000, 3), "float32")
print(len(two.fit([x, side], y, epochs=9, sample_weight=np.ones(2000), verbose=0).epoch))
print(two.predict([x, side], verbose=0).shape)
""",
        "print(len(model.fit(x, y, epochs=5, initial_epoch=2, verbose=0).epoch))",
        "model.fit(x, y, epochs='10', verbose=0)",
        "model.fit(x, y[:100], epochs=3, verbose=0)",
        "keras.Sequential([layers.Dense(3)]).fit(np.zeros((0, 4)), np.zeros(0))",
        recorder=BUDGET,
    )


def test_every_call_but_the_wrong_ones_runs_and_its_history_has_the_epochs_asked_for(trained):
    assert trained.status == (*["ok"] * 12, *["failed"] * 3)
    assert trained.text(1) == "250 250 250\n"
    assert trained.text(2) == "250\n"
    assert trained.text(11) == "3\n"


def test_early_stopping_and_callbacks_that_stop_keep_their_short_history(trained):
    assert trained.text(3) == "2\n"
    assert trained.text(9) == "1\n"


def test_a_small_and_a_deep_network_cost_comparable_work(trained):
    small, deep = [event for event in trained.of(Fitted) if event.cell in (1, 2)]
    of_small = work_of([(3, 1, 4, 26)], [(6 * 6 * 4, 10)])
    of_deep = work_of(
        [(3, 3, 8, 64), (3, 8, 8, 64), (3, 8, 16, 32), (3, 16, 16, 32), (3, 16, 16, 16), (3, 16, 16, 16)],
        [(8 * 8 * 16, 10)],
    )
    assert small.epochs == deep.epochs == 250
    spent = [
        event.shortened.epochs * event.shortened.samples * (3 * work + STEP / 32)
        for event, work in ((small, of_small), (deep, of_deep))
    ]
    assert small.shortened.samples > 10 * deep.shortened.samples
    assert all(BUDGET.fit_work / 4 < work <= BUDGET.fit_work for work in spent)


def test_predictions_have_a_row_for_each_input(trained):
    assert trained.text(4) == "(2000, 10) True\n"
    assert trained.text(7).endswith("30\n(333, 10)\n(313, 10)\n")
    assert trained.text(10).startswith("9\n(2000, 10)\n")
    shortened = trained.of(Predicted)[0].shortened
    assert shortened is not None
    assert 8 <= shortened.samples < 2000


def test_evaluation_gives_its_numbers_within_the_budget(trained):
    event = trained.one(Evaluated)
    assert trained.text(5) == "2\n"
    assert 0 < event.shortened.samples < 2000
    assert set(event.results) == {"loss", "metric_1"}


def test_python_generators_lose_nothing_but_what_training_took(trained):
    text = trained.text(6).split()
    assert 1 <= int(text[0]) <= 5
    assert text[1:5] == ["(32,", "28,", "28,", "1)"]
    event = next(event for event in trained.of(Fitted) if event.cell == 6)
    assert (event.data.container, event.data.batch_size, event.steps_per_epoch) == ("generator", 32, 3)


def test_a_validation_after_every_tenth_epoch_comes_although_ten_epochs_are_never_run(trained):
    assert trained.text(8) == "40 4\n"


def test_what_keras_refuses_is_refused_as_written(trained):
    assert trained.error(12) in ("TypeError", "ValueError")
    assert trained.error(13) == "ValueError"
    assert trained.of(Fitted)[-1].error is not None


def test_a_notebooks_work_is_bounded_too_beyond_it_calls_become_single_steps(kernels):
    played = kernels.play(
        SETUP,
        "model = small()\nfor _ in range(4): model.fit(x, y, epochs=2, verbose=0)",
        recorder=RecorderSettings(fit_work=3e8, notebook_work=7e8),
    )
    samples = [(event.shortened.epochs * event.shortened.samples) for event in played.of(Fitted)]
    assert samples[0] == samples[1] > samples[2] > samples[3] == 8
