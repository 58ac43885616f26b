"""What a marker reads past, and what not: the least change with which a failed cell runs."""

from __future__ import annotations

import nbformat
import pytest

from grader.submissions.causes import Failure, causes_of
from grader.submissions.mending import Mended, mend_notebook, mends_for
from grader.submissions.source import parse_cells

NETWORK = "model = Sequential([layers.Flatten(), layers.Dense(6)])"
LOADED = "(x_train, y_train), (x_test, y_test) = cifar10.load_data()"
READY = "model.compile(loss='mse')"


def notebook_of(sources: list[str]) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def mends(
    sources: list[str], *failures: Failure, networks: dict[str, int] | None = None
) -> tuple[Mended, ...]:
    """The mends of a notebook whose cells are these sources, of which some failed."""
    cells = parse_cells(notebook_of(sources))
    verdicts = {verdict.cell: verdict for verdict in causes_of(failures, cells)}
    return mends_for(cells, failures, verdicts, networks or {})


def missing(cell: int, name: str) -> Failure:
    return Failure(cell, "NameError", f"name '{name}' is not defined")


def broken(cell: int) -> Failure:
    return Failure(cell, "SyntaxError", "invalid syntax")


def no_module(cell: int, module: str) -> Failure:
    return Failure(cell, "ModuleNotFoundError", f"No module named '{module}'")


def no_longer(cell: int, name: str, module: str) -> Failure:
    return Failure(cell, "ImportError", f"cannot import name '{name}' from '{module}' (/x/__init__.py)")


class TestAnImportForgotten:
    @pytest.mark.parametrize(
        ("source", "name", "statement"),
        [
            (NETWORK, "layers", "from tensorflow.keras import layers"),
            ("model = models.Sequential()", "models", "from tensorflow.keras import models"),
            ("x = np.zeros(3)", "np", "import numpy as np"),
            ("np.reshape(x, 3)", "np", "import numpy as np"),
            ("plt.plot([1])", "plt", "import matplotlib.pyplot as plt"),
            ("sns.heatmap([[1]])", "sns", "import seaborn as sns"),
            ("pd.DataFrame()", "pd", "import pandas as pd"),
            ("tf.keras.Input((1,))", "tf", "import tensorflow as tf"),
            ("os.listdir('.')", "os", "import os"),
            ("random.choice([1])", "random", "import random"),
            ("cv2.imread('a')", "cv2", "import cv2"),
            ("Image.open('a')", "Image", "from PIL import Image"),
            ("cifar10.load_data()", "cifar10", "from tensorflow.keras.datasets import cifar10"),
            ("m.compile(Adam(0.1))", "Adam", "from tensorflow.keras.optimizers import Adam"),
            ("m.compile(optimizer=SGD)", "SGD", "from tensorflow.keras.optimizers import SGD"),
            ("y = to_categorical(y)", "to_categorical", "from tensorflow.keras.utils import to_categorical"),
            (
                "e = EarlyStopping(patience=3)",
                "EarlyStopping",
                "from tensorflow.keras.callbacks import EarlyStopping",
            ),
            (
                "print(confusion_matrix(y, p))",
                "confusion_matrix",
                "from sklearn.metrics import confusion_matrix",
            ),
            (
                "a, b = train_test_split(x)",
                "train_test_split",
                "from sklearn.model_selection import train_test_split",
            ),
        ],
    )
    def test_is_added_to_the_first_cell_that_lacks_it(self, source: str, name: str, statement: str) -> None:
        (mended,) = mends([source], missing(0, name))
        assert (mended.mend.kind, mended.mend.cell, mended.mend.after) == ("import", 0, statement)
        assert mended.sources == {0: f"{statement}\n{source}"}
        assert mended.mend.words == f"`{statement}` added in cell 1"
        assert mended.mend.costs

    def test_once_for_all_the_cells_that_lack_it(self) -> None:
        (mended,) = mends(["x = 1", NETWORK, NETWORK], missing(1, "layers"), missing(2, "layers"))
        assert mended.sources.keys() == {1}

    def test_all_names_of_one_module_are_one_slip(self) -> None:
        source = "m.add(Conv2D(3, 3)); m.add(Flatten())"
        (mended,) = mends([source, "m.add(Dense(3))"], missing(0, "Conv2D"))
        assert mended.mend.after == "from tensorflow.keras.layers import Conv2D, Dense, Flatten"

    def test_two_slips_are_two_mends(self) -> None:
        found = mends(["os.listdir()", "plt.show()"], missing(0, "os"), missing(1, "plt"))
        assert [each.mend.after for each in found] == ["import os", "import matplotlib.pyplot as plt"]

    def test_as_the_notebook_itself_imports_it_further_down(self) -> None:
        (mended,) = mends([NETWORK, "from keras import layers"], missing(0, "layers"))
        assert mended.mend.after == "from keras import layers"

    def test_in_the_style_of_the_notebook(self) -> None:
        (mended,) = mends(["from keras import Sequential", NETWORK], missing(1, "layers"))
        assert mended.mend.after == "from keras import layers"
        (mended,) = mends(
            ["import keras\nfrom tensorflow.keras import Sequential", NETWORK], missing(1, "layers")
        )
        assert mended.mend.after == "from tensorflow.keras import layers"

    def test_a_magic_of_the_whole_cell_stays_its_first_line(self) -> None:
        (mended,) = mends(["%%time\nnp.zeros(3)"], missing(0, "np"))
        assert mended.sources == {0: "%%time\nimport numpy as np\nnp.zeros(3)"}

    def test_for_a_function_that_was_written_above(self) -> None:
        (mended,) = mends(["def show(): plt.show()", "show()"], missing(1, "plt"))
        assert mended.sources == {1: "import matplotlib.pyplot as plt\nshow()"}

    @pytest.mark.parametrize(
        ("sources", "failure"),
        [
            (["for m in models: print(m)"], missing(0, "models")),
            (["models.append(1)"], missing(0, "models")),
            (["m.fit(x, callbacks=callbacks)"], missing(0, "callbacks")),
            (["sns.heatmap(confusion_matrix, annot=True)"], missing(0, "confusion_matrix")),
            (["Image(filename='a.png')\nImage.shape"], missing(0, "Image")),
            (["image.shape"], missing(0, "image")),
            (["print(my_own_thing)"], missing(0, "my_own_thing")),
            (["layers[0]", "layers = [1]"], missing(0, "layers")),
        ],
        ids=lambda value: value[0] if isinstance(value, list) else "",
    )
    def test_is_not_guessed_where_something_else_is_meant(self, sources: list[str], failure: Failure) -> None:
        assert mends(sources, failure) == ()

    def test_is_not_added_for_what_an_earlier_failed_cell_owes(self) -> None:
        sources = ["import nonsense\nimport numpy as np\nnonsense.f()", "np.zeros(3)"]
        assert mends(sources, no_module(0, "nonsense"), missing(1, "np")) == ()


class TestANameMisspeltOrStale:
    def only(self, sources: list[str], *failures: Failure, networks: dict[str, int] | None = None) -> Mended:
        (mended,) = mends(sources, *failures, networks=networks)
        assert mended.mend.kind == "name"
        return mended

    def test_a_history_for_a_history(self) -> None:
        mended = self.only(
            ["history1 = model.fit(x)", "plt.plot(history.history['history'])"], missing(1, "history")
        )
        assert mended.sources == {1: "plt.plot(history1.history['history'])"}
        assert (mended.mend.before, mended.mend.after) == ("history", "history1")
        assert mended.mend.words == "`history1` for `history` in cell 2"

    def test_the_only_history_whatever_its_name(self) -> None:
        mended = self.only(["training = model.fit(x)", "h.history['loss']"], missing(1, "h"))
        assert mended.mend.after == "training"

    def test_a_network_for_a_network(self) -> None:
        sources = ["model1 = Sequential()", "model2 = Sequential()", "history2 = model.fit(x)"]
        mended = self.only(sources, missing(2, "model"))
        assert mended.sources == {2: "history2 = model2.fit(x)"}

    def test_a_network_that_only_the_run_knows(self) -> None:
        mended = self.only(
            ["cnn_model = build()", "model.fit(x)"], missing(1, "model"), networks={"cnn_model": 0}
        )
        assert mended.mend.after == "cnn_model"

    def test_a_network_made_in_the_same_cell(self) -> None:
        source = "cnn = Sequential()\nmodel.compile(loss='mse')"
        assert self.only([source], missing(0, "model")).sources == {0: source.replace("model.", "cnn.")}

    @pytest.mark.parametrize("name", ["x_tset", "x_tst", "X_test", "xtest"])
    def test_an_array_for_an_array(self, name: str) -> None:
        mended = self.only([LOADED, f"model.evaluate({name}, y_test)"], missing(1, name))
        assert mended.sources == {1: "model.evaluate(x_test, y_test)"}

    def test_a_data_set_for_a_data_set(self) -> None:
        sources = [
            "train_ds = image_dataset_from_directory(a)\ntest_ds = image_dataset_from_directory(b)",
            "model.evaluate(test_dataset)",
        ]
        assert self.only(sources, missing(1, "test_dataset")).mend.after == "test_ds"

    def test_labels_for_labels(self) -> None:
        sources = ["y_true = np.array([1])\ny_pred = np.argmax(p)", "classification_report(y_true, y_preds)"]
        assert self.only(sources, missing(1, "y_preds")).mend.after == "y_pred"

    def test_any_name_that_is_nearly_the_same(self) -> None:
        assert self.only(["class_names = ['a']", "print(clas_names)"], missing(1, "clas_names"))

    def test_a_class_in_other_letters(self) -> None:
        sources = ["from keras.layers import Conv2D, MaxPooling2D", "m.add(Conv2d(32, 3))"]
        assert self.only(sources, missing(1, "Conv2d")).sources == {1: "m.add(Conv2D(32, 3))"}

    def test_in_every_cell_that_fails_by_it(self) -> None:
        plot = "plt.plot(history.history['{}'])".format
        mended = self.only(
            ["history1 = model.fit(x)", plot("loss"), plot("accuracy")],
            missing(1, "history"),
            missing(2, "history"),
        )
        assert mended.sources.keys() == {1, 2}
        assert mended.mend.cell == 1

    def test_a_parameter_of_the_same_name_stays(self) -> None:
        function = "def show(history):\n    plt.plot(history.history['loss'])\n"
        mended = self.only(["history1 = model.fit(x)", f"{function}show(history)"], missing(1, "history"))
        assert mended.sources == {1: f"{function}show(history1)"}

    def test_texts_attributes_and_keywords_stay(self) -> None:
        source = "print('history', history.history, f(history=1), \"history\", f'{history.epoch}') # history"
        mended = self.only(["history1 = model.fit(x)", source], missing(1, "history"))
        assert mended.sources == {
            1: "print('history', history1.history, f(history=1), \"history\", f'{history1.epoch}') # history"
        }

    @pytest.mark.parametrize(
        ("sources", "name"),
        [
            (["train_ds = image_dataset_from_directory(a)", "model.evaluate(test_ds)"], "test_ds"),
            ([LOADED, "model.fit(x_train, y_train, validation_data=(x_val, y_val))"], "x_val"),
            (["x_test = np.array(1)", "model.evaluate(y_test)"], "y_test"),
            (["y_true = np.array(1)", "accuracy_score(y_pred, 1)"], "y_pred"),
            (["history1 = a.fit(x)\nhistory2 = b.fit(x)", "plt.plot(history.history['loss'])"], "history"),
            (["model1 = Sequential()\nmodel2 = Sequential()", "model.fit(x)"], "model"),
            (["model1 = Sequential()", "model2.fit(x)"], "model2"),
            (["history1 = a.fit(x)", "history2.history['loss']"], "history2"),
            (["model = Sequential()", "plt.plot(models.history['loss'])"], "models"),
            (["from keras.layers import Conv2D", "m.add(Conv3D(3, 3))"], "Conv3D"),
            (["val_accuracy = 1", "plt.plot(accuracy)"], "accuracy"),
            (["a = 1", "print(b)"], "b"),
            ([LOADED, "model.fit(x_train, y_train_one_hot)"], "y_train_one_hot"),
            (["x_test_normalized = np.array(1)", "model.predict(x_test_resized)"], "x_test_resized"),
            (["model1 = Sequential()\nvgg_model = Sequential()", "vgg_history = model.fit(x)"], "model"),
            (["training = model.fit(x)", "history.history['loss']", "history = model.fit(x)"], "history"),
            (["history1 = model.fit(x)", "print(history.history)\nhistory = 2"], "history"),
        ],
        ids=lambda value: value[1] if isinstance(value, list) else "",
    )
    def test_is_not_guessed_where_another_thing_may_be_meant(self, sources: list[str], name: str) -> None:
        assert mends(sources, missing(1, name)) == ()

    def test_not_with_a_name_that_a_failed_cell_should_have_made(self) -> None:
        sources = ["history1 = model.fit(x)\n1 / 0", "plt.plot(history.history['loss'])"]
        failed = Failure(0, "ZeroDivisionError", "division by zero")
        assert mends(sources, failed, missing(1, "history")) == ()


class TestWordsAmongCode:
    @pytest.mark.parametrize(
        "line",
        [
            "The model overfits after a few epochs",
            "Observation: the fruits look very different from each other.",
            "We can see that it doesn't learn the palm fruits well",
            "Epoch 1/250",
            "5/5 ━━━━━━━━ 1s 200ms/step - accuracy: 0.3472 - loss: 1.7013",
            "Found 72 files belonging to 6 classes.",
            "              precision    recall  f1-score   support",
        ],
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_are_left_out(self, line: str, first: bool) -> None:
        lines = [line, READY] if first else [READY, line]
        (mended,) = mends(["\n".join(lines)], broken(0))
        assert mended.mend.kind == "prose"
        assert READY in mended.sources[0].splitlines()
        assert mended.sources[0].count("#") == 1
        assert mended.mend.before == line.strip()
        assert mended.mend.words.endswith("in cell 1 left out")

    def test_pasted_output_is_left_out_however_long(self) -> None:
        output = [
            line for n in range(1, 60) for line in (f"Epoch {n}/60", "9/9 ━━━━ 2s 9ms/step - loss: 1.0")
        ]
        (mended,) = mends(["\n".join([READY, *output])], broken(0))
        assert mended.sources[0].count("\n# ") == len(output)

    def test_several_lines_are_one_mend(self) -> None:
        source = f"Now we compile the model with adam\n{READY}\nand then we fit it for some epochs"
        (mended,) = mends([source], broken(0))
        assert mended.sources[0].count("# ") == 2
        assert "and 1 more such line" in mended.mend.words

    @pytest.mark.parametrize(
        "source",
        [
            f"{READY}\nmodel.fit(x y)",
            f"{READY}\nhistory = model fit x y z",
            f"{READY}\nfrom keras import layers models and more",
            f"{READY}\nfor i in range 10 do it",
            f"{READY}\nprint 'the loss is very low'",
            f"{READY}\nx = = 1",
            "The whole cell is a sentence of words",
            "Epoch 1/250\n5/5 [=====] - loss: 1.0",
            "if ready:\n    the model is ready for us",
        ],
        ids=lambda source: source.splitlines()[-1],
    )
    def test_what_may_be_code_stays_and_a_cell_of_nothing_else_too(self, source: str) -> None:
        assert mends([source], broken(0)) == ()


class TestABracketLeftOpen:
    @pytest.mark.parametrize(
        ("source", "mended"),
        [
            ("model.fit(x,\n    epochs=3", "model.fit(x,\n    epochs=3)"),
            (
                "model = Sequential([\n  Dense(3),\n  Dense(6",
                "model = Sequential([\n  Dense(3),\n  Dense(6)])",
            ),
            ("print('a'\nprint('b')", "print('a')\nprint('b')"),
        ],
    )
    def test_is_closed_where_only_one_line_will_do(self, source: str, mended: str) -> None:
        (found,) = mends([source], broken(0))
        assert found.mend.kind == "bracket"
        assert found.sources == {0: mended}

    @pytest.mark.parametrize("source", ["f(a,\nb\nc()", "print('a'\nx = = 1", "f(a]", "f(a))"])
    def test_is_not_where_several_would_or_none(self, source: str) -> None:
        assert mends([source], broken(0)) == ()


class TestAnImportThatNothingNeeds:
    def test_is_left_out_and_costs_nothing(self) -> None:
        source = "from keras.layers.attention import X\nimport numpy as np\nprint(np.pi)"
        (mended,) = mends([source], no_module(0, "keras.layers.attention"))
        assert mended.mend.kind == "unused_import"
        assert not mended.mend.costs
        assert mended.sources == {0: f"# {source}"}
        assert mended.mend.before == "from keras.layers.attention import X"

    def test_also_when_it_is_misspelt(self) -> None:
        (mended,) = mends(["import tensorflw_addons\nx = 1"], no_module(0, "tensorflw_addons"))
        assert mended.sources == {0: "# import tensorflw_addons\nx = 1"}

    def test_the_names_that_exist_stay(self) -> None:
        source = "from keras.layers import Dense, Merge\nDense(3)"
        (mended,) = mends([source], no_longer(0, "Merge", "keras.layers"))
        assert mended.sources == {0: "from keras.layers import Dense\nDense(3)"}
        assert mended.mend.before == "from keras.layers import Merge"

    def test_old_ones_beside_it_go_at_the_same_time(self) -> None:
        source = "from keras.layers.merge import add\nfrom keras.engine.topology import Layer\nx = 1"
        (mended,) = mends([source], no_module(0, "keras.layers.merge"))
        assert [line[:2] for line in mended.sources[0].splitlines()] == ["# ", "# ", "x "]

    def test_in_several_lines(self) -> None:
        source = "from keras.layers.merge import (\n    add,\n    dot)\nx = 1"
        (mended,) = mends([source], no_module(0, "keras.layers.merge"))
        assert mended.sources == {0: "# from keras.layers.merge import (\n#     add,\n#     dot)\nx = 1"}

    @pytest.mark.parametrize(
        "sources",
        [
            ["from keras.layers.attention import X", "X()"],
            ["from keras.layers.attention import X\nX()"],
            ["import keras.layers.attention", "keras.layers.attention.X()"],
            ["from keras.layers.attention import *", "X()"],
            ["from keras.layers.attention import X", "X( = "],
            ["from keras.layers.attention import X; x = 1"],
        ],
        ids=lambda sources: sources[-1],
    )
    def test_is_a_failure_like_others_when_it_is_needed(self, sources: list[str]) -> None:
        assert mends(sources, no_module(0, "keras.layers.attention")) == ()


class TestWhatIsNotMended:
    @pytest.mark.parametrize(
        "failure",
        [
            Failure(0, "ValueError", "Shapes (None, 1) and (None, 10) are incompatible"),
            Failure(0, "AttributeError", "'NoneType' object has no attribute 'shape'"),
            Failure(0, "", status="died"),
            Failure(0, "NameError", "name 'np' is not defined", status="timeout"),
        ],
        ids=lambda failure: failure.name,
    )
    def test_anything_but_a_slip(self, failure: Failure) -> None:
        assert mends(["np.zeros(3)"], failure) == ()

    def test_a_local_name_of_a_function(self) -> None:
        message = "cannot access local variable 'np' where it is not associated with a value"
        assert mends(["np.zeros(3)"], Failure(0, "UnboundLocalError", message)) == ()


def test_the_notebook_itself_stays_as_it_was() -> None:
    notebook = notebook_of(["x = 1", NETWORK])
    found = mends(["x = 1", NETWORK], missing(1, "layers"))
    mended = mend_notebook(notebook, found)
    assert [cell.source for cell in notebook.cells] == ["x = 1", NETWORK]
    assert mended.cells[1].source == f"from tensorflow.keras import layers\n{NETWORK}"


def test_of_more_failed_cells_than_anybody_would_mend_the_first_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("grader.submissions.mending.MOST_FAILURES", 2)
    found = mends(
        ["np.zeros(3)", "plt.plot([1])", "os.listdir('.')"],
        missing(0, "np"),
        missing(1, "plt"),
        missing(2, "os"),
    )
    assert [each.mend.cell for each in found] == [0, 1]
