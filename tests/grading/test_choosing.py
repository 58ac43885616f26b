"""Which notebook of a submission is graded, and why one is not gradable."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from evidence_builder import rubric_of

from grader.grading.choose import Chosen, choose_notebook
from grader.submissions.find import Submission

WORKSHEET = [
    "from tensorflow import keras",
    'train_dir = "/content/drive/MyDrive/FruitinAmazon/train"',
    "model = keras.Sequential([Conv2D(32, 3), MaxPooling2D(2), Flatten(), Dense(6)])",
    'model.compile("adam")\nmodel.fit(train_ds)\nmodel.evaluate(test_ds)',
]
NEITHER = "it imports neither keras nor tensorflow; the worksheet asks for Keras"
EMPTY = "there is no code in it beyond imports and comments: the template, or an empty notebook"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "student"


def write(folder: Path, name: str, cells: list[str] | str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    if isinstance(cells, str):
        path.write_text(cells)
    else:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, path)
    return path


def choose(*paths: Path) -> Chosen:
    folder = paths[0].parent
    rubric = rubric_of(data={"fruits": {"kind": "image_folder", "aliases": ["FruitinAmazon"]}})
    return choose_notebook(Submission("student", paths, folder), rubric, folder.parent)


def test_a_single_notebook(folder: Path) -> None:
    chosen = choose(write(folder, "work.ipynb", WORKSHEET))
    assert chosen.notebook is not None
    assert (chosen.name, chosen.problem, chosen.remarks) == ("student/work.ipynb", "", ())
    assert "/content/drive/MyDrive/FruitinAmazon/train" in chosen.strings


@pytest.mark.parametrize("names", [("a.ipynb", "b.ipynb"), ("b.ipynb", "a.ipynb")])
def test_of_several_the_one_most_like_the_worksheet_and_the_others_are_told(
    folder: Path, names: tuple[str, str]
) -> None:
    own, other = (
        write(folder, names[0], WORKSHEET),
        write(folder, names[1], ["import pandas", "pandas.read_csv('x')"]),
    )
    chosen = choose(*sorted([own, other]))
    assert chosen.name == f"student/{names[0]}"
    own_name, other_name = (f"student/{name}" for name in names)
    told = f"{own_name} was graded, the notebook most like the worksheet; also handed in: {other_name}."
    assert chosen.remarks[0] == told


def test_one_that_can_be_read_wins_over_one_that_cannot(folder: Path) -> None:
    chosen = choose(
        write(folder, "a.ipynb", "{ this is no notebook"), write(folder, "b.ipynb", ["x = 1 + 1"])
    )
    assert (chosen.name, chosen.problem) == ("student/b.ipynb", "")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (
            ["import torch", "net = torch.nn.Linear(3, 4)"],
            f"the notebook is written for PyTorch: {NEITHER}",
        ),
        (
            ["import jax", "jax.numpy.ones(3)"],
            f"the notebook is written for JAX: {NEITHER}",
        ),
        (
            ["import keras", "# Your code here", "pass"],
            EMPTY,
        ),
        ([], EMPTY),
    ],
    ids=["pytorch", "jax", "template", "empty"],
)
def test_what_cannot_be_graded_says_why_in_one_sentence(folder: Path, cells: list[str], told: str) -> None:
    chosen = choose(write(folder, "work.ipynb", cells))
    assert chosen.notebook is None
    assert chosen.problem == told


@pytest.mark.parametrize("content", ["", "{ this is no notebook", "[]"])
def test_one_that_cannot_be_read_says_why(folder: Path, content: str) -> None:
    chosen = choose(write(folder, "work.ipynb", content))
    assert chosen.notebook is None
    assert chosen.problem and "\n" not in chosen.problem


def test_keras_on_pytorch_is_keras(folder: Path) -> None:
    chosen = choose(write(folder, "work.ipynb", ["import torch, keras", "keras.Sequential()"]))
    assert chosen.notebook is not None
