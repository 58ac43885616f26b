"""Recipes, the trusted trainer, thresholds from reference runs, and the memo of results."""
