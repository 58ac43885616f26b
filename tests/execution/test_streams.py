"""Printed text as a person saw it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_output

from grader.execution.streams import as_shown, joined


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("plain\n", "plain\n"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("loss 0.9\b\b\b0.1\n", "loss 0.1\n"),
        ("a\nbc\b\b\b\bd\n", "a\nd\n"),
        ("windows\r\nline\r\n", "windows\nline\n"),
        ("waiting\r", "waiting"),
    ],
)
def test_progress_bars_leave_their_last_state(printed, shown):
    assert as_shown(printed) == shown


@given(st.text(alphabet="ab\n"))
def test_text_without_controls_is_left_as_it_is(text):
    assert as_shown(text) == text


def test_pieces_of_one_stream_are_joined_and_other_outputs_keep_their_places():
    outputs = [
        new_output("stream", name="stdout", text="a"),
        new_output("stream", name="stdout", text="b\r"),
        new_output("stream", name="stdout", text="c\n"),
        new_output("stream", name="stderr", text="warning\n"),
        new_output("display_data", data={"text/plain": "<Figure>"}),
        new_output("stream", name="stdout", text="d\n"),
    ]
    assert [(each.get("name"), each.get("text")) for each in joined(outputs)] == [
        ("stdout", "c\n"),
        ("stderr", "warning\n"),
        (None, None),
        ("stdout", "d\n"),
    ]


def test_a_megabyte_on_one_line_takes_no_time():
    began = time.perf_counter()
    as_shown("x" * 500_000 + "\r" + "y" * 500_000 + "\b" * 100)
    assert time.perf_counter() - began < 2
