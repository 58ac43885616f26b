"""Faults that a person can mend, told in one line."""

from __future__ import annotations


class UserError(Exception):
    """Bad input: the message is one line that says what, where, and what to do; it is shown as it is.

    ``exit_code`` follows docs/exit-codes.md: 2 for wrong options or input.
    """

    exit_code = 2
