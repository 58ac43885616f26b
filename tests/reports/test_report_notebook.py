"""A notebook on the page: all of it is hostile, none of it runs, and no notebook stops the report."""

import base64
import re

import pytest
from classroom import class_grades, hostile_notebook, png
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from page_reader import Page

from grader.reports.html import student_page
from grader.reports.notebook_view import cell_views, rendered_markdown
from grader.reports.text import plain


def test_a_notebook_that_breaks_the_format_is_shown_as_far_as_it_goes():
    views = cell_views(hostile_notebook())
    assert [view.number for view in views] == list(range(1, 20))
    assert "a" in views[4].source and views[5].source == "" and views[5].outputs == ()
    assert "characters not shown" in views[6].source
    assert cell_views({}) == cell_views({"cells": None}) == cell_views({"cells": 3}) == []
    assert cell_views({"cells": [None, 7, {"cell_type": "code", "outputs": [{"data": {"image/png": 5}}]}]})[
        2
    ].outputs


@pytest.mark.parametrize("empty", ["\n", " \n", " " * 21 + "\n", "\r\n", "\n" * 49 + "x"])
def test_code_of_empty_lines_is_shown_at_once(empty):
    source = "x = 1\n" + (empty * 20_000)[:20_000]
    # With the lexer it would take minutes; the runner's time limit would end it.
    (view,) = cell_views({"cells": [{"cell_type": "code", "source": source * 2}]})
    assert view.source.startswith("x = 1")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["source", "outputs", "data", "text", "text/plain", "image/png", "traceback", "ename"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "cell_type": st.sampled_from(["code", "markdown", "raw", None]),
                "source": anything,
                "outputs": anything,
            }
        ),
        max_size=4,
    )
)
def test_no_notebook_can_stop_the_report(cells):
    grades = class_grades()
    assert student_page(grades, grades.submissions[0], {"cells": cells})


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<script>",
                "<img src=x onerror=a>",
                "[a](javascript:x)",
                "![i](http://x)",
                "\n",
                "\n\n",
                "> ",
                "- ",
                "`",
                "```",
                "<a href=//x>",
                "|a|b|\n|-|-|\n",
                "[r]: data:text/html,x\n",
                "[r]",
                "**",
                "&lt;",
                '"',
                "'",
                "\\",
                "<!--",
                "<http://x onclick=y>",
                "JAVASCRIPT:",
                "&#106;avascript:",
            ]
        ),
        max_size=25,
    ).map("".join)
)
@example("[r]\n- ")
def test_no_markdown_yields_an_element_that_was_not_meant(source):
    allowed = {
        "p",
        "em",
        "strong",
        "code",
        "pre",
        "a",
        "span",
        "ul",
        "ol",
        "li",
        "blockquote",
        "hr",
        "br",
        "h3",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "del",
    }
    for tag, attributes in Page(rendered_markdown(source)).elements:
        assert tag in allowed
        assert set(attributes) <= {"href", "rel", "class", "start"}
        if tag == "a":
            assert re.match("https?://|mailto:", attributes["href"], re.IGNORECASE)


@pytest.mark.parametrize(
    "source",
    [
        "> " * 20_000,
        "[" * 20_000,
        "*a" * 9_000,
        "- " * 9_000,
        "`" * 20_001,
        "<" * 20_000,
        "![" * 9_000,
        "[a](" * 5_000,
    ],
)
def test_markdown_made_to_stall_the_renderer_does_not(source):
    assert rendered_markdown(source)


def test_outputs_look_as_a_terminal_leaves_them():
    bars = [new_output("stream", text=f"\r\x1b[1m{n}/3\x1b[0m [====]") for n in (1, 2, 3)]
    [view] = cell_views(new_notebook(cells=[new_code_cell("fit()", outputs=bars)]))
    assert [output.content for output in view.outputs] == ["3/3 [====]"]
    assert plain("a\r\nb\x1b]0;t\x07c\x00") == "a\nbc\ufffd"


def test_only_reasonable_png_pictures_are_shown():
    def shown(data):
        cell = new_code_cell("", outputs=[new_output("display_data", {"image/png": data})])
        return cell_views({"cells": [cell]})[0].outputs[0].kind

    huge = bytearray(base64.b64decode(png()))
    huge[16:24] = (60_000).to_bytes(4, "big") * 2
    assert shown(png()) == "picture"
    assert shown(png()[:60] + "\n" + png()[60:]) == "picture"
    assert shown(base64.b64encode(huge).decode()) == "note"
    assert shown("A" * 3_000_004) == "note"
    assert shown(base64.b64encode(b"<svg/>").decode()) == "note"
    assert shown("not base64!") == "note"


def test_a_flood_of_output_is_cut_and_says_so():
    cells = [new_code_cell("x", outputs=[new_output("stream", text="line\n" * 10_000)]) for _ in range(300)]
    views = cell_views({"cells": cells})
    assert "characters not shown" in views[0].outputs[0].content
    assert sum(len(output.content) for view in views for output in view.outputs) < 2_000_000


def test_headings_go_down_one_level_at_a_time_whatever_the_notebook_does():
    sources = [
        "### Deep at once",
        "# Title\n\n#### Too deep\n\n###### Deeper",
        "text",
        "## Second\n\n# Third",
    ]
    cells = cell_views(new_notebook(cells=[new_markdown_cell(source) for source in sources]))
    levels = [int(level) for cell in cells for level in re.findall(r"<h(\d)", cell.source)]
    assert levels == [3, 3, 4, 5, 4, 3]
    assert [int(level) for cell in cells for level in re.findall(r"</h(\d)", cell.source)] == levels
    assert 'class="level-4"' in cells[1].source
