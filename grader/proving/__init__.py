"""Proving a rubric: variants of its reference solution that must keep every point, or lose the right ones."""

PLACES = 2
"""Places at which each kind of mutation is done where a reference has more: its networks are much alike."""
