"""Pictures with what the network made of them: right and wrong answers, scores as bars."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, trained

from grader.checks.samples import files_of
from grader.checks.work import ServedFacts, View, Work, view_key
from grader.evidence.events import Axes, Data, FigureShown, Picture, Shortened, Thumbnails
from grader.evidence.evidence import Evidence
from grader.evidence.sampling import spread


class TestExamplesShown:
    """Of the test images, the network takes the first for another class and knows all others."""

    def grade(self, book: Notebook, correct: bool, at_least: int = 1) -> Any:
        return judge(book, "examples_shown", network="cnn", data="fruits", correct=correct, at_least=at_least)

    @pytest.fixture()
    def book(self, world: World) -> Notebook:
        return trained(world).code().predicts().code()

    def test_images_classified_rightly(self, world: World, book: Notebook) -> None:
        grade = self.grade(book.shows(world.files("test", 1, 4)), correct=True, at_least=3)
        assert (grade.earned, grade.found) == (MET, "3 images classified correctly")
        assert self.grade(book, correct=False).earned == NOT

    def test_images_classified_wrongly(self, world: World, book: Notebook) -> None:
        grade = self.grade(book.shows(world.files("test", 0, 1)), correct=False)
        assert (grade.earned, grade.found) == (MET, "1 image classified incorrectly")
        assert self.grade(book, correct=True).earned == NOT

    def test_fewer_than_asked_for_are_partly(self, world: World, book: Notebook) -> None:
        assert self.grade(book.shows(world.files("test", 0, 3)), correct=True, at_least=5).earned == PARTLY

    def test_shown_one_by_one(self, world: World, book: Notebook) -> None:
        for file in world.files("test", 1, 6):
            book.shows([file])
        assert self.grade(book, correct=True, at_least=5).earned == MET

    def test_before_the_predictions_they_are_none(self, world: World) -> None:
        book = trained(world).code().shows(world.files("test")).code().predicts()
        assert self.grade(book, correct=True).status == "not_attempted"

    def test_of_the_training_set_they_are_none(self, world: World, book: Notebook) -> None:
        assert self.grade(book.shows(world.files("train", 0, 6)), correct=True).status == "not_attempted"

    def test_titles_tell_where_the_prediction_is_not_known(self, world: World) -> None:
        book = trained(world).code().predicts(world.data("test", 0, 3)).code()
        titles = ["True: acai\nPred: acai", "True: cupuacu, Pred: acai", "T 3 P 3", "pupunha"]
        book.shows(world.files("test", 6, 10), titles=titles)
        assert self.grade(book, correct=True).found == "2 images classified correctly"
        assert self.grade(book, correct=False).found == "1 image classified incorrectly"

    def test_titles_over_other_pictures_tell_nothing(self, world: World) -> None:
        book = trained(world).code().predicts(world.data("test", 0, 3)).code()
        pixels = np.random.default_rng(3).random((1, 8, 8, 3), np.float32)
        noise = Picture(shape=(32, 32, 3), thumbnail=Thumbnails.of(pixels))
        place = (0.1, 0.1, 0.8, 0.8)
        axes = Axes(position=place, pictures=(noise,), title="True: acai Pred: cupuacu")
        book.happens(FigureShown, axes=(axes,))
        assert self.grade(book, correct=False).status == "not_attempted"

    def test_a_shortened_run_without_a_right_answer_is_judged_as_written(self, world: World) -> None:
        true = world.true(world.data("test"))
        book = trained(world).code().predicts(classes=[(label + 1) % 6 for label in true])
        book.code("for i in np.where(predicted == true)[0][:5]:\n    plt.imshow(x_test[i])")
        grade = self.grade(book, correct=True)
        assert grade.earned == MET
        assert "shortened run" in grade.remarks[0]

    @pytest.mark.parametrize(
        ("code", "shortened", "earned"),
        [
            ("for i in range(4):\n    plt.imshow(x_test[i])", Shortened(epochs=2), MET),
            ("for i in range(4):\n    plt.imshow(x_test[i])", None, NOT),
            (
                "for i in np.where(predicted != true)[0][:4]:\n    plt.imshow(x_test[i])",
                Shortened(epochs=2),
                NOT,
            ),
        ],
        ids=["unpicked", "of a whole training", "picked"],
    )
    def test_images_nobody_picked_may_all_be_wrong_after_a_shortened_training(
        self, world: World, code: str, shortened: Shortened | None, earned: float
    ) -> None:
        true = world.true(world.data("test"))
        answers = [(label + 1) % 6 if row < 4 else label for row, label in enumerate(true)]
        book = trained(world, shortened=shortened).code().predicts(classes=answers)
        grade = self.grade(book.code(code).shows(world.files("test", 0, 4)), correct=True)
        assert (grade.earned, bool(grade.remarks)) == (earned, earned == MET)

    def test_nothing_shown_is_absent(self, book: Notebook) -> None:
        assert self.grade(book, correct=True).status == "not_attempted"

    def test_without_predictions_is_absent(self, world: World) -> None:
        assert self.grade(trained(world), correct=True).status == "not_attempted"


SCORES = ((0.1, 0.6, 0.1, 0.1, 0.05, 0.05), (0.05, 0.05, 0.7, 0.1, 0.05, 0.05))


class TestPredictionBars:
    def grade(self, book: Notebook) -> Any:
        return judge(book, "prediction_bars", network="cnn", data="fruits")

    def predicted(self, world: World) -> Notebook:
        return trained(world).code().predicts(classes=[1, 2] * 6, scores=SCORES).code()

    @pytest.mark.parametrize(
        "bars",
        [
            SCORES[0],
            [100 * score for score in SCORES[1]],
            [round(score, 2) for score in SCORES[0]],
            sorted(SCORES[0], reverse=True)[:3],
        ],
    )
    def test_scores_beside_the_image(self, world: World, bars: Any) -> None:
        grade = self.grade(self.predicted(world).bars(bars, world.files("test")[0]))
        assert (grade.earned, grade.found) == (MET, "1 bar chart of class scores")

    def test_the_image_in_a_figure_of_its_own_in_the_same_cell(self, world: World) -> None:
        book = self.predicted(world).shows(world.files("test", 0, 1)).bars(SCORES[0])
        assert self.grade(book).earned == MET

    def test_scores_of_an_image_beyond_the_first_rows_of_a_large_prediction(self, world: World) -> None:
        likely = [0.0, 0.1, 0.8, 0.1, 0.0, 0.0]
        assert self.grade(self.predicted(world).bars(likely, world.files("test")[5])).earned == MET

    @pytest.mark.parametrize("bars", [[3, 4, 5, 6, 7, 8], [0.8, 0.2, 0, 0, 0, 0], [0.5, 0.9]])
    def test_other_numbers_are_partly(self, world: World, bars: Any) -> None:
        assert self.grade(self.predicted(world).bars(bars, world.files("test")[0])).earned == PARTLY

    def test_without_the_image_is_partly(self, world: World) -> None:
        grade = self.grade(self.predicted(world).bars(SCORES[0]))
        assert (grade.earned, grade.found) == (PARTLY, "bars of class scores without the image")

    def test_images_alone_are_absent(self, world: World) -> None:
        book = self.predicted(world).shows(world.files("test", 0, 2))
        assert (self.grade(book).status, self.grade(book).found) == (
            "not_attempted",
            "no bar chart of class scores",
        )

    def test_bars_before_the_prediction_do_not_count(self, world: World) -> None:
        book = trained(world).code().bars(SCORES[0], world.files("test")[0]).code()
        assert self.grade(book.predicts(scores=SCORES)).status == "not_attempted"


class TestFilesOf:
    """More samples than are looked at: rows in the split's order are known all the same."""

    CLASSES = ("cat", "dog")

    def work(self, total: int, order: str = "rows") -> tuple[Work, Data]:
        names = [f"test/{self.CLASSES[row % 2]}/{row:05}" for row in range(1000)]
        facts = ServedFacts("pets", self.CLASSES, {"test": tuple(sorted(names))}, "drawn")
        rows = spread(total, 512)
        delivered = names if order == "rows" else [names[(7 * row + 3) % 1000] for row in range(1000)]
        data = Data(container="array", samples=total)
        view = View(data="pets", counts={"test": 512}, files=tuple(delivered[row] for row in rows))
        work = Work(Evidence(notebook="w.ipynb", cells=()), data={"pets": facts})
        return replace(work, views={view_key(data): view}), data

    @pytest.mark.parametrize("total", [1000, 700])
    def test_in_the_order_of_rows(self, total: int) -> None:
        work, data = self.work(total)
        files = files_of(work, data)
        assert len(files) == total
        assert files[:3] == ("test/cat/00000", "test/dog/00001", "test/cat/00002")
        assert files[-1] == f"test/dog/{total - 1:05}"

    def test_in_another_order_only_those_looked_at_are_known(self) -> None:
        work, data = self.work(1000, "shuffled")
        files = files_of(work, data)
        assert len(files) == 1000
        assert sum(file is not None for file in files) == 512
