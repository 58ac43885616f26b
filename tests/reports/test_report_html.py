"""The pages: everything a student must know is there, nothing of a student's runs, nothing is loaded."""

import base64
import hashlib
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from classroom import HOSTILE, class_grades, hostile_notebook, large_class, notebook, png
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from grader.reports.files import CannotWriteError
from grader.reports.html import GENERATOR, student_page, write_reports
from grader.reports.notebook_view import cell_views, rendered_markdown
from grader.reports.text import file_names, lost, plain


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and the text."""

    def __init__(self, content: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(content)
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if attributes.get("id")]


def words(text):
    """Text as a page shows it: backticks become code, white space is one."""
    return re.sub(r"\s+", " ", re.sub(r"`([^`\n]+)`", r"\1", plain(text)))


@pytest.fixture(scope="module")
def out(grades, books, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    assert write_reports(grades, books, folder) == folder / "index.html"
    return folder


@pytest.fixture(scope="module")
def pages(out):
    return {path: Page(path.read_text(encoding="utf-8")) for path in out.rglob("*.html")}


@pytest.fixture(scope="module")
def index(out, pages):
    return pages[out / "index.html"]


@pytest.fixture(scope="module")
def students(grades, out, pages):
    names = file_names(grade.submission for grade in grades.submissions)
    return [pages[out / "students" / f"{name}.html"] for name in names]


def test_a_page_for_the_class_and_for_each_student(pages):
    assert len(pages) == 21


def test_each_lost_point_is_explained_on_the_student_s_page(grades, students):
    explained = 0
    for grade, page in zip(grades.submissions, students, strict=True):
        for question in grade.questions:
            for check in question.checks:
                if lost(check) > 0:
                    explained += 1
                    for told in (check.title, check.expected, check.found, check.hint):
                        assert words(told) in page.text
                    assert f"check-{check.id}" in page.ids()
                    for cell in check.cells:
                        assert {"href": f"#cell-{cell + 1}"} in page.all("a")
    assert explained > 40


def test_what_costs_most_comes_first(grades, students):
    grade, page = grades.submissions[16], students[16]
    first = page.text.index("What to mend first", page.text.index("Notebook"))
    order = [page.text.index(title, first) for title in ("Evaluated on the test set", "Batch size 16")]
    assert order == sorted(order)
    assert "78.5 of 100" in page.text
    assert grade.status == "needs_review" and "your teacher still looks at it" in page.text


def test_every_link_within_the_pages_leads_somewhere(out, pages):
    followed = 0
    for path, page in pages.items():
        for link in page.all("a"):
            parts = urlsplit(link["href"])
            if parts.scheme:
                assert parts.scheme in ("http", "https", "mailto")
                assert "noopener" in link["rel"] and "noreferrer" in link["rel"]
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            assert target in pages, link
            if parts.fragment:
                assert unquote(parts.fragment) in pages[target].ids(), link
            followed += 1
    assert followed > 500


def test_ids_are_unique(pages):
    for page in pages.values():
        assert len(page.ids()) == len(set(page.ids()))


def test_cells_carry_the_numbers_that_messages_use(students):
    page = students[16]
    assert [identifier for identifier in page.ids() if identifier.startswith("cell-")] == [
        f"cell-{n}" for n in range(1, 18)
    ]


def test_causes_of_failed_cells_are_told(students):
    page = students[4]
    assert "a mistake in this cell" in page.text
    assert "follows from an earlier error" in page.text
    assert "with from tensorflow import keras the rest runs" in page.text


def test_the_networks_stand_side_by_side_with_signs_and_words(students):
    text = students[9].text
    for told in (
        "≠ differs",
        "− missing",
        "+ not asked for",
        "= same",
        "+ allowed",
        "126×126×32",
        "51,264",
        "2,116,454 are expected",
    ):
        assert told in text


def test_training_curves_are_drawn_and_told(students):
    page = students[4]
    drawing = next(svg for svg in page.all("svg") if svg.get("role") == "img")
    assert "the reference reaches" in drawing["aria-label"] and "threshold is 0.47" in drawing["aria-label"]
    assert len(page.all("polyline")) == 2


def test_remarks_for_the_teacher_are_on_the_class_page_only(grades, index, students):
    remark = "Claims 0.99 test accuracy"
    assert remark in index.text
    assert not any(remark in page.text for page in students)


def test_a_student_s_page_names_no_other_student(grades, students):
    for grade, page in zip(grades.submissions[:3], students, strict=False):
        others = {other.submission for other in grades.submissions} - {grade.submission}
        assert not any(
            re.search(rf"\b{re.escape(name)}\b", page.text) for name in others if name not in ("CON",)
        )


def test_the_class_page_lists_reviews_failures_and_the_hardest_checks(index):
    for told in (
        "To look at",
        "Written in PyTorch only",
        "The disk was full while unpacking",
        "proposed 1.5 of 3",
        "Hardest checks",
        "−40",
    ):
        assert told in index.text


def test_sorting_keys_of_number_columns_are_numbers(out):
    content = (out / "index.html").read_text(encoding="utf-8")
    table = content[content.index('<table class="sortable"') :]
    table = table[: table.index("</table>")]
    kinds = re.findall(r'<th scope="col"(?: data-type="(\w+)")?', table)
    assert kinds == ["text", "number", "", "number", "number"]
    rows = re.findall(r"<tr>\s*<th scope=\"row\".*?</tr>", table, re.DOTALL)
    assert len(rows) == 20
    for row in rows:
        values = re.findall(r'<td[^>]* data-value="([^"]*)"', row)
        assert len(values) == 3
        assert all(float(value) >= -1 for value in values)


def test_each_page_allows_only_its_own_style_and_script(out):
    for path in out.rglob("*.html"):
        content = path.read_text(encoding="utf-8")
        head = content[: content.index("<title>")]
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', head)[1].replace(
            "&#39;", "'"
        )
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy and "http" not in policy and "*" not in policy
        for kind in ("style", "script"):
            blocks = re.findall(rf"<{kind}>(.*?)</{kind}>", content, re.DOTALL)
            assert len(blocks) == (1 if kind == "style" or path.name == "index.html" else 0)
            for block in blocks:
                digest = base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()
                assert f"{kind}-src 'sha256-{digest}'" in policy


def test_pages_load_nothing_and_run_nothing(pages):
    for page in pages.values():
        for tag, attributes in page.elements:
            assert tag not in ("iframe", "object", "embed", "base", "form", "audio", "video", "foreignobject")
            assert not any(
                name.startswith("on") or name in ("style", "srcdoc", "srcset") for name in attributes
            )
            for name in ("src", "data", "action", "poster", "background"):
                assert (attributes.get(name) or "data:image/png;base64,").startswith("data:image/png;base64,")
        assert [link["href"] for link in page.all("link")] == ["data:,"]
        assert len(page.all("style")) == 1


def test_a_hostile_notebook_becomes_text(grades, students):
    page = students[9]
    assert grades.submissions[9].submission == HOSTILE
    assert page.all("script") == [] and page.all("img") == []
    assert "<svg onload=alert(1)>" in page.text
    assert not any("javascript:" in (link["href"] or "") for link in page.all("a"))
    assert "[picture: p]" in page.text and "evil.example" not in page.text
    assert "A picture that cannot be read." in page.text


def test_a_notebook_that_breaks_the_format_is_shown_as_far_as_it_goes():
    views = cell_views(hostile_notebook())
    assert [view.number for view in views] == list(range(1, 20))
    assert "a" in views[4].source and views[5].source == "" and views[5].outputs == ()
    assert "characters not shown" in views[6].source
    assert cell_views({}) == cell_views({"cells": None}) == cell_views({"cells": 3}) == []
    assert cell_views({"cells": [None, 7, {"cell_type": "code", "outputs": [{"data": {"image/png": 5}}]}]})[
        2
    ].outputs


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["source", "outputs", "data", "text", "text/plain", "image/png", "traceback", "ename"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({"cell_type": st.sampled_from(["code", "markdown", "raw", None]), "source": anything, "outputs": anything}), max_size=4))  # fmt: skip
def test_no_notebook_can_stop_the_report(cells):
    grades = class_grades()
    assert student_page(grades, grades.submissions[0], {"cells": cells})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["<script>", "<img src=x onerror=a>", "[a](javascript:x)", "![i](http://x)", "\n", "\n\n", "> ", "- ", "`", "```", "<a href=//x>", "|a|b|\n|-|-|\n", "[r]: data:text/html,x\n", "[r]", "**", "&lt;", '"', "'", "\\", "<!--", "<http://x onclick=y>", "JAVASCRIPT:", "&#106;avascript:"]), max_size=25).map("".join))  # fmt: skip
def test_no_markdown_yields_an_element_that_was_not_meant(source):
    allowed = {"p", "em", "strong", "code", "pre", "a", "span", "ul", "ol", "li", "blockquote", "hr", "br", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "del"}  # fmt: skip
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
    start = time.perf_counter()
    assert rendered_markdown(source)
    assert time.perf_counter() - start < 5


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
    cells = [new_code_cell("x", outputs=[new_output("stream", text="line\n" * 100_000)]) for _ in range(300)]
    views = cell_views({"cells": cells})
    assert "characters not shown" in views[0].outputs[0].content
    assert sum(len(output.content) for view in views for output in view.outputs) < 2_000_000


@given(
    st.lists(st.text(max_size=80) | st.sampled_from(["a", "A", "con", "CON.txt", "..", "/", ""]), max_size=12)
)
def test_file_names_are_unique_and_valid_everywhere(submissions):
    names = file_names(submissions)
    assert len({name.casefold() for name in names}) == len(submissions)
    for name in names:
        assert re.fullmatch(r"[\w.-]+", name)
        assert not name.startswith((".", "-")) and not name.endswith(".")
        assert len(f"{name}.html".encode()) < 255
        assert name.split(".")[0].casefold() not in ("con", "nul", "aux", "prn", "com1")


def test_pages_of_those_who_left_go_but_nobody_else_s_files_do(grades, tmp_path):
    write_reports(grades, {}, tmp_path)
    (tmp_path / "students" / "mine.html").write_text("<p>written by the teacher</p>")
    fewer = grades.model_copy(update={"submissions": grades.submissions[:2]})
    write_reports(fewer, {}, tmp_path)
    left = {path.name for path in (tmp_path / "students").iterdir()}
    assert left == {"Anna-Lindqvist.html", "O-Brien-Séamus.html", "mine.html"}
    assert GENERATOR in (tmp_path / "students" / "Anna-Lindqvist.html").read_text(encoding="utf-8")


def test_a_student_without_a_notebook_still_has_a_page(students):
    assert "The notebook itself cannot be shown." in students[19].text
    assert "it is no zero" in students[19].text


def test_an_empty_class_has_a_page(grades, tmp_path):
    index = write_reports(grades.model_copy(update={"submissions": ()}), {}, tmp_path)
    assert "No submission has a mark yet." in index.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_one_line(grades, tmp_path):
    (tmp_path / "out").write_text("a file in the way")
    with pytest.raises(CannotWriteError, match="cannot write"):
        write_reports(grades, {}, tmp_path / "out")


def test_three_hundred_students_take_seconds(tmp_path):
    def own(number):
        book = notebook()
        for cell in book.cells:
            cell.source = cell.source.replace("train_ds", f"train_ds_{number}").replace(
                "model", f"model_{number}"
            )
        return book

    grades = large_class(300)
    books = {grade.submission: own(number) for number, grade in enumerate(grades.submissions)}
    start = time.perf_counter()
    index = write_reports(grades, books, tmp_path)
    assert time.perf_counter() - start < 40
    assert index.stat().st_size < 2_000_000


def test_nothing_is_left_beside_the_pages(out: Path):
    assert {path.suffix for path in out.rglob("*") if path.is_file()} == {".html"}
