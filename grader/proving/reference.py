"""The reference solution, understood: its code, its run, and which code belongs to which network."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from nbformat import NotebookNode

from grader.checks.work import Answer, Work
from grader.evidence.events import Compiled, Evaluated, Event, FigureShown, Fitted, MetricCalled, ModelSeen
from grader.grading.grade import CheckGrade
from grader.grading.mark import outcome_of
from grader.network.network import Layer
from grader.network.signatures import is_known, kind_of, signature
from grader.proving.code import Code, Site, called, keyword, receiver
from grader.rubric.schema import CheckLine, Rubric

_SHOWN = (FigureShown, Evaluated, MetricCalled)
_NO_LAYERS = ("InputLayer", "Input", "Sequential", "Model")


@dataclass(frozen=True)
class Reference:
    """The reference's notebook, what its run left behind, and its grade."""

    rubric: Rubric
    notebook: NotebookNode
    work: Work
    grades: Mapping[str, CheckGrade]
    """By check id."""

    @cached_property
    def code(self) -> Code:
        """Its code cells."""
        return Code.of(self.notebook)

    def cells_of(self, *checks: str) -> Iterator[tuple[CheckLine, tuple[int, ...]]]:
        """The rubric's lines of some checks, with the cells that meet them."""
        for line in self.rubric.checks:
            if line.check in checks:
                yield line, self.grades[line.id].cells

    def met_in(self, *checks: str) -> list[int]:
        """The code cells that meet a line of one of the checks, each once."""
        found = (cell for _, cells in self.cells_of(*checks) for cell in cells if cell in self.code.trees)
        return list(dict.fromkeys(found))

    def is_met_without(self, line: CheckLine, cell: int) -> bool:
        """Whether a line is met even if nothing that a cell shows or works out had been seen.

        What is shown twice is not lost by losing it once: a curve drawn again in a comparison.
        """
        evidence = self.work.evidence
        less = evidence.model_copy(
            update={
                "events": tuple(
                    event for event in evidence.events if event.cell != cell or not isinstance(event, _SHOWN)
                ),
                "cells": tuple(
                    each.model_copy(update={"text": ""}) if each.index == cell else each
                    for each in evidence.cells
                ),
            }
        )
        return outcome_of(line, replace(self.work, evidence=less), None).score == 1

    def runs_in(self, site: Site) -> frozenset[int]:
        """The cells in which a site's code runs: its own, or those that call the function it stands in."""
        if site.function is None:
            return frozenset({site.cell})
        names, cells = {site.function}, set[int]()
        while True:
            callers = [each for each in self.code.sites() if called(each.node) in names]
            named = [
                each
                for each in self.code.sites(ast.Name)
                if isinstance(each.node, ast.Name) and each.node.id in names
            ]
            found = {each.function for each in [*callers, *named] if each.function} - names
            cells |= {each.cell for each in [*callers, *named] if each.function is None}
            if not found:
                return frozenset(cells)
            names |= found

    def built_at(self, site: Site) -> frozenset[str]:
        """The networks that code at a site builds."""
        return self._networks(site, ModelSeen, first=True)

    def compiled_at(self, site: Site) -> frozenset[str]:
        """The networks whose compilation that counts is made at a site."""
        return self._counting(site, {name: self.work.compilation(name) for name in self.work.answers})

    def fitted_at(self, site: Site) -> frozenset[str]:
        """The networks whose training that counts is made at a site."""
        return self._counting(site, {name: self.work.fit(name) for name in self.work.answers})

    def touched_at(self, site: Site, kind: type[Event]) -> frozenset[str]:
        """The networks to which something happens at a site, a copy or a network alike included."""
        return self._networks(site, kind, first=False)

    def _counting(
        self, site: Site, counting: Mapping[str, Compiled | None] | Mapping[str, Fitted | None]
    ) -> frozenset[str]:
        cells = self.runs_in(site)
        found = {name: event for name, event in counting.items() if event is not None and event.cell in cells}
        return self._narrowed(site, found)

    def _narrowed(self, site: Site, found: Mapping[str, Compiled | Fitted]) -> frozenset[str]:
        """Of several networks of one cell, those that are called as in the site."""
        if len(found) < 2 or site.function is not None or not isinstance(site.node, ast.Call):
            return frozenset(found)
        called_so = {
            name for name, event in found.items() if receiver(site.node) in self.variables(event.model)
        }
        return frozenset(called_so or found)

    def variables(self, model: int) -> frozenset[str]:
        """Every name under which the notebook ever held a model."""
        seen = (event for event in self.work.evidence.of(ModelSeen) if event.model == model)
        return frozenset(name for event in seen for name in event.variables)

    def _networks(self, site: Site, kind: type[Event], *, first: bool) -> frozenset[str]:
        cells = self.runs_in(site)
        found = set()
        for name, answer in self.work.answers.items():
            models = {answer.model} if first else answer.alike | answer.family | {answer.model}
            events = [each for each in self.work.evidence.of(kind) if getattr(each, "model", None) in models]
            if any(event.cell in cells for event in (events[:1] if first else events)):
                found.add(name)
        return frozenset(found)

    # Layers

    @cached_property
    def layers(self) -> tuple[Site, ...]:
        """Every call in the code that makes a layer of one of the rubric's networks."""
        return tuple(
            site
            for site in self.code.sites()
            if is_known(kind := kind_of(site.name)) and kind not in _NO_LAYERS and self.built_at(site)
        )

    def lines_at(self, site: Site) -> dict[str, frozenset[int]]:
        """The expected layer lines, from 1, that a layer call builds in each network."""
        return {
            name: frozenset(self._lines(site, name, self.work.answers[name]))
            for name in self.built_at(site)
            if name in self.work.expected
        }

    def outputs_at(self, site: Site) -> frozenset[str]:
        """The networks whose output layer a layer call makes."""
        found = set()
        for name in self.built_at(site):
            calls = [each for each in self.layers if name in self.built_at(each)]
            if calls and calls[-1].node is site.node:
                found.add(name)
        return frozenset(found)

    def _lines(self, site: Site, name: str, answer: Answer) -> Iterable[int]:
        calls = [each for each in self.layers if name in self.built_at(each)]
        names = self._layer_names(answer)
        if [kind_of(each.name) for each in calls] == [kind for kind, _ in names]:
            position = next(number for number, each in enumerate(calls) if each.node is site.node)
            made = {names[position][1]}
        else:
            # Made in a loop or by a helper: any layer like it.
            made = {layer.name for layer in answer.network.layers if _could_make(site.call, layer)}
        return {
            step.expected + 1
            for step in answer.comparison.steps
            if step.expected is not None
            and any(answer.network.layers[each].name in made for each in step.found)
        }

    def _layer_names(self, answer: Answer) -> list[tuple[str, str]]:
        """Kind and name of each layer in the answer's configuration, input layers left out."""
        forms = [
            event
            for event in self.work.evidence.of(ModelSeen)
            if event.model == answer.model and event.config
        ]
        config = forms[-1].config if forms else None
        layers = (config or {}).get("config", {}).get("layers", [])
        return [
            (kind_of(str(each.get("class_name"))), str(each.get("config", {}).get("name")))
            for each in layers
            if each.get("class_name") != "InputLayer"
        ]


def _could_make(call: ast.Call, layer: Layer) -> bool:
    """Whether a call as written can have made a layer: the same kind, and no other number or word."""
    kind = kind_of(called(call))
    if layer.kind != kind:
        return False
    for place, name in enumerate(signature(kind).positional):
        given = keyword(call, name, place)
        if isinstance(given, ast.Constant) and name in ("filters", "units", "padding"):
            if layer.arguments.get(name) != given.value:
                return False
        elif given is None and name == "padding" and layer.arguments.get(name) == "same":
            return False
    return True
