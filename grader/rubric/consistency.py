"""What must agree between distant parts of a rubric: names, ids, positions, sums.

Works on the document as it was read and skips what has the wrong form, which the schema reports: so that one
reading tells all problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from grader.datasets.keras_classes import CLASS_NAMES
from grader.rubric.document import Path
from grader.rubric.schema import DEFAULT_SPLITS, exact, plain
from grader.rubric.suggest import did_you_mean

Finding = tuple[Path, str]

REFERENCES = {
    "network": "networks",
    "networks": "networks",
    "same_as": "networks",
    "builds": "networks",
    "any_of": "networks",
    "after_network": "networks",
    "data": "data",
    "near_images_of": "data",
}
"""Parameters of checks that name something the rubric defines, and where it does."""


def inconsistencies(document: Any) -> Iterator[Finding]:
    """Everything in a rubric's document that contradicts another part of it: where, and what."""
    if not isinstance(document, dict):
        return
    questions = _mappings(document, "questions")
    lines = [
        ((*path, *tail), line)
        for path, question in questions
        for kind in ("checks", "later")
        for tail, line in _mappings(question, kind)
    ]
    yield from _ids_twice([*questions, *lines])
    yield from _sums(document, questions)
    yield from _images_of_no_split(document)
    yield from _unknown_keras_datasets(document)
    yield from _rules_about_other_networks(document)
    for path, line in lines:
        yield from _dangling_names(document, path, line)
        yield from _layers_that_are_not(document, path, line)


def _mappings(parent: dict[str, Any], key: str) -> list[tuple[Path, dict[str, Any]]]:
    items = parent.get(key)
    if not isinstance(items, list):
        return []
    return [((key, index), item) for index, item in enumerate(items) if isinstance(item, dict)]


def _mapping(parent: dict[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _ids_twice(parts: list[tuple[Path, dict[str, Any]]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, part in parts:
        name = part.get("id")
        if isinstance(name, str):
            if name in seen:
                yield (*path, "id"), f'the id "{name}" is taken already; ids are unique in a rubric'
            seen.add(name)


def _sums(document: dict[str, Any], questions: list[tuple[Path, dict[str, Any]]]) -> Iterator[Finding]:
    worths = []
    for path, question in questions:
        worth = _sum(line.get("points") for _, line in _mappings(question, "checks"))
        worths.append(worth)
        stated = _decimal(question.get("points"))
        if worth is not None and stated is not None and worth != stated:
            yield (*path, "points"), f"the checks add up to {plain(worth)} points, not {plain(stated)}"
    total, stated = _sum(worths), _decimal(document.get("total"))
    if total is not None and stated is not None and total != stated:
        yield ("total",), f"the questions add up to {plain(total)} points, not {plain(stated)}"


def _sum(values: Any) -> Decimal | None:
    decimals = [_decimal(value) for value in values]
    known = [value for value in decimals if value is not None]
    return sum(known, Decimal(0)) if len(known) == len(decimals) else None


def _decimal(value: Any) -> Decimal | None:
    value = exact(value)
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _images_of_no_split(document: dict[str, Any]) -> Iterator[Finding]:
    for name, data in _mapping(document, "data").items():
        if isinstance(data, dict):
            for split in _mapping(data, "images"):
                yield from _no_split(("data", name, "images", split), split, data)


def _unknown_keras_datasets(document: dict[str, Any]) -> Iterator[Finding]:
    for name, data in _mapping(document, "data").items():
        if isinstance(data, dict) and data.get("kind") == "keras_dataset" and name not in CLASS_NAMES:
            known = did_you_mean(name, CLASS_NAMES) or f"; there is: {', '.join(CLASS_NAMES)}"
            yield ("data", name), f'the grader has no data set "{name}" of keras.datasets{known}'


def _rules_about_other_networks(document: dict[str, Any]) -> Iterator[Finding]:
    networks = _mapping(document, "networks")
    for name in networks:
        rules = _mapping(_mapping(networks, name), "rules")
        for index, other in enumerate(_each(rules.get("differs_from"), str)):
            path = ("networks", name, "rules", "differs_from", index)
            if other == name:
                yield path, f'"{name}" cannot differ from itself'
            elif other not in networks:
                known = did_you_mean(other, networks)
                yield path, f'the rubric has no network "{other}" under "networks"{known}'


def _no_split(path: Path, split: str, data: Any) -> Iterator[Finding]:
    splits = data.get("splits", list(DEFAULT_SPLITS)) if isinstance(data, dict) else None
    if isinstance(splits, list) and split not in splits:
        yield path, f'"{split}" is none of the splits{did_you_mean(split, map(str, splits))}'


def _dangling_names(document: dict[str, Any], path: Path, line: dict[str, Any]) -> Iterator[Finding]:
    for parameter, home in REFERENCES.items():
        known = _mapping(document, home)
        for name in _each(line.get(parameter), str):
            if name not in known:
                noun = "data set" if home == "data" else "network"
                suggestion = did_you_mean(name, known)
                yield (*path, parameter), f'the rubric has no {noun} "{name}" under "{home}"{suggestion}'
    data, split = line.get("data"), line.get("split")
    if isinstance(data, str) and isinstance(split, str):
        yield from _no_split((*path, "split"), split, _mapping(document, "data").get(data))


def _layers_that_are_not(document: dict[str, Any], path: Path, line: dict[str, Any]) -> Iterator[Finding]:
    networks = _mapping(document, "networks")
    name = line.get("network", next(iter(networks)) if len(networks) == 1 else None)
    network = networks.get(name) if isinstance(name, str) else None
    if not isinstance(network, dict):
        return
    if line.get("check") == "rules" and "layers" in network:
        yield (*path, "network"), f'the network "{name}" has no rules; compare it with the check "network"'
    if line.get("check") in ("layer", "output_layer", "network") and "rules" in network:
        yield (*path, "check"), f'the network "{name}" has rules and no layers; use the check "rules"'
    if line.get("check") == "parameters" and "rules" in network and "count" not in line:
        yield path, f'the rules of "{name}" do not fix its parameters: state their count'
    if not isinstance(network.get("layers"), list):
        return
    layers = sum(len(_group(entry)) for entry in network["layers"])
    for parameter in ("layer", "layers"):
        for position in _each(line.get(parameter), int):
            if not 1 <= position <= layers:
                yield (*path, parameter), f'the network "{name}" has layers 1 to {layers}, none at {position}'


def _group(entry: Any) -> list[Any]:
    members = entry.get("unordered") if isinstance(entry, dict) else None
    return members if isinstance(members, list) else [entry]


def _each(value: Any, kind: type) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, kind) and not isinstance(item, bool)]
