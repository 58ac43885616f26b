"""Arguments of ``fit`` in one verdict, shares of validation data, callbacks' settings, the best training."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, other_data, trained
from test_check_compiled import TWO, mlp

from grader.evidence.events import Component, Labels

ASKED = {"epochs": 50, "batch_size": 512}


def arrays(world: World, **fields: Any) -> Notebook:
    data = world.data("train", 0, 24, container="array")
    held = world.data("train", 24, container="array")
    return trained(world, **({"data": data, "validation": held, "epochs": 50, "batch_size": 512} | fields))


class TestFitted:
    def test_as_asked(self, world: World) -> None:
        grade = judge(arrays(world), "fitted", network="cnn", validation=True, **ASKED)
        assert (grade.earned, grade.found) == (MET, "50 epochs, batches of 512, validation on 6 samples")

    @pytest.mark.parametrize("fields", [{"epochs": 60}, {"batch_size": 128}, {"batch_size": None}])
    def test_one_wrong_is_partly(self, world: World, fields: dict[str, Any]) -> None:
        assert judge(arrays(world, **fields), "fitted", network="cnn", **ASKED).earned == PARTLY

    def test_all_wrong_is_not(self, world: World) -> None:
        grade = judge(arrays(world, epochs=10, batch_size=32), "fitted", network="cnn", **ASKED)
        assert (grade.earned, grade.found) == (NOT, "10 epochs, batches of 32")
        assert "epochs=50" in grade.hint and "batch_size=512" in grade.hint

    def test_the_loaders_batches_take_effect(self, world: World) -> None:
        book = trained(world, data=world.data(batch_size=32), epochs=50, batch_size=512)
        grade = judge(book, "fitted", network="cnn", **ASKED)
        assert grade.earned == PARTLY
        assert "fit(batch_size=512) has no effect on a dataset" in grade.found

    def test_of_other_data_is_not(self, world: World) -> None:
        book = arrays(world, data=other_data())
        assert judge(book, "fitted", network="cnn", **ASKED).earned == NOT

    def test_augmented_images_are_known_by_those_it_is_validated_on(self, world: World) -> None:
        book = arrays(world, data=world.data("train", 0, 24, container="array", seen=False))
        assert judge(book, "fitted", network="cnn", **ASKED).earned == MET

    def test_no_validation_is_one_wrong(self, world: World) -> None:
        grade = judge(arrays(world, validation=None), "fitted", network="cnn", validation=True, **ASKED)
        assert (grade.earned, grade.hint) == (PARTLY, "Pass validation_data=val_ds to fit().")

    def test_the_test_set_for_validation_is_remarked_on(self, world: World) -> None:
        book = arrays(world, validation=world.data("test"))
        grade = judge(book, "fitted", network="cnn", validation=True)
        assert grade.earned == MET
        assert "test set" in grade.remarks[0]

    @pytest.mark.parametrize(("shuffle", "points"), [(True, MET), (False, PARTLY)])
    def test_arrays_are_shuffled_by_fit(self, world: World, shuffle: bool, points: object) -> None:
        book = arrays(world, shuffle=shuffle)
        assert judge(book, "fitted", network="cnn", epochs=50, shuffled=True).earned == points

    @pytest.mark.parametrize(("reshuffles", "points"), [(True, MET), (False, PARTLY)])
    def test_datasets_by_themselves(self, world: World, reshuffles: bool, points: object) -> None:
        book = trained(world, data=world.data(reshuffles=reshuffles), epochs=50, shuffle=True)
        assert judge(book, "fitted", network="cnn", epochs=50, shuffled=True).earned == points

    def test_never_trained_is_absent(self, world: World) -> None:
        book = Notebook(world).code().builds()
        assert judge(book, "fitted", network="cnn", **ASKED).status == "not_attempted"

    def test_one_of_two_never_trained_is_partly(self, world: World) -> None:
        book = Notebook(world).code().builds(mlp(), 1, variables=("a",)).compiles().code()
        book.fits(epochs=50).code().builds(model=2, variables=("b",))
        assert judge(book, "fitted", networks=["mlp", "cnn"], expected=TWO, epochs=50).earned == PARTLY

    def test_a_training_that_an_error_ends_is_partly(self, world: World) -> None:
        grade = judge(arrays(world, error="ValueError", history={}), "fitted", network="cnn", **ASKED)
        assert grade.earned == PARTLY
        assert "fit() stops with ValueError" in grade.found

    @pytest.mark.parametrize("error", ["KeyboardInterrupt", "ResourceExhaustedError"])
    def test_one_that_ends_for_want_of_time_or_memory_is_as_asked(self, world: World, error: str) -> None:
        assert judge(arrays(world, error=error), "fitted", network="cnn", **ASKED).earned == MET

    def test_a_crash_of_the_students_own_is_half_by_what_is_written(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles()
        book.crashes("model.fit(x_train, y, epochs=50, batch_size=512)", message="name 'y' is not defined")
        book.holds("x_train", world.data(container="array"))
        assert judge(book, "fitted", network="cnn", **ASKED).earned == PARTLY


class TestTheBestOfSeveral:
    """One model trained with 32, then 64: the last fit counts, unless the best is asked for."""

    def book(self, world: World) -> Notebook:
        return (
            arrays(world, batch_size=32)
            .code()
            .fits(world.data("train", 0, 24, container="array"), epochs=10, batch_size=64, validation=None)
        )

    @pytest.mark.parametrize(
        ("check", "asked"),
        [
            ("fitted", {"epochs": 50, "batch_size": 32}),
            ("epochs", {"epochs": 50}),
            ("batch_size", {"size": 32}),
            ("validation", {}),
        ],
    )
    def test_is_whichever_meets_most(self, world: World, check: str, asked: dict[str, Any]) -> None:
        assert judge(self.book(world), check, network="cnn", which="best", **asked).earned == MET
        assert judge(self.book(world), check, network="cnn", **asked).earned < MET

    def test_never_trained_is_absent(self, world: World) -> None:
        book = Notebook(world).code().builds()
        assert judge(book, "epochs", network="cnn", epochs=3, which="best").status == "not_attempted"


class TestShare:
    def grade(self, world: World, share: float = 0.2, **fields: Any):
        return judge(arrays(world, **fields), "validation", network="cnn", share=share)

    def test_of_the_training_set(self, world: World) -> None:
        grade = self.grade(world)
        assert (grade.earned, grade.found) == (MET, "20% kept for validation")

    def test_by_the_argument_of_fit(self, world: World) -> None:
        cut = {"data": world.data("train", 0, 27), "validation": world.data("train", 27)}
        assert self.grade(world, 0.1, validation_split=0.1, **cut).earned == MET

    def test_another_is_partly(self, world: World) -> None:
        grade = self.grade(world, 0.1)
        assert grade.earned == PARTLY
        assert "validation_split=0.1" in grade.hint

    def test_the_test_set_is_not(self, world: World) -> None:
        grade = self.grade(world, validation=world.data("test"))
        assert (grade.earned, grade.found) == (NOT, "the test set serves for validation")

    def test_a_share_that_validation_data_overrides_is_partly(self, world: World) -> None:
        grade = self.grade(world, 0.1, validation=world.data("test"), validation_split=0.1)
        assert (grade.earned, grade.hint) == (PARTLY, "Leave out validation_data.")

    def test_none_is_not(self, world: World) -> None:
        assert self.grade(world, validation=None).earned == NOT


class TestLabelsOfTheValidationData:
    def grade(self, world: World, held: Any, training: str = "one_hot"):
        data = world.data("train", 0, 20, labels=training)
        book = trained(world, data=data, validation=held)
        return judge(book, "validation", network="cnn", labels=True)

    def test_as_those_trained_on(self, world: World) -> None:
        assert self.grade(world, world.data("test", labels="one_hot")).earned == MET

    def test_encoded_otherwise_is_not(self, world: World) -> None:
        grade = self.grade(world, world.data("test"))
        assert grade.earned == NOT
        assert grade.found == "validation with integer labels, training with one-hot labels of 6 classes"

    def test_no_classes_is_not(self, world: World) -> None:
        twice = Labels(encoding="other", shape=(6, 2), dtype="float64", minimum=0.0, maximum=1.0)
        assert self.grade(world, world.data("test", labels=twice)).earned == NOT

    def test_of_other_images_is_not(self, world: World) -> None:
        values = [number // 2 for number in range(12)]
        grade = self.grade(world, world.data("test", labels="one_hot", values=values))
        assert grade.earned == NOT
        assert "do not belong to their images" in grade.found


class TestCallbackSettings:
    def grade(self, world: World, config: dict[str, Any], **asked: Any):
        stop = Component(name="EarlyStopping", config=config)
        book = trained(world, callbacks=(stop,))
        return judge(book, "callback", network="cnn", name="EarlyStopping", **asked)

    @pytest.mark.parametrize("monitor", ["val_accuracy", "val_acc"])
    def test_as_asked(self, world: World, monitor: str) -> None:
        config = {"monitor": monitor, "patience": 2, "mode": "auto"}
        grade = self.grade(world, config, monitor=["val_accuracy", "val_acc"], patience=2)
        assert grade.earned == MET

    def test_on_the_default_monitor_is_partly(self, world: World) -> None:
        grade = self.grade(world, {"monitor": "val_loss", "patience": 2}, monitor=["val_accuracy", "val_acc"])
        assert (grade.earned, grade.hint) == (PARTLY, 'Pass monitor="val_accuracy" to EarlyStopping.')

    @pytest.mark.parametrize("patience", [0.2, 5, 0])
    def test_another_patience_is_partly(self, world: World, patience: float) -> None:
        grade = self.grade(world, {"monitor": "val_loss", "patience": patience}, patience=2)
        assert grade.earned == PARTLY
        assert f"patience={patience}" in grade.found
        assert "patience=2" in grade.hint

    def test_that_takes_a_rise_for_a_loss_is_partly(self, world: World) -> None:
        config = {"monitor": "val_accuracy", "patience": 2, "mode": "min"}
        grade = self.grade(world, config, monitor=["val_accuracy"])
        assert grade.earned == PARTLY
        assert 'mode="min"' in grade.hint

    def test_what_a_crashed_cell_would_have_passed_is_known_by_name_alone(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles()
        book.crashes("model.fit(x, y, callbacks=[EarlyStopping(monitor='val_accuracy', patience=2)])")
        grade = judge(book, "callback", network="cnn", name="EarlyStopping", patience=2)
        assert grade.earned == PARTLY
