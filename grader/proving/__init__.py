"""Proving a rubric: variants of its reference solution that must keep every point, or lose the right ones."""

MUTANTS = 40
"""Mutants of a reference that are run unless more are asked for: with one of each kind and the equivalents,
a test of less than ten minutes on two cores."""
