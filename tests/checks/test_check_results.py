"""What comes after training: evaluate, predict, argmax, reports, saving and loading."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, guesses, judge, other_data, trained

ON_TEST = {"network": "cnn", "data": "fruits", "split": "test"}


class TestEvaluated:
    def grade(self, book: Notebook):
        return judge(book, "evaluated", **ON_TEST)

    def test_on_the_test_set(self, world: World) -> None:
        grade = self.grade(trained(world).code().evaluates())
        assert (grade.earned, grade.found) == (MET, "evaluated on the test set (12 images)")

    @pytest.mark.parametrize(
        ("text", "points"),
        [("", PARTLY), ("12/12 - loss: 1.7512", MET), ("accuracy 41.67 %", MET), ("[1.75, 0.4167]", MET)],
    )
    def test_what_it_gives_is_shown(self, world: World, text: str, points: object) -> None:
        results = {"loss": 1.7512, "accuracy": 5 / 12}
        assert self.grade(trained(world).code(text=text).evaluates(results=results)).earned == points

    def test_on_the_validation_set_is_not(self, world: World) -> None:
        grade = self.grade(trained(world).code().evaluates(world.data("train", 24)))
        assert (grade.earned, grade.found) == (NOT, "evaluated on the validation set")
        assert "test folder" in grade.hint

    def test_on_the_training_set_is_not(self, world: World) -> None:
        grade = self.grade(trained(world).code().evaluates(world.data("train", 0, 24)))
        assert (grade.earned, grade.found) == (NOT, "evaluated on the train set")

    def test_on_a_mixture_is_not(self, world: World) -> None:
        mixture = world.data("train", 0, 12)
        images = world.thumbnails([*world.files("train", 0, 12), *world.files("test")], 1 / 255)
        mixture = mixture.model_copy(update={"thumbnails": images})
        assert (
            self.grade(trained(world).code().evaluates(mixture)).found == "evaluated on a mixture of splits"
        )

    def test_on_other_data_is_not(self, world: World) -> None:
        assert self.grade(trained(world).code().evaluates(other_data())).found == "evaluated on other data"

    def test_the_best_of_several_counts(self, world: World) -> None:
        book = trained(world).code().evaluates(world.data("train", 24)).evaluates().evaluates(other_data())
        assert self.grade(book).earned == MET

    def test_scaled_unlike_the_training_set_is_partly(self, world: World) -> None:
        grade = self.grade(trained(world).code().evaluates(world.data("test", scale=1.0)))
        assert (grade.earned, grade.found) == (
            PARTLY,
            "evaluated on the test set, but scaled otherwise (raw 0..255)",
        )
        assert "Rescale the test images" in grade.hint

    def test_a_test_set_known_by_its_folder_only(self, world: World) -> None:
        book = trained(world).code().loads("test", 5).evaluates(world.data("test", seen=False, loads=(5,)))
        assert self.grade(book).earned == MET

    def test_an_evaluation_that_fails_is_not(self, world: World) -> None:
        grade = self.grade(trained(world).code().evaluates(error="InvalidArgumentError"))
        assert (grade.earned, grade.found) == (NOT, "evaluate() fails (InvalidArgumentError)")

    def test_one_that_fails_by_the_loss_costs_only_there(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles(loss="categorical_crossentropy").code().fits()
        assert self.grade(book.code().evaluates(error="ValueError")).earned == MET

    def test_of_another_model_is_absent(self, world: World) -> None:
        assert self.grade(trained(world).code().evaluates(model=9)).status == "not_attempted"

    def test_never_is_absent(self, world: World) -> None:
        grade = self.grade(trained(world))
        assert (grade.status, grade.hint) == ("not_attempted", "Call evaluate() on the test set.")

    def test_the_test_set_of_another_data_set_does_not_count(self, world: World, other_world: World) -> None:
        book = trained(world).code().evaluates(other_world.data("test"))
        assert judge(book, "evaluated", **ON_TEST, worlds=[other_world]).earned == NOT


class TestPredicted:
    def grade(self, book: Notebook):
        return judge(book, "predicted", **ON_TEST)

    def test_the_test_images(self, world: World) -> None:
        assert self.grade(trained(world).code().predicts()).earned == MET

    def test_batch_by_batch(self, world: World) -> None:
        book = trained(world).code()
        for start in range(0, 12, 4):
            book.predicts(world.data("test", start, start + 4, container="array"))
        assert self.grade(book).earned == MET

    def test_by_a_copy_loaded_from_its_file(self, world: World) -> None:
        assert self.grade(trained(world).code().reloads().predicts(model=2)).earned == MET

    def test_a_few_are_partly(self, world: World) -> None:
        grade = self.grade(trained(world).code().predicts(world.data("test", 0, 3)))
        assert (grade.earned, grade.found) == (PARTLY, "predictions of 3 of 12 images")

    def test_more_than_thumbnails_are_kept_of_are_counted(self, world: World) -> None:
        data = world.data("test").model_copy(
            update={"thumbnails": world.thumbnails(world.files("test", 0, 4), 1 / 255)}
        )
        assert self.grade(trained(world).code().predicts(data)).earned == MET

    def test_scaled_unlike_the_training_set_is_partly(self, world: World) -> None:
        assert self.grade(trained(world).code().predicts(world.data("test", scale=1.0))).earned == PARTLY

    @pytest.mark.parametrize(("data", "words"), [("train", "the train set"), (None, "other data")])
    def test_of_other_images_is_not(self, world: World, data: str | None, words: str) -> None:
        book = trained(world).code().predicts(world.data(data, 0, 20) if data else other_data())
        assert (self.grade(book).earned, self.grade(book).found) == (NOT, f"predictions of {words}")

    def test_never_is_absent(self, world: World) -> None:
        assert self.grade(trained(world)).status == "not_attempted"

    def test_on_the_reduced_rung_all_means_all_that_was_served(self, world: World) -> None:
        few = {split: world.files(split, 0, 6) for split in ("train", "test")}
        world = replace(world, facts=replace(world.facts, reduced=few))
        book = trained(world).code().predicts(world.data("test", 0, 3))
        book.rung = "reduced"
        assert self.grade(book).earned == MET  # three of six; of twelve it would be too few


class TestArgmax:
    def grade(self, book: Notebook):
        return judge(book, "argmax", network="cnn")

    def test_of_the_predictions(self, world: World) -> None:
        labels = guesses(world.true(world.data("test")))
        assert self.grade(trained(world).code().predicts().argmax(labels)).earned == MET

    def test_seen_by_the_labels_in_a_report(self, world: World) -> None:
        true = world.true(world.data("test"))
        book = trained(world).code().predicts().code().reports(true, guesses(true))
        assert self.grade(book).earned == MET

    def test_seen_by_labels_joined_from_batches(self, world: World) -> None:
        book, joined = trained(world).code(), []
        for start in (0, 6):
            book.predicts(world.data("test", start, start + 6), classes=range(6))
            joined += range(6)
        assert self.grade(book.code().reports([0] * 12, joined)).earned == MET

    def test_in_the_code_of_a_cell_that_ran(self, world: World) -> None:
        assert self.grade(trained(world).code("labels = tf.argmax(p, 1)").predicts()).earned == MET

    def test_scores_left_as_they_are_are_not(self, world: World) -> None:
        grade = self.grade(trained(world).code("p = model.predict(test_ds)").predicts())
        assert (grade.earned, grade.hint) == (NOT, "Call np.argmax(predictions, axis=1).")

    def test_without_predictions_is_absent(self, world: World) -> None:
        assert self.grade(trained(world).code("np.argmax([1, 2])").argmax([1])).status == "not_attempted"


class TestReport:
    def grade(self, book: Notebook, **more: Any):
        return judge(book, "report", **ON_TEST, **more)

    def reported(self, world: World, true: Any = None, **data: Any) -> Notebook:
        test = world.data("test", **data)
        own = world.true(test)
        return (
            trained(world).code().predicts(test).code().reports(own if true is None else true, guesses(own))
        )

    def test_labels_and_predictions_in_matching_order(self, world: World) -> None:
        grade = self.grade(self.reported(world))
        assert (grade.earned, grade.found) == (
            MET,
            "classification_report of 12 labels (6 of 6 classes predicted)",
        )

    def test_own_numbering_of_the_classes(self, world: World) -> None:
        values = [(value + 1) % 6 for value in world.true(world.data("test"))]
        assert self.grade(self.reported(world, values=values)).earned == MET

    def test_joined_from_batches_even_of_a_set_that_reshuffles(self, world: World) -> None:
        book, true, predicted = trained(world).code(), [], []
        for start in (0, 6):
            batch = world.data("test", start, start + 6, container="array")
            book.predicts(batch)
            true += world.true(batch)
            predicted += guesses(world.true(batch))
        assert self.grade(book.code().reports(true, predicted)).earned == MET

    def test_from_two_passes_over_a_set_that_reshuffles_is_partly(self, world: World) -> None:
        grade = self.grade(self.reported(world, reshuffles=True))
        assert grade.earned == PARTLY
        assert "shuffle=False" in grade.hint

    def test_true_labels_of_other_images_are_partly(self, world: World) -> None:
        grade = self.grade(self.reported(world, true=[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]))
        assert grade.earned == PARTLY
        assert "do not belong to the image predicted" in grade.found

    def test_scaled_unlike_the_training_set_is_partly(self, world: World) -> None:
        assert self.grade(self.reported(world, scale=1.0)).earned == PARTLY

    def test_of_another_split_is_partly(self, world: World) -> None:
        held = world.data("train", 24)
        own = world.true(held)
        book = trained(world).code().predicts(held).code().reports(own, guesses(own))
        assert (self.grade(book).earned, self.grade(book).found) == (PARTLY, "a report on the validation set")

    def test_the_best_of_several_counts(self, world: World) -> None:
        book = self.reported(world)
        book.code().reports([0, 1], [1, 0]).reports([1], [1], error="ValueError")
        assert self.grade(book).earned == MET

    def test_of_something_else_is_not(self, world: World) -> None:
        book = trained(world).code().predicts().code().reports([0, 1], [1, 0])
        assert self.grade(book).earned == NOT

    def test_one_that_fails_is_not(self, world: World) -> None:
        book = trained(world).code().predicts().code().reports([], [], error="ValueError")
        assert (self.grade(book).earned, self.grade(book).found) == (
            NOT,
            "classification_report fails (ValueError)",
        )

    def test_another_metric_is_no_answer(self, world: World) -> None:
        grade = self.grade(self.reported(world), metric="confusion_matrix")
        assert grade.status == "not_attempted"
        assert "confusion_matrix(true_labels, predicted_labels)" in grade.hint


class TestSaved:
    def grade(self, book: Notebook):
        return judge(book, "saved", network="cnn", suffix=".h5")

    def test_the_whole_model(self, world: World) -> None:
        grade = self.grade(trained(world).code().saves("/content/drive/my.h5"))
        assert (grade.earned, grade.found) == (MET, "my.h5")

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ({"path": "/x/my.keras"}, "my.keras"),
            ({"path": "/x/best.h5", "by": "callback"}, "best.h5 by ModelCheckpoint"),
            ({"path": "/x/my.weights.h5", "whole": False}, "my.weights.h5 (weights only)"),
        ],
    )
    def test_another_format_a_checkpoint_or_weights_are_partly(
        self, world: World, how: dict, words: str
    ) -> None:
        grade = self.grade(trained(world).code().saves(**how))
        assert (grade.earned, grade.found) == (PARTLY, f"only {words}")
        assert 'save("model.h5")' in grade.hint

    def test_one_good_file_among_others_is_met(self, world: World) -> None:
        book = trained(world).saves("/x/best.keras", by="callback").code().saves().saves("/x/again.keras")
        assert self.grade(book).earned == MET

    @pytest.mark.parametrize("how", [{"model": 9}, {"error": "OSError"}])
    def test_of_another_model_or_a_failed_one_is_absent(self, world: World, how: dict) -> None:
        assert self.grade(trained(world).code().saves(**how)).status == "not_attempted"


class TestReloaded:
    def grade(self, book: Notebook):
        return judge(book, "reloaded", network="cnn")

    def test_from_its_file(self, world: World) -> None:
        assert self.grade(trained(world).code().saves().code().reloads()).earned == MET

    def test_weights_into_itself(self, world: World) -> None:
        book = trained(world).code().saves("/x/w.weights.h5", whole=False).code()
        assert self.grade(book.reloads(model=1, path="/x/w.weights.h5", whole=False)).earned == MET

    def test_one_that_fails_is_not(self, world: World) -> None:
        grade = self.grade(trained(world).code().reloads(model=None, of=None, error="ValueError"))
        assert (grade.earned, grade.found) == (NOT, "loading model.h5 failed (ValueError)")

    def test_another_model_is_not(self, world: World) -> None:
        grade = self.grade(trained(world).code().reloads(model=7, of=None, path="/x/other.h5"))
        assert (grade.earned, grade.found) == (NOT, "another model was loaded")

    def test_never_is_absent(self, world: World) -> None:
        grade = self.grade(trained(world))
        assert grade.status == "not_attempted"
        assert "load_model()" in grade.hint


class TestReloadedEvaluated:
    def grade(self, book: Notebook):
        return judge(book, "reloaded_evaluated", **ON_TEST)

    def reloaded(self, world: World) -> Notebook:
        return trained(world).code().evaluates().code().saves().code().reloads().code()

    def test_on_the_test_set(self, world: World) -> None:
        assert self.grade(self.reloaded(world).evaluates(model=2)).earned == MET

    def test_weights_loaded_into_itself(self, world: World) -> None:
        book = trained(world).code().reloads(model=1, whole=False).code().evaluates()
        assert self.grade(book).earned == MET

    def test_the_original_evaluated_before_loading_does_not_count(self, world: World) -> None:
        book = trained(world).code().evaluates().code().reloads(model=1, whole=False)
        assert self.grade(book).earned == NOT

    def test_the_original_again_does_not_count(self, world: World) -> None:
        grade = self.grade(self.reloaded(world).evaluates(model=1))
        assert (grade.earned, grade.found) == (NOT, "the loaded model is not used")

    def test_used_for_predictions_only_is_partly(self, world: World) -> None:
        grade = self.grade(self.reloaded(world).predicts(model=2))
        assert grade.earned == PARTLY
        assert "evaluate()" in grade.hint

    def test_on_the_validation_set_is_not(self, world: World) -> None:
        assert self.grade(self.reloaded(world).evaluates(world.data("train", 24), model=2)).earned == NOT

    def test_scaled_unlike_the_training_set_is_partly(self, world: World) -> None:
        assert (
            self.grade(self.reloaded(world).evaluates(world.data("test", scale=1.0), model=2)).earned
            == PARTLY
        )

    def test_nothing_loaded_is_absent(self, world: World) -> None:
        assert self.grade(trained(world).code().evaluates()).status == "not_attempted"
