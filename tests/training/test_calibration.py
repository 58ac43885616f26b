"""Thresholds and judgements, with trainings whose results are given."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from configurations import recipe_of, small
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UserError
from grader.training.calibration import (
    CalibrationEntry,
    calibrate,
    calibration_path,
    find_entry,
    fits,
    judge,
    read_calibration,
    store_entry,
)
from grader.training.recipe import DataRef, Preprocessing, Recipe, network_digest
from grader.training.result import TrainingResult
from grader.training.workers import Trainers

ROOT = Path("data")


class Given:
    """Answers each seed with the next of the given results, the same seed always with the same."""

    def __init__(self, *results: float | TrainingResult) -> None:
        self.results = list(results)
        self.seen: dict[tuple[str, int], TrainingResult] = {}

    def __call__(self, recipe: Recipe, root: Path) -> Future[TrainingResult]:
        asked = (network_digest(recipe), recipe.seed)
        if asked not in self.seen:
            following = self.results.pop(0)
            if not isinstance(following, TrainingResult):
                following = TrainingResult(accuracy=following, curve=(following,), epochs=4)
            self.seen[asked] = following
        future: Future[TrainingResult] = Future()
        future.set_result(self.seen[asked])
        return future


def entry_of(*accuracies: float, rank: int = 1) -> CalibrationEntry:
    return calibrate(recipe_of(), ROOT, len(accuracies), Given(*accuracies), rank=rank)


student = recipe_of(small(filters=5))


def test_the_threshold_is_the_smallest_result_of_the_reference() -> None:
    entry = entry_of(0.6, 0.5, 0.7, 0.55)
    assert entry.threshold == 0.5
    assert entry.risk == 1 / 5
    assert entry.accuracies == (0.6, 0.5, 0.7, 0.55)
    assert entry.curve == (0.6,), "of the median run"
    assert entry_of(0.6, 0.5, 0.7, 0.55, rank=2).threshold == 0.55


def test_nineteen_runs_make_five_per_cent() -> None:
    assert entry_of(*[0.5] * 19).risk == pytest.approx(0.05)


@given(st.lists(st.integers(0, 30), min_size=20, max_size=20))
def test_of_twenty_equal_networks_at_most_one_is_below_the_smallest_of_the_other_nineteen(
    scores: list[int],
) -> None:
    below = sum(score < min(scores[:i] + scores[i + 1 :]) for i, score in enumerate(scores))
    assert below <= 1


def test_an_equally_good_network_rarely_loses() -> None:
    rng = np.random.default_rng(0)
    lost = 0
    for _ in range(150):
        drawn = rng.binomial(30, 0.6, size=22) / 30
        lost += not judge(student, ROOT, entry_of(*drawn[:19]), Given(*drawn[19:])).passed
    assert lost <= 2


def test_a_free_design_owes_a_share_of_the_threshold() -> None:
    entry = entry_of(0.5, 0.6)
    judgement = judge(student, ROOT, entry, Given(0.41), share=0.8)
    assert judgement.passed
    assert judgement.threshold == pytest.approx(0.4)
    assert judge(student, ROOT, entry, Given(0.3, 0.35, 0.39), share=0.8).passed is False


def test_a_good_network_is_trained_once() -> None:
    judgement = judge(student, ROOT, entry_of(0.5, 0.6), Given(0.55))
    assert judgement.passed
    assert len(judgement.tries) == 1
    assert judgement.threshold == 0.5


def test_one_below_the_threshold_gets_fresh_seeds_before_it_loses() -> None:
    unlucky = Given(0.4, 0.45, 0.5)
    judgement = judge(student, ROOT, entry_of(0.5, 0.6), unlucky)
    assert judgement.passed
    assert len(judgement.tries) == 3
    assert len(unlucky.seen) == 3, "each with a seed of its own"
    assert judgement.best.accuracy == judgement.accuracy == 0.5
    worse = judge(student, ROOT, entry_of(0.5, 0.6), Given(0.4, 0.45, 0.3))
    assert worse.passed is False
    assert worse.accuracy == 0.45


def test_judging_again_draws_the_same_seeds() -> None:
    runs = Given(0.4, 0.45, 0.3)
    first = judge(student, ROOT, entry_of(0.5, 0.6), runs)
    assert judge(student, ROOT, entry_of(0.5, 0.6), runs) == first


def test_the_reference_s_own_recipe_passes_by_construction() -> None:
    runs = Given(0.5, 0.6, 0.7)
    entry = calibrate(recipe_of(), ROOT, 3, runs)
    assert judge(recipe_of(small(name="renamed")), ROOT, entry, runs).passed


@pytest.mark.parametrize(
    ("fault", "passed"), [("own", False), ("unsupported", None), ("budget", None), ("infrastructure", None)]
)
def test_only_a_fault_of_the_student_s_own_loses(fault: str, passed: bool | None) -> None:
    broken = TrainingResult.model_validate({"problem": "it did not train: shapes", "fault": fault})
    judgement = judge(student, ROOT, entry_of(0.5), Given(broken))
    assert judgement.passed is passed
    assert judgement.problem == "it did not train: shapes"
    stopped_later = judge(student, ROOT, entry_of(0.5), Given(0.3, broken))
    assert stopped_later.passed is passed


def test_a_reference_that_does_not_train_is_one_clear_line() -> None:
    broken = TrainingResult(problem="it did not train: shapes", fault="own")
    with pytest.raises(UserError, match="the reference does not train on shapes: it did not train: shapes"):
        calibrate(recipe_of(), ROOT, 2, Given(0.5, broken))
    with pytest.raises(UserError, match="--rank 3"):
        calibrate(recipe_of(), ROOT, 2, Given(0.5, 0.5), rank=3)


def test_a_calibration_says_when_it_no_longer_fits() -> None:
    entry = entry_of(0.5)
    assert fits(entry, recipe_of()) == ()
    (other_data,) = fits(entry, recipe_of(data=DataRef(name="shapes", digest="new")))
    assert "other data than shapes" in other_data
    (other_budget,) = fits(entry, recipe_of(epochs=9))
    assert "4 epochs" in other_budget and "9" in other_budget
    (other_keras,) = fits(entry.model_copy(update={"keras": "2.15.0"}), recipe_of())
    assert "keras 2.15.0" in other_keras
    assert judge(student, ROOT, entry.model_copy(update={"epochs": 3}), Given(0.6)).remarks


def test_each_data_set_has_an_entry_of_its_own_beside_the_rubric(tmp_path: Path) -> None:
    path = calibration_path(tmp_path / "worksheet5.yaml")
    assert path.name == "worksheet5.calibration.json"
    assert read_calibration(path) == ()
    drawn, other = entry_of(0.5, 0.6), entry_of(0.7).model_copy(update={"data_digest": "d2"})
    for entry in (drawn.model_copy(update={"epochs": 99}), other, drawn):
        store_entry(path, entry)
    assert set(read_calibration(path)) == {drawn, other}
    assert find_entry(read_calibration(path), recipe_of()) == drawn
    assert find_entry(read_calibration(path), recipe_of(data=DataRef(name="x", digest="d3"))) is None
    assert [child.name for child in tmp_path.iterdir()] == [path.name]


def test_each_network_of_a_rubric_has_an_entry_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.calibration.json"
    dense, cnn = (entry_of(0.3).model_copy(update={"expected": name}) for name in ("dense", "cnn"))
    for entry in (dense, cnn, dense):
        store_entry(path, entry)
    entries = read_calibration(path)
    assert len(entries) == 2
    assert find_entry(entries, recipe_of(), "dense") == dense
    assert find_entry(entries, recipe_of(), "cnn") == cnn
    assert find_entry(entries, recipe_of(), "other") is None
    assert find_entry([entry_of(0.3)], recipe_of(), "any") is not None, "made before networks had names"


def test_a_calibration_with_another_number_of_images_says_so() -> None:
    entry = calibrate(recipe_of(samples=20), ROOT, 1, Given(0.5))
    assert entry.samples == 20
    assert fits(entry, recipe_of(samples=20)) == ()
    (remark,) = fits(entry, recipe_of())
    assert "with 20 images, the budget is all" in remark


def test_a_damaged_calibration_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "worksheet5.calibration.json"
    path.write_text("[{}]")
    with pytest.raises(
        UserError, match=r"worksheet5.calibration.json: not a calibration .* run `grade calibrate`"
    ):
        read_calibration(path)


def test_a_real_calibration(trainers: Trainers, shapes: Path) -> None:
    entry = calibrate(recipe_of(epochs=8), shapes, 3, trainers.submit)
    assert entry.threshold > 1 / 3
    assert judge(recipe_of(small(name="x"), epochs=8), shapes, entry, trainers.submit).passed
    dim = recipe_of(epochs=8, preprocessing=Preprocessing(scale=(1 / 255 / 255,)))
    assert judge(dim, shapes, entry, trainers.submit).passed is not None
