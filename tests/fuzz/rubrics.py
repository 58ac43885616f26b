"""Rubrics with slips in them, and worse, against everything that reads a rubric before a class is graded."""

from __future__ import annotations

import functools
import io
import json
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from rich.console import Console

from grader.cli.rubric_view import rubric_view
from grader.errors import UserError
from grader.rubric.document import read_document
from grader.rubric.lint import lint_rubric
from grader.rubric.load import load_rubric, shipped_rubrics
from grader.rubric.publish import publication
from tests.fuzz.mutation import damaged, edited, mutated
from tests.fuzz.target import Target

TEXTS = tuple(path.read_text() for path in sorted(shipped_rubrics().glob("*.yaml")))
_WORDS = (
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!python/object:os.system ",
    "<<: ",
    "? ",
    "|",
    "\t",
    "#",
    "[",
    "{",
    "any",
    "0x" + "f" * 5000,
    '"\\ud800"',
    "1e-9999999",
    "-0",
)


def _of_one_question() -> list[Any]:
    """The rubrics' values with one question each: that is read ten times faster."""
    wholes = [read_document(text).data for text in TEXTS]
    return [
        {name: value for name, value in whole.items() if name not in ("total", "templates")}
        | {"questions": [each]}
        for whole in wholes
        for each in whole["questions"]
    ]


SMALL = _of_one_question()


@st.composite
def of_lines(draw: DrawFn) -> bytes:
    """A shipped rubric with lines edited, moved, doubled, left out."""
    lines = draw(st.sampled_from(TEXTS)).splitlines(keepends=True)
    for _ in range(draw(st.integers(0, 5))):
        here, there = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                lines[here] = draw(edited(lines[here], _WORDS))
            case 1:
                lines[here], lines[there] = lines[there], lines[here]
            case 2:
                lines.insert(there, lines[here])
            case 3:
                lines[here] = " " * draw(st.integers(1, 9)) + lines[here].lstrip(" ")
            case 4 if len(lines) > 1:
                del lines[here]
    return "".join(lines).encode("utf-8", "surrogatepass")


@st.composite
def of_values(draw: DrawFn) -> bytes:
    """A shipped rubric's values with some of them changed, as JSON (which is YAML)."""
    value = draw(mutated(st.sampled_from(SMALL)))
    return json.dumps(value, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


examples = st.one_of(
    of_values(),
    of_values(),
    of_values(),
    of_lines(),
    st.sampled_from(TEXTS).flatmap(lambda text: damaged(text.encode())),
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


def read(content: bytes) -> None:
    """Lint, load, show, publish: each ends well or in lines for the teacher."""
    path = _folder() / "rubric.yaml"
    path.write_bytes(content)
    try:
        report = lint_rubric(path)
        for problem in (*report.errors, *report.warnings):
            _in_one_line(problem.message)
        rubric = load_rubric(path)
    except UserError as error:
        for line in str(error).split("\n"):
            _in_one_line(line)
            assert line.startswith(str(path)), line
        return
    assert not report.errors
    _ = rubric.digest, rubric.checks, rubric.worth
    Console(file=io.StringIO(), width=80).print(rubric_view(rubric))
    for network in rubric.networks.values():
        network.expected()
    try:
        files = publication(rubric)
    except UserError as error:
        _in_one_line(str(error))
        return
    copy = path.with_name("copy.yaml")
    copy.write_text(files[f"{rubric.id}.yaml"])
    assert load_rubric(copy).student_copy


def _in_one_line(message: str) -> None:
    assert message and len(message) < 2000
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in message), ascii(
        message
    )


FOUND = (b'"\\u001f"', b'{"rubric": 1, "data": {"a": {"kind": ["' + b"x" * 5000 + b'"]}}}')

TARGET = Target("rubrics", examples, read, FOUND)
