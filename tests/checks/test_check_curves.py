"""Curves of several trainings: of one network trained again, and of several networks compared."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import (
    HISTORY,
    MET,
    NOT,
    PARTLY,
    POINTS,
    Notebook,
    World,
    judge,
    judge_all,
    other_data,
    rubric_of,
    trained,
)
from serialized import dense, flatten, sequential

LOSS, HELD = HISTORY["loss"], HISTORY["val_loss"]
SECOND = {"loss": (2.2, 2.1), "accuracy": (0.1, 0.2), "val_loss": (2.3, 2.2), "val_accuracy": (0.05, 0.15)}


class TestCurves:
    def grade(self, book: Notebook, **more: object) -> Any:
        return judge(book, "curves", network="cnn", series="loss", **more)

    def test_the_training_curve_alone_where_validation_is_not_asked_for(self, world: World) -> None:
        grade = self.grade(trained(world).code().plots([LOSS]), validation=False)
        assert (grade.earned, grade.found) == (MET, "its curve")

    def test_the_validation_curve_alone_is_partly_then(self, world: World) -> None:
        grade = self.grade(trained(world).code().plots([HELD]), validation=False)
        assert (grade.earned, grade.found) == (PARTLY, "only the curve of val_loss")

    def test_without_validation_data_the_hint_says_what_is_missing(self, world: World) -> None:
        history = {"loss": LOSS, "accuracy": HISTORY["accuracy"]}
        grade = self.grade(trained(world, history=history, validation=None).code().plots([LOSS]))
        assert grade.earned == PARTLY
        assert "Pass validation data to fit()" in grade.hint

    def test_of_any_training_of_the_network(self, world: World) -> None:
        book = trained(world).code().fits(history=SECOND)
        assert self.grade(book.code().plots([LOSS, HELD])).earned == MET

    def test_of_two_trainings_mixed_is_partly(self, world: World) -> None:
        book = trained(world).code().fits(history=SECOND)
        assert self.grade(book.code().plots([LOSS, SECOND["val_loss"]])).earned == PARTLY

    def test_of_another_training_that_came_out_almost_alike_is_no_answer(self, world: World) -> None:
        near = {**SECOND, "loss": (2.30731,), "val_loss": (2.29434,)}
        book = trained(world, history=near).code().plots([(2.30715,), (2.29434,)])
        assert self.grade(book).found == "only the curve of val_loss"

    def test_of_a_demo_is_no_answer(self, world: World) -> None:
        book = trained(world).code().fits(other_data(), None, history=SECOND)
        book.code().plots([SECOND["loss"], SECOND["val_loss"]])
        assert self.grade(book).status == "not_attempted"

    def test_a_training_that_diverged_has_curves_too(self, world: World) -> None:
        nothing = (float("nan"), float("nan"))
        book = trained(world, history={"loss": nothing, "val_loss": nothing})
        assert self.grade(book.code().plots([nothing, nothing])).earned == MET

    @pytest.mark.parametrize(
        "source",
        [
            "import plotly.express as px\npx.line(y=[history.history['loss'], history.history['val_loss']])",
            "from plotly import graph_objects as go\n"
            "go.Figure([go.Scatter(y=history.history[k]) for k in ('loss', 'val_loss')])",
        ],
    )
    def test_drawn_by_a_library_that_is_not_watched_is_judged_as_written(
        self, world: World, source: str
    ) -> None:
        grade = self.grade(trained(world).code(source))
        assert grade.earned == MET
        assert "judged as written" in grade.remarks[0]

    def test_such_a_library_without_the_series_is_no_answer(self, world: World) -> None:
        book = trained(world).code("import plotly.express as px\npx.line(y=history.history['accuracy'])")
        assert self.grade(book).status == "not_attempted"

    def test_smoothed_curves_are_judged_as_written(self, world: World) -> None:
        source = "plt.plot(smooth(history.history['loss']))\nplt.plot(smooth(history.history['val_loss']))"
        book = trained(world).code(source).plots([(1.7, 1.5), (1.8, 1.6)])
        assert self.grade(book).earned == MET


NETWORKS = {
    "cnn": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(32)", "Dense(6)"]},
    "deep": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(64)", "Dense(64)", "Dense(6)"]},
}
SHALLOW = sequential((128, 128, 3), flatten(), dense(32), dense(6, "softmax"))
DEEP = sequential((128, 128, 3), flatten(), dense(64), dense(64), dense(6, "softmax"))


class TestCurvesCompared:
    def grade(self, book: Notebook, validation: bool = False) -> Any:
        line = {"check": "curves_compared", "networks": ["cnn", "deep"], "series": "loss"}
        rubric = rubric_of(line | {"validation": validation}, networks=NETWORKS)
        (grade,) = judge_all(book, rubric)
        assert grade.status != "error", grade.found
        assert bool(grade.hint) == (grade.earned < POINTS)
        return grade

    def both(self, world: World) -> Notebook:
        book = Notebook(world).code().builds(SHALLOW, 1).compiles(model=1).fits(model=1)
        return book.code().builds(DEEP, 2).compiles(model=2).fits(model=2, history=SECOND)

    def test_in_one_axes(self, world: World) -> None:
        grade = self.grade(self.both(world).code().plots([LOSS, SECOND["loss"]]))
        assert (grade.earned, grade.found) == (MET, "the curves of cnn and deep in one figure")

    def test_side_by_side_in_one_figure(self, world: World) -> None:
        assert self.grade(self.both(world).code().plots([LOSS], [SECOND["loss"]])).earned == MET

    def test_the_validation_curves_are_a_comparison_too(self, world: World) -> None:
        assert self.grade(self.both(world).code().plots([HELD, SECOND["val_loss"]])).earned == MET

    def test_in_figures_of_their_own_is_partly(self, world: World) -> None:
        grade = self.grade(self.both(world).code().plots([LOSS]).plots([SECOND["loss"]]))
        assert (grade.earned, grade.found) == (PARTLY, "the curves in figures of their own")

    def test_where_both_kinds_are_asked_for(self, world: World) -> None:
        all_four = [LOSS, HELD, SECOND["loss"], SECOND["val_loss"]]
        assert self.grade(self.both(world).code().plots(all_four), validation=True).earned == MET
        grade = self.grade(self.both(world).code().plots([LOSS, SECOND["loss"]]), validation=True)
        assert (grade.earned, grade.found) == (PARTLY, "no validation curves among them")

    def test_one_training_under_two_names_is_not(self, world: World) -> None:
        grade = self.grade(self.both(world).code().plots([SECOND["loss"], SECOND["loss"]]))
        assert (grade.earned, grade.found) == (NOT, "no curve of cnn's training")

    def test_trainings_that_went_alike_are_told_apart_by_nobody(self, world: World) -> None:
        book = Notebook(world).code().builds(SHALLOW, 1).compiles(model=1).fits(model=1)
        book.code().builds(DEEP, 2).compiles(model=2).fits(model=2)
        assert self.grade(book.code().plots([LOSS, LOSS])).earned == MET

    def test_one_network_never_trained_is_not(self, world: World) -> None:
        book = Notebook(world).code().builds(SHALLOW, 1).compiles(model=1).fits(model=1)
        assert self.grade(book.code().plots([LOSS])).earned == NOT

    def test_nothing_plotted_is_absent(self, world: World) -> None:
        assert self.grade(self.both(world)).status == "not_attempted"
        assert self.grade(Notebook(world).code()).status == "not_attempted"
