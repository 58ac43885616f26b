"""What a mended slip costs, and what it does not: the slip's own work half, what follows nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, rubric_of, works
from serialized import conv, worksheet5
from test_marking import BUILD, COMPILE, FIT, NO_NAME

from grader.evidence.evidence import CellError, Mend
from grader.grading.grade import CheckGrade
from grader.grading.mark import mark
from grader.grading.mended import Attempt, mark_mended, slips
from grader.grading.points import questions_of

IMPORT = Mend(cell=0, kind="import", after="import Input", words="`import Input` added in cell 1")
UNUSED = Mend(cell=0, kind="unused_import", before="import x", words="`import x` in cell 1 left out")
ON_TEST = {"network": "cnn", "data": "fruits", "split": "test"}


def judge(handed_in: Notebook, mended: Notebook, *mends: Mend, check: str, **parameters: Any) -> CheckGrade:
    """One check of a notebook that was handed in like this and, with the mends, ran like that."""
    rubric = rubric_of({"check": check, **parameters})
    as_it_was = Attempt(*works(handed_in, rubric))
    work, written = works(mended, rubric)
    evidence = work.evidence.model_copy(update={"mends": mends})
    again = Attempt(replace(work, evidence=evidence), written)
    (question,) = questions_of(rubric, mark_mended(rubric, as_it_was, again))
    (grade,) = question.checks
    assert bool(grade.hint) == (grade.earned < grade.points), "a hint is due exactly where points are lost"
    return grade


def crashed(world: World, *, epochs: int = 250) -> Notebook:
    """The network's cell stops, and all that needs the network with it."""
    book = Notebook(world).crashes(BUILD, message=NO_NAME.format("Input"))
    book.crashes(COMPILE, message=NO_NAME.format("model"))
    return book.crashes(FIT.replace("250", str(epochs)), message=NO_NAME.format("model"))


def runs(world: World, *, epochs: int = 250, **fields: Any) -> Notebook:
    """The same with the import that was missing."""
    book = Notebook(world).code(f"import Input\n{BUILD}").builds().code(COMPILE).compiles()
    return book.code(FIT).fits(epochs=epochs, **fields)


class TestTheSlip:
    def test_costs_half_of_what_its_cell_was_for(self, world: World) -> None:
        grade = judge(crashed(world), runs(world), IMPORT, check="layer", network="cnn", layer=1)
        assert (grade.earned, grade.cause, grade.rung, grade.cells) == (PARTLY, "own", "mended", (0,))
        assert grade.found.endswith("but only with `import Input` added in cell 1")
        assert grade.hint.startswith("Add `import Input` before this cell")

    def test_costs_nothing_more_where_there_is_a_further_fault(self, world: World) -> None:
        narrow = Notebook(world).code(BUILD).builds(worksheet5(changes={0: conv(16)}))
        layer = {"check": "layer", "network": "cnn"}
        assert judge(crashed(world), narrow, IMPORT, layer=1, **layer).earned <= PARTLY
        assert judge(crashed(world), narrow, IMPORT, layer=3, **layer).earned == PARTLY

    def test_costs_nothing_of_what_the_cell_had_done_before_it(self, world: World) -> None:
        source = f"{COMPILE}\n{FIT}\nplt.plot(history1.history['loss'], history1.history['val_loss'])"
        traceback = "NameError   Traceback (most recent call last)\nCell In[2], line 3\n"
        stops = Notebook(world).code().builds().code(source, status="failed").compiles().fits()
        error = CellError(name="NameError", message=NO_NAME.format("history1"), traceback=traceback)
        stops.cells[-1] = stops.cells[-1].model_copy(update={"error": error})
        goes_on = (
            Notebook(world).code().builds().code(source).compiles().fits().plots([[0.7, 0.6], [0.8, 0.7]])
        )
        mend = Mend(cell=1, kind="name", before="history1", after="history", words="`history` for `history1`")
        for check, more, earned in (("epochs", {"epochs": 250}, MET), ("optimizer", {}, MET)):
            assert judge(stops, goes_on, mend, check=check, network="cnn", **more).earned == earned
        curves = judge(stops, goes_on, mend, check="curves", network="cnn", series="loss")
        assert curves.earned <= PARTLY

    def test_of_the_same_name_in_two_cells_is_one(self) -> None:
        first = Mend(cell=3, kind="name", before="a", after="b", words="`b` for `a` in cell 4")
        again = first.model_copy(update={"cell": 7, "words": "`b` for `a` in cell 8"})
        assert slips((first, again, IMPORT)) == (first, IMPORT)

    def test_is_none_where_an_import_fails_that_nothing_needs(self, world: World) -> None:
        assert slips((UNUSED,)) == ()
        grade = judge(crashed(world), runs(world), UNUSED, check="layer", network="cnn", layer=1)
        assert (grade.earned, grade.cause) == (MET, "environment")


class TestWhatFollows:
    @pytest.mark.parametrize(
        ("check", "parameters"), [("optimizer", {}), ("epochs", {"epochs": 250}), ("validation", {})]
    )
    def test_is_judged_by_what_it_does(self, world: World, check: str, parameters: dict[str, Any]) -> None:
        grade = judge(crashed(world), runs(world), IMPORT, check=check, network="cnn", **parameters)
        assert (grade.earned, grade.cause, grade.rung) == (MET, "knock_on", "mended")
        assert grade.found.endswith("(judged with `import Input` added in cell 1)")

    def test_loses_what_is_wrong_in_it(self, world: World) -> None:
        grade = judge(
            crashed(world, epochs=9), runs(world, epochs=9), IMPORT, check="epochs", network="cnn", epochs=250
        )
        assert grade.earned < MET

    def test_takes_the_place_of_what_is_only_written(self, world: World) -> None:
        """The words of a crashed cell looked right; what it does is something else."""
        grade = judge(
            crashed(world), runs(world, epochs=3), IMPORT, check="epochs", network="cnn", epochs=250
        )
        assert grade.earned < MET

    def test_that_stops_by_an_error_of_its_own_is_judged_as_before(self, world: World) -> None:
        mended = Notebook(world).code(BUILD).builds().code(COMPILE).compiles()
        mended.crashes(FIT, message=NO_NAME.format("val_ds"))
        grade = judge(crashed(world), mended, IMPORT, check="epochs", network="cnn", epochs=250)
        assert (grade.earned, grade.cause) == (PARTLY, "own")


class TestWhatRanWithoutAMend:
    def test_stays_as_it_was(self, world: World) -> None:
        before = runs(world).crashes("plt.plot(1)", message=NO_NAME.format("plt"))
        for check, more in (("epochs", {"epochs": 250}), ("epochs", {"epochs": 9})):
            grade = judge(before, runs(world), IMPORT, check=check, network="cnn", **more)
            rubric = rubric_of({"check": check, "network": "cnn", **more})
            (question,) = questions_of(rubric, mark(rubric, *works(before, rubric)))
            assert grade == question.checks[0]

    def test_is_never_less_because_the_mended_run_did_less(self, world: World) -> None:
        before = runs(world).crashes("plt.plot(1)", message=NO_NAME.format("plt"))
        worse = Notebook(world).code()
        assert judge(before, worse, IMPORT, check="epochs", network="cnn", epochs=250).earned == MET

    def test_is_not_even_tried_stays_so(self, world: World) -> None:
        grade = judge(crashed(world), runs(world), IMPORT, check="evaluated", **ON_TEST)
        assert (grade.earned, grade.status) == (NOT, "not_attempted")
