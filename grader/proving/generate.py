"""All variants of a reference."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from nbformat import NotebookNode

from grader.proving import (  # noqa: F401  registers the kinds
    MUTANTS,
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


def variants_of(reference: Reference, only: str = "", most: int | None = MUTANTS) -> list[Variant]:
    """Every equivalent, and mutants of every kind that break a requirement of the rubric.

    Args:
        reference: The reference.
        only: Words that the kind must hold; empty for all kinds.
        most: Mutants that are to be run at most, beside one of each kind and one for each check; None for
            all places at which each kind can be done.
    """
    kinds = [list(_mutants(reference, kind)) for kind in MUTATIONS if only in kind]
    made = [*_equivalents(reference, only), *_chosen(kinds, most)]
    unique: dict[str, Variant] = {}
    for variant in made:
        unique.setdefault(_text(variant.notebook), variant)
    unique.pop(_text(reference.notebook), None)
    return list(unique.values())


def _text(notebook: NotebookNode) -> str:
    return "\0".join(cell.source for cell in notebook.cells)


def _chosen(kinds: Sequence[Sequence[Variant]], most: int | None) -> list[Variant]:
    """The first place of every kind, then the second, …, so many; changed words, run by nobody, always."""
    ranked = [_ranked([each for each in kind if not each.only_words]) for kind in kinds]
    turns = [each for turn in zip_longest(*ranked) for each in turn if each is not None]
    first = sum(bool(kind) for kind in ranked)
    count = len(turns) if most is None else max(first, most)
    chosen = [each for kind in kinds for each in kind if each.only_words] + turns[:count]
    meant = frozenset[str]().union(*(each.intended for each in chosen))
    for each in turns[count:]:
        if not each.intended <= meant:
            chosen.append(each)
            meant |= each.intended
    taken = {id(each) for each in chosen}
    return [each for kind in kinds for each in kind if id(each) in taken]


def _ranked(mutants: Sequence[Variant]) -> list[Variant]:
    """One kind's, those first that are meant for a check which none before is meant for."""
    left, ranked, seen = list(mutants), list[Variant](), set[str]()
    while left:
        # Of equals the first; one that is meant for many new checks is no better than one for a single one.
        best = max(left, key=lambda each: bool(each.intended - seen))
        left.remove(best)
        ranked.append(best)
        seen |= best.intended
    return ranked


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
