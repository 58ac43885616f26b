"""Confusion matrices: of whose predictions, against which labels, and whether they are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, guesses, judge, trained
from serialized import dense, flatten, sequential

from grader.checks.confusion import counts


def test_a_row_for_each_true_class() -> None:
    assert counts([0, 0, 1], [0, 1, 1]).tolist() == [[1, 1], [0, 1]]


class TestConfusionMatrix:
    def grade(self, book: Notebook, plotted: bool = True) -> Any:
        return judge(book, "confusion_matrix", network="cnn", data="fruits", plotted=plotted)

    @pytest.fixture()
    def true(self, world: World) -> tuple[int, ...]:
        return world.true(world.data("test"))

    @pytest.fixture()
    def matrix(self, true: tuple[int, ...]) -> np.ndarray:
        return counts(true, guesses(true))

    @pytest.fixture()
    def book(self, world: World) -> Notebook:
        return trained(world).code().predicts().code()

    def called(self, book: Notebook, true: tuple[int, ...], name: str = "confusion_matrix") -> Notebook:
        return book.reports(true, guesses(true), name=name)

    @pytest.mark.parametrize("name", ["confusion_matrix", "crosstab"])
    def test_counted_by_a_library_and_drawn(self, book, true, matrix, name: str) -> None:
        grade = self.grade(self.called(book, true, name).code().maps(matrix))
        assert (grade.earned, grade.found) == (
            MET,
            f"{name} of 12 labels (6 of 6 classes predicted), plotted",
        )

    @pytest.mark.parametrize(
        "form",
        [
            lambda m: m.T,
            lambda m: m / m.sum(axis=1, keepdims=True),
            lambda m: np.round(m / m.sum(axis=1, keepdims=True), 2),
            lambda m: 100 * m / m.sum(),
        ],
    )
    def test_drawn_either_way_round_or_as_shares(self, book, true, matrix, form: Any) -> None:
        assert self.grade(self.called(book, true).maps(form(matrix))).earned == MET

    def test_drawn_in_another_form_right_after_it_was_counted(self, book, true, matrix) -> None:
        assert self.grade(self.called(book, true).maps(np.log1p(matrix))).earned == MET

    def test_counted_by_a_loop_and_drawn(self, book, matrix) -> None:
        grade = self.grade(book.maps(matrix))
        assert (grade.earned, grade.found) == (MET, "the matrix of 12 predictions, plotted")

    def test_counted_by_a_loop_and_printed(self, world: World, matrix) -> None:
        book = trained(world).code().predicts().code("print(matrix)", text=str(matrix.astype(int)))
        assert self.grade(book, plotted=False).earned == MET
        assert self.grade(book).earned == PARTLY

    def test_counted_and_not_drawn_is_partly_where_a_plot_is_asked_for(self, book, true) -> None:
        grade = self.grade(self.called(book, true))
        assert (grade.earned, grade.found) == (PARTLY, "a matrix that is not plotted")
        assert self.grade(book, plotted=False).earned == MET

    def test_drawn_by_a_library_that_is_not_watched(self, book, true) -> None:
        self.called(book, true).code("import plotly.express as px\npx.imshow(matrix)")
        assert self.grade(book).earned == MET

    def test_against_labels_of_other_images_is_partly(self, book, true, matrix) -> None:
        book.reports((0,) * 12, guesses(true), name="confusion_matrix")
        grade = self.grade(book.maps(counts((0,) * 12, guesses(true))))
        assert grade.earned == PARTLY
        assert "argmax of labels that are not one-hot" in grade.hint

    def test_the_plot_of_an_older_matrix_is_not_this_one(self, world: World, true, matrix) -> None:
        other = sequential((128, 128, 3), flatten(), dense(6, "softmax"))
        book = trained(world).code().predicts().builds(other, 2, variables=("other",))
        book.predicts(classes=true, model=2).code()
        book.reports(true, true, name="confusion_matrix").code()
        book.reports(true, guesses(true), name="confusion_matrix").maps(counts(true, true))
        assert self.grade(book).found == "a matrix that is not plotted"

    def test_of_another_network_is_not(self, book, true) -> None:
        other = tuple((label + 2) % 6 for label in true)
        book.reports(true, other, name="confusion_matrix").maps(counts(true, other))
        grade = self.grade(book)
        assert (grade.earned, grade.found) == (
            NOT,
            "a confusion_matrix that is not about this network's predictions",
        )

    def test_of_the_training_set_is_partly(self, world: World) -> None:
        data = world.data("train", 0, 12)
        true = world.true(data)
        book = trained(world).code().predicts(data).reports(true, guesses(true), name="confusion_matrix")
        assert self.grade(book.maps(counts(true, guesses(true)))).earned == PARTLY

    def test_before_the_training_is_partly(self, world: World, true, matrix) -> None:
        book = Notebook(world).code().builds().compiles().code().predicts()
        book.reports(true, guesses(true), name="confusion_matrix").maps(matrix)
        grade = self.grade(book.code().fits())
        assert (grade.earned, grade.found) == (PARTLY, "a matrix of the network before its training")

    def test_of_images_scaled_unlike_those_trained_on_is_partly(self, world: World, true, matrix) -> None:
        book = trained(world).code().predicts(world.data("test", scale=1.0))
        assert self.grade(book.maps(matrix)).earned == PARTLY

    def test_predictions_without_a_matrix_are_absent(self, book) -> None:
        assert self.grade(book).status == "not_attempted"

    def test_without_predictions_is_absent(self, world: World) -> None:
        assert self.grade(trained(world)).status == "not_attempted"
