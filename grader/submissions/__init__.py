"""Submissions: finding them, reading and repairing notebooks, and understanding what their cells say."""
