"""What a rubric holds: data sets, limits, expected networks, questions and their checks."""

from __future__ import annotations

import hashlib
import json
import re
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

from grader.checks.registry import Secret, all_checks
from grader.network.rules import FreeNetwork, element
from grader.network.spec import MAX_UNORDERED, ExpectedNetwork, expected_network, parse_layer
from grader.rubric.document import Number
from grader.rubric.late import Late
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


class KerasDataset(RubricPart):
    """Images that notebooks load with ``keras.datasets.NAME.load_data()``, NAME being the data set's id."""

    kind: Literal["keras_dataset"]

    @property
    def splits(self) -> tuple[str, ...]:
        """What ``load_data`` returns."""
        return DEFAULT_SPLITS


DataSet = Annotated[ImageFolder | KerasDataset, Field(discriminator="kind")]


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


def _element(text: str) -> str:
    element(text)
    return text


def _ends(value: object) -> object:
    """``1_000..5_000_000`` as the two ends of a range."""
    if isinstance(value, str) and (found := _RANGE.fullmatch(value.strip())):
        return {"at_least": int(found[1]), "at_most": int(found[2])}
    return value


_RANGE = re.compile(r"(\d[\d_]*)\s*\.\.\s*(\d[\d_]*)")


class ParameterRange(RubricPart):
    """How many parameters a network has; either end may be left out."""

    at_least: PositiveInt | None = None
    at_most: PositiveInt | None = None

    @model_validator(mode="before")
    @classmethod
    def _written_as_range(cls, value: Any) -> Any:
        return _ends(value)

    @model_validator(mode="after")
    def _has_an_order(self) -> ParameterRange:
        if self.at_least is None and self.at_most is None:
            raise ValueError("parameters should have at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least ({self.at_least:,}) is more than at_most ({self.at_most:,})")
        return self


class Rules(RubricPart):
    """What a network of free design keeps to."""

    contains: tuple[Annotated[Text, AfterValidator(_element)], ...] = ()
    """Layers, or families of them such as ``conv`` or ``pooling``, in this order with any others between."""
    ends_with: LayerLine | None = None
    """The output layer; logits with a ``from_logits`` loss are as good as softmax."""
    parameters: ParameterRange | None = None
    """A range such as ``1_000..5_000_000``, or ``{at_most: 5_000_000}``."""
    differs_from: tuple[Id, ...] = ()
    """Networks of the rubric that are no answer."""

    @model_validator(mode="after")
    def _say_something(self) -> Rules:
        if not (self.contains or self.ends_with or self.parameters or self.differs_from):
            raise ValueError("rules should have contains, ends_with, parameters or differs_from")
        return self


class NetworkPart(RubricPart):
    """A network that the worksheet asks for: its layers, or the rules of a free design."""

    input: Annotated[tuple[PositiveInt | None, ...], Field(min_length=1, max_length=4)] | None = None
    """Shape without the batch axis, e.g. 128, 128, 3; free where it is left out or null."""
    layers: Annotated[tuple[NetworkLine, ...], Field(min_length=1)] | None = None
    rules: Rules | None = None
    may_add: tuple[Addition, ...] = ()
    """Layers that a student may add at no cost."""

    @model_validator(mode="after")
    def _is_prescribed_or_free(self) -> NetworkPart:
        if (self.layers is None) == (self.rules is None):
            raise ValueError("a network has either layers or rules")
        if self.rules is not None and self.may_add:
            raise ValueError("may_add belongs to layers; a network with rules may add anything")
        return self

    def expected(self) -> ExpectedNetwork:
        """What to compare with."""
        if self.layers is not None:
            lines = [line if isinstance(line, str) else line.model_dump() for line in self.layers]
            return expected_network(self.input, lines, self.may_add)
        assert self.rules is not None
        sizes = self.rules.parameters
        return FreeNetwork(
            input=self.input,
            contains=tuple(map(element, self.rules.contains)),
            ends_with=parse_layer(self.rules.ends_with) if self.rules.ends_with else None,
            at_least=sizes.at_least if sizes else None,
            at_most=sizes.at_most if sizes else None,
            differs_from=self.rules.differs_from,
        )


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
    any_of: tuple[Id, ...] = ()
    """Networks of which one must meet it, whichever: in place of ``network``."""
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
            networks = info.data.get("any_of") or ()
            given = arguments | ({"network": networks[0]} if networks else {})
            all_checks()[name].parameters.model_validate(given)
        return arguments

    @property
    def builds(self) -> str | None:
        """The network that is to be built where this is asked: that of a check of how one is built."""
        name = self.arguments.get("network")
        return name if self.check in _STRUCTURE and isinstance(name, str) else None

    @property
    def parameters(self) -> BaseModel:
        """The check's parameters, validated and with their defaults; of ``any_of`` those for the first."""
        line = self.alternatives[0] if self.any_of else self
        return all_checks()[self.check].parameters.model_validate(line.arguments)

    @property
    def alternatives(self) -> tuple[CheckLine, ...]:
        """The line for each network of ``any_of``."""
        each = (self.arguments | {"network": name} for name in self.any_of)
        return tuple(self.model_copy(update={"arguments": given, "any_of": ()}) for given in each)


_STRUCTURE = {"layer", "network", "output_layer", "parameters", "pretrained", "rules", "summarised"}
"""Checks of how a network is built."""

LINE_KEYS = frozenset(CheckLine.model_fields) - {"arguments"}
"""Keys of a check line that belong to no check."""


class Later(RubricPart):
    """A requirement that the students' copy of a rubric only names: it is decided after handing in."""

    id: Id
    title: Text
    points: Points
    decided: Text
    """How, in words."""
    builds: Id | None = None
    """The network that is to be built where this is asked."""


class Question(RubricPart):
    """A part of the worksheet and what is required in it."""

    id: Id
    title: Text
    points: Points | None = None
    """When given, the checks must add up to it."""
    section: Text | None = None
    """Text of the notebook's heading under which the answer is expected."""
    checks: tuple[CheckLine, ...] = ()
    later: tuple[Later, ...] = ()
    """In the students' copy of a rubric, what it does not decide; it is part of no sum."""

    @property
    def worth(self) -> Decimal:
        """Points of all its checks."""
        return sum((line.points for line in self.checks), Decimal(0))


class ProofException(RubricPart):
    """A verdict of ``grade rubric test`` that is right by the worksheet."""

    mutant: Text
    """What the variant's line in the table holds: its kind, or more of it."""
    reason: Text

    def matches(self, name: str) -> bool:
        """Whether a variant is meant."""
        return self.mutant.casefold() in name.casefold()


class Proving(RubricPart):
    """What testing the rubric with variants of its reference has to know."""

    exceptions: tuple[ProofException, ...] = ()


class Rubric(RubricPart):
    """Everything that grading a worksheet needs to know about it."""

    rubric: Literal[1]
    """Version of the rubric language."""
    id: Id
    title: Text
    student_copy: bool = False
    """Whether this is what students may read of a rubric (``grade rubric publish``)."""
    reference: Annotated[Text | None, Secret()] = None
    """Path of the reference solution, relative to the rubric."""
    total: Points | None = None
    """When given, all points must add up to it."""
    data: dict[Id, DataSet] = {}
    limits: Limits = Limits()
    mending: Literal["on", "off"] = "on"
    """Whether slips that stop a cell (a forgotten import, a misspelt name) are mended to see the rest run."""
    late: Late | None = None
    """What handing in late costs, applied when marks are exported."""
    networks: dict[Id, NetworkPart] = {}
    templates: tuple[Text, ...] = ()
    """Phrases of the worksheet's own text, which are no answers."""
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    proof: Annotated[Proving, Secret()] = Proving()
    """For ``grade rubric test``."""

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
