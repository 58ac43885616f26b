"""All variants of a reference."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.proving import (  # noqa: F401  registers the kinds
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
)
from grader.proving.code import with_sources
from grader.proving.expectations import expected_losses
from grader.proving.reference import Reference
from grader.proving.variant import EQUIVALENCES, MUTATIONS, Variant


def variants_of(reference: Reference, only: str = "") -> list[Variant]:
    """Every equivalent and every mutant of a reference that breaks a requirement of its rubric.

    Args:
        reference: The reference.
        only: Words that the kind must hold; empty for all kinds.
    """
    made = [*_equivalents(reference, only), *_mutants(reference, only)]
    unique: dict[str, Variant] = {}
    for variant in made:
        unique.setdefault("\0".join(cell.source for cell in variant.notebook.cells), variant)
    original = "\0".join(cell.source for cell in reference.notebook.cells)
    return [variant for text, variant in unique.items() if text != original]


def _equivalents(reference: Reference, only: str) -> Iterator[Variant]:
    for kind, rewrite in EQUIVALENCES.items():
        if only in kind and (notebook := rewrite(reference)) is not None:
            yield Variant(kind, "the whole notebook", notebook)


def _mutants(reference: Reference, only: str) -> Iterator[Variant]:
    for kind, mutate in MUTATIONS.items():
        for change in mutate(reference) if only in kind else ():
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
            yield Variant(kind, where, notebook, change.breach, intended, allowed)
