"""Results in cells that crashed: shown as written, at the cost that the crash is worth."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, guesses, judge, trained
from serialized import dense, flatten, sequential

NO_NAME = "name '{}' is not defined"
ON_TEST = {"network": "cnn", "data": "fruits", "split": "test"}
FRUITS = {"data": "fruits"}
CNN = {"network": "cnn", "data": "fruits"}

MATRIX = "cm = confusion_matrix(y_test, np.argmax(model.predict(x_test), axis=1))\n"
CELLS: list[tuple[str, dict[str, Any], str]] = [
    ("confusion_matrix", ON_TEST | {"plotted": True}, MATRIX + "sns.heatmap(cm, annot=True)"),
    ("confusion_matrix", ON_TEST | {"plotted": True}, MATRIX + "ConfusionMatrixDisplay(cm).plot()"),
    ("tested", ON_TEST, "print(model.evaluate(x_test, y_test))"),
    ("tested", ON_TEST, "p = np.argmax(model.predict(x_test), 1)\nprint(accuracy_score(y_test, p))"),
    ("images_shown", FRUITS | {"per_class": 5}, "for i in rows: plt.imshow(x_train[i])"),
    ("images_labelled", FRUITS, "plt.imshow(x_train[0])\nplt.title(names[y_train[0]])"),
    (
        "examples_shown",
        CNN | {"correct": False},
        "p = np.argmax(model.predict(x_test), 1)\nfor i in np.where(p != y_test)[0]: plt.imshow(x_test[i])",
    ),
    (
        "prediction_bars",
        CNN,
        "p = model.predict(x_test[:2])\nplt.imshow(x_test[0])\nplt.barh(names, p[0])",
    ),
]


@pytest.mark.parametrize(("check", "parameters", "source"), CELLS)
def test_a_slip_of_the_student_s_own_costs_half(
    world: World, check: str, parameters: dict[str, Any], source: str
) -> None:
    book = trained(world).crashes(f"missing\n{source}", message=NO_NAME.format("missing"))
    grade = judge(book, check, **parameters)
    assert (grade.earned, grade.cause) == (PARTLY, "own")


@pytest.mark.parametrize(("check", "parameters", "source"), CELLS)
def test_what_an_earlier_crash_kept_from_running_is_judged_on_its_merit(
    world: World, check: str, parameters: dict[str, Any], source: str
) -> None:
    book = trained(world).crashes("names = load_names(", "SyntaxError", "'(' was never closed")
    book.crashes(f"print(names)\n{source}", message=NO_NAME.format("names"))
    grade = judge(book, check, **parameters)
    assert (grade.earned, grade.cause) == (MET, "knock_on")


def test_a_heat_map_in_a_cell_that_ran_is_no_image_of_the_data(world: World) -> None:
    book = trained(world).crashes("missing\nplt.imshow(cm)", message=NO_NAME.format("missing"))
    assert judge(book, "images_shown", data="fruits").earned == NOT


def test_what_ran_counts_although_another_cell_crashed(world: World) -> None:
    true = world.true(world.data("test"))
    book = trained(world).code(text="0.9167").predicts().reports(true, guesses(true), name="accuracy_score")
    book.crashes("missing", message=NO_NAME.format("missing"))
    assert judge(book, "tested", **ON_TEST).earned == MET


NETWORKS = {
    "cnn": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(32)", "Dense(6)"]},
    "deep": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(64)", "Dense(64)", "Dense(6)"]},
}
SHALLOW = sequential((128, 128, 3), flatten(), dense(32), dense(6, "softmax"))
DEEP = sequential((128, 128, 3), flatten(), dense(64), dense(64), dense(6, "softmax"))


class TestSeveralNetworks:
    """A crashed call is about the network that had its name, not about the rubric's first one."""

    @pytest.mark.parametrize(("first", "second"), [("model", "model"), ("model1", "model2")])
    def test_the_second_one(self, world: World, first: str, second: str) -> None:
        book = Notebook(world).code().builds(SHALLOW, 1, variables=(first,)).compiles(model=1)
        book.code().fits(model=1, epochs=9)
        book.code().builds(DEEP, 2, variables=(second,)).compiles(model=2)
        book.crashes(f"missing\n{second}.fit(x_train, y_train, epochs=5)", message=NO_NAME.format("missing"))
        graded = {name: judge(book, "epochs", network=name, epochs=5, networks=NETWORKS) for name in NETWORKS}
        assert graded["deep"].earned == PARTLY
        assert graded["cnn"].found == "9 epochs"

    def test_one_whose_cell_crashed_itself(self, world: World) -> None:
        book = Notebook(world).code().builds(SHALLOW, 1).compiles(model=1).code().fits(model=1, epochs=9)
        built = "model = Sequential([Flatten(), Dense(64), Dense(64), Dense(6, activation='softmax')])"
        book.crashes(f"missing\n{built}", message=NO_NAME.format("missing"))
        book.crashes("model.fit(x_train, y_train, epochs=5)", message=NO_NAME.format("model"))
        graded = {name: judge(book, "epochs", network=name, epochs=5, networks=NETWORKS) for name in NETWORKS}
        assert graded["deep"].earned == MET
        assert graded["cnn"].found == "9 epochs"
