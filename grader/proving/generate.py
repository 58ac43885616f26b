"""All variants of a reference."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbformat import NotebookNode

from grader.proving import (  # noqa: F401  registers the kinds
    PLACES,
    equivalents_cells,
    equivalents_layers,
    equivalents_spelling,
    equivalents_training,
    mutants_data,
    mutants_experiments,
    mutants_layers,
    mutants_presentation,
    mutants_results,
    mutants_training,
    mutants_words,
)
from grader.proving.code import with_sources
from grader.proving.expectations import expected_losses
from grader.proving.reference import Reference
from grader.proving.variant import EQUIVALENCES, MUTATIONS, Variant


def variants_of(reference: Reference, only: str = "", places: int | None = PLACES) -> list[Variant]:
    """Every equivalent, and mutants of every kind that break a requirement of the rubric.

    Args:
        reference: The reference.
        only: Words that the kind must hold; empty for all kinds.
        places: Mutants of each kind at most, those first that are meant for checks which no other one of the
            kind is meant for, and one more for each check that would be left without; None for all. Changed
            words cost no run and are never left out.
    """
    kinds = [list(_mutants(reference, kind)) for kind in MUTATIONS if only in kind]
    mutants = [each for kind in kinds for each in _spread(kind, places)]
    meant = frozenset[str]().union(*(each.intended for each in mutants))
    for each in (each for kind in kinds for each in kind):
        if not each.intended <= meant:
            mutants.append(each)
            meant |= each.intended
    made = [*_equivalents(reference, only), *mutants]
    unique: dict[str, Variant] = {}
    for variant in made:
        unique.setdefault(_text(variant.notebook), variant)
    unique.pop(_text(reference.notebook), None)
    return list(unique.values())


def _text(notebook: NotebookNode) -> str:
    return "\0".join(cell.source for cell in notebook.cells)


def _spread(mutants: list[Variant], places: int | None) -> list[Variant]:
    """So many of them, for as many checks as can be, in the order of their places."""
    if places is None or len(mutants) <= places or all(each.only_words for each in mutants):
        return mutants
    chosen: list[int] = []
    seen: set[str] = set()
    left = list(range(len(mutants)))
    while len(chosen) < places:
        # Of equals the first; one that is meant for many new checks is no better than one for a single one.
        best = max(left, key=lambda number: bool(mutants[number].intended - seen))
        left.remove(best)
        chosen.append(best)
        seen |= mutants[best].intended
    return [mutants[number] for number in sorted(chosen)]


def _equivalents(reference: Reference, only: str) -> Iterator[Variant]:
    for kind, rewrite in EQUIVALENCES.items():
        if only in kind and (notebook := rewrite(reference)) is not None:
            yield Variant(kind, "the whole notebook", notebook)


def _mutants(reference: Reference, kind: str) -> Iterator[Variant]:
    for change in MUTATIONS[kind](reference):
        if change.breach is None:
            continue
        intended, allowed = expected_losses(reference, change.breach)
        if not intended:
            continue  # the rubric leaves it free
        for cell, source in change.sources.items():
            if reference.notebook.cells[cell].cell_type == "code":
                ast.parse(source)  # a mutation that is no Python is a fault of ours
        notebook = with_sources(reference.notebook, change.sources)
        where = f"cell {change.breach.cell + 1}: {change.where}"
        only_words = not any(reference.notebook.cells[cell].cell_type == "code" for cell in change.sources)
        yield Variant(kind, where, notebook, change.breach, intended, allowed, only_words)
