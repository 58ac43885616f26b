"""The registry of checks: name, parameters (from the function's signature) and documentation.

A check is a function ``(work, *, keyword parameters) -> Outcome``. Its signature is its rubric syntax: each
keyword becomes a key of the YAML line, its annotation the validation, its docstring the documentation.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, create_model

if TYPE_CHECKING:
    from grader.checks.outcome import Outcome
    from grader.checks.work import Work

CheckFunction = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Secret:
    """Marks what students must not read in their copy of a rubric: ``Annotated[int, Secret("…")]``.

    A line of a rubric that gives a secret parameter is left out of that copy: what it asks for is decided
    after handing in.
    """

    decided: str = ""
    """How it is decided then; students read it."""


@dataclass(frozen=True)
class Check:
    """A registered check."""

    name: str
    function: CheckFunction
    parameters: type[BaseModel]
    written_as: tuple[str, ...]
    """Names of calls whose presence in a crashed cell shows that the requirement was tried there."""
    together: bool = False
    """Whether a rubric's lines of it are judged together, so that leaving one out changes the others."""

    @property
    def secrets(self) -> dict[str, Secret]:
        """The parameters that the students' copy of a rubric does not hold."""
        return secrets_of(self.parameters)

    @property
    def documentation(self) -> str:
        """The docstring, as rubric authors read it."""
        return inspect.getdoc(self.function) or ""

    def run(self, work: Work, parameters: BaseModel) -> Outcome:
        """Apply the check to one submission's work."""
        return self.function(
            work, **{name: getattr(parameters, name) for name in type(parameters).model_fields}
        )


_checks: dict[str, Check] = {}


def check(
    name: str, *, written_as: tuple[str, ...] = (), together: bool = False
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a function as the check ``name``."""

    def register(function: CheckFunction) -> CheckFunction:
        _checks[name] = Check(name, function, _parameters(name, function), written_as, together)
        return function

    return register


def _parameters(name: str, function: CheckFunction) -> type[BaseModel]:
    hints = typing.get_type_hints(function, localns=_annotation_names(), include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    # A rubric does not use all checks: the validation of the others need not be worked out.
    config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    return create_model(f"{name}_parameters", __config__=config, **fields)


def secrets_of(model: type[BaseModel]) -> dict[str, Secret]:
    """The fields of a model that are marked as secret."""
    return {
        name: mark
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Secret)
    }


def _annotation_names() -> dict[str, Any]:
    # Work and Outcome are imported for type checkers only where a check's module says so.
    from grader.checks import outcome, work

    return {"Work": work.Work, "Outcome": outcome.Outcome}


def all_checks() -> dict[str, Check]:
    """Every check by name, after importing each family once."""
    _import_families()
    return dict(sorted(_checks.items()))


@cache
def _import_families() -> None:
    import grader.checks as room

    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")
