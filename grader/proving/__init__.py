"""Proving a rubric: variants of its reference solution that must keep every point, or lose the right ones."""
