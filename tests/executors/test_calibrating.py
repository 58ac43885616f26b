"""Calibrating a rubric: every network that it trains, from the executed reference."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from evidence_builder import Notebook, World, rubric_of, works
from serialized import dense, flatten, sequential

from grader.errors import UserError
from grader.executors import calibrating
from grader.executors.calibrating import calibrate_rubric
from grader.executors.settings import Settings
from grader.training.calibration import read_calibration
from grader.training.recipe import Recipe
from grader.training.result import TrainingResult

SHALLOW = {"input": [128, 128, 3], "layers": ["Flatten()", 'Dense(6, activation="softmax")']}
DEEP = {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(8)", 'Dense(6, activation="softmax")']}
SHALLOW_MODEL = sequential((128, 128, 3), flatten(), dense(6, "softmax"))
DEEP_MODEL = sequential((128, 128, 3), flatten(), dense(8), dense(6, "softmax"))


class Trainers:
    """Stands for the workers: deep networks learn, shallow ones guess."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.budgets: set[tuple[int, int | None]] = set()

    def __enter__(self) -> Trainers:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def submit(self, recipe: Recipe, root: Path) -> Future[TrainingResult]:
        learns = len(recipe.network["config"]["layers"]) > 4
        future: Future[TrainingResult] = Future()
        future.set_result(TrainingResult(accuracy=0.7 if learns else 0.2, epochs=recipe.epochs))
        return future


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.drawn(tmp_path_factory.mktemp("served") / "data")


def calibrated(
    world: World, book: Notebook, folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: Any
) -> Any:
    networks = {"shallow": SHALLOW, "deep": DEEP}
    rubric = rubric_of(*lines, networks=networks, reference="mine.ipynb")
    rubric._path = folder / "mine.yaml"
    (folder / "mine.ipynb").write_text("{}")
    work, _ = works(book, rubric)

    async def executed(*_: object) -> Any:
        return work, {"fruits": SimpleNamespace(facts=world.facts, served=SimpleNamespace(root=world.root))}

    monkeypatch.setattr(calibrating, "work_of", executed)
    monkeypatch.setattr(calibrating, "Trainers", Trainers)
    settings = Settings(rubric, folder)
    told: list[tuple[str, int]] = []
    made, path = calibrate_rubric(settings, 3, 1, lambda network, run, _: told.append((network, run)))
    return made, path, told


def line(network: str, **more: Any) -> dict[str, Any]:
    return {"check": "trains", "network": network, "data": "fruits", "epochs": 4} | more


def test_every_network_that_the_rubric_trains_gets_an_entry(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Notebook(world).code().builds(SHALLOW_MODEL, 1).compiles(model=1).fits(model=1)
    book.code().builds(DEEP_MODEL, 2).compiles(model=2).fits(model=2)
    lines = (line("shallow"), line("deep", samples=20))
    made, path, told = calibrated(world, book, tmp_path, monkeypatch, *lines)
    assert path == tmp_path / "mine.calibration.json"
    entries = {entry.expected: entry for entry in read_calibration(path)}
    assert {name: entry.samples for name, entry in entries.items()} == {"shallow": None, "deep": 20}
    assert told == [(name, run) for name in ("shallow", "deep") for run in (1, 2, 3)]
    assert [each.telling for each in made] == [False, True], "0.2 is hardly more than one of six"


def test_a_reference_without_the_network_is_one_clear_line(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="its network deep cannot be trained: it is never fitted"):
        calibrated(world, Notebook(world).code(), tmp_path, monkeypatch, line("deep"))
