"""Faults that a person can mend, told in one line."""

from __future__ import annotations

import errno


class UserError(Exception):
    """Bad input: the message is one line that says what, where, and what to do; it is shown as it is.

    ``exit_code`` follows docs/exit-codes.md: 2 for wrong options or input.
    """

    exit_code = 2


class CannotWriteError(UserError):
    """A result could not be written: disk full, no permission. What stood there before is untouched."""

    exit_code = 4


def is_full(error: OSError) -> bool:
    """Whether this machine's disk is full: no fault of what was handed in."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
