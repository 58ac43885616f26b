"""Validation errors in words, each at its line."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic import BaseModel, ValidationError

from grader.checks.registry import all_checks
from grader.rubric.document import Document, Number, Path, Problem
from grader.rubric.schema import LINE_KEYS, CheckLine, Rubric
from grader.rubric.suggest import did_you_mean


def schema_problems(error: ValidationError, content: Document) -> list[Problem]:
    """The errors that pydantic found in a rubric's document: each with its line, in an author's words."""
    # A value that fits none of several types has an error for each of them: one problem, not many.
    by_place: dict[tuple[Path, str], list[Any]] = {}
    for detail in error.errors(include_url=False):
        if _is_consequence(detail):
            continue
        path = content.locate(detail["loc"])
        missing = str(detail["loc"][-1]) if detail["type"] == "missing" else ""
        by_place.setdefault((path, missing), []).append(detail)
    return [
        Problem(content.lines[path], _explain(details, path, content.data))
        for (path, _), details in by_place.items()
    ]


def _is_consequence(detail: Any) -> bool:
    """Whether a list is only too short because its entries are wrong, which is told already."""
    entries = detail["input"]
    return (
        detail["type"] == "too_short"
        and isinstance(entries, list)
        and len(entries) >= detail["ctx"]["min_length"]
    )


def _explain(details: list[Any], path: Path, data: Any) -> str:
    complaints = list(dict.fromkeys(_complaint(detail, data) for detail in details))
    if not all(complaint.startswith("should ") for complaint in complaints):
        return " or ".join(complaints)
    named = f'"{path[-1]}" ' if path and isinstance(path[-1], str) else ""
    found = details[0]["input"]
    wanted = " or ".join(
        [complaints[0], *(complaint.removeprefix("should be ") for complaint in complaints[1:])]
    )
    choices = [choice for detail in details for choice in _choices(detail)]
    quote = "; put it in quotes" if wanted == "should be text" and isinstance(found, int | float) else ""
    return f"{named}{wanted}, found {_short(found)}{did_you_mean(found, choices)}{quote}"


def _complaint(detail: Any, data: Any) -> str:
    """One error in words; "should ..." where the value is not what is expected."""
    location, kind = detail["loc"], str(detail["type"])
    match kind:
        case "missing":
            return f'the key "{location[-1]}" is missing'
        case "extra_forbidden":
            return f'unknown key "{location[-1]}"{did_you_mean(location[-1], _known_keys(location, data))}'
        case "literal_error":
            return f"should be {detail['ctx']['expected']}".replace("'", '"')
        case "string_pattern_mismatch":
            return "should be a word of letters, digits, full stops, hyphens and underscores"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "too_short":
            least = detail["ctx"]["min_length"]
            return f"should have at least {'one entry' if least == 1 else f'{least} entries'}"
        case "too_long":
            return f"should have at most {detail['ctx']['max_length']} entries"
        case "string_too_short":
            return "should not be empty"
        case "union_tag_not_found":
            return f"the key {_discriminator(detail)} is missing"
        case "union_tag_invalid":
            known = [tag.strip("'") for tag in detail["ctx"]["expected_tags"].split(", ")]
            wanted = " or ".join(f'"{tag}"' for tag in known)
            found = detail["ctx"]["tag"]
            return f'{_discriminator(detail)} should be {wanted}, found "{found}"{did_you_mean(found, known)}'
    if kind in _WANTED:
        return f"should be {_WANTED[kind]}"
    return str(detail["msg"]).replace("Decimal input should", "should").replace("Input should", "should")


def _discriminator(detail: Any) -> str:
    return str(detail["ctx"]["discriminator"]).replace("'", '"')


_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "none_required": "nothing",
}
"""Pydantic's error types in the words of someone who writes YAML."""


def _choices(detail: Any) -> list[str]:
    if detail["type"] != "literal_error":
        return []
    return [choice.strip("'") for choice in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")]


def _short(value: object) -> str:
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case Number():
            return value.text
        case int():
            return str(value)
    text = str(value)
    return f'"{text[:57]}..."' if len(text) > 60 else f'"{text}"'


def _known_keys(location: Path, data: Any) -> set[str]:
    """The keys that may stand where an unknown one was found."""
    if "arguments" not in location:
        return _keys_at(Rubric, location[:-1])
    index = location.index("arguments")
    line = data
    for step in location[:index]:
        line = line[step]
    check = all_checks()[line["check"]]
    return _keys_at(check.parameters, location[index + 1 : -1]) | (
        LINE_KEYS if len(location) == index + 2 else set()
    )


def _keys_at(annotation: Any, location: Path) -> set[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not location:
            return set(LINE_KEYS if annotation is CheckLine else annotation.model_fields)
        if location[0] in _tags(annotation):
            return _keys_at(annotation, location[1:])
        field = annotation.model_fields.get(str(location[0]))
        return _keys_at(field.annotation, location[1:]) if field else set()
    origin = typing.get_origin(annotation)
    choice = origin in (typing.Union, types.UnionType, typing.Annotated)
    rest = location if choice or not location else location[1:]
    return {key for inner in typing.get_args(annotation) for key in _keys_at(inner, rest)}


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    """The kinds of a model that is one of several, by which pydantic's locations lead to it."""
    kind = model.model_fields.get("kind")
    return typing.get_args(kind.annotation) if kind else ()
