"""Notebooks that are sound but for a few places, from their file up to the student's page."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import nbformat
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from grader.evidence.journal import Journal
from grader.grading.choose import choose_notebook
from grader.reports.notebook_view import cell_views
from grader.rubric.load import shipped_rubrics
from grader.submissions.find import Submission
from grader.submissions.read import read_notebook
from tests.fuzz.grading import folder, graded, run_of, served
from tests.fuzz.mutation import damaged, edited, mutated
from tests.fuzz.target import Target

_PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x04\0\0\0\x04\x08\x02\0\0\0" + b"\0" * 40
).decode()
_RUBRICS = tuple(sorted(path.stem for path in shipped_rubrics().glob("*.yaml")))

CELLS = (
    "import os, numpy as np\nimport tensorflow as tf\nfrom tensorflow.keras import layers, models",
    "from google.colab import drive\ndrive.mount('/content/drive')\ntrain_dir = '/content/drive/MyDrive/FruitinAmazon/train'",
    "!pip install -q keras\n%matplotlib inline\nfor name in os.listdir(train_dir):\n    print(f'{name}: {len(name):>3}')",
    "train_ds = tf.keras.utils.image_dataset_from_directory(train_dir, validation_split=0.2, seed=1, image_size=(128, 128))",
    "(x_train, y_train), (x_test, y_test) = tf.keras.datasets.cifar10.load_data()\nx_train = x_train.astype('float32') / 255",
    "model = models.Sequential([\n    layers.Conv2D(32, 3, padding='same', activation='relu', input_shape=(128, 128, 3)),\n"
    "    layers.MaxPooling2D(2, 2),\n    layers.Flatten(),\n    layers.Dense(6, activation='softmax'),\n])\nmodel.summary()",
    "model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])",
    "history = model.fit(train_ds, validation_data=val_ds, epochs=250, batch_size=16, callbacks=[early])",
    "acc, loss = history.history['accuracy'], history.history['loss']\nplt.plot(acc, label='train')\nplt.title('Accuracy')",
    "def show(images: list, *, rows=2) -> None:\n    '''Show.'''\n    return [i for i in images if (n := i)] or None\nshow([])",
    "class Net(tf.keras.Model):\n    def call(self, x, training=False):\n        return self.dense(x) @ x\nmodel.save('model.h5')",
    "y_pred = np.argmax(model.predict(test_ds), axis=1)\nprint(classification_report(y_true, y_pred))\nx = 3 // 0 + 1e308 * 10",
)
_PROSE = "## Task 3: *build* a [CNN](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![x](attachment:x.png)\n- It has $28^2$ parameters."
_PIECES = (
    *(
        "\n",
        "    ",
        "\t",
        "(",
        ")",
        "[",
        "'",
        '"""',
        "\\",
        "#",
        "!",
        "%",
        "%%time\n",
        "?",
        ";",
        ":",
        "=",
        "λ",
        "\x0c",
        "\0",
    ),
    *(
        "lambda x:",
        "await x",
        "yield",
        "return",
        "global model\n",
        "f'{",
        "0x",
        "1_0",
        "9" * 5000,
        "1e9999",
        "**",
        "@",
    ),
    *(
        "def f(",
        "class A:",
        "if x:\n",
        "-" * 300,
        "(" * 100,
        "1+" * 3000,
        ".a" * 500,
        "not " * 300,
        "*" * 50,
        "import a as b",
    ),
    *(
        "%cd ..\n",
        "!ls $x {y}\n",
        "get_ipython()",
        "exec('x')",
        "del model\n",
        "match x:\n case _: pass\n",
        "print(1)\n" * 300,
    ),
)


_REPETITION = 100_000
"""Characters."""
_REPEATED = [
    "<a ", "<h1>", "<style ", "![", "](", "'\\", '"\\', " \n", "\r", "\b", "\x1b[", "\x1b]", "~~~\n", "1. ", "a\n", "a.",
    "12,345 ", "10^", "www.", "File ", "Epoch 1/2\n", "accuracy: ", "Total params: 1\n", "</td><td", "Word. ", "(1+",
    "import a\n", "from a", "x=", "#\n", "C:\\", "what did you observe ", "name '", "\u0300",
]  # fmt: skip


def _outputs() -> list[dict[str, Any]]:
    return [
        {"output_type": "stream", "name": "stdout", "text": ["Epoch 1/2\n", "4/4 - accuracy: 0.5 - loss: 1.2 - val_accuracy: 0.4\n"]},
        {"output_type": "stream", "name": "stderr", "text": "\x1b[31mwarning\x1b[0m 10%|█ |\r20%|██|\b\b"},
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": _PNG, "text/plain": "<Figure size 640x480>"}},
        {
            "output_type": "execute_result",
            "execution_count": 3,
            "metadata": {},
            "data": {"text/html": "<table><tr><td>1</td></tr></table>", "application/json": {"a": [1]}, "text/markdown": "**x**"},
        },
        {"output_type": "error", "ename": "NameError", "evalue": "name 'x' is not defined", "traceback": ["\x1b[0;31mNameError\x1b[0m"]},
    ]  # fmt: skip


def sound() -> list[dict[str, Any]]:
    """Notebooks of today's and older formats, with every kind of cell and output."""
    code = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "execution_count": n,
            "source": cell,
            "outputs": _outputs()[n % 5 :][:2],
        }
        for n, cell in enumerate(CELLS)
    ]
    prose = {
        "cell_type": "markdown",
        "id": "m",
        "metadata": {"tags": ["a"]},
        "source": _PROSE.splitlines(keepends=True),
    }
    prose["attachments"] = {"x.png": {"image/png": _PNG}}
    raw = {"cell_type": "raw", "id": "r", "metadata": {}, "source": "raw"}
    kernel = {
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
    }
    whole = {"cells": [prose, *code, raw], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    old_cells = [
        {"cell_type": "code", "input": cell, "outputs": [], "language": "python", "prompt_number": 1}
        for cell in CELLS[:3]
    ]
    heading = {"cell_type": "heading", "level": 2, "source": "Task"}
    old = {
        "worksheets": [{"cells": [heading, *old_cells]}],
        "metadata": {"name": "x"},
        "nbformat": 3,
        "nbformat_minor": 0,
    }
    return [whole, {**whole, "cells": [prose, code[5], code[7]]}, old]


@st.composite
def of_code(draw: DrawFn) -> bytes:
    """A notebook whose cells are edited as text, its answers and code alike."""
    whole = json.loads(json.dumps(sound()[draw(st.integers(0, 1))]))
    for _ in range(draw(st.integers(1, 6))):
        cell = whole["cells"][draw(st.integers(0, len(whole["cells"]) - 1))]
        cell["source"] = draw(edited("".join(cell["source"]), _PIECES))
    return json.dumps(whole).encode()


@st.composite
def of_repetition(draw: DrawFn) -> bytes:
    """A notebook with one short text a hundred thousand times: what takes the square of a length is found."""
    whole = json.loads(json.dumps(sound()[draw(st.integers(0, 1))]))
    text = draw(st.sampled_from([*_PIECES, *_PROSE, *_REPEATED]) | st.text(min_size=1, max_size=8))[:100]
    text = (text * (_REPETITION // len(text)))[:_REPETITION] + draw(st.sampled_from(["", "x", "\n"]))
    cell = whole["cells"][draw(st.integers(0, len(whole["cells"]) - 1))]
    where = draw(st.sampled_from(["source", "comment", "string", "stream", "page", "error"]))
    if cell["cell_type"] != "code" or where == "source":
        cell["source"] = text
    elif where == "comment":
        cell["source"] += f"\n# {text}"
    elif where == "string":
        cell["source"] += f"\nx = {text!r}"
    elif where == "stream":
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
    elif where == "page":
        shown = dict.fromkeys(("text/html", "text/markdown", "text/plain"), text)
        cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": shown}]
    else:
        message = f"name 'x' is not defined{text}"
        cell["outputs"] = [
            {"output_type": "error", "ename": "NameError", "evalue": message, "traceback": [text]}
        ]
    return json.dumps(whole).encode()


examples = st.tuples(
    st.one_of(
        of_code(),
        of_repetition(),
        mutated(st.sampled_from(sound())).map(lambda tree: json.dumps(tree).encode()),
        mutated(st.sampled_from(sound()), most=1).flatmap(
            lambda tree: damaged(json.dumps(tree, indent=1).encode())
        ),
        st.binary(max_size=100),
        st.sampled_from(
            [
                b"[" * 200_000,
                b'{"cells":' * 50_000,
                b'{"cells": [' + b"{}," * 6_000 + b"{}]}",
                b"\xff\xfe{\0}\0",
            ]
        ),
    ),
    st.sampled_from(_RUBRICS),
)


def read(example: tuple[bytes, str]) -> None:
    """Read it, choose it, grade it as if nothing of it had been recorded, and show it."""
    content, rubric = example
    path = folder() / "work.ipynb"
    path.write_bytes(content)
    reading = read_notebook(path)
    assert (reading.notebook is None) <= bool(reading.problem)
    for told in (*reading.repairs, reading.problem or ""):
        assert "\n" not in told and len(told) < 500, told
    if reading.notebook is not None:
        nbformat.validate(reading.notebook)
        cell_views(reading.notebook)
    chosen = choose_notebook(Submission("work", (path,)), served(rubric).rubric, Path(path.parent))
    if chosen.notebook is None:
        assert chosen.problem
        return
    failed = frozenset(
        index
        for index, cell in enumerate(chosen.notebook.cells)
        if any(output.output_type == "error" for output in cell.get("outputs", ()))
    )
    graded(chosen.notebook, run_of(chosen.notebook, Journal((), 0, 0), failed), served(rubric))


FOUND = (
    (b'{"cells": ["' + b'\\"' * 200_000, "worksheet5"),
    (json.dumps({**sound()[0], "nbformat": sound()}).encode(), "worksheet5"),
    (b'{"worksheets": [{"cells": true}]}', "worksheet5"),
    (b'{"worksheets": 5, "cells": [{"cell_type": "code", "input": 3}], "nbformat": 3}', "worksheet5"),
)

TARGET = Target("notebooks", examples, read, FOUND)
