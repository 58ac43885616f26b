"""Optimizer, loss and metrics in one verdict."""

from __future__ import annotations

import pytest
from evidence_builder import HISTORY, MET, NOT, PARTLY, Notebook, World, judge
from serialized import dense, flatten, sequential, worksheet5

ASKED = {"optimizer": ["SGD"], "loss": "categorical_crossentropy", "metrics": ["accuracy"]}
SPARSE, CATEGORICAL = "sparse_categorical_crossentropy", "categorical_crossentropy"
TWO = {
    "cnn": {"layers": ["Conv2D(32, 3)", "Flatten()", "Dense(6)"], "may_add": ["MaxPooling2D", "Dense"]},
    "mlp": {"layers": ["Flatten()", "Dense(50)", "Dense(6)"]},
}


def mlp() -> dict:
    return sequential((128, 128, 3), flatten(), dense(50), dense(6, "softmax"))


def compiled(
    world: World,
    optimizer: str = "SGD",
    loss: str | None = CATEGORICAL,
    *,
    labels: str = "one_hot",
    output: str = "softmax",
    history: dict = HISTORY,
    **how: object,
) -> Notebook:
    book = Notebook(world).code().builds(worksheet5(changes={7: dense(6, output)})).code()
    return book.compiles(optimizer, loss, **how).code().fits(world.data(labels=labels), history=history)


class TestOfOne:
    def test_all_as_asked(self, world: World) -> None:
        grade = judge(compiled(world), "compiled", network="cnn", **ASKED)
        assert (grade.earned, grade.remarks) == (MET, ())
        assert grade.found == "SGD, categorical_crossentropy with one-hot labels, accuracy"

    @pytest.mark.parametrize("loss", ["CategoricalCrossentropy", "categorical_crossentropy"])
    @pytest.mark.parametrize("optimizer", ["SGD", "sgd"])
    def test_in_every_spelling(self, world: World, loss: str, optimizer: str) -> None:
        assert judge(compiled(world, optimizer, loss), "compiled", network="cnn", **ASKED).earned == MET

    def test_another_optimizer_is_partly(self, world: World) -> None:
        grade = judge(compiled(world, "Adam"), "compiled", network="cnn", **ASKED)
        assert (grade.earned, grade.hint) == (PARTLY, 'Pass optimizer="sgd" to compile().')

    def test_no_accuracy_is_partly(self, world: World) -> None:
        grade = judge(compiled(world, metrics=()), "compiled", network="cnn", **ASKED)
        assert grade.earned == PARTLY
        assert "metrics=['accuracy']" in grade.hint

    def test_never_compiled_is_absent(self, world: World) -> None:
        grade = judge(Notebook(world).code().builds(), "compiled", network="cnn", **ASKED)
        assert grade.status == "not_attempted"

    def test_the_compilation_before_the_training_counts(self, world: World) -> None:
        book = compiled(world).code().compiles("Adam", "mse", ())
        assert judge(book, "compiled", network="cnn", **ASKED).earned == MET

    def test_any_optimizer_will_do_where_none_is_asked_for(self, world: World) -> None:
        book = compiled(world, "Nadam")
        assert judge(book, "compiled", network="cnn", loss="crossentropy").earned == MET

    def test_of_a_crashed_cell_it_is_half_at_most(self, world: World) -> None:
        written = "model.compile(optimizer='sgd', loss='categorical_crossentropy', metrics=['accuracy'])"
        book = Notebook(world).code().builds().crashes(f"{written}\nprint(histroy)")
        assert judge(book, "compiled", network="cnn", **ASKED).earned == PARTLY
        other = Notebook(world).code().builds().crashes(written.replace("sgd", "adam"))
        assert judge(other, "compiled", network="cnn", **ASKED).earned == PARTLY


class TestLoss:
    def test_integers_with_the_sparse_loss_are_as_good(self, world: World) -> None:
        grade = judge(compiled(world, loss=SPARSE, labels="integer"), "compiled", network="cnn", **ASKED)
        assert grade.earned == MET
        assert "is the same loss as categorical_crossentropy" in grade.remarks[0]

    @pytest.mark.parametrize(
        ("loss", "labels"),
        [(CATEGORICAL, "integer"), (SPARSE, "one_hot"), ("mse", "integer"), (None, "one_hot")],
    )
    def test_one_that_cannot_work_is_not(self, world: World, loss: str | None, labels: str) -> None:
        grade = judge(compiled(world, loss=loss, labels=labels), "compiled", network="cnn", **ASKED)
        assert grade.earned == NOT

    @pytest.mark.parametrize("loss", ["mse", "binary_crossentropy", "KLDivergence", "my_own_loss"])
    @pytest.mark.parametrize("wanted", ["categorical_crossentropy", "crossentropy"])
    def test_another_that_works_is_one_wrong_of_several(self, world: World, loss: str, wanted: str) -> None:
        grade = judge(compiled(world, loss=loss), "compiled", network="cnn", **(ASKED | {"loss": wanted}))
        assert (grade.earned, grade.hint) == (PARTLY, 'Pass loss="categorical_crossentropy" to compile().')

    def test_a_missing_softmax_costs_where_the_output_layer_is_judged(self, world: World) -> None:
        grade = judge(compiled(world, output="linear"), "compiled", network="cnn", **ASKED)
        assert grade.earned == MET
        assert "no softmax" in grade.remarks[0]

    @pytest.mark.parametrize(("output", "points"), [("linear", MET), ("softmax", PARTLY)])
    def test_logits_are_for_a_linear_output(self, world: World, output: str, points: object) -> None:
        book = compiled(world, output=output, from_logits=True)
        assert judge(book, "compiled", network="cnn", **ASKED).earned == points

    def test_another_loss_that_a_worksheet_may_ask_for(self, world: World) -> None:
        assert judge(compiled(world, loss="mse"), "compiled", network="cnn", loss="mse").earned == MET
        book = compiled(world, loss="MeanSquaredError")
        assert judge(book, "compiled", network="cnn", loss="mse").earned == MET

    def test_one_that_crashes_the_training_in_its_own_cell_is_not(self, world: World) -> None:
        book = Notebook(world).code().builds()
        compiled = "model.compile('sgd', 'categorical_crossentropy', metrics=['accuracy'])"
        book.crashes(f"{compiled}\nmodel.fit(x, y)", "ValueError", "target.shape=(32, 1)")
        book.compiles("SGD", CATEGORICAL).fits(world.data(), None, error="ValueError")
        assert judge(book, "compiled", network="cnn", **ASKED).earned == NOT


class TestAccuracy:
    @pytest.mark.parametrize("name", ["accuracy", "acc", "CategoricalAccuracy", "categorical_accuracy"])
    def test_in_every_spelling(self, world: World, name: str) -> None:
        assert judge(compiled(world, metrics=[name]), "compiled", network="cnn", **ASKED).earned == MET

    @pytest.mark.parametrize("name", ["SparseCategoricalAccuracy", "binary_accuracy", "AUC"])
    def test_that_says_nothing_with_these_labels_is_partly(self, world: World, name: str) -> None:
        assert judge(compiled(world, metrics=[name]), "compiled", network="cnn", **ASKED).earned == PARTLY

    @pytest.mark.parametrize(("values", "points"), [((0.0, 0.0), PARTLY), ((0.2, 0.4), MET)])
    def test_the_class_that_compares_scores_with_labels_is_known_by_its_zeros(
        self, world: World, values: tuple[float, ...], points: object
    ) -> None:
        book = compiled(world, metrics=["Accuracy"], history=HISTORY | {"accuracy": values})
        assert judge(book, "compiled", network="cnn", **ASKED).earned == points


class TestOfTwo:
    def both(self, world: World, second: str = "SGD", metrics: tuple[str, ...] = ("accuracy",)) -> Notebook:
        data = world.data(labels="one_hot")
        book = (
            Notebook(world)
            .code()
            .builds(mlp(), 1, variables=("model1",))
            .compiles("SGD", CATEGORICAL, rate=0.01)
        )
        book.code().fits(data).code().builds(model=2, variables=("model2",))
        return book.compiles(second, CATEGORICAL, metrics, model=2, rate=0.1).code().fits(data, model=2)

    @pytest.mark.parametrize(("second", "points"), [("SGD", MET), ("Adam", PARTLY)])
    def test_one_that_misses_is_partly(self, world: World, second: str, points: object) -> None:
        grade = judge(self.both(world, second), "compiled", networks=["mlp", "cnn"], expected=TWO, **ASKED)
        assert grade.earned == points
        assert grade.found.startswith("mlp: SGD, ")

    def test_none_compiled_is_not(self, world: World) -> None:
        book = Notebook(world).code().builds(mlp(), 1, variables=("a",)).builds(model=2, variables=("b",))
        grade = judge(book, "compiled", networks=["mlp", "cnn"], expected=TWO, **ASKED)
        assert (grade.earned, grade.status) == (NOT, "not_attempted")

    def test_the_same_as_the_other_one(self, world: World) -> None:
        grade = judge(self.both(world), "compiled", network="cnn", same_as="mlp", expected=TWO)
        assert grade.earned == MET
        assert grade.remarks == ("The learning rate is 0.1; mlp has 0.01.",)

    @pytest.mark.parametrize(("second", "metrics"), [("Adam", ("accuracy",)), ("SGD", ("accuracy", "AUC"))])
    def test_unlike_the_other_one_is_partly(
        self, world: World, second: str, metrics: tuple[str, ...]
    ) -> None:
        grade = judge(
            self.both(world, second, metrics), "compiled", network="cnn", same_as="mlp", expected=TWO
        )
        assert grade.earned == PARTLY
        assert "of mlp" in grade.hint

    def test_the_metrics_of_one_never_compiled_are_no_measure(self, world: World) -> None:
        book = Notebook(world).code().builds(mlp(), 1, variables=("a",)).builds(model=2, variables=("b",))
        book.compiles("Adam", CATEGORICAL, model=2).code().fits(world.data(labels="one_hot"), model=2)
        assert judge(book, "compiled", network="cnn", same_as="mlp", expected=TWO).earned == MET
