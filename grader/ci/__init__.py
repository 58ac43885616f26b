"""Results for what runs on every push: GitHub Actions, classrooms built on it, Gradescope."""

from typing import Literal

Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]
"""When Gradescope shows a test to students; here, where the command line finds it at no cost."""
