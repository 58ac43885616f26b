"""A network trained again with another batch size, and variants compared with each other."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, other_data
from serialized import conv, dense, worksheet5
from test_check_compiled import TWO, mlp

from grader.evidence.events import Component, Data


def array(world: World) -> Data:
    return world.data("train", 0, 24, container="array")


def fit(book: Notebook, before: str, after: str, **fields: Any) -> Notebook:
    data = fields.pop("data", array(book.world))
    return book.fits(data, None, weights=before, weights_after=after, **fields)


class TestRefitted:
    def book(self, world: World, second: str = "other", **fields: Any) -> Notebook:
        """Trained with 32, then with 64."""
        book = fit(Notebook(world).code().builds().compiles().code(), "fresh", "trained", batch_size=32)
        return fit(book.code(), second, "more", **({"batch_size": 64} | fields))

    @pytest.mark.parametrize("size", [64, "other"])
    @pytest.mark.parametrize("second", ["other", "fresh", ""])
    def test_from_fresh_weights(self, world: World, size: Any, second: str) -> None:
        grade = judge(self.book(world, second), "refitted", network="cnn", batch_size=size)
        assert (grade.earned, grade.found) == (MET, "batches of 32, then 64")

    @pytest.mark.parametrize("size", [64, "other"])
    def test_going_on_from_trained_weights_is_partly(self, world: World, size: Any) -> None:
        grade = judge(self.book(world, "trained"), "refitted", network="cnn", batch_size=size)
        assert grade.earned == PARTLY
        assert "anew" in grade.hint

    def test_after_a_training_without_a_step_is_from_fresh_weights(self, world: World) -> None:
        book = fit(Notebook(world).code().builds().compiles().code(), "same", "same", batch_size=32)
        fit(book.code(), "same", "trained", batch_size=64)
        assert judge(book, "refitted", network="cnn", batch_size=64).earned == MET

    @pytest.mark.parametrize("size", [128, "other"])
    def test_the_same_size_again_is_not(self, world: World, size: Any) -> None:
        grade = judge(self.book(world, batch_size=32), "refitted", network="cnn", batch_size=size)
        assert grade.earned == NOT
        assert f"batch_size={128 if size == 128 else 64}" in grade.hint

    def test_a_dataset_keeps_its_batches(self, world: World) -> None:
        book = self.book(world, data=world.data(batch_size=32))
        assert judge(book, "refitted", network="cnn", batch_size=64).earned == NOT

    def test_on_other_data_does_not_count(self, world: World) -> None:
        assert (
            judge(self.book(world, data=other_data()), "refitted", network="cnn", batch_size=64).earned == NOT
        )

    def test_never_trained_is_absent(self, world: World) -> None:
        book = Notebook(world).code().builds()
        assert judge(book, "refitted", network="cnn", batch_size=64).status == "not_attempted"

    def test_a_checkpoint_of_a_trained_network_goes_on_too(self, world: World) -> None:
        book = fit(Notebook(world).code().builds().compiles().code(), "fresh", "trained", batch_size=32)
        book.code().reloads(model=2, of=1)
        fit(book.code(), "in the middle", "more", batch_size=64, model=2)
        assert judge(book, "refitted", network="cnn", batch_size=64).earned == PARTLY


class TestVariants:
    def grade(self, book: Notebook, **asked: Any):
        return judge(book, "variants", **({"data": "fruits"} | asked))

    def one(self, world: World) -> Notebook:
        book = Notebook(world).code().builds().compiles("Adam", rate=0.001).code()
        return fit(book, "a", "b", batch_size=32, epochs=10)

    def test_two_networks(self, world: World) -> None:
        book = self.one(world).code().builds(mlp(), 2).compiles("Adam", rate=0.001, model=2)
        grade = self.grade(fit(book, "c", "d", model=2, batch_size=32))
        assert (grade.earned, grade.found) == (MET, "2 different trainings")

    @pytest.mark.parametrize(
        ("how", "fields"),
        [
            ({"optimizer": "SGD", "rate": 0.001}, {}),
            ({"optimizer": "Adam", "rate": 0.01}, {}),
            ({"optimizer": "Adam", "rate": 0.001}, {"batch_size": 64}),
            (
                {"optimizer": "Adam", "rate": 0.001},
                {"callbacks": (Component(name="ReduceLROnPlateau"),)},
            ),
        ],
    )
    def test_one_network_trained_otherwise(self, world: World, how: dict, fields: dict) -> None:
        book = self.one(world).code().builds(model=2).compiles(model=2, **how)
        assert self.grade(fit(book, "a", "d", model=2, **({"batch_size": 32} | fields))).earned == MET

    def test_with_augmented_images(self, world: World) -> None:
        book = self.one(world).code().builds(model=2).compiles("Adam", rate=0.001, model=2)
        seen = array(world).model_copy(update={"thumbnails": other_data().thumbnails})
        book.fits(seen, world.data("test"), model=2, batch_size=32, weights="c", weights_after="d")
        assert self.grade(book).earned == MET

    def test_more_epochs_are_none(self, world: World) -> None:
        book = self.one(world).code().builds(model=2).compiles("Adam", rate=0.001, model=2)
        grade = self.grade(fit(book, "c", "d", model=2, batch_size=32, epochs=50))
        assert (grade.earned, grade.found) == (NOT, "1 different training")

    def test_going_on_from_trained_weights_is_partly(self, world: World) -> None:
        book = fit(self.one(world).code().compiles("SGD", rate=0.001), "b", "c", batch_size=32)
        grade = self.grade(book)
        assert grade.earned == PARTLY
        assert grade.found == "2 different trainings, 1 of them going on from trained weights"
        assert "anew" in grade.hint

    def test_fewer_than_asked_for_are_partly(self, world: World) -> None:
        book = self.one(world).code().builds(model=2).compiles("SGD", model=2)
        assert self.grade(fit(book, "c", "d", model=2), at_least=3).earned == PARTLY

    def test_one_that_fails_before_its_first_step_is_none(self, world: World) -> None:
        book = self.one(world).code().builds(model=2).compiles("SGD", model=2)
        assert self.grade(fit(book, "c", "c", model=2, error="ValueError")).earned == NOT

    def test_one_that_was_interrupted_is_one(self, world: World) -> None:
        book = self.one(world).code().builds(model=2).compiles("SGD", model=2)
        assert self.grade(fit(book, "c", "d", model=2, error="KeyboardInterrupt")).earned == MET

    def test_on_other_data_are_none(self, world: World) -> None:
        book = self.one(world).code().builds(model=2).compiles("SGD", model=2)
        assert self.grade(fit(book, "c", "d", model=2, data=other_data())).earned == NOT

    def test_nothing_trained_is_absent(self, world: World) -> None:
        assert self.grade(Notebook(world).code().builds()).status == "not_attempted"

    def test_of_some_networks_only(self, world: World) -> None:
        book = self.one(world).code().builds(mlp(), 2).compiles("SGD", model=2)
        fit(book, "c", "d", model=2)
        assert self.grade(book, networks=["cnn"], expected=TWO).earned == NOT
        assert self.grade(book, networks=["cnn", "mlp"], expected=TWO).earned == MET

    def test_the_network_as_it_was_when_it_was_trained(self, world: World) -> None:
        book = self.one(world).code().builds(worksheet5(changes={5: [dense(64), dense(64)], 0: conv(64)}))
        book.compiles("Adam", rate=0.001)
        assert self.grade(fit(book, "c", "d", batch_size=32)).earned == MET
