"""What students may read of a rubric: its public requirements as they are, of the others only the names.

Every line that is kept is kept word for word, with everything that its verdict depends on: all networks
(which model answers which is decided among all of them), where each is to be built, the worksheet's own text.
So a check that passes by the copy passes by the rubric. What cannot be kept so is told as decided later.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from grader.checks.registry import all_checks, secrets_of
from grader.errors import UserError
from grader.rubric.consistency import REFERENCES
from grader.rubric.document import Number
from grader.rubric.load import read_document
from grader.rubric.schema import CheckLine, Rubric, plain

HIDDEN = "a hidden check looks at it after handing in"


def student_copy(rubric: Rubric) -> Rubric:
    """The rubric as students have it; its path is that of the whole one.

    Raises:
        UserError: as :func:`student_document`.
    """
    copy = Rubric.model_validate(student_document(rubric))
    copy._path = rubric.path
    return copy


def student_document(rubric: Rubric) -> dict[str, Any]:
    """The copy as plain data, in the order in which a rubric is written.

    Raises:
        UserError: nothing is left to check, or a network is named by hidden checks alone, with which the copy
            would tell it and without which it could judge more mildly than the rubric.
    """
    assert rubric.path is not None
    whole: dict[str, Any] = read_document(rubric.path).data
    if rubric.student_copy:
        return whole
    _refuse_hidden_networks(rubric)
    later = {line.id: why for line in rubric.checks if (why := decided_later(line, rubric)) is not None}
    lines = {line.id: line for line in rubric.checks}
    if not lines.keys() - later.keys():
        raise UserError(f"{rubric.id}: none of its checks can be made before handing in")
    told = {key: value for key, value in whole.items() if key not in secrets_of(Rubric)}
    copy: dict[str, Any] = {"rubric": told.pop("rubric"), "id": told.pop("id"), "title": told.pop("title")}
    copy |= {"student_copy": True, **told}
    copy["questions"] = [_question(question, lines, later) for question in whole["questions"]]
    if "total" in copy:
        copy["total"] = _as_written(
            sum((line.points for line in lines.values() if line.id not in later), Decimal(0))
        )
    return copy


def decided_later(line: CheckLine, rubric: Rubric) -> str | None:
    """How a requirement is decided that the copy cannot hold, in words; None for one that it holds."""
    if (own := _closed(line)) is not None:
        return own
    if not all_checks()[line.check].together:
        return None
    # Without one of them the others' verdicts could be milder.
    others = (_closed(other) for other in rubric.checks if other.check == line.check)
    return next((why for why in others if why is not None), None)


def _closed(line: CheckLine) -> str | None:
    """Why the copy cannot hold a line for its own sake."""
    if line.visibility == "hidden":
        return HIDDEN
    secrets = all_checks()[line.check].secrets
    return next((secrets[name].decided for name in line.arguments if name in secrets), None)


def _question(question: dict[str, Any], lines: dict[str, CheckLine], later: dict[str, str]) -> dict[str, Any]:
    left_out = [line for raw in question.get("checks", ()) if (line := lines[raw["id"]]).id in later]
    copy = {key: value for key, value in question.items() if not (key == "points" and left_out)}
    copy["checks"] = [raw for raw in question.get("checks", ()) if raw["id"] not in later]
    if left_out:
        copy["later"] = [_named(line, later[line.id]) for line in left_out]
    return copy


def _named(line: CheckLine, decided: str) -> dict[str, Any]:
    named = {"id": line.id, "title": line.title, "points": _as_written(line.points), "decided": decided}
    return named if line.builds is None else {**named, "builds": line.builds}


def _as_written(points: Decimal) -> int | Number:
    text = plain(points)
    return Number(text) if "." in text else int(text)


def _refuse_hidden_networks(rubric: Rubric) -> None:
    public = {name for line in rubric.checks if line.visibility == "public" for name in _networks(line)}
    # A rule names the networks that are no answer to it.
    rules = [network.rules for name, network in rubric.networks.items() if name in public and network.rules]
    public.update(other for each in rules for other in each.differs_from)
    for name in rubric.networks:
        if name not in public:
            raise UserError(
                f'{rubric.id}: no public check names the network "{name}": a copy with it would tell it, one '
                "without it could judge more mildly; make one of its checks public (it may be worth 0 points)"
            )


def _networks(line: CheckLine) -> Iterator[str]:
    for parameter, home in REFERENCES.items():
        if home == "networks":
            value = line.any_of if parameter == "any_of" else line.arguments.get(parameter)
            yield from [value] if isinstance(value, str) else value or ()
