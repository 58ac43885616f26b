"""What GitHub's runner reads: nothing of a student's becomes a command, an output or a page's structure."""

from __future__ import annotations

import json
import re
from pathlib import Path

import mistune
import nbformat
import pytest
from hostile_grades import HOSTILE, SECRET, check, graded, hostile, unmarked

from grader.ci.github import SUMMARY_BYTES, Runner, cell_lines, log_line, remarks
from grader.ci.marks import marks
from grader.ci.summary import escaped, prose, summary
from grader.errors import CannotWriteError
from grader.reports.student_view import as_students_see

COMMAND = re.compile(r"^::(?P<name>[a-z]+) (?P<properties>[^:\r\n]*)::(?P<message>[^\r\n]*)$")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as ``ActionCommand.TryParseV2`` of github.com/actions/runner takes it apart."""
    found = COMMAND.match(line)
    assert found, line
    properties = dict(each.split("=", 1) for each in found["properties"].split(","))

    def plain(text: str) -> str:
        for code, mark in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            text = text.replace(code, mark)
        return text

    return found["name"], {key: plain(value) for key, value in properties.items()}, plain(found["message"])


def test_an_annotation_is_one_command_whatever_its_texts() -> None:
    seen = as_students_see(hostile())
    lines = [str(each) for each in remarks(seen.submissions[0], HOSTILE, (12,))]
    read_back = [read(line) for line in lines]
    assert [name for name, _, _ in read_back] == ["warning", "warning", "notice"]
    for _, properties, message in read_back:
        assert set(properties) <= {"file", "line", "title"}
        assert "\n" not in properties["file"] + message
    assert all("\x1b" not in line and "\u202e" not in line for line in lines)
    assert read_back[1][1]["line"] == "12"


def test_the_dearest_ten_are_told_and_the_others_counted() -> None:
    checks = [check(f"c{index}", str(index + 1), "0") for index in range(14)]
    told = remarks(graded(*checks).submissions[0], "w5.ipynb")
    assert len(told) == 10 and told[0].title.endswith("(−14)")
    assert told[-1].level == "notice" and "5 more" in told[-1].message


@pytest.mark.parametrize("status", ["failed", "not_gradable"])
def test_what_has_no_mark_is_an_error_with_its_reason(status: str) -> None:
    (told,) = remarks(unmarked(status).submissions[0], "w5.ipynb")
    assert read(str(told))[0] == "error"


def test_a_cell_is_found_on_its_line(tmp_path: Path) -> None:
    cells = [
        nbformat.v4.new_markdown_cell('"cell_type": "code"'),
        nbformat.v4.new_code_cell('x = """\n"cell_type": 1\n"""', metadata={"a": "cell_type"}),
    ]
    path = tmp_path / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    text = path.read_text()
    lines = cell_lines(text)
    assert [text.split("\n")[line - 1].strip(" ,") for line in lines] == [
        '"cell_type": "markdown"',
        '"cell_type": "code"',
    ]
    assert cell_lines(json.dumps(json.loads(text))) == ()
    assert cell_lines("no JSON") == cell_lines("[]") == cell_lines("[" * 100_000) == ()


def test_nothing_in_the_log_is_a_command() -> None:
    line = log_line(HOSTILE)
    assert "\n" not in line and "\r" not in line and "##[" not in line
    assert not line.lstrip().startswith("::")


def outputs(path: Path) -> dict[str, str]:
    """``$GITHUB_OUTPUT`` as the runner reads it (``FileCommandManager.cs``)."""
    found: dict[str, str] = {}
    lines = iter(path.read_text().split("\n"))
    for line in lines:
        if not line:
            continue
        name, end = line.split("<<", 1)
        value = []
        for inside in lines:
            if inside == end:
                break
            value.append(inside)
        found[name] = "\n".join(value)
    return found


def test_an_output_ends_where_it_is_meant_to(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_text("")
    runner = Runner.of({"GITHUB_OUTPUT": str(path)})
    runner.give({"points": "3", "evil": "x\nEND_\npoints<<EOF\n100\nEOF", "report": "a"})
    assert outputs(path) == {"points": "3", "evil": "x\nEND_\npoints<<EOF\n100\nEOF", "report": "a"}


def test_elsewhere_nothing_is_written(tmp_path: Path) -> None:
    runner = Runner.of({})
    runner.give({"points": "3"})
    runner.summarise("# x")
    assert not runner.active
    with pytest.raises(CannotWriteError, match="cannot write"):
        Runner.of({"GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "s")}).summarise("x")


def rendered(text: str) -> str:
    markdown = mistune.create_markdown(escape=False, plugins=["table", "url", "strikethrough", "math"])
    page = markdown(text)
    assert isinstance(page, str)
    return page


def test_a_summary_holds_no_structure_of_a_students() -> None:
    seen = as_students_see(hostile())
    page = rendered(summary(seen, marks(seen.submissions[0], 100), HOSTILE))
    tags = set(re.findall(r"<(/?[a-zA-Z!][a-z0-9-]*)", page))
    assert {tag.strip("/") for tag in tags} <= {
        "h2", "h3", "table", "thead", "tbody", "tr", "th", "td", "p", "details", "summary", "code",
    }  # fmt: skip
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    assert {len(re.findall(r"<t[hd]", row)) for row in rows} == {3, 4}
    assert "🦊" in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "text", ["a|b", "`x`", "<b>", "&lt;", "[a](b)", "*a*", "#", "\\|", "www.evil.example"]
)
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    page = rendered(f"x {escaped(text)} y")
    shown = re.sub(r"&lt;", "<", re.sub(r"&gt;", ">", page)).replace("&quot;", '"').replace("&amp;", "&")
    assert shown.strip() == f"<p>x {text} y</p>"


def test_code_in_a_message_is_shown_as_code() -> None:
    assert prose("Use `a|b` or ``") == "Use <code>a&#124;b</code> or &#96;&#96;"


def test_a_summary_is_never_longer_than_github_takes() -> None:
    checks = [check(f"c{index}", "1", "0", text="🦊|" * 2000, title="|" * 600) for index in range(900)]
    seen = as_students_see(graded(*checks))
    text = summary(seen, marks(seen.submissions[0]))
    assert len(text.encode()) < 1024 * 1024 and SUMMARY_BYTES < 1024 * 1024
    assert text.rstrip().endswith("the rest is in the report.")


def test_a_mark_without_a_sandbox_says_so() -> None:
    grades = graded(check()).model_copy(update={"sandbox": "none"})
    assert "no private namespaces" in summary(grades, marks(grades.submissions[0]))


def test_what_a_hidden_check_looks_at_is_told_nowhere() -> None:
    seen = as_students_see(hostile())
    told = [summary(seen, marks(seen.submissions[0])), *map(str, remarks(seen.submissions[0], "n"))]
    assert not [text for text in told if SECRET in text or escaped(SECRET) in text]
    assert "Builds the network" in told[0]
