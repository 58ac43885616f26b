"""Cells that name the inside of the interpreter."""

import pytest

from grader.execution.reaching import reaching


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("x = fit.__closure__[0].cell_contents", "__closure__"),
        ("import gc\ngc.get_objects()", "gc.get_objects"),
        ("if True:\n    from grader import recorder", "from grader"),
        ("open('/proc/self/fd/3')", "/proc/self/fd"),
    ],
)
def test_what_leads_to_the_recorder_is_named(source, named):
    assert reaching(["x = 1", source]) == (f"cell 2 names {named}",)


def test_coursework_names_nothing_of_it_however_long_it_is():
    # White space in the square of its length would take an hour.
    assert reaching(["import keras\n# the grader", "\n" * 400_000, " \n" * 200_000]) == ()
