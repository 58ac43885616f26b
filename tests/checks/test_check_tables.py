"""``table_shown``: results side by side."""

from __future__ import annotations

import pytest
from evidence_builder import MET, PARTLY, Notebook, World, judge

FRAME = "  variant  test accuracy\n0    Adam          0.7012\n1     SGD          0.6120"
PRINTED = "Adam            0.7012\nSGD             0.6120"
SENTENCES = "Accuracy with Adam: 0.7012\nAccuracy with SGD: 0.6120"
BORDERED = (
    "+------+------+\n| name | acc  |\n+------+------+\n| Adam | 0.70 |\n| SGD  | 0.61 |\n+------+------+"
)
MARKDOWN = "| variant | accuracy |\n|---|---|\n| Adam | 70.1 % |\n| SGD | 61.2 % |"


def two_fits(world: World) -> Notebook:
    book = Notebook(world).code().builds(model=1).code().fits(model=1)
    return book.code().builds(model=2).code().fits(model=2)


def grade(book: Notebook, **more: object):
    return judge(book, "table_shown", **more)


@pytest.mark.parametrize("text", [FRAME, PRINTED, SENTENCES, BORDERED])
def test_what_the_code_shows(world: World, text: str) -> None:
    assert grade(two_fits(world).code("results", text)).earned == MET


def test_what_is_written_in_markdown(world: World) -> None:
    assert grade(two_fits(world).markdown(MARKDOWN)).earned == MET


def test_a_smaller_one_is_partly(world: World) -> None:
    assert grade(two_fits(world).code("results", FRAME), rows=3).earned == PARTLY
    assert grade(two_fits(world).code("results", FRAME), columns=4).earned == PARTLY


@pytest.mark.parametrize(
    "text",
    [
        "Test loss: 0.91\nTest accuracy: 0.70",
        "Epoch 1/2\n63/63 ━ 3s 40ms/step - accuracy: 0.3\nEpoch 2/2\n63/63 ━ 3s 40ms/step - accuracy: 0.4",
        "         precision  recall  f1-score  support\n\n    cat       0.55    0.60      0.57      100\n"
        "    dog       0.45    0.50      0.47      100\n\naccuracy                        0.60     1000",
        "Total params: 9,050,378\nTrainable params: 9,050,378",
        "[[51  2  3]\n [ 4 40  1]\n [ 0  2 47]]",
        "",
    ],
)
def test_what_compares_nothing(world: World, text: str) -> None:
    assert grade(two_fits(world).code("evaluate()", text)).status == "not_attempted"


def test_above_the_trainings_it_compares_something_else(world: World) -> None:
    book = Notebook(world).code("frame", FRAME).code().builds().code().fits()
    assert grade(book).status == "not_attempted"


def test_below_one_network(world: World) -> None:
    book = Notebook(world).code().builds().code().fits().code("frame", FRAME)
    assert grade(book, after="cnn").earned == MET


def test_nothing_to_compare(world: World) -> None:
    assert "no two trainings" in grade(Notebook(world).code("frame", FRAME)).found
    one = Notebook(world).code().builds().code().fits()
    assert "no two trainings" in grade(one.code("frame", FRAME)).found
