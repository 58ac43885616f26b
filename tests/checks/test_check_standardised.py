"""What reaches the network: standardised pixels, rescaled ones in several sets, the size of the images."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, other_data, trained
from serialized import conv, dense, flatten, layer, pool, sequential, worksheet5
from test_check_compiled import TWO, mlp

from grader.evidence.events import Thumbnails

ALL, MEAN, DEVIATION = {}, {"part": "mean"}, {"part": "deviation"}


def numbers(world: World, *, mean: Any = None, deviation: Any = None) -> dict[str, Any]:
    """Scale and offset of pixels standardised with the training set's numbers, or with these."""
    facts = world.facts
    mean, deviation = (
        facts.mean if mean is None else mean,
        facts.deviation if deviation is None else deviation,
    )
    if isinstance(mean, tuple):
        scale = tuple(1 / each for each in deviation)
        return {"scale": scale, "offset": tuple(-m * s for m, s in zip(mean, scale, strict=True))}
    return {"scale": 1 / deviation, "offset": -mean / deviation}


def taught(
    world: World,
    training: dict[str, Any],
    test: dict[str, Any] | None = None,
    network: Any = None,
    **held: Any,
) -> Notebook:
    """Trained, validated and evaluated on pixels mapped so."""
    book = Notebook(world).code().builds(network).compiles().code()
    validation = world.data("train", 24, **(held or training))
    book.fits(world.data("train", 0, 24, **training), validation).code()
    return book.evaluates(world.data("test", **(training if test is None else test)))


class TestStandardised:
    @pytest.mark.parametrize("part", [ALL, MEAN, DEVIATION])
    def test_with_one_number_for_all_channels(self, world: World, part: dict[str, str]) -> None:
        grade = judge(taught(world, numbers(world)), "standardised", network="cnn", **part)
        assert (grade.earned, grade.remarks) == (MET, ())

    def test_with_numbers_for_each_channel(self, world: World) -> None:
        facts = world.facts
        own = numbers(world, mean=facts.channel_means, deviation=facts.channel_deviations)
        assert judge(taught(world, own), "standardised", network="cnn").earned == MET

    def test_with_the_numbers_that_a_validation_split_leaves(self, world: World) -> None:
        near = numbers(world, mean=world.facts.mean + 1.5, deviation=world.facts.deviation - 1)
        assert judge(taught(world, near), "standardised", network="cnn").earned == MET

    @pytest.mark.parametrize("given", [{"scale": 1.0}, {"scale": 1 / 255}])
    @pytest.mark.parametrize("part", [ALL, MEAN, DEVIATION])
    def test_never_is_not(self, world: World, given: dict[str, Any], part: dict[str, str]) -> None:
        grade = judge(taught(world, given), "standardised", network="cnn", **part)
        assert grade.earned == NOT

    def test_only_the_mean_subtracted(self, world: World) -> None:
        book = taught(world, {"scale": 1 / 255, "offset": -world.facts.mean / 255})
        assert judge(book, "standardised", network="cnn", **MEAN).earned == MET
        grade = judge(book, "standardised", network="cnn", **DEVIATION)
        assert (grade.earned, "x_train.std()" in grade.hint) == (NOT, True)
        assert judge(book, "standardised", network="cnn").earned == PARTLY

    def test_only_divided_by_the_deviation(self, world: World) -> None:
        book = taught(world, {"scale": 1 / world.facts.deviation})
        assert judge(book, "standardised", network="cnn", **MEAN).earned == NOT
        assert judge(book, "standardised", network="cnn", **DEVIATION).earned == MET

    def test_the_test_set_with_its_own_numbers_is_partly(self, world: World) -> None:
        own = numbers(world, mean=world.facts.mean + 0.6, deviation=world.facts.deviation * 1.01)
        book = taught(world, numbers(world), own)
        for part in (ALL, MEAN, DEVIATION):
            grade = judge(book, "standardised", network="cnn", **part)
            assert grade.earned == PARTLY
            assert "the test set with other numbers" in grade.found

    def test_its_mean_alone_costs_only_the_mean(self, world: World) -> None:
        book = taught(world, numbers(world), numbers(world, mean=world.facts.mean + 0.6))
        assert judge(book, "standardised", network="cnn", **MEAN).earned == PARTLY
        assert judge(book, "standardised", network="cnn", **DEVIATION).earned == MET

    @pytest.mark.parametrize("raw", [{"scale": 1.0}, {"scale": 1 / 255}])
    def test_a_test_set_left_as_it_was_is_partly(self, world: World, raw: dict[str, Any]) -> None:
        assert judge(taught(world, numbers(world), raw), "standardised", network="cnn").earned == PARTLY

    def test_validation_images_left_as_they_were_are_partly(self, world: World) -> None:
        book = taught(world, numbers(world), scale=1 / 255)
        grade = judge(book, "standardised", network="cnn")
        assert grade.earned == PARTLY
        assert "validation with other numbers" in grade.found

    def test_a_mean_whose_sum_ran_out_of_digits_costs_nothing(self, world: World) -> None:
        # 24 images of 837×836 pixels would sum up to more than float32 can count to.
        level = 255 * 2**24 / (24 * 837 * 836)
        book = taught(world, numbers(world, mean=level) | {"size": (837, 836)})
        grade = judge(book, "standardised", network="cnn")
        assert grade.earned == MET
        assert "float64" in grade.remarks[0]

    def test_pixels_with_numbers_of_their_own_are_compared_less_closely(self, world: World) -> None:
        noise = np.random.default_rng(0).normal(0, 0.03, (24, 8, 8, 3))
        data = world.data("train", 0, 24, **numbers(world))
        blurred = data.model_copy(update={"thumbnails": Thumbnails.of(data.thumbnails.array() + noise)})
        near = world.data("train", 24, **numbers(world, mean=world.facts.mean + 0.5))
        book = Notebook(world).code().builds().compiles().code()
        assert judge(book.fits(blurred, near), "standardised", network="cnn").earned == MET

    def test_in_the_network(self, world: World) -> None:
        facts = world.facts
        first = layer("Normalization", axis=-1, mean=[facts.mean], variance=[facts.deviation**2])
        book = taught(world, {"scale": 1.0}, network=worksheet5(changes={0: [first, conv()]}))
        assert judge(book, "standardised", network="cnn").earned == MET

    def test_adapted_in_the_network(self, world: World) -> None:
        first = layer("Normalization", axis=-1, mean=None, variance=None)
        book = taught(world, {"scale": 1.0}, network=worksheet5(changes={0: [first, conv()]}))
        grade = judge(book, "standardised", network="cnn")
        assert grade.earned == MET
        assert "was not seen" in grade.remarks[0]

    def test_other_data_is_not_and_nothing_trained_is_absent(self, world: World) -> None:
        demo = Notebook(world).code().builds().compiles().fits(other_data(), None)
        assert judge(demo, "standardised", network="cnn").earned == NOT
        book = Notebook(world).code().builds()
        assert judge(book, "standardised", network="cnn").status == "not_attempted"


class TestRescaledInSeveralSets:
    def test_the_test_set_counts_where_the_rubric_says_so(self, world: World) -> None:
        book = taught(world, {"scale": 1 / 255}, {"scale": 1.0})
        assert judge(book, "rescaled", network="cnn", scale="1/255").earned == MET
        grade = judge(book, "rescaled", network="cnn", scale="1/255", test=True)
        assert grade.earned == PARTLY
        assert grade.found.endswith("test: raw 0..255")

    def test_a_test_set_that_is_only_predicted_counts_too(self, world: World) -> None:
        book = trained(world).code().predicts(world.data("test", scale=1.0))
        assert judge(book, "rescaled", network="cnn", scale="1/255", test=True).earned == PARTLY
        book = trained(world).code().predicts(world.data("test", 0, 2, scale=1.0))
        assert judge(book, "rescaled", network="cnn", scale="1/255", test=True).earned == MET

    def test_what_was_standardised_afterwards_will_do_where_the_rubric_says_so(self, world: World) -> None:
        book = taught(world, numbers(world))
        assert judge(book, "rescaled", network="cnn", scale="1/255").earned == NOT
        grade = judge(book, "rescaled", network="cnn", scale="1/255", or_standardised=True)
        assert grade.earned == MET
        raw = taught(world, {"scale": 1.0})
        assert judge(raw, "rescaled", network="cnn", scale="1/255", or_standardised=True).earned == NOT

    def test_one_of_two_networks_is_partly(self, world: World) -> None:
        book = Notebook(world).code().builds(mlp(), 1, variables=("a",)).compiles()
        book.fits(world.data(), None).code().builds(model=2, variables=("b",))
        book.compiles(model=2).fits(world.data(scale=1.0), None, model=2)
        grade = judge(book, "rescaled", networks=["mlp", "cnn"], expected=TWO, scale="1/255")
        assert grade.earned == PARTLY
        assert grade.found == "mlp: training: divided by 255; cnn: training: raw 0..255"


LARGE = {
    "cnn": {"layers": ["Conv2D(32, 3)", "Flatten()", "Dense(6)"], "may_add": ["Resizing", "UpSampling2D"]}
}


class TestFedSize:
    def grade(self, world: World, fed: int, *before: Any, declared: int | None = None, seen: bool = True):
        side = fed if declared is None else declared
        network = sequential((side, side, 3), *before, conv(), pool(), flatten(), dense(6, "softmax"))
        data = world.data(size=(fed, fed), seen=seen)
        book = Notebook(world).code().builds(network, shape=(side, side, 3)).compiles().code()
        if not seen:
            data = data.model_copy(update={"thumbnails": other_data().thumbnails})
        book.fits(data, None)
        return judge(book, "fed_size", network="cnn", size=[64, 64], expected=LARGE)

    def test_resized_in_the_pipeline(self, world: World) -> None:
        assert self.grade(world, 64).earned == MET

    @pytest.mark.parametrize(
        "first", [layer("Resizing", height=64, width=64), layer("UpSampling2D", size=[2, 2])]
    )
    def test_resized_in_the_network(self, world: World, first: Any) -> None:
        assert self.grade(world, 32, first).earned == MET

    def test_declared_and_never_resized_is_not(self, world: World) -> None:
        grade = self.grade(world, 32, declared=64)
        assert (grade.earned, grade.found) == (NOT, "32×32")

    def test_another_size_is_not(self, world: World) -> None:
        assert self.grade(world, 32).earned == NOT
        assert self.grade(world, 32, layer("UpSampling2D", size=[4, 4])).found == "128×128"

    def test_pixels_repeated_to_that_size_are_partly(self, world: World) -> None:
        grade = self.grade(world, 64, seen=False)
        assert grade.earned == PARTLY
        assert "np.resize()" in grade.hint

    def test_nothing_fed_is_absent(self, world: World) -> None:
        book = Notebook(world).code().builds()
        assert judge(book, "fed_size", network="cnn", size=[128, 128]).status == "not_attempted"

    def test_a_network_only_evaluated_is_fed_too(self, world: World) -> None:
        book = Notebook(world).code().builds().compiles().code().evaluates()
        assert judge(book, "fed_size", network="cnn", size=[128, 128]).earned == MET
