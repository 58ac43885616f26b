"""Calibrating a rubric: its reference is executed like any submission, then trained with many seeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from grader.errors import UserError
from grader.executors.local import Settings, work_of
from grader.grading.recipes import recipe_of
from grader.training.calibration import CalibrationEntry, calibrate, calibration_path, store_entry
from grader.training.recipe import Recipe
from grader.training.result import TrainingResult
from grader.training.workers import Trainers


def calibrate_rubric(
    settings: Settings, runs: int, rank: int, progress: Callable[[int, TrainingResult], None]
) -> tuple[CalibrationEntry, Path]:
    """Train the reference ``runs`` times and store the entry beside the rubric.

    Raises ``UserError`` when the rubric has no reference, no ``trains`` check, or a reference that does not
    train.
    """
    rubric = settings.rubric
    line = next((line for line in rubric.checks if line.check == "trains"), None)
    if line is None:
        raise UserError(f"{rubric.id}: no check trains a network, there is nothing to calibrate")
    if rubric.path is None or rubric.reference_path is None or not rubric.reference_path.is_file():
        raise UserError(
            f"{rubric.id}: there is no reference notebook ({rubric.reference_path}); name it in reference:"
        )
    work, data = asyncio.run(work_of(rubric.reference_path, settings))
    served = data[line.arguments["data"]]
    recipe = recipe_of(work, line.arguments["network"], served.facts, line.arguments["epochs"])
    if not isinstance(recipe, Recipe):
        raise UserError(
            f"{rubric.reference_path}: its network cannot be trained: {recipe or 'it is never fitted'}"
        )
    with Trainers(settings.jobs, settings.cache / "trainings") as trainers:
        entry = calibrate(recipe, served.served.root, runs, trainers.submit, rank=rank, progress=progress)
    path = calibration_path(rubric.path)
    store_entry(path, entry)
    return entry, path
