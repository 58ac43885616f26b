"""Photographs shown: so many of each class, so many at all, with the class of each."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge

from grader.checks.labelled import classes_named


class TestImagesShown:
    def grade(self, book: Notebook, **more: object) -> Any:
        return judge(book, "images_shown", data="fruits", **more)

    @pytest.mark.parametrize(("count", "points"), [(30, MET), (29, PARTLY), (15, PARTLY), (12, NOT)])
    def test_so_many_of_each_class(self, world: World, count: int, points: object) -> None:
        grade = self.grade(Notebook(world).code().shows(world.files("train", 0, count)), per_class=5)
        assert (grade.earned, grade.found) == (points, f"{count} images of 6 of 6 classes")

    def test_a_random_choice_may_take_an_image_twice(self, world: World) -> None:
        code = Notebook(world).code("plt.imshow(x_train[np.random.choice(rows)])")
        grade = self.grade(code.shows(world.files("train", 0, 28)), per_class=5, random=True)
        assert grade.earned == MET

    def test_many_of_one_class_do_not_stand_for_others(self, world: World) -> None:
        acai = world.facts.splits["train"][:5]
        grade = self.grade(Notebook(world).code().shows(acai), per_class=5)
        assert (grade.earned, grade.found) == (NOT, "5 images of 1 of 6 classes")
        assert "np.random.choice" in grade.hint

    def test_put_together_to_one_picture(self, world: World) -> None:
        book = Notebook(world).code().shows_together(world.files("train"))
        assert self.grade(book, per_class=5).earned == MET

    def test_each_class_and_at_random(self, world: World) -> None:
        fixed = Notebook(world).code("plt.imshow(x_train[i])").shows(world.files("train"))
        grade = self.grade(fixed, per_class=5, random=True)
        assert (grade.earned, grade.expected) == (PARTLY, "5 random images of each class")
        chosen = Notebook(world).code("plt.imshow(x_train[np.random.choice(rows)])")
        assert self.grade(chosen.shows(world.files("train")), per_class=5, random=True).earned == MET

    @pytest.mark.parametrize(("count", "points"), [(5, MET), (4, PARTLY), (2, NOT)])
    def test_so_many_whatever_their_classes(self, world: World, count: int, points: object) -> None:
        acai = world.facts.splits["train"][:count]
        grade = self.grade(Notebook(world).code().shows(acai), each_class=False, at_least=5)
        assert (grade.earned, grade.expected) == (points, "5 images of the train set")

    def test_one_shown_again_and_again_is_one(self, world: World) -> None:
        book = Notebook(world).code().shows([world.files("train")[0]] * 5)
        assert self.grade(book, each_class=False, at_least=5).earned == NOT


class TestImagesLabelled:
    def grade(self, book: Notebook, at_least: int = 3) -> Any:
        return judge(book, "images_labelled", data="fruits", at_least=at_least)

    @pytest.mark.parametrize(
        "titles",
        [
            ["acai", "cupuacu", "graviola"],
            ["Label: Acai", "Label: Cupuacu", "Label: Graviola"],
            ["0", "1", "2"],
            ["[0]", "[1]", "[2]"],
        ],
    )
    def test_by_name_or_number(self, world: World, titles: list[str]) -> None:
        grade = self.grade(Notebook(world).code().shows(world.files("train", 0, 3), titles=titles))
        assert (grade.earned, grade.found) == (MET, "3 of 3 images labelled rightly")

    def test_of_one_split_where_it_is_asked_for(self, world: World) -> None:
        book = Notebook(world).code().shows(world.files("test", 0, 3), titles=["acai", "cupuacu", "graviola"])
        assert judge(book, "images_labelled", data="fruits", at_least=1).earned == MET
        elsewhere = judge(book, "images_labelled", data="fruits", at_least=1, split="train")
        assert elsewhere.status == "not_attempted"

    def test_one_label_at_the_head_of_each_column(self, world: World) -> None:
        book = (
            Notebook(world).code().shows(world.files("train", 0, 12), 6, ["acai", *world.facts.classes[1:]])
        )
        assert self.grade(book, at_least=12).earned == MET

    def test_in_the_title_of_a_figure_with_one_image(self, world: World) -> None:
        book = Notebook(world).code()
        for file in world.files("train", 0, 3):
            book.shows([file], title=file.split("/")[1])
        assert self.grade(book).earned == MET

    @pytest.mark.parametrize("text", ["acai cupuacu graviola", "[[0]\n [1]\n [2]]", "labels: 0, 1, 2"])
    def test_printed_by_the_same_cell(self, world: World, text: str) -> None:
        book = Notebook(world).code(text=text).shows(world.files("train", 0, 3))
        assert self.grade(book).earned == MET

    @pytest.mark.parametrize("titles", [[], ["picture"] * 3, ["Image 9", "Image 8", "Image 7"]])
    def test_without_labels_is_not(self, world: World, titles: list[str]) -> None:
        grade = self.grade(Notebook(world).code().shows(world.files("train", 0, 3), titles=titles))
        assert (grade.earned, grade.found) == (NOT, "images without their labels")

    def test_labels_of_other_classes_are_not(self, world: World) -> None:
        book = Notebook(world).code().shows(world.files("train", 0, 3), titles=["guarana"] * 3)
        assert (self.grade(book).earned, self.grade(book).found) == (
            NOT,
            "images with the labels of other classes",
        )

    def test_too_few_and_some_wrong_are_partly(self, world: World) -> None:
        files = world.files("train", 0, 3)
        assert self.grade(Notebook(world).code().shows(files, titles=["acai", "cupuacu"])).earned == PARTLY
        mixed = ["acai", "cupuacu", "tucuma"]
        assert self.grade(Notebook(world).code().shows(files, titles=mixed), at_least=2).earned == PARTLY

    def test_no_images_are_absent(self, world: World) -> None:
        assert self.grade(Notebook(world).code()).status == "not_attempted"


CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("True: cat\nPred: dog", [3, 5]),
        ("Plane (0.93)", [0]),
        ("label 7", [7]),
        ("7 / 3", [7, 3]),
        ("catalogue", []),
        ("accuracy 0.3", []),
        ("Cars and TRUCKS", [1, 9]),
        ("12", []),
    ],
)
def test_classes_that_a_text_names(text: str, numbers: list[int]) -> None:
    assert classes_named(text, CIFAR) == numbers
