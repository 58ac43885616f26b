"""What reaches the network: standardised pixels, rescaled ones in several sets, the size of the images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, other_data
from serialized import conv, dense, flatten, layer, pool, sequential, worksheet5
from test_check_compiled import TWO, mlp

ALL, MEAN, DEVIATION = {}, {"part": "mean"}, {"part": "deviation"}


@pytest.fixture(scope="module")
def arrays(world: World) -> World:
    """The same images, said to be a set of ``keras.datasets``: nothing resizes them on the way."""
    return replace(world, facts=replace(world.facts, kind="keras_dataset"))


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
    def test_with_one_number_for_all_channels(self, arrays: World, part: dict[str, str]) -> None:
        grade = judge(taught(arrays, numbers(arrays)), "standardised", network="cnn", **part)
        assert (grade.earned, grade.remarks) == (MET, ())

    def test_with_numbers_for_each_channel(self, arrays: World) -> None:
        facts = arrays.facts
        own = numbers(arrays, mean=facts.channel_means, deviation=facts.channel_deviations)
        assert judge(taught(arrays, own), "standardised", network="cnn").earned == MET

    def test_with_the_numbers_that_a_validation_split_leaves(self, arrays: World) -> None:
        near = numbers(arrays, mean=arrays.facts.mean + 1.5, deviation=arrays.facts.deviation - 1)
        assert judge(taught(arrays, near), "standardised", network="cnn").earned == MET

    @pytest.mark.parametrize("given", [{"scale": 1.0}, {"scale": 1 / 255}])
    @pytest.mark.parametrize("part", [ALL, MEAN, DEVIATION])
    def test_never_is_not(self, arrays: World, given: dict[str, Any], part: dict[str, str]) -> None:
        grade = judge(taught(arrays, given), "standardised", network="cnn", **part)
        assert grade.earned == NOT

    def test_only_the_mean_subtracted(self, arrays: World) -> None:
        book = taught(arrays, {"scale": 1 / 255, "offset": -arrays.facts.mean / 255})
        assert judge(book, "standardised", network="cnn", **MEAN).earned == MET
        grade = judge(book, "standardised", network="cnn", **DEVIATION)
        assert (grade.earned, "x_train.std()" in grade.hint) == (NOT, True)
        assert judge(book, "standardised", network="cnn").earned == PARTLY

    def test_only_divided_by_the_deviation(self, arrays: World) -> None:
        book = taught(arrays, {"scale": 1 / arrays.facts.deviation})
        assert judge(book, "standardised", network="cnn", **MEAN).earned == NOT
        assert judge(book, "standardised", network="cnn", **DEVIATION).earned == MET

    def test_the_test_set_with_its_own_numbers_is_partly(self, arrays: World) -> None:
        own = numbers(arrays, mean=arrays.facts.mean + 0.6, deviation=arrays.facts.deviation * 1.01)
        book = taught(arrays, numbers(arrays), own)
        for part in (ALL, MEAN, DEVIATION):
            grade = judge(book, "standardised", network="cnn", **part)
            assert grade.earned == PARTLY
            assert "the test set with other numbers" in grade.found

    def test_its_mean_alone_costs_only_the_mean(self, arrays: World) -> None:
        book = taught(arrays, numbers(arrays), numbers(arrays, mean=arrays.facts.mean + 0.6))
        assert judge(book, "standardised", network="cnn", **MEAN).earned == PARTLY
        assert judge(book, "standardised", network="cnn", **DEVIATION).earned == MET

    @pytest.mark.parametrize("raw", [{"scale": 1.0}, {"scale": 1 / 255}])
    def test_a_test_set_left_as_it_was_is_partly(self, arrays: World, raw: dict[str, Any]) -> None:
        assert judge(taught(arrays, numbers(arrays), raw), "standardised", network="cnn").earned == PARTLY

    def test_validation_images_left_as_they_were_are_partly(self, arrays: World) -> None:
        book = taught(arrays, numbers(arrays), scale=1 / 255)
        grade = judge(book, "standardised", network="cnn")
        assert grade.earned == PARTLY
        assert "validation with other numbers" in grade.found

    def test_in_the_network(self, arrays: World) -> None:
        facts = arrays.facts
        first = layer("Normalization", axis=-1, mean=[facts.mean], variance=[facts.deviation**2])
        book = taught(arrays, {"scale": 1.0}, network=worksheet5(changes={0: [first, conv()]}))
        assert judge(book, "standardised", network="cnn").earned == MET

    def test_adapted_in_the_network(self, arrays: World) -> None:
        first = layer("Normalization", axis=-1, mean=None, variance=None)
        book = taught(arrays, {"scale": 1.0}, network=worksheet5(changes={0: [first, conv()]}))
        grade = judge(book, "standardised", network="cnn")
        assert grade.earned == MET
        assert "was not seen" in grade.remarks[0]

    def test_other_data_is_not_and_nothing_trained_is_absent(self, arrays: World) -> None:
        demo = Notebook(arrays).code().builds().compiles().fits(other_data(), None)
        assert judge(demo, "standardised", network="cnn").earned == NOT
        book = Notebook(arrays).code().builds()
        assert judge(book, "standardised", network="cnn").status == "not_attempted"


class TestRescaledInSeveralSets:
    def test_the_test_set_counts_where_the_rubric_says_so(self, world: World) -> None:
        book = taught(world, {"scale": 1 / 255}, {"scale": 1.0})
        assert judge(book, "rescaled", network="cnn", scale="1/255").earned == MET
        grade = judge(book, "rescaled", network="cnn", scale="1/255", test=True)
        assert grade.earned == PARTLY
        assert grade.found.endswith("test: raw 0..255")

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
