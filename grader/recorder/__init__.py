"""What lives inside the student's kernel: one file for each library it watches.

Imports nothing of the grader but evidence's types. Everything it writes is a claim until the trusted side
confirms it.
"""
