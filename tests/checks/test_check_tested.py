"""The test accuracy, by whatever means it is worked out, and shown."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, guesses, judge, trained

RESULTS = {"loss": 1.2345, "metric_1": 0.9167}


class TestTested:
    def grade(self, book: Notebook) -> Any:
        return judge(book, "tested", network="cnn", data="fruits", split="test")

    @pytest.mark.parametrize(
        "text",
        [
            "1/1 ━━━━ 0s 20ms/step - accuracy: 0.9167 - loss: 1.2345",
            "[1.2345, 0.9167]",
            "Test accuracy: 91.67%",
            "Test accuracy: 91.67 %",
            "acc 0.92",
        ],
    )
    def test_evaluated_and_shown(self, world: World, text: str) -> None:
        grade = self.grade(trained(world).code(text=text).evaluates(results=RESULTS))
        assert (grade.earned, grade.found) == (MET, "evaluated on the test set (12 images)")

    def test_a_notebook_of_one_cell(self, world: World) -> None:
        book = Notebook(world).code(text="accuracy: 0.9167").builds().compiles().fits()
        assert self.grade(book.evaluates(results=RESULTS)).earned == MET

    def test_shown_in_a_later_cell(self, world: World) -> None:
        book = trained(world).code().evaluates(results=RESULTS)
        assert self.grade(book.code("print('accuracy', acc)", text="accuracy 0.9167")).earned == MET

    @pytest.mark.parametrize("text", ["", "accuracy 0.88", "loss 1.2345", "accuracy 1", "epoch 0.9"])
    def test_never_shown_is_partly(self, world: World, text: str) -> None:
        grade = self.grade(trained(world).code(text=text).evaluates(results=RESULTS))
        assert grade.earned == PARTLY
        assert "not shown" in grade.found

    def test_a_loss_alone_is_partly(self, world: World) -> None:
        book = trained(world).code(text="1.2345").evaluates(results={"loss": 1.2345})
        assert self.grade(book).found == "evaluate() gives the loss only"

    def test_evaluated_on_the_validation_set_is_not(self, world: World) -> None:
        book = trained(world).code(text="0.9167").evaluates(world.data("train", 24), results=RESULTS)
        assert (self.grade(book).earned, self.grade(book).found) == (NOT, "evaluated on the validation set")

    def test_before_the_training_is_partly(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles().code(text="0.9167").evaluates(results=RESULTS)
        assert self.grade(book.code().fits()).found == "tested before the training"

    def predicted(self, world: World, text: str = "", **data: Any) -> Notebook:
        """Eleven of twelve are right: 0.91666…"""
        return trained(world).code().predicts(world.data("test", **data)).code("print(accuracy)", text=text)

    def test_by_accuracy_score(self, world: World) -> None:
        true = world.true(world.data("test"))
        book = self.predicted(world, "0.9166666").reports(true, guesses(true), name="accuracy_score")
        assert self.grade(book).earned == MET

    def test_by_accuracy_score_that_is_not_shown_is_partly(self, world: World) -> None:
        true = world.true(world.data("test"))
        book = trained(world).code().predicts().code("a = accuracy_score(true, labels)")
        assert self.grade(book.reports(true, guesses(true), name="accuracy_score")).earned == PARTLY

    def test_in_a_classification_report(self, world: World) -> None:
        true = world.true(world.data("test"))
        text = "    accuracy                           0.92        12\n"
        assert self.grade(self.predicted(world, text).reports(true, guesses(true))).earned == MET

    @pytest.mark.parametrize("text", ["0.9166666666666666", "0.917", "accuracy: 0.92", "91.7%", "92 %"])
    def test_by_own_arithmetic(self, world: World, text: str) -> None:
        assert self.grade(self.predicted(world, text)).earned == MET

    @pytest.mark.parametrize("text", ["0.5", "accuracy 50%", "50.0 %"])
    def test_a_round_accuracy_has_few_decimals(self, world: World, text: str) -> None:
        true = world.true(world.data("test"))
        half = [label if row % 2 else (label + 1) % 6 for row, label in enumerate(true)]
        book = trained(world).code().predicts(classes=half).code("print(accuracy)", text=text)
        assert self.grade(book).earned == MET

    @pytest.mark.parametrize("text", ["0.8333", "1.0", "92", "12", "19.1667"])
    def test_other_numbers_are_not_the_accuracy(self, world: World, text: str) -> None:
        grade = self.grade(self.predicted(world, text))
        assert (grade.earned, grade.found) == (NOT, "predictions for the test set, but no accuracy of them")

    def test_against_labels_of_other_images_is_partly(self, world: World) -> None:
        true = world.true(world.data("test"))
        wrong = [0] * 12
        share = sum(label == 0 for label in guesses(true)) / 12
        book = self.predicted(world, f"{share:.4f}").reports(wrong, guesses(true), name="accuracy_score")
        assert self.grade(book).earned == PARTLY

    def test_of_images_scaled_unlike_those_trained_on_is_partly(self, world: World) -> None:
        assert self.grade(self.predicted(world, "0.9167", scale=1.0)).earned == PARTLY

    def test_by_a_copy_loaded_from_its_file(self, world: World) -> None:
        book = trained(world).saves().code(text="accuracy: 0.9167").reloads()
        assert self.grade(book.evaluates(model=2, results=RESULTS)).earned == MET

    def test_never_is_absent(self, world: World) -> None:
        assert self.grade(trained(world)).status == "not_attempted"
