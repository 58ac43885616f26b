"""YAML as plain data: only what JSON can say, with lines, whatever the file holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.rubric.document import MOST_NODES, Number, read_document


def test_every_key_and_entry_knows_its_line() -> None:
    document = read_document("a:\n  b: 1\n  c:\n    - x\n    - {d: 2,\n       e: 3}\n")

    assert document.data == {"a": {"b": 1, "c": ["x", {"d": 2, "e": 3}]}}
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", 0): 4,
        ("a", "c", 1): 5,
        ("a", "c", 1, "d"): 5,
        ("a", "c", 1, "e"): 6,
    }


def test_scalars_are_what_yaml_1_2_says() -> None:
    text = "[1, -2, 0x1f, 1_000, 2.50, 1e3, true, ~, yes, 2024-01-01, '2', 10:30]"
    expected = [1, -2, 31, 1000, 2.5, 1000.0, True, None, "yes", "2024-01-01", "2", "10:30"]

    assert read_document(text).data == expected


def test_a_number_remembers_how_it_was_written() -> None:
    (number,) = read_document("[4.350]").data

    assert isinstance(number, Number)
    assert number.text == "4.350"


@pytest.mark.parametrize("text", ["[.inf]", "[.nan]", "[1e999]", f"[{'9' * 5000}]"])
def test_numbers_that_no_rubric_needs_are_refused(text: str) -> None:
    (problem,) = read_document(text).problems
    assert "cannot read the number" in problem.message


def test_an_alias_is_followed() -> None:
    assert read_document("a: &x [1]\nb: *x").data == {"a": [1], "b": [1]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x [1]\nb: [" + "*x, " * MOST_NODES + "]", "aliases"),
        ("&a [*a]", "nested too deeply"),
        ("a: {<<: {b: 1}}", "merge keys"),
        ("a: !thing 1", "the tag !thing is not allowed"),
        ("? [1]\n: 2", "a key must be a word"),
        ("b: *nothing", "not YAML: found undefined alias 'nothing'"),
    ],
)
def test_what_json_cannot_say_is_a_problem(text: str, message: str) -> None:
    (problem,) = read_document(text).problems
    assert message in problem.message


def test_nested_aliases_do_not_explode() -> None:
    levels = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]

    (problem,) = read_document("\n".join(levels)).problems

    assert "once its aliases are followed" in problem.message


WORDS = st.text("aZ09 :#-'{[&*!|>%@", max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_json_is_read_as_what_it_means(value: Any) -> None:
    document = read_document(json.dumps(value))
    assert document.problems == []
    assert document.data == value


@given(st.text(st.sampled_from("ab1.:-[]{}&*!#'\"\n |>?%@\t,"), max_size=60))
def test_whatever_the_text_there_is_data_or_a_problem_and_never_an_exception(text: str) -> None:
    document = read_document(text)
    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in document.problems)
    assert all(1 <= line <= lines for line in document.lines.values())


def test_what_is_never_closed_is_told_with_the_line_on_which_it_begins() -> None:
    (problem,) = read_document("a: 1\nb: [1,\nc: 2\n").problems
    assert "begins on line 2" in problem.message
