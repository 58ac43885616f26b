"""Find a rubric and read it; everything wrong with it is told at once, each with its file and line."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from grader.errors import UserError
from grader.rubric import document
from grader.rubric.consistency import inconsistencies
from grader.rubric.document import Document, Problem
from grader.rubric.explain import schema_problems
from grader.rubric.schema import Rubric
from grader.rubric.suggest import did_you_mean

LARGEST = 2**20
"""Bytes of a rubric's file."""

SUFFIXES = (".yaml", ".yml")


class RubricError(UserError):
    """A rubric that cannot be used: one line ``file:line: what is wrong`` for each problem."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        """Sort the problems by line."""
        self.path = path
        self.problems = tuple(sorted(set(problems), key=lambda problem: (problem.line, problem.message)))
        super().__init__("\n".join(f"{path}:{problem.line}: {problem.message}" for problem in self.problems))


def load_rubric(name_or_path: str | Path) -> Rubric:
    """Read and validate a rubric.

    Args:
        name_or_path: a name such as ``worksheet5``, looked for in ``./rubrics`` and then among those that
            come with the grader; or the path of a YAML file.

    Raises:
        RubricError: the file has problems; all of them are told.
        UserError: there is no such rubric, or it cannot be read.
    """
    return load_with_document(name_or_path)[0]


def load_with_document(name_or_path: str | Path) -> tuple[Rubric, Document]:
    """A rubric as :func:`load_rubric` gives it, with the document that knows the lines of it."""
    path = find_rubric(name_or_path)
    content = read_document(path)
    rubric, problems = _validate(content)
    if rubric is None:
        raise RubricError(path, problems)
    rubric._path = path.absolute()
    return rubric, content


def read_document(path: Path) -> Document:
    """Read a rubric's file as plain data.

    Raises:
        UserError: it cannot be read, is too large or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot read the rubric: {error.strerror}") from error
    if len(content) > LARGEST:
        raise UserError(f"{path}: larger than {LARGEST // 2**20} MiB: is this a rubric?")
    try:
        return document.read_document(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RubricError(path, [Problem(line, "not UTF-8 text; save the file as UTF-8")]) from error


def find_rubric(name_or_path: str | Path) -> Path:
    """The file of a rubric given by name or path.

    Raises:
        UserError: there is none; the message names the nearest one.
    """
    text = str(name_or_path)
    path = Path(name_or_path)
    if path.suffix in SUFFIXES or isinstance(name_or_path, Path) or path.name != text:
        if path.is_file():
            return path
        raise UserError(f'no rubric at "{path}"' + (": that is a folder" if path.is_dir() else ""))
    known = available_rubrics()
    if text in known:
        return known[text]
    where = "./rubrics and the rubrics that come with the grader"
    raise UserError(f'no rubric "{text}" in {where}{did_you_mean(text, known) or "; see: grade rubric list"}')


def available_rubrics() -> dict[str, Path]:
    """The rubrics that can be given by name; one in ``./rubrics`` hides a shipped one of the same name."""
    return {
        path.stem: path
        for folder in (shipped_rubrics(), Path("rubrics"))
        for path in sorted(folder.glob("*.yaml"))
    }


def shipped_rubrics() -> Path:
    """The folder of the rubrics that come with the grader: in the installed package, or the checkout's."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "shipped" / "rubrics"
    return installed if installed.is_dir() else package.parent / "rubrics"


def _validate(content: Document) -> tuple[Rubric | None, list[Problem]]:
    problems = list(content.problems)
    if content.data is None and problems:
        return None, problems
    rubric = None
    try:
        rubric = Rubric.model_validate(content.data)
    except ValidationError as error:
        problems += schema_problems(error, content)
    problems += [
        Problem(content.lines[content.locate(path)], message)
        for path, message in inconsistencies(content.data)
    ]
    return (None if problems else rubric), problems
