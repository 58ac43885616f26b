"""Rubrics and checks as rich shows them in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.checks.registry import Check
from grader.network.rules import FreeNetwork, rules_text
from grader.rubric.schema import CheckLine, NetworkPart, Question, Rubric, plain


def rubric_view(rubric: Rubric) -> RenderableType:
    """Title, networks, and each question with its requirements and points."""
    parts: list[RenderableType] = [
        Text.assemble((rubric.title, "bold"), f"  ({rubric.id}, {plain(rubric.worth)} points)"),
        Text(
            f"reference: {rubric.reference or 'none'}   data: {', '.join(rubric.data) or 'none'}", style="dim"
        ),
    ]
    for name, network in rubric.networks.items():
        lines = _lines(network)
        parts += [Text(f"\nnetwork {name}, input {_shape(network.input)}", style="bold")]
        parts += [Padding(Text("\n".join(lines)), (0, 0, 0, 2))]
    for question in rubric.questions:
        parts += [
            Text.assemble(
                (f"\n{question.id}  {question.title}", "bold"), f"  {plain(question.worth)} points"
            ),
            _requirements(question),
        ]
    return Group(*parts)


def _lines(network: NetworkPart) -> list[str]:
    expected = network.expected()
    if isinstance(expected, FreeNetwork):
        return list(rules_text(expected))
    return [
        line if isinstance(line, str) else f"any order: {', '.join(line.unordered)}"
        for line in network.layers or ()
    ]


def _shape(shape: tuple[int | None, ...] | None) -> str:
    return "×".join("any" if size is None else str(size) for size in shape) if shape else "any"


def _requirements(question: Question) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for style in ("cyan", "", "bold", "dim"):
        table.add_column(style=style)
    table.columns[2].justify = "right"
    for line in question.checks:
        hidden = " (hidden from students)" if line.visibility == "hidden" else ""
        table.add_row(Text(line.id), Text(line.title + hidden), plain(line.points), Text(_as_written(line)))
    for each in question.later:
        table.add_row(Text(each.id), Text(each.title), plain(each.points), Text(each.decided))
    return table


def _as_written(line: CheckLine) -> str:
    arguments = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in line.arguments.items()]
    return ", ".join([line.check, *arguments])


def checks_view(checks: Iterable[Check]) -> RenderableType:
    """Each check with the first line of its documentation."""
    table = Table("check", "what it looks at", box=None)
    for check in checks:
        table.add_row(Text(check.name, style="cyan"), Text((_prose(check).splitlines() or [""])[0]))
    return table


def check_view(check: Check) -> RenderableType:
    """One check: its parameters, with types and defaults, and its documentation."""
    properties = check.parameters.model_json_schema().get("properties", {})
    table = Table("parameter", "value", "default", box=None)
    for name, field in check.parameters.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else json.dumps(field.get_default(call_default_factory=True), default=str)
        )
        kind = _kind(properties.get(name, {})) + (", secret" if name in check.secrets else "")
        table.add_row(Text(name, style="cyan"), Text(kind), Text(default))
    parts: list[RenderableType] = [Text(check.name, style="bold"), Text(_prose(check) + "\n")]
    return Group(*parts, table) if properties else Group(*parts, Text("no parameters", style="dim"))


def _prose(check: Check) -> str:
    return check.documentation.replace("``", "`")


def _kind(schema: dict[str, object]) -> str:
    """A JSON Schema in a few words."""
    match schema:
        case {"anyOf": list(choices)} | {"oneOf": list(choices)}:
            return " or ".join(_kind(choice) for choice in choices)
        case {"enum": list(values)}:
            return " or ".join(json.dumps(value) for value in values)
        case {"const": value}:
            return json.dumps(value)
        case {"type": "array", "items": dict(items)}:
            return f"list of {_kind(items)}"
        case {"type": "array"}:
            return "list"
        case {"type": "null"}:
            return "nothing"
        case {"type": "string"}:
            return "text"
        case {"type": "integer"}:
            return "whole number"
        case {"type": "boolean"}:
            return "true or false"
        case {"type": "object"} | {"$ref": _}:
            return "mapping"
        case {"type": str(kind)}:
            return kind
    return "anything"
