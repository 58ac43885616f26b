"""The labels that networks are trained, validated and evaluated on."""

from __future__ import annotations

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, trained
from test_check_compiled import CATEGORICAL, SPARSE, TWO, mlp

from grader.evidence.events import Labels

DIVIDED = Labels(encoding="other", shape=(), dtype="float64", classes=1, minimum=0.0, maximum=5 / 255)
TWICE = Labels(encoding="other", shape=(6, 2), dtype="float64", classes=12, minimum=0.0, maximum=1.0)


def taught(
    world: World, labels: object = "one_hot", held: object = "same", loss: str = CATEGORICAL
) -> Notebook:
    data = world.data("train", 0, 24, labels=labels)
    validation = world.data("train", 24, labels=labels if held == "same" else held)
    book = Notebook(world).code().builds().code().compiles(loss=loss)
    return book.code().fits(data, validation)


class TestOneHot:
    def test_in_all_sets(self, world: World) -> None:
        book = taught(world).code().evaluates(world.data("test", labels="one_hot"))
        grade = judge(book, "targets", network="cnn", classes=6)
        assert (grade.earned, grade.found, grade.remarks) == (MET, "one-hot labels of 6 classes", ())

    def test_integers_with_the_sparse_loss_are_as_good(self, world: World) -> None:
        book = taught(world, "integer", loss=SPARSE).code().evaluates()
        grade = judge(book, "targets", network="cnn", classes=6)
        assert grade.earned == MET
        assert "are as good" in grade.remarks[0]

    def test_unless_the_rubric_is_strict(self, world: World) -> None:
        grade = judge(taught(world, "integer", loss=SPARSE), "targets", network="cnn", classes=6, strict=True)
        assert (grade.earned, grade.found) == (NOT, "training: integer labels")
        assert "to_categorical(y, 6)" in grade.hint

    def test_integers_with_the_loss_for_one_hot_labels_are_not(self, world: World) -> None:
        assert judge(taught(world, "integer"), "targets", network="cnn").earned == NOT

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            (DIVIDED, "labels from 0 to 0.0196, which are no classes"),
            (TWICE, "labels that are one-hot twice"),
        ],
    )
    def test_what_is_no_class_is_not(self, world: World, labels: Labels, words: str) -> None:
        grade = judge(taught(world, labels), "targets", network="cnn")
        assert grade.earned == NOT
        assert words in grade.found

    def test_none_is_not(self, world: World) -> None:
        assert judge(taught(world, None), "targets", network="cnn").earned == NOT

    def test_of_other_images_are_not(self, world: World) -> None:
        scrambled = world.data(labels="one_hot", values=[number * 5 // 6 % 6 for number in range(30)])
        grade = judge(trained(world, data=scrambled), "targets", network="cnn")
        assert grade.earned == NOT
        assert "do not belong to their images" in grade.found

    def test_classes_numbered_otherwise_are_no_fault(self, world: World) -> None:
        data = world.data(labels="one_hot", values=[5 - label for label in world.true(world.data())])
        book = trained(world, data=data, validation=None)
        assert judge(book, "targets", network="cnn").earned == MET

    def test_of_another_width_are_partly(self, world: World) -> None:
        assert judge(taught(world), "targets", network="cnn", classes=10).earned == PARTLY

    def test_wrong_in_the_validation_data_are_partly(self, world: World) -> None:
        grade = judge(taught(world, held="integer"), "targets", network="cnn")
        assert grade.earned == PARTLY
        assert grade.found == "training: one-hot labels of 6 classes; validation: integer labels"

    def test_wrong_in_the_test_data_are_partly(self, world: World) -> None:
        book = taught(world).code().evaluates(world.data("test", labels=TWICE))
        grade = judge(book, "targets", network="cnn")
        assert grade.earned == PARTLY
        assert "evaluation: labels that are one-hot twice" in grade.found

    def test_nothing_trained_is_absent(self, world: World) -> None:
        assert judge(Notebook(world).code().builds(), "targets", network="cnn").status == "not_attempted"

    def test_a_crashed_training_is_judged_by_the_calls_that_are_written(self, world: World) -> None:
        def crashed(labels: str) -> Notebook:
            book = Notebook(world).code(labels).code().builds().compiles(loss=CATEGORICAL)
            return book.crashes(
                "model.fit(x_train, y_train, epochs=3)", message="name 'x_train' is not defined"
            )

        assert judge(crashed("y_train = to_categorical(y, 6)"), "targets", network="cnn").earned == PARTLY
        assert judge(crashed("y_train = y"), "targets", network="cnn").earned == NOT

    def test_a_training_that_they_crash_is_judged_by_what_was_seen(self, world: World) -> None:
        book = Notebook(world).code("y = to_categorical(y, 6)").code().builds().compiles(loss=CATEGORICAL)
        book.crashes("model.fit(x, y, epochs=3)", "ValueError", "target.shape=(32, 6, 2)")
        book.fits(world.data(labels=TWICE), None, error="ValueError")
        assert judge(book, "targets", network="cnn").earned == NOT


class TestInteger:
    def test_as_asked(self, world: World) -> None:
        assert judge(taught(world, "integer"), "targets", network="cnn", encoding="integer").earned == MET

    def test_one_hot_with_its_loss_is_as_good(self, world: World) -> None:
        assert judge(taught(world), "targets", network="cnn", encoding="integer").earned == MET


class TestOfSeveral:
    def test_one_never_trained_is_left_out(self, world: World) -> None:
        data = world.data(labels="one_hot")
        book = (
            Notebook(world)
            .code()
            .builds(mlp(), 1, variables=("a",))
            .compiles(loss=CATEGORICAL)
            .fits(data, None)
        )
        book.code().builds(model=2, variables=("b",))
        assert judge(book, "targets", networks=["mlp", "cnn"], expected=TWO).earned == MET

    def test_one_wrong_is_partly(self, world: World) -> None:
        book = Notebook(world).code().builds(mlp(), 1, variables=("a",)).compiles(loss=CATEGORICAL)
        book.fits(world.data(labels="one_hot"), None).code().builds(model=2, variables=("b",))
        book.compiles(loss=CATEGORICAL, model=2).fits(world.data(labels=TWICE), None, model=2)
        grade = judge(book, "targets", networks=["mlp", "cnn"], expected=TWO)
        assert grade.earned == PARTLY
        assert grade.found.startswith("mlp: one-hot labels of 6 classes; cnn: training: labels that are")
