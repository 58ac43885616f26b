"""Notebooks, networks and outputs that are alike: copies are found, what all must have in common is not."""

import random
import time

import numpy as np

from grader.grading.grade import (
    ClaimGrade,
    ComparisonRow,
    NetworkGrade,
    SubmissionGrade,
)
from grader.grading.likeness import COMMON, MOST, alike_notebooks
from grader.grading.resemblances import resemblances

DRAW = np.random.default_rng(5)


def code(count=200):
    return np.unique(DRAW.integers(0, 2**63, count, dtype=np.uint64))


def joined(*parts):
    return np.unique(np.concatenate(parts))


def a_class(count=40, shared=None):
    return {
        f"s{number}": joined(code(), *([shared] if shared is not None else [])) for number in range(count)
    }


def test_a_copy_among_honest_work_is_found_with_its_share():
    notebooks = a_class()
    notebooks["copy"] = joined(notebooks["s7"][:150], code(50))
    (found,) = alike_notebooks(notebooks)
    assert found.submissions == ("s7", "copy")
    assert found.shares == (0.75, 0.75)
    assert found.shared == 150


def test_code_that_many_have_does_not_count():
    assert alike_notebooks(a_class(shared=code(2000))) == ()


def test_code_of_the_reference_does_not_count_in_a_class_of_two():
    reference = code(500)
    notebooks = {"a": joined(code(), reference), "b": joined(code(), reference)}
    assert alike_notebooks(notebooks, reference) == ()
    assert alike_notebooks(notebooks) != ()


def test_a_ring_larger_than_what_counts_as_common_is_found_by_its_equal_code():
    notebooks, own = a_class(), code()
    ring = {f"ring{number}": own for number in range(COMMON + 5)}
    (found,) = alike_notebooks(notebooks | ring)
    assert found.submissions == tuple(ring)
    assert set(found.shares) == {1.0}


def test_who_copied_from_a_copy_stands_beside_both():
    notebooks, own = a_class(), code()
    notebooks |= {"a": own, "b": own, "c": joined(own[:120], code(80))}
    assert {each.submissions for each in alike_notebooks(notebooks)} == {("a", "b"), ("a", "b", "c")}


def test_little_code_is_alike_by_chance():
    few = code(20)
    assert alike_notebooks(a_class() | {"a": few, "b": few}) == ()


def test_an_empty_class_and_empty_notebooks():
    nothing = np.empty(0, np.uint64)
    assert alike_notebooks({}) == ()
    assert alike_notebooks({"a": nothing, "b": nothing}) == ()


def test_a_thousand_notebooks_take_well_under_a_second_and_few_findings():
    pool = code(6000)
    notebooks = {f"s{number}": np.unique(DRAW.choice(pool, 400)) for number in range(1000)}
    start = time.perf_counter()
    assert len(alike_notebooks(notebooks)) <= MOST
    assert time.perf_counter() - start < 2


def row(built, verdict="same", expected="", shape="8×8×4"):
    return ComparisonRow(
        expected=built if expected == "" else expected, built=built, shape=shape, verdict=verdict
    )


PRESCRIBED = (row("Conv2D(32, 3)"), row("Flatten()"), row("Dense(6)"))
ODD = (row("Conv2D(48, 7)", "differs", "Conv2D(32, 3)"), *PRESCRIBED[1:], row("Dropout(0.37)", "extra", None))


def with_network(name, rows):
    return SubmissionGrade(
        submission=name,
        status="graded",
        points=1,
        earned=1,
        networks=(NetworkGrade(network="cnn", rows=rows),),
    )


def test_the_same_odd_network_is_found_and_the_prescribed_one_is_not():
    grades = [with_network(f"p{n}", PRESCRIBED) for n in range(5)] + [with_network(n, ODD) for n in "ab"]
    (found,) = resemblances(grades, {}).networks
    assert found.submissions == ("a", "b")
    assert found.departures == ("`Conv2D(48, 7)` for `Conv2D(32, 3)`", "`Dropout(0.37)` added")


def test_a_missing_layer_is_a_departure_too():
    lacking = (*PRESCRIBED, ComparisonRow(expected="Dense(64)", verdict="missing"))
    (found,) = resemblances([with_network(name, lacking) for name in "ab"], {}).networks
    assert found.departures == ("no `Dense(64)`",)


def test_of_free_designs_equal_ones_are_found():
    free = tuple(row(f"Dense({units})", expected=None) for units in (61, 47, 10))
    other = tuple(row(f"Dense({units})", expected=None) for units in (64, 32, 10))
    grades = [with_network("a", free), with_network("b", other), with_network("c", free)]
    (found,) = resemblances(grades, {}).networks
    assert found.submissions == ("a", "c")
    assert found.departures == ("`Dense(61)`", "`Dense(47)`", "`Dense(10)`")


def test_what_may_be_added_and_what_many_have_is_no_departure():
    allowed = (row("Rescaling(1/255)", "allowed", None), *PRESCRIBED)
    slip = (row('Conv2D(32, 3, padding="valid")', "differs", "Conv2D(32, 3)"), *PRESCRIBED[1:])
    grades = [with_network(name, allowed) for name in "ab"] + [with_network(f"s{n}", slip) for n in range(6)]
    assert resemblances(grades, {}).networks == ()


def with_log(name, accuracy):
    claim = ClaimGrade(network="cnn", cell=3, epochs=len(accuracy), accuracy=accuracy)
    return SubmissionGrade(submission=name, status="graded", points=1, earned=1, claims=(claim,))


def test_the_same_digits_in_two_saved_logs_are_found():
    draw = random.Random(1)
    logs = {name: tuple(round(draw.random(), 4) for _ in range(8)) for name in "abc"}
    grades = [with_log(name, log) for name, log in logs.items()] + [with_log("copy", logs["b"])]
    (found,) = resemblances(grades, {}).outputs
    assert (found.submissions, found.epochs, found.last) == (("b", "copy"), 8, logs["b"][-1])


def test_logs_that_stand_still_are_no_coincidence():
    assert resemblances([with_log(name, (0.1667,) * 20) for name in "ab"], {}).outputs == ()
