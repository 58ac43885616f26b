"""From outcomes to points: whose fault a crash is, and what a slip costs."""

from __future__ import annotations

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge, judge_all, rubric_of, trained, works

from grader.checks import registry
from grader.checks.outcome import Outcome
from grader.errors import UserError
from grader.evidence.evidence import CellError
from grader.grading.mark import mark

BUILD = """model = Sequential([
    Input(shape=(128, 128, 3)),
    Conv2D(32, 3, padding="same", activation="relu"),
    MaxPooling2D(2),
    Conv2D(32, 3, padding="same", activation="relu"),
    MaxPooling2D(2),
    Flatten(),
    Dense(64, activation="relu"),
    Dense(128, activation="relu"),
    Dense(6, activation="softmax"),
])"""
COMPILE = 'model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])'
FIT = "history = model.fit(train_ds, epochs=250, validation_data=val_ds)"
NO_NAME = "name {!r} is not defined"


class TestOwnError:
    def test_right_code_in_a_cell_that_crashes_is_partly(self, world: World) -> None:
        book = Notebook(world).crashes(BUILD, message=NO_NAME.format("Input"))
        grade = judge(book, "layer", network="cnn", layer=1)
        assert (grade.earned, grade.cause, grade.cells) == (PARTLY, "own", (0,))
        assert grade.found == "written, but cell 1 stops with NameError"
        assert "`Input`" in grade.hint

    def test_with_a_further_fault_in_it_it_is_not_more_than_that(self, world: World) -> None:
        book = Notebook(world).crashes(BUILD.replace("32, 3", "16, 5"), message=NO_NAME.format("Input"))
        assert judge(book, "layer", network="cnn", layer=1).earned == NOT

    def test_met_when_the_effect_also_happens_elsewhere(self, world: World) -> None:
        book = trained(world).crashes(FIT, message=NO_NAME.format("val_ds"))
        assert judge(book, "epochs", network="cnn", epochs=250).earned == MET

    def test_code_that_does_not_parse_is_read_as_far_as_it_goes(self, world: World) -> None:
        book = Notebook(world).crashes(BUILD + "\nx = = 1", "SyntaxError", "invalid syntax")
        assert judge(book, "layer", network="cnn", layer=1).earned in (PARTLY, NOT)

    def test_what_is_not_written_is_not_earned(self, world: World) -> None:
        book = Notebook(world).crashes("model = nonsense", message=NO_NAME.format("nonsense"))
        assert judge(book, "layer", network="cnn", layer=1).earned == NOT


class TestKnockOn:
    """Work that only lacks what a crashed cell should have given is judged as written: a slip costs once."""

    def book(self, world: World) -> Notebook:
        book = Notebook(world).crashes(BUILD, message=NO_NAME.format("Input"))
        book.crashes(COMPILE, message=NO_NAME.format("model"))
        return book.crashes(FIT, message=NO_NAME.format("model"))

    @pytest.mark.parametrize(
        ("check", "parameters"),
        [
            ("optimizer", {}),
            ("metrics", {}),
            ("epochs", {"epochs": 250}),
            ("validation", {}),
        ],
    )
    def test_it_is_met_on_its_merit(self, world: World, check: str, parameters: dict) -> None:
        grade = judge(self.book(world), check, network="cnn", **parameters)
        assert (grade.earned, grade.cause) == (MET, "knock_on")
        assert "judged as written" in grade.found

    def test_and_loses_what_is_wrong_in_it(self, world: World) -> None:
        grade = judge(self.book(world), "epochs", network="cnn", epochs=100)
        assert grade.earned == PARTLY

    def test_the_slip_itself_costs_where_it_is_made(self, world: World) -> None:
        assert judge(self.book(world), "layer", network="cnn", layer=1).earned == PARTLY


@pytest.mark.parametrize(
    ("name", "message", "cause"),
    [
        ("ModuleNotFoundError", "No module named 'google.colab.patches'", "environment"),
        ("URLError", "<urlopen error [Errno -2] Name or service not known>", "environment"),
        ("MemoryError", "", "budget"),
    ],
)
def test_what_is_not_the_students_fault_costs_nothing(
    world: World, name: str, message: str, cause: str
) -> None:
    book = Notebook(world).code().builds().code().crashes(f"{COMPILE}\n{FIT}", name, message)
    for check, parameters in (("optimizer", {}), ("epochs", {"epochs": 250})):
        grade = judge(book, check, network="cnn", **parameters)
        assert (grade.earned, grade.cause) == (MET, cause)


@pytest.mark.parametrize("status", ["timeout", "killed"])
def test_a_cell_stopped_at_its_limit_is_judged_as_written(world: World, status: str) -> None:
    book = Notebook(world).code().builds().code(f"{COMPILE}\n{FIT}", status=status)
    grade = judge(book, "epochs", network="cnn", epochs=250)
    assert (grade.earned, grade.cause) == (MET, "budget")


def test_a_cell_never_reached_is_judged_as_written(world: World) -> None:
    book = Notebook(world).code().builds().code("import os; os._exit(0)", status="killed")
    book.code(f"{COMPILE}\n{FIT}", status="not_run")
    assert judge(book, "epochs", network="cnn", epochs=250).earned == MET


def test_an_error_of_the_graders_own_costs_nothing(world: World) -> None:
    book = Notebook(world).code().builds().crashes(f"{COMPILE}\n{FIT}", "RuntimeError", "lost")
    error = CellError(
        name="RuntimeError", message="lost", traceback='File "/x/grader/recorder/training.py", line 3\n'
    )
    book.cells[-1] = book.cells[-1].model_copy(update={"error": error})
    grade = judge(book, "epochs", network="cnn", epochs=250)
    assert (grade.earned, grade.cause) == (MET, "infrastructure")


@pytest.fixture
def broken_check(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_checks()
    monkeypatch.setattr(registry, "_checks", dict(registry._checks))

    @registry.check("broken")
    def broken(work: object, *, user: bool = False) -> Outcome:
        """Fails."""
        raise UserError("own.py: no such file") if user else ValueError("two\nlines")


@pytest.mark.usefixtures("broken_check")
class TestACheckThatRaises:
    def test_costs_nothing_and_is_told_apart(self, world: World) -> None:
        (grade,) = judge_all(Notebook(world).code(), rubric_of({"check": "broken"}))
        assert (grade.status, grade.earned, grade.cause) == ("error", MET, "infrastructure")
        assert grade.found == "the check itself failed (ValueError: two lines)"

    def test_a_fault_of_the_rubrics_author_is_told_at_once(self, world: World) -> None:
        with pytest.raises(UserError, match=r"own\.py"):
            judge_all(Notebook(world).code(), rubric_of({"check": "broken", "user": True}))


def test_a_rubric_without_an_aspects_value_is_told(world: World) -> None:
    with pytest.raises(UserError, match="aspect image_size needs its value"):
        judge(trained(world), "loaded", network="cnn", data="fruits", aspect="image_size")


def test_the_rubrics_hint_stands_in_for_the_checks(world: World) -> None:
    line = {"check": "epochs", "network": "cnn", "epochs": 9, "hint": "See slide 12."}
    (grade,) = judge_all(trained(world), rubric_of(line))
    assert grade.hint == "See slide 12."
    (grade,) = judge_all(trained(world), rubric_of(line | {"epochs": 250}))
    assert grade.hint == ""


def test_marking_twice_gives_the_same(world: World) -> None:
    rubric = rubric_of({"check": "network", "network": "cnn"}, {"check": "loss", "network": "cnn"})
    work, written = works(trained(world), rubric)
    assert mark(rubric, work, written) == mark(rubric, work, written)
