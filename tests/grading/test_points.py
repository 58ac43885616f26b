"""Points are exact decimals, and marks depend on nothing but what was done."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from evidence_builder import Notebook, World, cut, graded, guesses, judge_all, rubric_of, works
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks import registry
from grader.checks.outcome import Outcome
from grader.evidence.events import AnyEvent
from grader.grading.points import earned_points

POINTS = st.decimals(0, 100, places=3)
SCORES = st.fractions(0, 1, max_denominator=50)


@given(POINTS, SCORES)
def test_a_share_of_points_is_exact_to_a_thousandth(points: Decimal, score: Fraction) -> None:
    earned = earned_points(points, score)
    assert 0 <= earned <= points
    assert -earned.as_tuple().exponent <= 3
    assert abs(Fraction(earned) - Fraction(points) * score) <= Fraction(1, 2000)
    assert Decimal(str(float(earned))) == earned  # no binary noise in JSON


@given(POINTS)
def test_all_and_nothing_are_what_they_say(points: Decimal) -> None:
    assert earned_points(points, Fraction(1)) == points
    assert earned_points(points, Fraction(0)) == 0


def test_halves_are_rounded_in_the_students_favour() -> None:
    assert earned_points(Decimal("0.001"), Fraction(1, 2)) == Decimal("0.001")


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_checks()
    monkeypatch.setattr(registry, "_checks", dict(registry._checks))

    @registry.check("share")
    def share(work: object, *, above: int, below: int) -> Outcome:
        """A share of the points."""
        return Outcome(Fraction(above, below), "all", "some", "Do more.", (0,))


@pytest.mark.usefixtures("share")
@given(st.data())
@settings(max_examples=40, deadline=None)
def test_checks_add_up_to_questions_and_questions_to_the_submission(
    world: World, data: st.DataObject
) -> None:
    questions = []
    for number in range(data.draw(st.integers(1, 3))):
        checks = [
            {
                "id": f"q{number}c{n}",
                "title": "T",
                "check": "share",
                "points": points,
                "above": s.numerator,
                "below": s.denominator,
            }
            for n, (points, s) in enumerate(
                data.draw(st.lists(st.tuples(POINTS, SCORES), min_size=1, max_size=4))
            )
        ]
        questions.append({"id": f"q{number}", "title": "Q", "checks": checks})
    rubric = rubric_of(questions=questions)
    work, written = works(Notebook(world).code(), rubric)
    grade = graded(rubric, work, written)
    assert grade.points == sum((question.points for question in grade.questions), Decimal(0)) == rubric.worth
    assert grade.earned == sum((question.earned for question in grade.questions), Decimal(0))
    for question in grade.questions:
        assert question.earned == sum((check.earned for check in question.checks), Decimal(0))
        assert all(0 <= check.earned <= check.points for check in question.checks)
    assert 0 <= grade.earned <= grade.points
    again = json.loads(grade.model_dump_json())
    assert Decimal(str(again["earned"])) == grade.earned


def whole(
    world: World, model: int = 1, copy: int = 2, variable: str = "model", swap: bool = False
) -> Notebook:
    """A whole notebook, under chosen identities and names."""
    book = Notebook(world).code("chosen = random.choice(names)").lists().shows(world.files("train", 0, 6))
    book.code().loads("train", 1, **cut(subset="training")).loads("train", 2, **cut(subset="validation"))
    book.code().builds(model=model, variables=(variable,)).code().compiles(model=model)
    book.code().fits(world.data("train", 0, 24, loads=(1,)), world.data("train", 24, loads=(2,)), model)
    book.code().evaluates(model=model).code().saves(model=model).code().reloads(copy, model)
    book.evaluates(model=copy).code().predicts(model=copy).argmax(guesses(world.true(world.data("test"))))
    if swap:
        book.events = [reordered(event) for event in book.events]
    return book


def reordered(event: AnyEvent) -> AnyEvent:
    """The same event with every dictionary written the other way round."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(each) for each in value] if isinstance(value, list) else value

    return type(event).model_validate_json(json.dumps(turned(json.loads(event.model_dump_json()))))


CNN = {"network": "cnn"}
ON_TEST = {**CNN, "data": "fruits", "split": "test"}
EVERYTHING = [
    {"check": "classes_listed", "data": "fruits"},
    {"check": "images_shown", "data": "fruits", "random": True},
    {"check": "loaded", **CNN, "data": "fruits", "aspect": "seed"},
    {"check": "rescaled", **CNN, "scale": "1/255"},
    {"check": "layer", **CNN, "layer": 1},
    {"check": "network", **CNN},
    {"check": "loss", **CNN},
    {"check": "epochs", **CNN, "epochs": 100},
    {"check": "evaluated", **ON_TEST},
    {"check": "reloaded_evaluated", **ON_TEST},
    {"check": "predicted", **ON_TEST},
    {"check": "argmax", **CNN},
    {"check": "report", **ON_TEST},
    {"check": "curves", **CNN, "series": "loss"},
]


@given(st.permutations(range(1, 40)), st.text("abcxyz_", min_size=1, max_size=9), st.booleans(), st.randoms())
@settings(max_examples=12, deadline=None)
def test_marks_depend_on_no_names_identities_or_orders(
    world: World, numbers: list[int], variable: str, swap: bool, chance: random.Random
) -> None:
    rubric = rubric_of(*EVERYTHING)
    plain = judge_all(whole(world), rubric)
    assert judge_all(whole(world, numbers[0], numbers[1], variable, swap), rubric) == plain
    lines = list(EVERYTHING)
    chance.shuffle(lines)
    shuffled = judge_all(whole(world), rubric_of(*lines))
    assert sorted((grade.check, grade.earned) for grade in shuffled) == sorted(
        (grade.check, grade.earned) for grade in plain
    )


def test_a_whole_notebook_earns_what_it_did(world: World) -> None:
    lost = [
        grade.check
        for grade in judge_all(whole(world), rubric_of(*EVERYTHING))
        if grade.earned < grade.points
    ]
    assert lost == ["epochs", "report", "curves"]


def test_what_must_be_confirmed_is_named(world: World) -> None:
    rubric = rubric_of({"check": "answered"}, {"check": "epochs", "network": "cnn", "epochs": 250})
    book = whole(world).markdown("Observation: the fruits differ in their colours.")
    work, written = works(book, rubric)
    grade = graded(rubric, work, written, ("two notebooks",))
    assert (grade.status, grade.reason) == ("needs_review", "to be confirmed: c0")
    assert grade.remarks == ("two notebooks",)
    assert [network.network for network in grade.networks] == ["cnn"]


def test_a_leak_is_told_to_the_teacher(world: World) -> None:
    rubric = rubric_of({"check": "epochs", "network": "cnn", "epochs": 250})
    book = (
        Notebook(world)
        .code()
        .builds()
        .compiles()
        .code()
        .fits(world.data("train", 0, 25), world.data("train", 24))
    )
    work, written = works(book, rubric)
    grade = graded(rubric, work, written)
    assert grade.status == "graded"
    assert grade.remarks[0].startswith("1 of 6 validation images is also trained on")
