"""The escape hatch: a function of the teacher's own."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from evidence_builder import MET, PARTLY, POINTS, Notebook, World, judge_all, rubric_of

from grader.errors import UserError
from grader.grading.grade import CheckGrade
from grader.rubric.load import load_rubric


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rubric's folder; the command runs elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "course").mkdir()
    return tmp_path / "course"


def grade(folder: Path, world: World, functions: str, line: str = "call: 'mine.py:words'") -> CheckGrade:
    (folder / "mine.py").write_text(
        "from grader.checks.outcome import met, partly\n" + textwrap.dedent(functions)
    )
    (folder / "own.yaml").write_text(
        "rubric: 1\nid: own\ntitle: Own\ndata: {fruits: {kind: image_folder}}\nquestions:\n"
        f"  - {{id: q, title: Q, checks: [{{id: c, check: python, {line}, title: T, points: {POINTS}}}]}}\n"
    )
    book = Notebook(world).code("print('hello')", text="hello world")
    (graded,) = judge_all(book, load_rubric(folder / "own.yaml"))
    return graded


def test_the_file_lies_beside_the_rubric(folder: Path, world: World) -> None:
    graded = grade(folder, world, "def words(work): return met('words', work.cell(0).text, cells=(0,))")
    assert (graded.earned, graded.found, graded.cells) == (MET, "hello world", (0,))


def test_it_is_given_its_options(folder: Path, world: World) -> None:
    functions = (
        "def words(work, *, least): return partly(f'{least} words', 'fewer', 'Write more.', cells=(0,))"
    )
    line = "call: 'mine.py:words', options: {least: 9}"
    graded = grade(folder, world, functions, line)
    assert (graded.earned, graded.expected, graded.hint) == (PARTLY, "9 words", "Write more.")


@pytest.mark.parametrize(
    ("functions", "found"),
    [
        ("def words(work):\n    empty = {}\n    return empty['x']", "mine.py:4: KeyError: 'x'"),
        ("def words(work):\n    return int(\n        'three')", "mine.py:3: ValueError: invalid literal"),
        ("def helper(): raise ValueError\n\ndef words(work): return helper()", "mine.py:2: ValueError"),
        ("def words(work): pass", "mine.py: words must return an Outcome, not NoneType"),
        ("def words(): pass", "TypeError: words() takes 0 positional arguments"),
    ],
)
def test_an_error_in_it_costs_the_student_nothing_and_tells_the_teacher_where(
    folder: Path, world: World, functions: str, found: str
) -> None:
    graded = grade(folder, world, functions)
    assert (graded.status, graded.earned, graded.cause) == ("error", MET, "infrastructure")
    assert found in graded.found
    assert "\n" not in graded.found


@pytest.mark.parametrize(
    ("functions", "line", "told"),
    [
        ("", "call: 'mine.py:word'", "there is no function 'word' in it"),
        ("words = 3", "call: 'mine.py:words'", "there is no function 'words' in it"),
        ("", "call: 'other.py:words'", "other.py: no such Python file"),
        ("", "call: words", "there is no function"),
        ("def words(work) return 1", "call: 'mine.py:words'", "mine.py:2: SyntaxError: expected ':'"),
        ("import nonsense", "call: 'mine.py:words'", "mine.py:2: ModuleNotFoundError"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(
    folder: Path, world: World, functions: str, line: str, told: str
) -> None:
    for _ in range(2):  # the second student meets the same message
        with pytest.raises(UserError) as raised:
            grade(folder, world, functions, line)
        assert told in str(raised.value)
        assert "\n" not in str(raised.value)


def test_a_rubric_made_in_memory_looks_in_the_current_folder(folder: Path, world: World) -> None:
    rubric = rubric_of({"check": "python", "call": "mine.py:words"})
    with pytest.raises(UserError, match=r"mine\.py: no such Python file"):
        judge_all(Notebook(world).code(), rubric)
