"""The verdict on a variant: what it lost against the reference, and where."""

from __future__ import annotations

from decimal import Decimal

import nbformat
import pytest

from grader.grading.grade import CellIssue, CheckGrade, QuestionGrade, SubmissionGrade
from grader.proving.proof import Proof, Result, checks_of, judge
from grader.proving.variant import Breach, Variant
from grader.rubric.schema import ProofException

REFERENCE = {name: Decimal(2) for name in ("epochs", "curves", "layer")}


def check(name: str, earned: Decimal, cause: str | None = None) -> CheckGrade:
    return CheckGrade(
        id=name, check=name, title=name, status="passed", points=Decimal(2), earned=earned, expected="",
        found="seen", cause=cause,  # type: ignore[arg-type]
    )  # fmt: skip


def grade(cause: str | None = None, **earned: float) -> SubmissionGrade:
    checks = tuple(
        check(name, Decimal(str(earned.get(name, 2))), cause if name in earned else None)
        for name in REFERENCE
    )
    question = QuestionGrade(id="q", title="q", points=Decimal(6), earned=Decimal(0), checks=checks)
    issues = (CellIssue(cell=1, error="ValueError", cause="own"),) if cause else ()
    return SubmissionGrade(
        submission="v",
        status="graded",
        points=Decimal(6),
        earned=Decimal(0),
        questions=(question,),
        cell_issues=issues,
    )


def variant(*intended: str, allowed: tuple[str, ...] = (), mutant: bool = True) -> Variant:
    breach = Breach("epochs", 3) if mutant else None
    return Variant(
        "epochs changed",
        "cell 4: epochs=7",
        nbformat.v4.new_notebook(),
        breach,
        frozenset(intended),
        frozenset(allowed),
    )


def judged(made: Variant, graded: SubmissionGrade, *exceptions: ProofException) -> Result:
    reference = {name: check(name, points) for name, points in REFERENCE.items()}
    return judge(made, graded, reference, exceptions)


@pytest.mark.parametrize(
    ("earned", "verdict"),
    [
        ({"epochs": 1}, "caught"),
        ({"epochs": 0, "curves": 1}, "caught"),
        ({}, "survived"),
        ({"curves": 1}, "wrong"),
        ({"layer": 1}, "wrong"),
        ({"epochs": 1, "layer": 1}, "wrong"),
    ],
)
def test_a_mutant_must_lose_where_it_is_meant_to_and_nowhere_else(
    earned: dict[str, float], verdict: str
) -> None:
    result = judged(variant("epochs", allowed=("curves",)), grade(**earned))
    assert result.verdict == verdict
    assert result.is_fault is (verdict != "caught")


def test_an_equivalent_must_lose_nothing() -> None:
    assert judged(variant(mutant=False), grade()).verdict == "kept"
    lost = judged(variant(mutant=False), grade(layer=1.5))
    assert (lost.verdict, lost.is_fault) == ("lost", True)
    assert [(loss.id, loss.found) for loss in lost.losses] == [("layer", "seen")]


def test_what_a_crash_costs_besides_is_no_fault() -> None:
    assert judged(variant("epochs"), grade("own", epochs=1, layer=1)).verdict == "caught"
    assert judged(variant("epochs"), grade("own", layer=1)).verdict == "wrong"


def test_what_stood_below_a_crash_may_be_lost_with_it() -> None:
    crashed = grade("own", epochs=1, layer=1)
    silent = [each.model_copy(update={"cause": None}) for each in checks_of(crashed)]
    questions = (crashed.questions[0].model_copy(update={"checks": tuple(silent)}),)
    graded = crashed.model_copy(update={"questions": questions})

    def verdict(met_in: int) -> str:
        before = {name: check(name, points) for name, points in REFERENCE.items()}
        before["layer"] = before["layer"].model_copy(update={"cells": (met_in,)})
        return judge(variant("epochs"), graded, before).verdict

    assert verdict(met_in=0) == "wrong"
    assert verdict(met_in=2) == "caught"


def test_an_exception_of_the_rubric_is_shown_with_its_reason_and_counts_no_more() -> None:
    exception = ProofException(mutant="Epochs changed", reason="any number will do")
    result = judged(variant("epochs"), grade(), exception)
    assert (result.verdict, result.excepted, result.reason) == ("survived", True, "any number will do")
    assert not result.is_fault
    other = ProofException(mutant="units", reason="none of this")
    assert judged(variant("epochs"), grade(), other).is_fault


def test_what_cannot_be_graded_is_a_fault() -> None:
    failed = SubmissionGrade(
        submission="v", status="failed", reason="no kernel", points=Decimal(6), earned=Decimal(0)
    )
    result = judged(variant("epochs"), failed)
    assert (result.verdict, result.reason, result.is_fault) == ("failed", "no kernel", True)


def test_a_proof_is_clean_when_nothing_is_a_fault() -> None:
    kept, caught = judged(variant(mutant=False), grade()), judged(variant("epochs"), grade(epochs=0))
    proof = Proof("w", (), (kept, caught), ("layer",))
    assert proof.is_clean
    assert proof.kinds[True, "epochs changed"]["caught"] == 1
    survived = judged(variant("epochs"), grade())
    assert not Proof("w", (), (kept, survived), ()).is_clean
