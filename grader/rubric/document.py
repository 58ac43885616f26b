"""A YAML document as plain data, with the line of everything in it.

Only what JSON can say is let through: no tags, no merge keys, no key twice. Numbers with a decimal point keep
the text they were written in, so that points stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from grader.visible import one_line

Path = tuple[str | int, ...]
"""Keys and positions from the top of the document."""

MOST_NODES = 50_000
"""More than any rubric has; a few nested aliases would otherwise grow into gigabytes."""

DEEPEST = 40

LONGEST_MESSAGE = 1000
"""Characters of what is told about a problem."""

_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Problem:
    """What is wrong on a line; lines count from 1."""

    line: int
    message: str
    """Made one line: it quotes what the file holds."""

    def __post_init__(self) -> None:
        """Keep the message fit for a terminal."""
        object.__setattr__(self, "message", one_line(self.message, LONGEST_MESSAGE))


@dataclass
class Document:
    """Plain data (dict, list, str, int, Number, bool, None), the line of each path, and the problems met."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def locate(self, location: Path) -> Path:
        """The longest path of the document on the way to a location, whose other steps are left out."""
        path: Path = ()
        for step in location:
            if (*path, step) in self.lines:
                path = (*path, step)
        return path


class Number(float):
    """A number with a decimal point, which remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> Number:
        """Read the number from its text."""
        number = super().__new__(cls, text)
        number.text = text.replace("_", "")
        return number

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        """Pickle by the text."""
        return (self.text,)


class _RefusedError(Exception):
    """The document as a whole is not to be read."""


def read_document(text: str) -> Document:
    """Read YAML 1.2 text; whatever is wrong with it becomes a problem of the document, never an exception."""
    document = Document(lines={(): 1})
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        if root is None:
            document.problems.append(Problem(1, "the file is empty"))
        else:
            document.data = _Reader(document).read(root, ())
    except MarkedYAMLError as error:
        document.problems.append(_syntax_problem(error))
    except YAMLError as error:
        document.problems.append(Problem(1, f"not YAML: {' '.join(str(error).split())}"))
    except (_RefusedError, RecursionError) as error:
        document.problems.append(
            Problem(1, str(error) if isinstance(error, _RefusedError) else "nested too deeply")
        )
    return document


def _syntax_problem(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = ", ".join(part for part in (error.context, error.problem) if part)
    if mark and error.context_mark and error.context_mark.line != mark.line:
        what += f" (it begins on line {error.context_mark.line + 1})"
    return Problem(mark.line + 1 if mark else 1, f"not YAML: {what}")


class _Reader:
    """Turns the composed nodes into plain data, noting lines and problems in the document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def read(self, node: Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise _RefusedError(f"more than {MOST_NODES:,} values once its aliases are followed")
        if len(path) > DEEPEST:
            raise _RefusedError("nested too deeply")
        self._document.lines.setdefault(path, node.start_mark.line + 1)
        tag = str(node.tag)
        match node:
            case MappingNode() if tag == f"{_TAG}map":
                return dict(self._entries(node, path))
            case SequenceNode() if tag == f"{_TAG}seq":
                return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
            case ScalarNode() if (kind := tag.removeprefix(_TAG)) in _SCALARS:
                return self._scalar(node, kind)
        self._note(node, f"the tag {tag.replace(_TAG, '!!')} is not allowed in a rubric")
        return None

    def _entries(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._note(key_node, "a key must be a word")
            elif key_node.tag == f"{_TAG}merge":
                self._note(key_node, 'merge keys ("<<") are not allowed in a rubric; write the keys out')
            elif (key := key_node.value) in seen:
                self._note(key_node, f'"{key}" stands twice, first on line {seen[key]}')
            else:
                seen[key] = line
                # The key's line: a value may begin lines below, and an aliased one somewhere else.
                self._document.lines[(*path, key)] = line
                yield key, self.read(value_node, (*path, key))

    def _scalar(self, node: ScalarNode, kind: str) -> Any:
        try:
            return _SCALARS[kind](node.value)
        except (ValueError, OverflowError):
            self._note(node, f'cannot read the number "{node.value[:40]}"')
            return None

    def _note(self, node: Node, message: str) -> None:
        self._document.problems.append(Problem(node.start_mark.line + 1, message))


def _integer(text: str) -> int:
    return int(text.replace("_", ""), 0 if text.lstrip("+-")[:2].lower() in {"0x", "0o", "0b"} else 10)


def _number(text: str) -> Number:
    number = Number(text)
    if not math.isfinite(number):
        raise ValueError("infinity and not-a-number are no rubric's numbers")
    return number


_SCALARS: dict[str, Any] = {
    "str": str,
    "timestamp": str,
    "int": _integer,
    "float": _number,
    "bool": lambda text: text.lower() == "true",
    "null": lambda text: None,
}
