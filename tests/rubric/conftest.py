"""Checks of the tests' own: rubrics in these tests do not change when the grader's checks do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from grader.checks import registry
from grader.checks.outcome import Outcome, met


class Budget(BaseModel):
    model_config = ConfigDict(extra="forbid")

    epochs: int
    seconds: float = 1.0


@pytest.fixture(autouse=True)
def own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_checks()  # a family registers itself once, when it is imported: not later, into these
    monkeypatch.setattr(registry, "_checks", {})

    @registry.check("layer")
    def layer(work: Any, *, network: str, layer: int) -> Outcome:
        """One layer of a network is as expected.

        Args:
            network: the expected network.
            layer: its position.
        """
        return met("", "")

    @registry.check("layers")
    def layers(work: Any, *, layers: list[int], network: str = "cnn") -> Outcome:
        """Several layers are as expected."""
        return met("", "")

    @registry.check("fitted")
    def fitted(
        work: Any, *, network: str | None = None, epochs: int | str = "any", validation: bool = False
    ) -> Outcome:
        """The network is trained as asked."""
        return met("", "")

    @registry.check("trains")
    def trains(
        work: Any,
        *,
        data: str,
        budget: Budget,
        at_least: float | Literal["reference"] = "reference",
        optimizer: Literal["adam", "sgd"] = "adam",
        split: str = "test",
    ) -> Outcome:
        """A short training reaches a threshold."""
        return met("", "")

    @registry.check("python")
    def python(work: Any, *, call: str) -> Outcome:
        """A function of the rubric author's own."""
        return met("", "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


SMALL = """\
rubric: 1
id: small
title: A small worksheet
reference: small.ipynb
total: 4
data:
  digits: {kind: image_folder, splits: [train, test], classes: [one, two], images: {train: 3, test: 2}}
limits: {cell: 30s, notebook: 1.5min, memory: 512MiB}
networks:
  cnn:
    input: [8, 8, 3]
    layers:
      - Conv2D(4, 3, activation="relu")
      - Flatten()
      - unordered: [Dense(4), Dense(5)]
      - Dense(2, activation="softmax")
    may_add: [Dropout]
templates: ["Your answer here"]
questions:
  - id: task1
    title: The network
    points: 2.5
    section: "Task 1"
    checks:
      - {id: 1a, check: layer, network: cnn, layer: 5, title: the output layer, points: 2.25}
      - {id: 1b, check: layers, layers: [1, 2], title: the first two, points: 0.25, hint: Look at the shapes}
  - id: task2
    title: Training
    checks:
      - {id: 2a, check: fitted, network: cnn, epochs: 250, validation: true, title: trained, points: 0.5}
      - id: 2b
        check: trains
        data: digits
        budget: {epochs: 3}
        split: test
        title: learns
        points: 1
        visibility: hidden
"""


@pytest.fixture
def small(folder: Path) -> Path:
    """A rubric without fault, the only file of the current folder beside its reference."""
    (folder / "small.ipynb").write_text("{}")
    path = folder / "small.yaml"
    path.write_text(SMALL)
    return path
