"""The terminal: live lines, plain lines in logs, a summary; no name can take it over."""

import io
import re
from pathlib import Path

import pytest
from classroom import HOSTILE, large_class
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from grader.reports.console import Progress, print_summary, time_left
from grader.visible import one_line


def log_console(**options):
    return Console(file=io.StringIO(), width=100, **options)


def graded_in(console, grades):
    with Progress(len(grades.submissions), console) as progress:
        for grade in grades.submissions:
            progress.started(grade.submission)
            progress.stage(grade.submission, "running cell 3 of 9 [red]\x1b[31m")
            progress.finished(grade)
    return console.file.getvalue()


def test_a_log_gets_one_plain_line_for_each_submission(grades):
    lines = graded_in(log_console(), grades).splitlines()
    assert len(lines) == 20
    assert re.match(r"\[ 2/20\] ✓ +98/100 +O'Brien, Séamus +graded +", lines[1])
    assert "not gradable" in lines[18] and "PyTorch only; this worksheet grades Keras." in lines[18]
    assert "grader failed" in lines[19] and "–" in lines[19]


def test_a_log_holds_no_control_characters(grades):
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", graded_in(log_console(), grades))


def test_names_are_shown_as_they_are_not_obeyed(grades):
    told = graded_in(log_console(), grades)
    assert "[bold red]Rich[/] \\x1b[31mRed" in told
    assert HOSTILE in told


def test_a_terminal_shows_who_is_being_worked_on():
    console = log_console(force_terminal=True, color_system=None)
    with Progress(4, console) as progress:
        progress.started("anna")
        progress.stage("anna", "training")
        shown = io.StringIO()
        Console(file=shown, width=100).print(progress._live.get_renderable())
    assert "anna" in shown.getvalue() and "training" in shown.getvalue() and "0 of 4" in shown.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_console_without_unicode_stops_nothing(grades, encoding):
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict", newline="\n")
    console = Console(file=file, width=100)
    with Progress(20, console) as progress:
        for grade in grades.submissions:
            progress.finished(grade)
    print_summary(grades, Path("out/index.html"), console)
    file.flush()
    assert b"zoe" in file.buffer.getvalue()


@given(st.text(st.characters(codec=None), max_size=300))
def test_one_line_is_one_line_of_printable_text(text):
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert len(line) <= 200
    line.encode("utf-8")


def test_the_summary_tells_marks_dearest_checks_and_where_the_report_is(grades):
    console = log_console()
    report = Path("/a/way/to/the/folder" + "/where/reports/are/kept" * 5 + "/index.html")
    print_summary(grades, report, console)
    told = console.file.getvalue()
    assert f"Report: {report}\n" in told
    assert re.search(r"5a +Evaluated on the test set +-40 +5", told)
    assert (
        "20 submissions; median 93 of 100 (15.75 to 100); needs review: 3; not gradable: 2; "
        "grader failed: 1; notebooks alike, to be looked at: 2" in told
    )
    assert re.search(r"O'Brien, Séamus +98 +graded +Batch size 16 -2", told)


def test_a_large_class_is_summed_up_not_listed():
    console = log_console()
    print_summary(large_class(300), None, console)
    assert len(console.file.getvalue().splitlines()) < 70


@pytest.mark.parametrize(
    ("elapsed", "fresh", "remaining", "words"),
    [
        (0, 0, 5, ""),
        (10, 5, 5, "about 10 s left"),
        (60, 10, 100, "about 10 min left"),
        (3600, 10, 20, "about 2.0 h left"),
        (9, 3, 0, "finishing"),
    ],
)
def test_time_left_in_words(elapsed, fresh, remaining, words):
    assert time_left(elapsed, fresh, remaining) == words
