"""The rubric language as JSON Schema, by which editors complete and check rubrics while they are written."""

from __future__ import annotations

import copy
from typing import Any

from grader.checks.registry import Check, all_checks
from grader.rubric.schema import CheckLine, Rubric


def rubric_json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a rubric, with the parameters of every registered check."""
    schema = Rubric.model_json_schema()
    definitions = schema["$defs"]
    line = definitions.pop(CheckLine.__name__)
    del line["properties"]["arguments"]
    lines = [_line_schema(line, check, definitions) for check in all_checks().values()]
    definitions[CheckLine.__name__] = {"description": line["description"], "oneOf": lines}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "$defs": dict(sorted(definitions.items())),
    }


def _line_schema(line: dict[str, Any], check: Check, definitions: dict[str, Any]) -> dict[str, Any]:
    parameters = check.parameters.model_json_schema()
    # Two checks may each have a nested model of the same name.
    prefix = f"{check.name}."
    for name, definition in parameters.pop("$defs", {}).items():
        definitions[prefix + name] = _renamed(definition, prefix)
    own = copy.deepcopy(line["properties"])
    own["check"] = {"const": check.name, "description": check.documentation}
    required = [*line["required"], *parameters.get("required", [])]
    schema: dict[str, Any] = {
        "title": check.name,
        "type": "object",
        "properties": {**own, **_renamed(parameters.get("properties", {}), prefix)},
        "required": [name for name in required if name != "network"],
        "additionalProperties": False,
    }
    if "network" in required:  # any_of may stand in its place
        schema["oneOf"] = [{"required": ["network"]}, {"required": ["any_of"]}]
    return schema


def _renamed(schema: Any, prefix: str) -> Any:
    if isinstance(schema, list):
        return [_renamed(item, prefix) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.replace("#/$defs/", f"#/$defs/{prefix}") if key == "$ref" else _renamed(value, prefix)
        for key, value in schema.items()
    }
