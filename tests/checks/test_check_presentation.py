"""What a reader sees: curves, images, printed messages, written answers."""

from __future__ import annotations

import pytest
from evidence_builder import HISTORY, MET, NOT, PARTLY, Notebook, World, judge, trained

LOSS, HELD = HISTORY["loss"], HISTORY["val_loss"]
ACCURACY, HELD_ACCURACY = HISTORY["accuracy"], HISTORY["val_accuracy"]


class TestCurves:
    def grade(self, book: Notebook, series: str = "loss", **more: object):
        return judge(book, "curves", network="cnn", series=series, **more)

    def test_both_in_one_axes(self, world: World) -> None:
        assert self.grade(trained(world).code().plots([LOSS, HELD])).earned == MET

    def test_a_shortened_training_goes_on_with_its_last_value(self, world: World) -> None:
        lengthened = [(*values, *[values[-1]] * 248) for values in (LOSS, HELD)]
        assert self.grade(trained(world).code().plots(lengthened)).earned == MET

    def test_accuracy_in_percent(self, world: World) -> None:
        percent = [[100 * value for value in values] for values in (ACCURACY, HELD_ACCURACY)]
        assert self.grade(trained(world).code().plots(percent), "accuracy").earned == MET

    def test_accuracy_under_the_name_that_keras_gave_it(self, world: World) -> None:
        history = {"acc": ACCURACY, "val_acc": HELD_ACCURACY, "loss": LOSS, "val_loss": HELD}
        book = trained(world, history=history).code().plots([ACCURACY, HELD_ACCURACY])
        assert self.grade(book, "accuracy").earned == MET

    @pytest.mark.parametrize(("together", "points"), [(False, MET), (True, PARTLY)])
    def test_in_separate_axes(self, world: World, together: bool, points: object) -> None:
        book = trained(world).code().plots([LOSS]).plots([HELD])
        assert self.grade(book, together=together).earned == points

    def test_one_only_is_partly(self, world: World) -> None:
        grade = self.grade(trained(world).code().plots([LOSS]))
        assert (grade.earned, grade.found) == (PARTLY, "only the curve of loss")
        assert grade.hint == "Plot history.history['val_loss'] as well."

    def test_the_same_twice_is_partly(self, world: World) -> None:
        assert self.grade(trained(world).code().plots([LOSS, LOSS])).earned == PARTLY

    @pytest.mark.parametrize(
        "lines", [[ACCURACY, HELD_ACCURACY], [(0.1, 0.2), (0.3, 0.4)], [LOSS[:1], HELD[:1]]]
    )
    def test_other_values_are_no_answer(self, world: World, lines: list) -> None:
        assert self.grade(trained(world).code().plots(lines)).status == "not_attempted"

    def test_never_trained_is_absent(self, world: World) -> None:
        assert (
            self.grade(Notebook(world).code().builds().code().plots([LOSS, HELD])).status == "not_attempted"
        )


PICK = "for label in labels:\n    name = random.choice(os.listdir(label))"


class TestImagesShown:
    def grade(self, book: Notebook, **more: object):
        return judge(book, "images_shown", data="fruits", **more)

    def test_one_of_each_class(self, world: World) -> None:
        assert self.grade(Notebook(world).code().shows(world.files("train", 0, 6))).earned == MET

    def test_in_figures_of_their_own(self, world: World) -> None:
        book = Notebook(world).code()
        for file in world.files("train", 0, 6):
            book.shows([file])
        assert self.grade(book).earned == MET

    @pytest.mark.parametrize(("count", "points"), [(5, PARTLY), (3, PARTLY), (2, NOT)])
    def test_some_classes_only(self, world: World, count: int, points: object) -> None:
        grade = self.grade(Notebook(world).code().shows(world.files("train", 0, count)))
        assert (grade.earned, grade.found) == (points, f"images of {count} of 6 classes")

    def test_of_the_test_set_are_no_answer(self, world: World) -> None:
        assert self.grade(Notebook(world).code().shows(world.files("test", 0, 6))).status == "not_attempted"

    @pytest.mark.parametrize(
        ("source", "points"), [(PICK, MET), ("for label in labels: os.listdir(label)[0]", PARTLY)]
    )
    def test_picked_at_random(self, world: World, source: str, points: object) -> None:
        grade = self.grade(Notebook(world).code(source).shows(world.files("train", 0, 6)), random=True)
        assert grade.earned == points
        assert points == MET or "random.choice" in grade.hint

    def test_picked_at_random_in_an_earlier_cell(self, world: World) -> None:
        book = Notebook(world).code("chosen = [random.choice(names) for names in folders]")
        book.code("for path in chosen: plt.imshow(path)").shows(world.files("train", 0, 6))
        assert self.grade(book, random=True).earned == MET

    @pytest.mark.parametrize("seed", ["random.seed(1)", "keras.utils.set_random_seed(123)"])
    def test_a_seed_draws_nothing(self, world: World, seed: str) -> None:
        book = Notebook(world).code(f"import os, random, keras\n{seed}")
        book.code("plt.imshow(os.listdir(folder)[0])").shows(world.files("train", 0, 6))
        assert self.grade(book, random=True).earned == PARTLY

    def test_randomness_elsewhere_does_not_count(self, world: World) -> None:
        book = Notebook(world).code("weights = np.random.rand(3)")
        book.code("for path in paths: plt.imshow(path)").shows(world.files("train", 0, 6))
        assert self.grade(book, random=True).earned == PARTLY


class TestImageRows:
    def grade(self, book: Notebook, **more: object):
        return judge(book, "image_rows", data="fruits", **more)

    def test_in_two_rows(self, world: World) -> None:
        grade = self.grade(Notebook(world).code().shows(world.files("train", 0, 6)))
        assert (grade.earned, grade.found) == (MET, "6 images in 2 rows")

    @pytest.mark.parametrize(("columns", "words"), [(6, "6 images in 1 row"), (2, "6 images in 3 rows")])
    def test_in_other_rows_is_partly(self, world: World, columns: int, words: str) -> None:
        grade = self.grade(Notebook(world).code().shows(world.files("train", 0, 6), columns))
        assert (grade.earned, grade.found) == (PARTLY, words)
        assert "plt.subplot(2, 3, i + 1)" in grade.hint

    def test_too_few_are_partly(self, world: World) -> None:
        assert self.grade(Notebook(world).code().shows(world.files("train", 0, 4), 2)).earned == PARTLY

    def test_each_in_a_figure_of_its_own_is_not(self, world: World) -> None:
        book = Notebook(world).code().shows(world.files("train", 0, 1)).shows(world.files("train", 1, 2))
        assert self.grade(book).earned == NOT

    def test_none_is_absent(self, world: World) -> None:
        assert self.grade(Notebook(world).code()).status == "not_attempted"


NONE_FOUND = {"pattern": r"no corrupt\w* images? found", "example": "No Corrupted Images Found."}


class TestPrinted:
    def grade(self, book: Notebook):
        return judge(book, "printed", **NONE_FOUND)

    def test_printed(self, world: World) -> None:
        grade = self.grade(Notebook(world).code(text="checked\nNo corrupted images found.\n"))
        assert (grade.earned, grade.found) == (MET, "No corrupted images found")

    def test_in_the_code_but_not_printed_is_not(self, world: World) -> None:
        grade = self.grade(Notebook(world).code('if False:\n    print("No corrupted images found.")'))
        assert grade.earned == NOT
        assert "condition" in grade.hint

    def test_in_a_cell_that_crashes_is_partly(self, world: World) -> None:
        grade = self.grade(Notebook(world).crashes('check(tf)\nprint("No corrupted images found.")'))
        assert (grade.earned, grade.cause) == (PARTLY, "own")

    def test_in_a_cell_that_only_lacks_what_an_earlier_one_should_have_given_is_met(
        self, world: World
    ) -> None:
        book = Notebook(world).crashes("paths = nonsense()", message="name 'nonsense' is not defined")
        book.crashes(
            'check(paths)\nprint("No corrupted images found.")', message="name 'paths' is not defined"
        )
        grade = self.grade(book)
        assert (grade.earned, grade.cause) == (MET, "knock_on")

    def test_in_markdown_is_absent(self, world: World) -> None:
        grade = self.grade(Notebook(world).markdown("No corrupted images found."))
        assert (grade.status, grade.hint) == (
            "not_attempted",
            'Write print("No Corrupted Images Found.") where it is so.',
        )


class TestAnswered:
    def grade(self, book: Notebook, **more: object):
        return judge(book, "answered", **({"near_images_of": "fruits"} | more))

    def shown(self, world: World, source: str = "") -> Notebook:
        return Notebook(world).code(source).shows(world.files("train", 0, 6))

    @pytest.mark.parametrize(
        "text",
        [
            "The backgrounds differ a lot between images.",
            "**Observation:** colours help to tell the fruits apart",
        ],
    )
    def test_markdown_below_the_images_is_a_proposal(self, world: World, text: str) -> None:
        grade = self.grade(self.shown(world).markdown(text))
        assert (grade.status, grade.earned, grade.cells) == ("needs_review", MET, (1,))
        assert "“" in grade.found

    @pytest.mark.parametrize(
        "text", ["Your answer here", "Double-click (or enter) to edit", "## What did you observe?", "Nice"]
    )
    def test_templates_headings_and_a_word_are_no_answer(self, world: World, text: str) -> None:
        assert self.grade(self.shown(world).markdown(text)).status == "not_attempted"

    def test_text_far_from_the_images_counts_only_when_labelled(self, world: World) -> None:
        far = self.shown(world).code().code().code()
        assert self.grade(far.markdown("We now train the network with Adam.")).status == "not_attempted"
        assert self.grade(far.markdown("Observation: the photographs differ in size.")).earned == MET

    @pytest.mark.parametrize(
        ("heading", "status"),
        [
            ("### 1.2 Remove corrupted images", "not_attempted"),
            ("## Task 2: load the data", "not_attempted"),
            ("### 2. What did you observe?", "needs_review"),
            ("## What can be seen", "needs_review"),
        ],
    )
    def test_text_below_the_next_task_is_about_that(self, world: World, heading: str, status: str) -> None:
        book = self.shown(world).markdown(f"{heading}\n\nOpening a file reads only the first bytes of it.")
        assert self.grade(book).status == status

    def test_a_comment_in_a_cell_without_calls(self, world: World) -> None:
        assert (
            self.grade(self.shown(world).code("# The photographs differ in size and background.")).earned
            == MET
        )

    def test_a_comment_about_the_code_is_no_answer(self, world: World) -> None:
        book = self.shown(world).code("# Load all the images from the folder\nload(path)")
        assert self.grade(book).status == "not_attempted"

    def test_a_printed_sentence(self, world: World) -> None:
        source = 'print("I see that the fruits have different colours and backgrounds")'
        assert self.grade(self.shown(world, source)).earned == MET

    def test_a_printed_message_of_the_code_is_no_answer(self, world: World) -> None:
        assert self.grade(self.shown(world, 'print("Loading the training images")')).status == "not_attempted"

    def test_what_must_come_up(self, world: World) -> None:
        book = self.shown(world).markdown("The backgrounds differ a lot.")
        assert self.grade(book, about=["background"]).earned == MET
        assert self.grade(book, about=["colour"]).status == "not_attempted"

    def test_anywhere_when_no_images_are_named(self, world: World) -> None:
        book = Notebook(world).code().code().code().code().markdown("The deeper network learns faster here.")
        assert self.grade(book, near_images_of=None).earned == MET

    def test_the_worksheets_own_text_is_no_answer(self, world: World) -> None:
        from evidence_builder import judge_all, rubric_of

        book = self.shown(world).markdown("Select one image randomly from each class.")
        line = {"check": "answered", "near_images_of": "fruits"}
        (grade,) = judge_all(book, rubric_of(line, templates=["Select one image randomly from each class."]))
        assert grade.status == "not_attempted"
