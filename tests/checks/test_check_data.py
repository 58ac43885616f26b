"""The data: listing, opening and removing files, loading, rescaling."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, ROOT, Notebook, World, cut, judge, other_data, trained
from serialized import conv, layer, worksheet5

DATA = {"data": "fruits"}
LOADED = {"network": "cnn", "data": "fruits"}


class TestClassesListed:
    @pytest.mark.parametrize("folder", ["train", "train/"])
    def test_the_folder_is_listed(self, world: World, folder: str) -> None:
        assert judge(Notebook(world).code().lists(folder), "classes_listed", **DATA).earned == MET

    def test_the_class_names_are_printed(self, world: World) -> None:
        book = Notebook(world).code(text=str(list(world.facts.classes)))
        assert judge(book, "classes_listed", **DATA).earned == MET

    def test_the_rows_of_a_report_list_no_folders(self, world: World) -> None:
        book = Notebook(world).code(text=str(list(world.facts.classes))).reports((0, 1), (0, 0))
        assert judge(book, "classes_listed", **DATA).status == "not_attempted"

    @pytest.mark.parametrize("folder", ["test", "", "train/acai"])
    def test_another_folder_is_no_answer(self, world: World, folder: str) -> None:
        grade = judge(Notebook(world).code().lists(folder), "classes_listed", **DATA)
        assert grade.status == "not_attempted"
        assert "os.listdir(train_dir)" in grade.hint


TRY = """for path in paths:
    try:
        Image.open(path).verify()
    except Exception:
        os.remove(path)"""


class TestImagesOpened:
    def opened(self, world: World, files: Any = None, root: str = ROOT, source: str = TRY) -> Notebook:
        return Notebook(world).code(source).opens(world.files("train") if files is None else files, root)

    def test_every_one_and_a_broken_one_does_not_stop_the_code(self, world: World) -> None:
        book = self.opened(world).probed(opened=0, removed=True)
        grade = judge(book, "images_opened", **DATA)
        assert (grade.earned, grade.found) == (
            MET,
            "30 of 30 images are opened; a broken one does not stop the code",
        )

    def test_a_broken_one_stops_code_that_tries_to_catch_it_partly(self, world: World) -> None:
        book = self.opened(world).probed(opened=0, removed=False, failed={0: "SyntaxError"})
        grade = judge(book, "images_opened", **DATA)
        assert grade.earned == PARTLY
        assert "SyntaxError" in grade.found and "catch" in grade.hint

    def test_a_broken_one_stops_code_that_does_not_even_try(self, world: World) -> None:
        book = self.opened(world, source="for path in paths: Image.open(path).verify()")
        assert (
            judge(book.probed(opened=0, removed=False, failed={0: "OSError"}), "images_opened", **DATA).earned
            == NOT
        )

    def test_some_classes_left_out_are_partly(self, world: World) -> None:
        book = self.opened(world, world.files("train", 0, 20)).probed(opened=0, removed=True)
        assert judge(book, "images_opened", **DATA).earned == PARTLY

    def test_a_few_for_display_are_no_answer(self, world: World) -> None:
        grade = judge(self.opened(world, world.files("train", 0, 6)), "images_opened", **DATA)
        assert (grade.status, grade.found) == ("not_attempted", "6 of 30 images are opened")

    def test_images_of_the_same_name_in_another_split_are_none_of_them(self, world: World) -> None:
        book = self.opened(world, world.files("test")).probed(opened=0, removed=True)
        assert judge(book, "images_opened", **DATA).status == "not_attempted"

    def test_the_folder_may_have_any_name(self, world: World) -> None:
        book = self.opened(
            world, [file.removeprefix("train/") for file in world.files("train")], "/kaggle/input/data"
        )
        assert judge(book, "images_opened", **DATA).status == "not_attempted"
        place = book.places[0].model_copy(update={"path": "/kaggle/input/data", "part": "train"})
        book.places = (*book.places, place)
        assert judge(book.probed(opened=0, removed=True), "images_opened", **DATA).earned == MET


class TestBrokenRemoved:
    @pytest.mark.parametrize(
        ("removed", "text", "points"),
        [
            (True, "Removed corrupted image: /x/train/acai/99.png", MET),
            (True, "one removed", PARTLY),
            (False, "corrupted: 99.png", PARTLY),
            (False, "", NOT),
        ],
    )
    def test_removed_and_named(self, world: World, removed: bool, text: str, points: object) -> None:
        book = (
            Notebook(world)
            .code(TRY)
            .opens(world.files("train"))
            .probed(opened=0, removed=removed, text={0: text})
        )
        grade = judge(book, "broken_removed", **DATA)
        assert grade.earned == points
        assert points == MET or "os.remove(path)" in grade.hint

    @pytest.mark.parametrize("probe", [None, {"opened": None, "removed": False}])
    def test_images_never_opened_are_absent(self, world: World, probe: dict | None) -> None:
        book = Notebook(world).code()
        assert (
            judge(book if probe is None else book.probed(**probe), "broken_removed", **DATA).status
            == "not_attempted"
        )


def two_loads(world: World, **second: Any) -> Notebook:
    """The worksheet's way: the training folder loaded twice."""
    book = Notebook(world).code().loads("train", 1, **cut(subset="training"))
    book.loads("train", 2, **(cut(subset="validation") | second)).code().builds().compiles().code()
    return book.fits(world.data("train", 0, 24, loads=(1,)), world.data("train", 24, loads=(2,)))


class TestLabels:
    def grade(self, book: Notebook):
        return judge(book, "loaded", **LOADED, aspect="labels")

    @pytest.mark.parametrize("labels", ["integer", "one_hot"])
    def test_integers_or_one_hot(self, world: World, labels: str) -> None:
        assert self.grade(trained(world, data=world.data("train", labels=labels))).earned == MET

    def test_none_are_not(self, world: World) -> None:
        grade = self.grade(trained(world, data=world.data("train", labels=None)))
        assert grade.earned == NOT
        assert 'label_mode="int"' in grade.hint

    def test_own_code_may_number_the_classes_anew(self, world: World) -> None:
        data = world.data("train", container="array")
        anew = world.data("train", container="array", values=[(value + 2) % 6 for value in world.true(data)])
        assert self.grade(trained(world, data=anew)).earned == MET

    def test_labels_out_of_step_with_the_images_are_not(self, world: World) -> None:
        data = world.data("train", container="array", values=[number // 5 for number in range(30)])
        grade = self.grade(trained(world, data=data))
        assert grade.earned == NOT
        assert "do not belong to their image" in grade.found

    def test_of_the_test_set_are_not(self, world: World) -> None:
        assert self.grade(trained(world, data=world.data("test"))).earned == NOT

    def test_of_a_demo_are_not(self, world: World) -> None:
        assert self.grade(trained(world, data=other_data())).earned == NOT

    @pytest.mark.parametrize(("mode", "points"), [("int", MET), ("categorical", MET), ("None", NOT)])
    def test_never_trained_is_judged_by_the_loader(self, world: World, mode: str, points: object) -> None:
        book = Notebook(world).code().loads("train", label_mode=mode)
        assert self.grade(book).earned == points

    def test_nothing_loaded_is_absent(self, world: World) -> None:
        assert self.grade(Notebook(world).code()).status == "not_attempted"


class TestImageSize:
    def grade(self, book: Notebook):
        return judge(book, "loaded", **LOADED, aspect="image_size", image_size=[128, 128])

    def test_of_what_the_network_is_trained_on(self, world: World) -> None:
        assert self.grade(trained(world)).earned == MET

    def test_another_is_not(self, world: World) -> None:
        grade = self.grade(trained(world, data=world.data("train", size=(64, 64))))
        assert (grade.earned, grade.found, grade.expected) == (NOT, "64×64", "images of 128×128")
        assert "image_size=(128, 128)" in grade.hint

    def test_never_trained_is_judged_by_the_loader(self, world: World) -> None:
        assert self.grade(Notebook(world).code().loads("train", image_size=[128, 128])).earned == MET

    def test_nothing_loaded_is_absent(self, world: World) -> None:
        assert self.grade(Notebook(world).code()).status == "not_attempted"


class TestValidationSplit:
    def grade(self, book: Notebook):
        return judge(book, "loaded", **LOADED, aspect="validation_split", validation_split=0.2)

    def test_both_subsets_are_loaded(self, world: World) -> None:
        assert self.grade(two_loads(world)).earned == MET

    def test_both_from_one_call(self, world: World) -> None:
        book = (
            Notebook(world).code().loads("train", 1, **cut(subset="both")).code().builds().compiles().code()
        )
        assert self.grade(book.fits(world.data("train", 0, 24, loads=(1,)))).earned == MET

    def test_one_subset_only_is_partly(self, world: World) -> None:
        book = (
            Notebook(world)
            .code()
            .loads("train", 1, **cut(subset="training"))
            .code()
            .builds()
            .compiles()
            .code()
        )
        grade = self.grade(book.fits(world.data("train", 0, 24, loads=(1,)), None))
        assert (grade.earned, grade.found) == (
            PARTLY,
            "20% kept for validation, but only the training subset is made",
        )

    def test_another_share_is_partly(self, world: World) -> None:
        book = Notebook(world).code().loads("train", 1, **cut(subset="training", validation_split=0.3))
        book.loads("train", 2, **cut(subset="validation", validation_split=0.3))
        assert self.grade(book).earned == PARTLY

    def test_own_code_is_judged_by_its_effect(self, world: World) -> None:
        assert self.grade(trained(world)).earned == MET  # 24 and 6 of 30

    def test_fits_own_split(self, world: World) -> None:
        book = trained(
            world, data=world.data("train", container="array"), validation=None, validation_split=0.2
        )
        assert self.grade(book).earned == MET

    def test_the_test_set_for_validation_is_not(self, world: World) -> None:
        grade = self.grade(trained(world, validation=world.data("test")))
        assert (grade.earned, grade.found) == (NOT, "the test set serves for validation")

    def test_no_validation_is_absent(self, world: World) -> None:
        assert self.grade(trained(world, validation=None)).status == "not_attempted"


class TestSeed:
    def grade(self, book: Notebook):
        return judge(book, "loaded", **LOADED, aspect="seed")

    def test_the_same_in_both_calls(self, world: World) -> None:
        assert self.grade(two_loads(world)).earned == MET

    @pytest.mark.parametrize("seed", [7, None])
    def test_different_or_missing_is_not(self, world: World, seed: int | None) -> None:
        grade = self.grade(two_loads(world, seed=seed))
        assert grade.earned == NOT
        assert "seed=123" in grade.hint

    def test_one_call_needs_none_twice(self, world: World) -> None:
        book = Notebook(world).code().loads("train", 1, **cut(subset="both"))
        assert self.grade(book).earned == MET

    def test_no_shuffling_needs_none(self, world: World) -> None:
        book = Notebook(world).code()
        for dataset, subset in enumerate(("training", "validation")):
            book.loads("train", dataset, **cut(subset=subset, seed=None, shuffle=False))
        assert self.grade(book).earned == MET

    def test_generators_cut_from_the_same_order(self, world: World) -> None:
        book = Notebook(world).code()
        for dataset, subset in enumerate(("training", "validation")):
            book.loads("train", dataset, loader="flow_from_directory", **cut(subset=subset, seed=None))
        assert self.grade(book).earned == MET

    def test_an_own_split_without_overlap(self, world: World) -> None:
        assert self.grade(trained(world)).earned == MET

    def test_nothing_split_is_absent(self, world: World) -> None:
        assert self.grade(trained(world, validation=None)).status == "not_attempted"


RESCALING = layer("Rescaling", scale=1 / 255, offset=0.0)


class TestRescaled:
    def grade(
        self,
        world: World,
        pipeline: float = 1 / 255,
        validation: float | None = None,
        first: Any = None,
        **data,
    ):
        book = (
            Notebook(world)
            .code()
            .builds(worksheet5(changes={0: [first, conv()] if first else conv()}))
            .compiles()
        )
        held = world.data("train", 24, scale=pipeline if validation is None else validation, **data)
        book.code().fits(world.data("train", 0, 24, scale=pipeline, **data), held)
        return judge(book, "rescaled", network="cnn", scale="1/255")

    def test_in_the_pipeline(self, world: World) -> None:
        grade = self.grade(world)
        assert (grade.earned, grade.found) == (MET, "training: divided by 255; validation: divided by 255")

    def test_in_the_network(self, world: World) -> None:
        assert self.grade(world, pipeline=1.0, first=RESCALING).earned == MET

    def test_in_both_is_twice_and_not(self, world: World) -> None:
        grade = self.grade(world, first=RESCALING)
        assert (grade.earned, grade.found) == (
            NOT,
            "training: divided by 255 twice; validation: divided by 255 twice",
        )

    def test_one_half_only_is_partly(self, world: World) -> None:
        grade = self.grade(world, validation=1.0)
        assert (grade.earned, grade.found) == (PARTLY, "training: divided by 255; validation: raw 0..255")

    def test_never_is_not(self, world: World) -> None:
        grade = self.grade(world, pipeline=1.0)
        assert grade.earned == NOT
        assert "Rescaling(1./255)" in grade.hint

    @pytest.mark.parametrize(
        ("pipeline", "first", "points"),
        [(1 / 255, None, MET), (1.0, RESCALING, MET), (1.0, None, NOT), (1 / 255, RESCALING, NOT)],
    )
    def test_augmented_images_are_judged_by_the_range_that_reaches_the_network(
        self, world: World, pipeline: float, first: Any, points: object
    ) -> None:
        data = world.data("train", 0, 24, scale=pipeline, seen=False, loads=(1,))
        book = Notebook(world).code().loads("train", 1).code()
        book.builds(worksheet5(changes={0: [first, conv()] if first else conv()})).compiles().code()
        grade = judge(book.fits(data, None), "rescaled", network="cnn", scale="1/255")
        assert grade.earned == points
        assert "pixels from 0 to" in grade.found

    def test_augmented_raw_images_and_scaled_validation_images_are_partly(self, world: World) -> None:
        book = Notebook(world).code().loads("train", 1).code().builds().compiles().code()
        book.fits(world.data("train", 0, 24, scale=1.0, seen=False, loads=(1,)), world.data("train", 24))
        assert judge(book, "rescaled", network="cnn", scale="1/255").earned == PARTLY

    def test_a_demos_data_is_not(self, world: World) -> None:
        assert (
            judge(trained(world, data=other_data()), "rescaled", network="cnn", scale="1/255").earned == NOT
        )

    def test_another_scaling_that_a_worksheet_may_ask_for(self, world: World) -> None:
        symmetric = {"scale": 1 / 127.5, "offset": -1.0}
        data, held = world.data("train", 0, 24, **symmetric), world.data("train", 24, **symmetric)
        book = trained(world, data=data, validation=held)
        assert judge(book, "rescaled", network="cnn", scale="1/127.5", offset=-1).earned == MET
        grade = judge(book, "rescaled", network="cnn", scale="1/255")
        assert grade.earned == NOT
        grade = judge(trained(world), "rescaled", network="cnn", scale="1/127.5", offset=-1)
        assert "Rescaling(1./127.5, offset=-1)" in grade.hint

    def test_never_trained_is_absent(self, world: World) -> None:
        assert (
            judge(Notebook(world).code().builds(), "rescaled", network="cnn", scale="1/255").status
            == "not_attempted"
        )
