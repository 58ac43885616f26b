"""A proposal is no mark yet: what a human must confirm stands apart."""

from __future__ import annotations

from decimal import Decimal

from evidence_builder import Notebook, World, graded, rubric_of, works

WORDS = {"check": "answered", "question": "Why does dropout help?", "about": ["unit"]}
COUNT = {"check": "names_listed", "data": "fruits"}


def test_proposed_and_settled_points_are_told_apart(world: World) -> None:
    book = Notebook(world).code(f"names = {list(world.facts.classes)}").markdown("Why does dropout help?")
    rubric = rubric_of(WORDS, COUNT)
    work, written = works(book.markdown("Single units can no longer dominate."), rubric)
    grade = graded(rubric, work, written)
    assert (grade.status, grade.earned, grade.proposed) == ("needs_review", Decimal(16), Decimal(8))
    assert grade.reason == "to be confirmed: c0"


def test_nothing_is_proposed_where_nothing_was_written(world: World) -> None:
    rubric = rubric_of(WORDS, COUNT)
    work, written = works(Notebook(world).code(f"names = {list(world.facts.classes)}"), rubric)
    grade = graded(rubric, work, written)
    assert (grade.status, grade.earned, grade.proposed) == ("graded", Decimal(8), Decimal(0))
