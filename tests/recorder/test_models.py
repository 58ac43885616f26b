"""What is recorded of models: identity, compile, fit's arguments, saving and loading, metrics."""

import pytest

from grader.evidence.events import (
    ApiAge,
    ArgmaxCalled,
    Compiled,
    Fitted,
    Loaded,
    MetricCalled,
    ModelSeen,
    Predicted,
    RecorderFault,
    Saved,
    Summarised,
)
from grader.network.canonical import read_network

CELLS = {
    "setup": """
import keras, numpy as np, tensorflow as tf
from keras import layers
x = np.random.default_rng(0).random((40, 8, 8, 1), "float32")
y = np.arange(40) % 3
def built(): return keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(3, activation="softmax")])
""",
    "sequential": "model = built(); model.summary()",
    "rebuilt": "model = built(); net = model",
    "functional": "i = keras.Input((8, 8, 1)); functional = keras.Model(i, layers.Dense(3)(layers.Flatten()(i)))",
    "subclassed": """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.flat, self.out = layers.Flatten(), layers.Dense(3, activation="softmax")
    def call(self, inputs): return self.out(self.flat(inputs))
own = Net(); own.compile("adam", "sparse_categorical_crossentropy"); _ = own.fit(x, y, verbose=0)
""",
    "unhashable": """
class Odd(keras.Sequential):
    def __eq__(self, other): raise RuntimeError("never compare me")
odd = Odd([layers.Dense(2)])
""",
    "strings": "model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy', 'mae'])",
    "objects": "model.compile(keras.optimizers.SGD(0.25), keras.losses.SparseCategoricalCrossentropy(), metrics=[keras.metrics.SparseCategoricalAccuracy()])",
    "class": "model.compile(optimizer=keras.optimizers.RMSprop, loss='mse')",
    "own loss": "functional.compile(optimizer=keras.optimizers.RMSprop(), loss=lambda t, p: tf.reduce_mean(p), metrics=None)",
    "fit": """
history = model.fit(x, y, epochs=30, batch_size=16, validation_split=0.25, verbose=0, callbacks=[
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=7, restore_best_weights=True),
    keras.callbacks.ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True)])
""",
    "custom callback": """
class Mine(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None): self.model.save("mine.keras")
_ = model.fit(x, y, verbose=0, callbacks=[Mine()])
""",
    "save": "model.save('whole.keras'); model.save('old.h5'); model.save_weights('only.weights.h5')",
    "load": "from tensorflow.keras.models import load_model\nagain = load_model('whole.keras')",
    "load by module": "third = keras.models.load_model('old.h5'); third.load_weights('only.weights.h5')",
    "load nothing": "load_model('absent.keras')",
    "saved by function": "from keras.models import save_model; save_model(model, 'by_function.keras')",
    "predict": "scores = again.predict(x, verbose=0); predicted = np.argmax(scores, axis=1)",
    "metrics": "from sklearn.metrics import classification_report, confusion_matrix\n_ = classification_report(y, predicted, zero_division=0); _ = confusion_matrix(y, predicted)",
    "bad metric": "classification_report(y, predicted[:3])",
    "evaluate": "_ = again.evaluate(x, y, verbose=0, return_dict=True)",
    "retrained": "_ = model.fit(x, y, verbose=0)",
}


@pytest.fixture(scope="module")
def seen(kernels):
    played = kernels.play(*CELLS.values())
    bad = {name: played.status[i] for i, name in enumerate(CELLS) if played.status[i] != "ok"}
    assert bad == {"class": "failed", "load nothing": "failed", "bad metric": "failed"}
    assert [event.what for event in played.of(RecorderFault)] == []

    def of(name, kind):
        return [event for event in played.of(kind) if event.cell == list(CELLS).index(name)]

    return of


def test_a_rebuilt_model_is_another_one_and_names_are_known(seen):
    (first,), (second,) = seen("sequential", ModelSeen)[-1:], seen("rebuilt", ModelSeen)[-1:]
    assert first.model != second.model
    assert (first.variables, second.variables) == (("model",), ("model", "net"))
    assert second.parameters == 64 * 3 + 3
    assert second.input_shape == (8, 8, 1)
    assert len(seen("sequential", Summarised)) == 1


def test_functional_and_subclassed_models_are_seen(seen):
    assert seen("functional", ModelSeen)[-1].class_name == "Functional"
    own = seen("subclassed", ModelSeen)[-1]
    assert own.class_name == "Net"
    assert seen("subclassed", Fitted)[0].model == own.model


def test_a_class_of_the_student_s_own_shows_the_layers_that_its_call_uses(seen):
    own = seen("subclassed", ModelSeen)[-1]
    network = read_network(own.config, own.input_shape)
    assert [layer.kind for layer in network.layers] == ["Flatten", "Dense", "Activation"]
    assert network.parameters == own.parameters == 64 * 3 + 3


def test_models_that_cannot_be_compared_or_hashed_are_seen_like_any(seen):
    assert seen("unhashable", ModelSeen)[-1].variables == ("odd",)


def test_compile_is_understood_in_every_spelling(seen):
    (strings,) = seen("strings", Compiled)
    assert (strings.optimizer.name, [loss.name for loss in strings.losses]) == (
        "Adam",
        ["sparse_categorical_crossentropy"],
    )
    assert strings.metrics == ("accuracy", "mae")
    (objects,) = seen("objects", Compiled)
    assert (objects.optimizer.name, objects.optimizer.config["learning_rate"]) == ("SGD", 0.25)
    assert objects.losses[0].name == "SparseCategoricalCrossentropy"
    assert objects.metrics == ("SparseCategoricalAccuracy",)
    (own,) = seen("own loss", Compiled)
    assert (own.optimizer.name, own.losses[0].name) == ("RMSprop", "<lambda>")
    assert seen("class", Compiled) == []  # Keras takes no class for an optimizer


def test_fit_is_recorded_as_asked_for(seen):
    (fit,) = seen("fit", Fitted)
    assert (fit.epochs, fit.batch_size, fit.validation_split) == (30, 16, 0.25)
    assert (fit.data.samples, fit.validation.samples) == (30, 10)
    stop, checkpoint = fit.callbacks
    assert (stop.name, stop.config["monitor"], stop.config["patience"]) == ("EarlyStopping", "val_loss", 7)
    assert (checkpoint.name, checkpoint.config["save_best_only"]) == ("ModelCheckpoint", True)
    assert {"loss", "val_loss"} <= fit.history.keys()
    assert fit.shortened.epochs == 2


def test_a_trained_models_weights_differ_from_a_fresh_ones(seen):
    assert seen("fit", Fitted)[0].weights != seen("retrained", Fitted)[0].weights != ""


def test_who_saved_what_and_where(seen):
    (best,) = seen("fit", Saved)
    assert (best.path.endswith("/best.keras"), best.whole, best.by) == (True, True, "callback")
    assert [(event.path.rpartition("/")[2], event.by) for event in seen("custom callback", Saved)] == [
        ("mine.keras", "callback")
    ]
    assert [(event.path.rpartition("/")[2], event.whole, event.by) for event in seen("save", Saved)] == [
        ("whole.keras", True, "save"),
        ("old.h5", True, "save"),
        ("only.weights.h5", False, "save"),
    ]
    assert [event.path.rpartition("/")[2] for event in seen("saved by function", Saved)] == [
        "by_function.keras"
    ]


def test_a_loaded_model_is_known_by_what_was_saved_there(seen):
    original = seen("save", Saved)[0].model
    (loaded,) = seen("load", Loaded)
    assert (loaded.of, loaded.whole, loaded.error) == (original, True, None)
    assert loaded.model != original
    assert seen("load", ModelSeen)[-1].loaded_from == original
    whole, weights = seen("load by module", Loaded)
    assert (whole.of, whole.whole, weights.of, weights.whole) == (original, True, original, False)
    assert seen("load nothing", Loaded)[0].error == "ValueError"


def test_predictions_argmax_and_metrics_belong_together(seen):
    (predicted,) = seen("predict", Predicted)
    (argmax,) = seen("predict", ArgmaxCalled)
    report, matrix = seen("metrics", MetricCalled)
    assert predicted.output_shape == (40, 3)
    assert predicted.classes == argmax.classes == report.predicted == matrix.predicted
    assert (argmax.axis, report.true) == (1, tuple(index % 3 for index in range(40)))
    assert (report.name, matrix.name) == ("classification_report", "confusion_matrix")
    assert seen("bad metric", MetricCalled)[0].error == "ValueError"


OLD = {
    "keywords": """
import keras, numpy as np
from tensorflow.keras.optimizers import Adam
from keras.utils import np_utils
from keras.layers import Dense, Flatten
x, y = np.zeros((12, 4, 4, 1)), np_utils.to_categorical(np.arange(12) % 3)
model = keras.Sequential([Flatten(input_shape=(4, 4, 1)), Dense(3, activation="softmax")])
model.compile(Adam(lr=0.01, decay=1e-6), "categorical_crossentropy", metrics=["acc"])
""",
    "modules": "from keras.layers.convolutional import Conv2D\nfrom keras.layers.core import Dropout\nfrom tensorflow.keras.layers.experimental.preprocessing import Rescaling\nfrom keras.preprocessing.image import ImageDataGenerator\nfrom tensorflow.keras.utils import np_utils as also",
    "predict_classes": "print(model.predict_classes(x, verbose=0).shape, model.predict_proba(x, verbose=0).shape)",
    "generator": "h = model.fit_generator(ImageDataGenerator().flow(x, y, batch_size=4), steps_per_epoch=3, epochs=2, workers=4, verbose=0)",
    "fit": "model.compile('adam', 'categorical_crossentropy', metrics=['accuracy']); h = model.fit(x, y, epochs=9, verbose=0, use_multiprocessing=True); print(len(h.history['acc']), 'acc' in h.history)",
    "checkpoint": "keras.callbacks.ModelCheckpoint('a.keras', period=1)",
}


def test_old_spellings_work_and_are_recorded(kernels):
    played = kernels.play(*OLD.values())
    assert set(played.status) == {"ok"}, [cell.outputs for cell in played.run.notebook.cells]
    assert played.text(2) == "(12,) (12, 3)\n"
    assert played.text(4) == "9 False\n"
    names = {event.name for event in played.of(ApiAge)}
    assert {
        "lr",
        "decay",
        "period",
        "predict_classes",
        "fit_generator",
        "workers",
        "use_multiprocessing",
    } <= names
    assert {
        "keras.utils.np_utils",
        "keras.layers.convolutional",
        "keras.layers.core",
        "history['acc']",
    } <= names
