"""What a cell shows, as text."""

import pytest

from grader.execution.display import shown_text

TABLE = (
    "<style>td {color: red}</style><table><thead><tr><th></th><th>accuracy</th></tr></thead>\n"
    "<tbody><tr>\n  <td>Adam</td>\n  <td>0.70</td></tr><tr><td>A &amp; B</td><td>0.61</td></tr></tbody></table>"
)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"text/plain": "array([1, 2])", "text/html": "<b>x</b>"}, "array([1, 2])"),
        (
            {"text/plain": "<IPython.core.display.HTML object>", "text/html": TABLE},
            "| accuracy\nAdam | 0.70\nA & B | 0.61",
        ),
        ({"text/plain": "<pandas.io.formats.style.Styler at 0x7f>", "text/html": "<p>one</p>"}, "one"),
        ({"text/html": "<p>shown</p><style>td {color: red}"}, "shown"),
        ({"text/plain": "<IPython.core.display.Markdown object>", "text/markdown": "| a | 1 |"}, "| a | 1 |"),
        ({"text/plain": "<Figure size 640x480 with 1 Axes>"}, "<Figure size 640x480 with 1 Axes>"),
        ({}, ""),
    ],
)
def test_the_text_of_a_display(data, text):
    assert shown_text(data) == text


def test_a_hostile_page_is_quick():
    assert shown_text({"text/html": "<style" * 100_000}) is not None
