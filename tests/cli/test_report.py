"""``grade report``: a graded class is looked at again, page and summary; nothing is graded."""

import os
import re
import shlex
import webbrowser
from pathlib import Path

import pytest
from classroom import HOSTILE, class_grades, notebooks

from grader.cli.main import main
from grader.evidence.evidence import Evidence
from grader.evidence.store import EvidenceStore
from grader.reports.html import write_reports
from grader.reports.json_report import write_grades


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache that still holds the run of one submission."""
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    store = EvidenceStore(tmp_path / "cache" / "evidence")
    store.put("1" * 64, Evidence(notebook="w5.ipynb", cells=()), notebooks()["zoe"])
    return tmp_path / "cache"


@pytest.fixture
def results(tmp_path, cache, monkeypatch):
    monkeypatch.chdir(tmp_path)
    grades = class_grades()
    kept = [
        each.model_copy(update={"run": "1" * 64 if each.submission == "zoe" else ""})
        for each in grades.submissions
    ]
    folder = tmp_path / "results" / "worksheet5"
    write_grades(grades.model_copy(update={"submissions": tuple(kept)}), folder / "grades.json")
    return folder


@pytest.fixture
def opened(monkeypatch):
    """Addresses that a browser was asked to open."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    return addresses


def test_the_class_page_opens_and_the_summary_is_shown(results, opened, capsys):
    assert main(["report", str(results), "--open"]) == 0
    assert opened == [(results / "index.html").as_uri()]
    told = capsys.readouterr().out
    assert "20 submissions; median" in told and "index.html" in told


def test_a_student_s_page_opens_by_a_part_of_the_name(results, opened, capsys):
    assert main(["report", str(results / "grades.json"), "brien", "--open"]) == 0
    assert opened == [(results / "students" / "O-Brien-Séamus.html").as_uri()]
    told = capsys.readouterr().out
    assert told.startswith("O'Brien, Séamus  98 / 100\n-2  Batch size 16\n") and "Report: " in told


def test_an_exact_name_is_never_ambiguous(results, opened):
    assert main(["report", str(results), "Anna Lindqvist", "--open"]) == 0
    assert opened[0].endswith("Anna-Lindqvist.html")


def test_a_hostile_name_prints_as_text(results, capsys):
    assert main(["report", str(results), "Rich"]) == 0
    assert "\\x1b[31mRed" in capsys.readouterr().out


def test_without_a_folder_it_is_what_was_graded_last(results, opened, tmp_path):
    older = tmp_path / "results" / "older"
    write_grades(class_grades(), older / "grades.json")
    os.utime(older / "grades.json", (1, 1))
    assert main(["report", "--open"]) == 0
    assert opened == [(results / "index.html").as_uri()]


def test_missing_pages_are_written_with_the_notebooks_that_are_kept(results, capsys):
    assert main(["report", str(results)]) == 0
    assert "best.h5" in (results / "students" / "zoe.html").read_text()
    assert "cannot be shown" in (results / "students" / "Anna-Lindqvist.html").read_text()
    assert "16 notebooks' runs are not kept" in capsys.readouterr().err


def test_pages_that_are_there_stay_unless_they_are_asked_for_anew(results, capsys):
    write_reports(class_grades(), notebooks(), results)
    page = results / "students" / "Anna-Lindqvist.html"
    assert main(["report", str(results)]) == 0
    assert "best.h5" in page.read_text() and capsys.readouterr().err == ""
    assert main(["report", str(results), "--anew"]) == 0
    assert "best.h5" not in page.read_text()


def test_without_a_browser_it_says_what_to_do(results, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    assert main(["report", str(results), "--open"]) == 0
    assert "no browser was found here; open" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "nowhere: no results there: it holds no grades.json"),
        (["results"], "results: no results there"),
        (
            ["results/worksheet5", "annn lindqvist"],
            'no submission of that name; did you mean "anna lindqvist"?',
        ),
        (
            ["results/worksheet5", "nna lind"],
            "nna lind: several submissions are meant: Anna Lindqvist, anna lindqvist",
        ),
        (["results/worksheet5", "qqq"], "qqq: no submission of that name; there are: Anna Lindqvist, "),
    ],
)
def test_what_is_not_there_is_one_line(results, words, told, capsys):
    assert main(["report", *words]) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert HOSTILE not in capsys.readouterr().out


def test_before_anything_is_graded_it_says_how_to(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--open"]) == 2
    assert "no results there yet; `grade SUBMISSIONS --rubric NAME` makes some" in capsys.readouterr().err


def test_the_guide_s_example_is_true(results, capsys):
    guide = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
    examples = re.findall(r"^```console\n\$ grade (.*?)\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert examples
    for command, shown in examples:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out == shown


def test_the_guide_names_the_sections_of_the_class_page(results):
    guide = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()
    assert main(["report", str(results)]) == 0
    page = (results / "index.html").read_text()
    for section in re.findall(r"^\| ([A-Z][^|]+) \|", guide, re.MULTILINE):
        for heading in section.split(", "):
            assert f">{heading}</h2>" in page or heading == "Slips mended", heading
