"""The pages: everything a student must know is there, nothing of a student's runs, nothing is loaded."""

import base64
import hashlib
import re
import time
from pathlib import Path
from typing import get_args
from urllib.parse import unquote, urlsplit

import pytest
from classroom import HOSTILE, large_class, notebook
from hypothesis import given
from hypothesis import strategies as st
from page_reader import Page

from grader.checks.outcome import Status
from grader.errors import CannotWriteError
from grader.evidence.evidence import Cause
from grader.grading.grade import ComparisonRow, Resemblances, RunKind, SubmissionGrade
from grader.grading.statistics import check_statistics
from grader.reports import html, text
from grader.reports.html import GENERATOR, VERDICTS, write_reports
from grader.reports.text import file_names, lost, plain


def words(message):
    """Text as a page shows it: backticks become code, white space is one."""
    return re.sub(r"\s+", " ", re.sub(r"`([^`\n]+)`", r"\1", plain(message)))


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
    shown = students[9].text
    for told in (
        "≠ differs",
        "− missing",
        "+ not asked for",
        "= same",
        "+ allowed",
        '128×128×32 896 ≠ differs Conv2D(32, 3, padding="valid")',
        "padding is valid 126×126×32 896",
        "Dense(128) 128 8,320 − missing",
        "51,264",
        "2,116,454 are expected",
    ):
        assert told in shown


def test_training_curves_are_drawn_and_told(students):
    page = students[4]
    measured, claimed = [svg["aria-label"] for svg in page.all("svg") if svg.get("role") == "img"]
    assert "this network 0.20 after 12 epochs, the reference 0.72 after 12 epochs" in measured
    assert (
        "On the test images: this network 0.20, 19 runs of the reference 0.47 to 0.61, asked for 0.47"
        in measured
    )
    assert claimed.startswith(
        "Accuracy by epoch, as saved with the notebook: training images 0.89 after 60 epochs"
    )
    assert len(page.all("polyline")) == 4


def test_what_the_student_saw_stands_beside_what_was_measured(students):
    assert "your own training" in students[4].text
    assert "after 60 of 250 epochs" in students[4].text
    assert "your own training" not in students[13].text


def test_a_claim_of_a_network_that_was_not_trained_here_is_drawn_too(grades):
    alone = grades.submissions[0].model_copy(update={"trainings": ()})
    page = Page(html.student_page(grades, alone, None).decode())
    assert len(page.all("polyline")) == 2


def test_remarks_for_the_teacher_are_on_the_class_page_only(grades, index, students):
    for told in (
        "Claims 0.99 test accuracy",
        "a training of 25 epochs",
        "trainable parameters, the code builds",
    ):
        assert told in index.text
        assert not any(told in page.text for page in students)


def test_the_class_page_tells_how_each_check_worked_and_how_to_read_it(index, grades):
    figures = {each.id: each for each in grades.statistics}
    assert f"{figures['4e'].difficulty:.2f}" in index.text
    assert f"{figures['4e'].discrimination:.2f}".replace("-", "−") in index.text
    assert "Difficulty is the mean share of the points earned" in index.text
    assert "Discrimination is the correlation" in index.text


def test_of_a_small_class_it_says_why_there_is_no_discrimination(grades):
    few = grades.submissions[:4]
    small = grades.model_copy(update={"submissions": few, "statistics": check_statistics(few)})
    assert "fewer than 10 marks" in Page(html.class_page(small, list("abcd")).decode()).text


def test_the_class_page_shows_who_is_alike_and_in_what(index):
    for told in (
        "98 %",
        "Anna Lindqvist 98 %, עמית לוי 94 %",
        "The same saved training output",
        "38 epochs, the last with an accuracy of 0.7123",
        "The same network, and not the one asked for",
        "Conv2D(48, 7) for Conv2D(32, 3)",
    ):
        assert told in index.text


def test_a_class_with_nothing_in_common_has_no_such_section(grades):
    apart = grades.model_copy(update={"resemblances": Resemblances()})
    names = file_names(grade.submission for grade in grades.submissions)
    assert 'id="alike"' not in html.class_page(apart, names).decode()


def test_results_of_an_older_version_have_a_class_page_too(grades):
    older = grades.model_copy(update={"statistics": (), "resemblances": Resemblances()})
    names = file_names(grade.submission for grade in grades.submissions)
    page = Page(html.class_page(older, names).decode())
    assert "Hardest checks" in page.text and "Discrimination is" not in page.text


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
    table = content[content.index('<table class="sortable" id="marks-table"') :]
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


def test_every_word_that_a_grade_can_hold_has_its_words_and_signs():
    assert set(get_args(Status)) == set(text.SYMBOLS)
    assert set(get_args(Status)) <= set(text.CHECK_WORDS)
    assert set(get_args(Cause)) == set(text.CAUSE_WORDS)
    assert set(get_args(RunKind)) == set(text.RUNG_WORDS)
    assert set(get_args(SubmissionGrade.model_fields["status"].annotation)) <= set(text.STATUS_WORDS)
    assert set(get_args(ComparisonRow.model_fields["verdict"].annotation)) == set(VERDICTS)


def luminance(colour):
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_has_the_contrast_that_wcag_asks_for(scheme):
    style = (Path(html.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
    colours = dict(
        re.findall(r"--([\w-]+): (#\w+)", re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme])
    )
    pairs = [
        (front, back) for front in ("ink", "muted", "accent", "lost") for back in ("paper", "card", "soft")
    ]
    pairs += [(name, f"{name}-soft") for name in ("ok", "part", "lost", "look")]
    pairs += [("ink", f"{name}-soft") for name in ("ok", "part", "lost", "look", "plain")]
    pairs += [
        ("muted", "plain-soft"),
        *((f"{token}", "card") for token in ("keyword", "string", "comment", "literal", "builtin")),
    ]
    for front, back in pairs:
        lighter, darker = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (front, back)
