"""Execution: student notebooks run in forked, sandboxed kernels, and become evidence."""
