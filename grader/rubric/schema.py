"""What a rubric holds: data sets, limits, expected networks, questions and their checks."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PositiveInt,
    PrivateAttr,
    StringConstraints,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from grader.checks.registry import all_checks
from grader.network.spec import MAX_UNORDERED, ExpectedNetwork, expected_network, parse_layer
from grader.rubric.document import Number
from grader.rubric.quantities import Duration, Memory
from grader.rubric.suggest import did_you_mean

Visibility = Literal["public", "hidden"]

DEFAULT_SPLITS = ("train", "test")


def exact(value: object) -> object:
    """A number as it was written, before any binary fraction."""
    return Decimal(value.text) if isinstance(value, Number) else value


def plain(points: Decimal) -> str:
    """Points as people write them: ``2.5``, never ``2.50`` or ``1E+2``."""
    return f"{points.normalize():f}"


Points = Annotated[
    Decimal,
    BeforeValidator(exact),
    Field(ge=0, decimal_places=3, max_digits=9),
    WithJsonSchema({"type": "number", "minimum": 0, "multipleOf": 0.001}),
]
"""Exact, at most three decimals."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class RubricPart(BaseModel):
    """Base of everything in a rubric: fixed once read, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ImageFolder(RubricPart):
    """Photographs in a folder per class, one folder of them per split (``train/acai/1.jpg``)."""

    kind: Literal["image_folder"]
    splits: Annotated[tuple[Text, ...], Field(min_length=1)] = DEFAULT_SPLITS
    """Names of the folders, the training one first."""
    classes: tuple[Text, ...] | None = None
    """Names of the class folders; needed for a drawn stand-in."""
    images: dict[str, PositiveInt] = {}
    """Images of each class in each split of the stand-in drawn where the real photographs are absent."""
    aliases: tuple[Text, ...] = ()
    """Folder names under which students keep it."""
    archives: tuple[Text, ...] = ()
    """Names of zip files in which students receive it."""


class Limits(RubricPart):
    """What a notebook may use; beyond it the cell or the notebook is stopped."""

    cell: Duration = 60.0
    """Seconds of one cell."""
    notebook: Duration = 600.0
    """Seconds of the whole notebook."""
    memory: Memory = 6 * 2**30
    """Bytes."""


def _layer_line(text: str) -> str:
    parse_layer(text)
    return text


LayerLine = Annotated[Text, AfterValidator(_layer_line)]
"""A layer in Keras's words, e.g. ``Conv2D(32, 3, padding="same", activation="relu")``."""


def _addition(name: str) -> str:
    expected_network(None, [], [name])
    return name


Addition = Annotated[Text, AfterValidator(_addition)]
"""A layer class such as ``Dropout``, or a family such as ``Random*``."""


class Unordered(RubricPart):
    """Neighbouring layers that may stand in any order."""

    unordered: Annotated[tuple[LayerLine, ...], Field(min_length=2, max_length=MAX_UNORDERED)]


def _line_or_group(value: object) -> str | None:
    if isinstance(value, str):
        return "layer"
    return "group" if isinstance(value, dict | Unordered) else None


NetworkLine = Annotated[
    Annotated[LayerLine, Tag("layer")] | Annotated[Unordered, Tag("group")],
    Discriminator(
        _line_or_group,
        custom_error_type="network_line",
        custom_error_message="should be a layer such as Dense(64), or unordered: [Dense(64), Dense(128)]",
    ),
]


class ExpectedLayers(RubricPart):
    """A network that the worksheet asks for."""

    input: Annotated[tuple[PositiveInt | None, ...], Field(min_length=1, max_length=4)] | None = None
    """Shape without the batch axis, e.g. 128, 128, 3; free where it is left out or null."""
    layers: Annotated[tuple[NetworkLine, ...], Field(min_length=1)]
    may_add: tuple[Addition, ...] = ()
    """Layers that a student may add at no cost."""

    def expected(self) -> ExpectedNetwork:
        """The network to compare with."""
        lines = [line if isinstance(line, str) else line.model_dump() for line in self.layers]
        return expected_network(self.input, lines, self.may_add)


class CheckLine(RubricPart):
    """One requirement: a check, what it is worth, and the check's own parameters as further keys."""

    id: Id
    check: str
    """Name of a registered check."""
    title: Text
    """The requirement in words; students read it."""
    points: Points
    visibility: Visibility = "public"
    """What students see of it: ``hidden`` requirements are told to the teacher only."""
    hint: Text | None = None
    """Shown in place of the check's own hint."""
    arguments: dict[str, Any] = Field(default={}, repr=False)
    """The check's parameters as written."""

    @model_validator(mode="before")
    @classmethod
    def _further_keys_are_the_checks(cls, line: Any) -> Any:
        if not isinstance(line, dict) or "arguments" in line:
            return line
        own = {key: value for key, value in line.items() if key in cls.model_fields}
        return {**own, "arguments": {key: value for key, value in line.items() if key not in own}}

    @field_validator("check")
    @classmethod
    def _is_registered(cls, name: str) -> str:
        if name not in (known := all_checks()):
            raise ValueError(f'there is no check "{name}"{did_you_mean(name, known)}')
        return name

    @field_validator("arguments")
    @classmethod
    def _fit_the_check(cls, arguments: dict[str, Any], info: Any) -> dict[str, Any]:
        if name := info.data.get("check"):
            all_checks()[name].parameters.model_validate(arguments)
        return arguments

    @property
    def parameters(self) -> BaseModel:
        """The check's parameters, validated and with their defaults."""
        return all_checks()[self.check].parameters.model_validate(self.arguments)


LINE_KEYS = frozenset(CheckLine.model_fields) - {"arguments"}
"""Keys of a check line that belong to no check."""


class Question(RubricPart):
    """A part of the worksheet and what is required in it."""

    id: Id
    title: Text
    points: Points | None = None
    """When given, the checks must add up to it."""
    section: Text | None = None
    """Text of the notebook's heading under which the answer is expected."""
    checks: tuple[CheckLine, ...] = ()

    @property
    def worth(self) -> Decimal:
        """Points of all its checks."""
        return sum((line.points for line in self.checks), Decimal(0))


class Rubric(RubricPart):
    """Everything that grading a worksheet needs to know about it."""

    rubric: Literal[1]
    """Version of the rubric language."""
    id: Id
    title: Text
    reference: Text | None = None
    """Path of the reference solution, relative to the rubric."""
    total: Points | None = None
    """When given, all points must add up to it."""
    data: dict[Id, ImageFolder] = {}
    limits: Limits = Limits()
    networks: dict[Id, ExpectedLayers] = {}
    templates: tuple[Text, ...] = ()
    """Phrases of the worksheet's own text, which are no answers."""
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    _path: Path | None = PrivateAttr(default=None)

    @property
    def path(self) -> Path | None:
        """The file it was read from, absolute; None for one made in memory."""
        return self._path

    @property
    def folder(self) -> Path:
        """What paths in the rubric are relative to."""
        return self._path.parent if self._path else Path()

    @property
    def reference_path(self) -> Path | None:
        """The reference solution, which need not exist."""
        return self.folder / self.reference if self.reference else None

    @property
    def checks(self) -> tuple[CheckLine, ...]:
        """The check lines of all questions, in order."""
        return tuple(line for question in self.questions for line in question.checks)

    @property
    def worth(self) -> Decimal:
        """Points of all questions."""
        return sum((question.worth for question in self.questions), Decimal(0))

    @property
    def digest(self) -> str:
        """SHA-256 of what the rubric says, whatever its comments, layout and place (64 hex digits)."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
