"""The students' copy of a rubric as they get it: the YAML, and a page that says how to use it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from grader.errors import UserError
from grader.rubric.document import Number
from grader.rubric.schema import ImageFolder, Rubric, plain
from grader.rubric.student_copy import student_copy, student_document

PAGE = "README.md"
MADE = "<!-- Made by grade rubric publish. -->"
"""First line of the page, by which an older one is known."""

_HEAD = "# The students' copy"
_WIDTH = 10_000
"""Of the file: a requirement stands on one line, whatever its length."""
_SHORT = 90
"""Characters up to which a list stands on one line."""


def publication(rubric: Rubric) -> dict[str, str]:
    """The files for students, by name. Raises ``UserError`` where there can be no copy."""
    return {f"{rubric.id}.yaml": copy_text(student_document(rubric)), PAGE: page_text(student_copy(rubric))}


def refuse_to_replace(folder: Path, names: Iterable[str], whole: Rubric) -> None:
    """Raise ``UserError`` where a file stands that was not published: the rubric, a page of the course."""
    for name in names:
        path = folder / name
        if not path.exists():
            continue
        if whole.path is not None and path.resolve() == whole.path.resolve():
            raise UserError(f"{path}: that is the rubric itself; choose another folder: --out FOLDER")
        if not path.read_text(encoding="utf-8", errors="replace").startswith((MADE, _HEAD)):
            raise UserError(f"{path}: not published by grade; choose another folder: --out FOLDER")


def copy_text(document: dict[str, Any]) -> str:
    """The YAML of a copy's plain data; of the rubric's comments nothing is left."""
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(Number, lambda representer, number: _exact(representer, number))
    written = io.StringIO()
    styled = _styled(document)
    for key in list(styled)[1:]:
        if _is_block(styled[key]):
            styled.yaml_set_comment_before_after_key(key, before="\n")
    yaml.dump(styled, written)
    name = document["id"]
    return (
        f"{_HEAD} of {name}, made by `grade rubric publish`: change the rubric, not this file.\n"
        f"# Check your notebook with: grade check NOTEBOOK.ipynb --rubric {name}.yaml\n{written.getvalue()}"
    )


def page_text(copy: Rubric) -> str:
    """What a student reads first, in Markdown."""
    return "\n".join([MADE, *_page(copy)]) + "\n"


def _page(copy: Rubric) -> Iterator[str]:
    later = [each for question in copy.questions for each in question.later]
    yield f"# Check your own work: {copy.title}"
    yield ""
    yield "```console"
    yield f"$ grade check NOTEBOOK.ipynb --rubric {copy.id}.yaml"
    yield "```"
    yield ""
    yield "runs your notebook from top to bottom, shows for every requirement whether it is met, and what to"
    yield "mend first. With `--watch` it does so again whenever you save. Everything happens on your own"
    yield "machine: nothing is uploaded, and you can check as often as you like."
    yield ""
    if later:
        whole = copy.worth + sum(each.points for each in later)
        yield f"It decides {plain(copy.worth)} of {plain(whole)} points. What is decided after handing in:"
        yield ""
        for each in later:
            points = f"{plain(each.points)} point{'' if each.points == 1 else 's'}"
            yield f"- {each.id}, {points}: {each.title} ({each.decided})"
    else:
        yield f"It decides all {plain(copy.worth)} points."
    if copy.data:
        yield ""
        yield "## Data"
    for name, data in copy.data.items():
        yield ""
        if isinstance(data, ImageFolder):
            folders = ", ".join(f"`{alias}`" for alias in (*data.aliases, name))
            archive = data.archives[0] if data.archives else "FILE.zip"
            yield f"Wherever your notebook looks for a folder {folders} it finds drawn pictures of the same"
            yield "classes. To check with the real photographs:"
        else:
            archive = "FILE"
            yield f"`keras.datasets.{name}.load_data()` gives drawn images of the same shapes and classes. To"
            yield "check with the real ones, give the file that the data set is published as:"
        yield ""
        yield "```console"
        yield f"$ grade data add {name} {archive}"
        yield "```"


def _exact(representer: Any, number: Number) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:float", number.text)


def _styled(value: Any) -> Any:
    """Plain data as people write it: what is short on one line, the rest in blocks."""
    match value:
        case dict():
            mapping = CommentedMap({key: _styled(each) for key, each in value.items()})
            if not any(_is_block(each) for each in mapping.values()) and not _is_long(value):
                mapping.fa.set_flow_style()
            return mapping
        case list():
            items = CommentedSeq([_styled(each) for each in value])
            flat = not any(isinstance(each, dict) for each in value)
            if flat and len(", ".join(map(str, value))) <= _SHORT:
                items.fa.set_flow_style()
            return items
    return value


def _is_block(value: Any) -> bool:
    return isinstance(value, CommentedMap | CommentedSeq) and not value.fa.flow_style()


def _is_long(mapping: dict[str, Any]) -> bool:
    """Whether a mapping is more than one line of a rubric: the rubric itself, its networks and data."""
    return "questions" in mapping or {"kind", "splits"} <= mapping.keys()
