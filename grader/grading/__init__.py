"""Grading: which network answers which question, whose fault an error is, points, the grade."""
