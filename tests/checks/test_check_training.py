"""Compile and fit: optimizer, loss, metrics, epochs, batch size, validation, callbacks, short training."""

from __future__ import annotations

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, other_data, trained
from serialized import dense, worksheet5

from grader.evidence.events import Component
from grader.training.calibration import Judgement
from grader.training.result import TrainingResult


def compiled(world: World, **how: object) -> Notebook:
    return Notebook(world).code().builds().code().compiles(**how).code().fits()


class TestOptimizer:
    @pytest.mark.parametrize("name", ["Adam", "SGD", "RMSprop", "AdamW", "Nadam"])
    def test_any_of_keras_is_appropriate(self, world: World, name: str) -> None:
        assert judge(compiled(world, optimizer=name), "optimizer", network="cnn").earned == MET

    def test_another_than_the_worksheet_names_is_partly(self, world: World) -> None:
        grade = judge(compiled(world, optimizer="SGD"), "optimizer", network="cnn", one_of=["Adam"])
        assert (grade.earned, grade.found) == (PARTLY, "SGD")
        assert 'optimizer="adam"' in grade.hint

    def test_it_is_read_in_either_spelling(self, world: World) -> None:
        assert (
            judge(compiled(world, optimizer="rmsprop"), "optimizer", network="cnn", one_of=["RMSprop"]).earned
            == MET
        )

    def test_never_compiled_is_absent(self, world: World) -> None:
        grade = judge(Notebook(world).code().builds(), "optimizer", network="cnn")
        assert (grade.status, grade.earned) == ("not_attempted", NOT)
        assert "compile()" in grade.hint

    def test_the_last_compilation_before_the_fit_counts(self, world: World) -> None:
        book = Notebook(world).code().builds().code().compiles("SGD").code().compiles("Adam").fits()
        book.code().compiles("RMSprop")
        assert judge(book, "optimizer", network="cnn").found == "Adam"

    def test_an_equal_fit_made_twice_is_two_fits(self, world: World) -> None:
        # Equal events have places of their own: the compilation before the second one counts.
        book = Notebook(world).code().builds().compiles("SGD").fits().compiles("Adam").fits()
        assert judge(book, "optimizer", network="cnn").found == "Adam"


SPARSE, CATEGORICAL = "SparseCategoricalCrossentropy", "categorical_crossentropy"


class TestLoss:
    @pytest.mark.parametrize(
        ("labels", "output", "loss", "logits", "points"),
        [
            ("integer", "softmax", SPARSE, False, MET),
            ("integer", "linear", SPARSE, True, MET),
            ("integer", "softmax", SPARSE, True, PARTLY),
            ("integer", "linear", SPARSE, False, PARTLY),
            ("integer", "softmax", CATEGORICAL, False, NOT),
            ("one_hot", "softmax", CATEGORICAL, False, MET),
            ("one_hot", "linear", CATEGORICAL, True, MET),
            ("one_hot", "linear", CATEGORICAL, False, PARTLY),
            ("one_hot", "softmax", SPARSE, False, NOT),
            ("integer", "softmax", "mse", False, NOT),
            ("one_hot", "softmax", "BinaryCrossentropy", False, NOT),
        ],
    )
    def test_it_fits_labels_and_output_layer(
        self, world: World, labels: str, output: str, loss: str, logits: bool, points: object
    ) -> None:
        book = Notebook(world).code().builds(worksheet5(changes={7: dense(6, output)}))
        book.code().compiles(loss=loss, from_logits=logits).code().fits(world.data("train", labels=labels))
        grade = judge(book, "loss", network="cnn")
        assert grade.earned == points
        if points == NOT:
            right = "sparse_categorical" if labels == "integer" else "categorical"
            assert f'loss="{right}_crossentropy"' in grade.hint

    def test_sigmoid_works_and_is_remarked_on(self, world: World) -> None:
        book = (
            Notebook(world)
            .code()
            .builds(worksheet5(changes={7: dense(6, "sigmoid")}))
            .compiles()
            .code()
            .fits()
        )
        grade = judge(book, "loss", network="cnn")
        assert grade.earned == MET
        assert "sigmoid" in grade.remarks[0]

    def test_no_loss_is_not(self, world: World) -> None:
        assert judge(compiled(world, loss=None), "loss", network="cnn").earned == NOT

    def test_labels_that_were_not_seen_cost_nothing(self, world: World) -> None:
        book = trained(world, data=world.data("train", labels=None))
        assert judge(book, "loss", network="cnn").earned == MET


class TestMetrics:
    @pytest.mark.parametrize(
        "name", ["accuracy", "acc", "sparse_categorical_accuracy", "SparseCategoricalAccuracy"]
    )
    def test_accuracy_in_every_spelling(self, world: World, name: str) -> None:
        assert judge(compiled(world, metrics=[name]), "metrics", network="cnn").earned == MET

    def test_without_it_is_not(self, world: World) -> None:
        grade = judge(compiled(world, metrics=["AUC"]), "metrics", network="cnn")
        assert (grade.earned, grade.found) == (NOT, "AUC")
        assert "metrics=['accuracy']" in grade.hint


class TestEpochs:
    def test_as_asked(self, world: World) -> None:
        assert judge(trained(world), "epochs", network="cnn", epochs=250).earned == MET

    def test_another_number_is_partly(self, world: World) -> None:
        grade = judge(trained(world, epochs=1), "epochs", network="cnn", epochs=250)
        assert (grade.earned, grade.found, grade.expected) == (PARTLY, "1 epoch", "250 epochs")
        assert "epochs=250" in grade.hint

    def test_a_network_never_trained_is_absent(self, world: World) -> None:
        grade = judge(Notebook(world).code().builds().compiles(), "epochs", network="cnn", epochs=250)
        assert grade.status == "not_attempted"

    def test_the_last_fit_before_the_network_is_judged_counts(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles().code().fits(epochs=5).code().fits(epochs=250)
        book.code().evaluates().code().fits(epochs=3)
        assert judge(book, "epochs", network="cnn", epochs=250).earned == MET

    def test_a_crash_on_the_worksheets_data_outweighs_a_success_on_a_demos(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles().code().fits(other_data(), epochs=3)
        book.code().fits(epochs=250, error="ValueError")
        assert judge(book, "epochs", network="cnn", epochs=250).earned == MET


class TestBatchSize:
    def test_the_loaders_counts_for_a_dataset(self, world: World) -> None:
        assert judge(trained(world), "batch_size", network="cnn", size=16).earned == MET

    def test_fits_has_no_effect_on_a_dataset(self, world: World) -> None:
        book = trained(world, data=world.data("train", batch_size=32), batch_size=16)
        grade = judge(book, "batch_size", network="cnn", size=16)
        assert grade.earned == PARTLY
        assert grade.found == "batches of 32; fit(batch_size=16) has no effect on a dataset"
        assert "image_dataset_from_directory" in grade.hint

    def test_another_size_is_not(self, world: World) -> None:
        book = trained(world, data=world.data("train", container="generator", batch_size=32))
        grade = judge(book, "batch_size", network="cnn", size=16)
        assert grade.earned == NOT
        assert "flow_from_directory" in grade.hint

    @pytest.mark.parametrize(("given", "points"), [(16, MET), (64, NOT), (None, NOT)])
    def test_fits_counts_for_arrays(self, world: World, given: int | None, points: object) -> None:
        book = trained(world, data=world.data("train", container="array"), batch_size=given)
        grade = judge(book, "batch_size", network="cnn", size=16)
        assert grade.earned == points
        assert grade.found == f"batches of {given or 32}"  # Keras's default


class TestValidation:
    def test_a_dataset(self, world: World) -> None:
        grade = judge(trained(world), "validation", network="cnn")
        assert (grade.earned, grade.found, grade.remarks) == (MET, "validation on 6 samples", ())

    def test_a_share_of_the_arrays(self, world: World) -> None:
        assert (
            judge(trained(world, validation=None, validation_split=0.2), "validation", network="cnn").earned
            == MET
        )

    def test_none_is_not(self, world: World) -> None:
        grade = judge(trained(world, validation=None), "validation", network="cnn")
        assert grade.earned == NOT
        assert "validation_data=" in grade.hint

    def test_the_test_set_costs_nothing_and_is_remarked_on(self, world: World) -> None:
        grade = judge(trained(world, validation=world.data("test")), "validation", network="cnn")
        assert grade.earned == MET
        assert "test set" in grade.remarks[0]

    @pytest.mark.parametrize(
        ("start", "words"),
        [(20, "4 images of the validation set are"), (23, "1 image of the validation set is")],
    )
    def test_the_worksheets_own_leak_costs_nothing(self, world: World, start: int, words: str) -> None:
        grade = judge(trained(world, validation=world.data("train", start)), "validation", network="cnn")
        assert grade.earned == MET
        assert words in grade.remarks[0]

    def test_of_a_demo_is_not(self, world: World) -> None:
        book = trained(world, data=other_data(), validation=other_data())
        assert judge(book, "validation", network="cnn").earned == NOT


class TestCallback:
    def test_passed(self, world: World) -> None:
        stop = Component(name="EarlyStopping", config={"monitor": "val_loss", "patience": 5})
        grade = judge(trained(world, callbacks=(stop,)), "callback", network="cnn", name="EarlyStopping")
        assert (grade.earned, grade.remarks) == (MET, ())
        assert grade.found == "EarlyStopping(monitor='val_loss', patience=5)"

    def test_that_watches_what_is_not_there_is_remarked_on(self, world: World) -> None:
        stop = Component(name="EarlyStopping", config={"monitor": "val_acc"})
        grade = judge(trained(world, callbacks=(stop,)), "callback", network="cnn", name="EarlyStopping")
        assert grade.earned == MET
        assert "val_acc" in grade.remarks[0]

    def test_built_but_not_passed_is_partly(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles()
        book.code("stop = keras.callbacks.EarlyStopping(patience=5)").code().fits()
        grade = judge(book, "callback", network="cnn", name="EarlyStopping")
        assert grade.earned == PARTLY
        assert grade.found == "EarlyStopping is built but fit() gets no callbacks"
        assert "callbacks=[" in grade.hint

    def test_neither_is_not(self, world: World) -> None:
        book = trained(world, callbacks=(Component(name="ModelCheckpoint"),))
        grade = judge(book, "callback", network="cnn", name="EarlyStopping")
        assert (grade.earned, grade.found) == (NOT, "fit() gets ModelCheckpoint")


def judgement(passed: bool | None, accuracy: float | None = 0.5, **more: object) -> Judgement:
    result = TrainingResult(accuracy=accuracy)
    return Judgement.model_validate(
        {"passed": passed, "accuracy": accuracy, "threshold": 0.6, "tries": (result,)} | more
    )


class TestTrains:
    def grade(self, world: World, found: Judgement | str | None, **book: object):
        known = {} if found is None else {"cnn": found}
        return judge(trained(world), "trains", network="cnn", data="fruits", epochs=10, judgements=known)

    def test_as_well_as_the_reference(self, world: World) -> None:
        grade = self.grade(world, judgement(True, 0.7, remarks=("made with other data",)))
        assert (grade.earned, grade.found, grade.remarks) == (
            MET,
            "test accuracy 0.70",
            ("made with other data",),
        )

    def test_the_budget_and_a_share_of_the_threshold_are_told(self, world: World) -> None:
        asked = {"network": "cnn", "data": "fruits", "epochs": 4, "samples": 2000, "share": 0.6}
        book, known = trained(world), {"cnn": judgement(True, 0.7)}
        grade = judge(book, "trains", **asked, judgements=known)
        assert grade.expected == (
            "learns at least 60% as well as the reference in 4 epochs with 2,000 images of fruits"
        )

    def test_worse(self, world: World) -> None:
        tries = tuple(TrainingResult(accuracy=value) for value in (0.4, 0.5, 0.45))
        grade = self.grade(world, judgement(False, 0.5, tries=tries))
        assert grade.earned == NOT
        assert grade.found == "test accuracy 0.50, best of 3 tries, where 0.60 is needed"

    def test_a_network_that_cannot_be_trained_is_the_students(self, world: World) -> None:
        grade = self.grade(world, judgement(False, None, problem="the loss cannot take these labels"))
        assert (grade.earned, grade.found) == (NOT, "the loss cannot take these labels")

    @pytest.mark.parametrize(
        "found", [judgement(None, None, problem="the worker died"), "there is no threshold"]
    )
    def test_what_was_not_measured_costs_nothing_and_is_reviewed(
        self, world: World, found: Judgement | str
    ) -> None:
        grade = self.grade(world, found)
        assert (grade.status, grade.earned) == ("needs_review", MET)

    def test_nothing_trained_is_absent(self, world: World) -> None:
        assert self.grade(world, None).status == "not_attempted"


def test_other_names_of_files_and_models_change_nothing(world: World) -> None:
    plain, renamed = trained(world), trained(world)
    renamed.events = [
        event.model_copy(
            update={"model": 77, **({"variables": ("my_cnn",)} if event.kind == "model" else {})}
        )
        for event in renamed.events
    ]
    for check in ("optimizer", "loss", "metrics", "validation"):
        assert replace_id(judge(plain, check, network="cnn")) == replace_id(
            judge(renamed, check, network="cnn")
        )


def replace_id(grade):
    return grade.model_copy(update={"id": ""})
