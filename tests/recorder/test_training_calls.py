"""What a training says of the weights it starts from and the weights it ends with."""

import pytest

from grader.evidence.events import Fitted, RecorderFault

CELLS = {
    "setup": """
import keras, numpy as np
from keras import layers
x = np.random.default_rng(0).random((60, 8, 8, 1), "float32")
y = np.arange(60) % 3
def built():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.BatchNormalization(),
                              layers.Dropout(0.25), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model
""",
    "first": "model = built(); _ = model.fit(x, y, batch_size=16, verbose=0)",
    "carried on": "model.compile('sgd', 'sparse_categorical_crossentropy'); _ = model.fit(x, y, shuffle=False, verbose=0)",
    "rebuilt": "model = built(); _ = model.fit(x, y, batch_size=64, epochs=100, verbose=0)",
    "saved and loaded": "model.save('m.keras'); again = keras.models.load_model('m.keras'); _ = again.fit(x, y, verbose=0)",
    "set back": "start = built().get_weights(); again.set_weights(start); _ = again.fit(x, y, verbose=0)",
    "refused": "model = built(); model.fit(x[:, :4], y, verbose=0)",
    "on a board": "_ = built().fit(x, y, verbose=0, callbacks=[keras.callbacks.TensorBoard('logs')])",
    "interrupted": """
class Stop(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None): raise KeyboardInterrupt
model = built(); model.fit(x, y, verbose=0, callbacks=[Stop()])
""",
    "lazily built": """
lazy = keras.Sequential([layers.Flatten(), layers.Dense(3, activation="softmax")])
lazy.compile("adam", "sparse_categorical_crossentropy"); _ = lazy.fit(x, y, verbose=0)
""",
}


@pytest.fixture(scope="module")
def fits(kernels):
    played = kernels.play(*CELLS.values())
    failed = [name for name, status in zip(CELLS, played.status, strict=True) if status != "ok"]
    assert failed == ["refused", "interrupted"]
    assert [event.what for event in played.of(RecorderFault)] == []
    return {list(CELLS)[event.cell]: event for event in played.of(Fitted)}


def test_a_training_ends_with_other_weights(fits):
    assert fits["first"].weights and fits["first"].weights_after
    assert fits["first"].weights != fits["first"].weights_after


def test_one_that_goes_on_starts_where_the_other_ended_whatever_it_is_compiled_with(fits):
    assert fits["carried on"].weights == fits["first"].weights_after


def test_a_rebuilt_network_starts_afresh_even_with_equal_weights(fits):
    assert fits["rebuilt"].weights == fits["first"].weights
    assert fits["rebuilt"].weights not in (fits["first"].weights_after, fits["carried on"].weights_after)


def test_a_shortened_training_goes_on_in_a_loaded_copy(fits):
    assert fits["rebuilt"].shortened is not None
    assert fits["saved and loaded"].weights == fits["rebuilt"].weights_after


def test_weights_set_back_are_fresh(fits):
    assert fits["set back"].weights == fits["first"].weights


def test_one_that_is_refused_leaves_the_weights_as_they_were(fits):
    assert fits["refused"].error == "ValueError"
    assert fits["refused"].weights == fits["refused"].weights_after != ""


def test_one_that_is_interrupted_tells_what_it_reached(fits):
    assert fits["interrupted"].error == "KeyboardInterrupt"
    assert fits["interrupted"].weights != fits["interrupted"].weights_after


def test_a_network_that_fit_builds_has_weights_only_afterwards(fits):
    assert fits["lazily built"].weights_after
    assert fits["lazily built"].weights != fits["lazily built"].weights_after


def test_whether_it_shuffles(fits):
    assert (fits["first"].shuffle, fits["carried on"].shuffle) == (True, False)


def test_a_callback_for_tensorboard_fails_nothing_where_that_is_not_installed(fits):
    assert fits["on a board"].error is None
    assert [callback.name for callback in fits["on a board"].callbacks] == ["TensorBoard"]
