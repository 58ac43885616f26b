"""Real trainings of tiny networks, in a worker process."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
import pytest
from configurations import (
    chained,
    conv,
    dense,
    flatten,
    front,
    functional,
    layer,
    node,
    recipe_of,
    sequential,
    small,
)

from grader.evidence.events import Component
from grader.training import workers
from grader.training.recipe import Preprocessing, Recipe, key, network_digest, seeded
from grader.training.result import TrainingResult
from grader.training.workers import Trainers

CROSSENTROPY = (Component(name="categorical_crossentropy"),)


def test_a_network_that_fits_learns(trainers: Trainers, shapes: Path) -> None:
    result = trainers.submit(recipe_of(epochs=12), shapes).result()
    assert result.problem is None
    assert result.accuracy is not None and result.accuracy >= 0.8
    assert len(result.curve) == len(result.losses) == result.epochs == 12
    assert result.losses[-1] < result.losses[0]
    assert result.parameters == 3 * 3 * 3 * 4 + 4 + 7 * 7 * 4 * 3 + 3


def test_fresh_seeds_give_another_training(trainers: Trainers, shapes: Path) -> None:
    first, second = (trainers.submit(seeded(recipe_of(epochs=1), n), shapes).result() for n in (0, 1))
    assert first.losses != second.losses


@pytest.mark.parametrize(
    "recipe",
    [
        recipe_of(labels="one_hot", losses=CROSSENTROPY, epochs=1),
        recipe_of(sequential(front(), conv(), flatten(), dense(10, "softmax")), epochs=1),
        recipe_of(
            sequential(front(), conv(), flatten(), dense(10, "softmax")),
            labels="one_hot",
            label_width=10,
            losses=CROSSENTROPY,
            epochs=1,
        ),
        recipe_of(
            sequential(front(), flatten(), dense(1, "sigmoid")),
            losses=(Component(name="binary_crossentropy"),),
            epochs=1,
        ),
        recipe_of(
            functional(
                [
                    front("i"),
                    conv(name="a"),
                    conv(name="b"),
                    layer("Add", "c"),
                    flatten("d"),
                    dense(3, name="e"),
                ],
                [[], [node("i")], [node("i")], [node("a", "b", merged=True)], [node("c")], [node("d")]],
            ),
            losses=(Component(name="SparseCategoricalCrossentropy", config={"from_logits": True}),),
            epochs=1,
        ),
        recipe_of(
            sequential(
                front(),
                layer("RandomFlip", mode="horizontal"),
                conv(
                    kernel_regularizer={
                        "module": "keras.regularizers",
                        "class_name": "L2",
                        "config": {"l2": 0.01},
                    }
                ),
                layer("BatchNormalization"),
                layer("Dropout", rate=0.5),
                layer("GlobalAveragePooling2D"),
                dense(3, "softmax"),
            ),
            optimizer=Component(
                name="SGD",
                config={
                    "momentum": 0.9,
                    "learning_rate": {
                        "module": "keras.optimizers.schedules",
                        "class_name": "ExponentialDecay",
                        "config": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
                    },
                },
            ),
            epochs=1,
        ),
    ],
    ids=[
        "one-hot",
        "ten units",
        "one-hot of ten",
        "one unit",
        "branches and logits",
        "augmented and regularised",
    ],
)
def test_networks_of_many_kinds_train(recipe: Recipe, trainers: Trainers, shapes: Path) -> None:
    result = trainers.submit(recipe, shapes).result()
    assert result.problem is None
    assert result.accuracy is not None


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (recipe_of(labels="one_hot"), "rank"),
        (recipe_of(losses=CROSSENTROPY), "rank"),
        (recipe_of(sequential(front(), flatten(), dense(2)), losses=CROSSENTROPY, labels="one_hot"), "shape"),
        (recipe_of(sequential(front(), conv(), dense(3))), "30 × 30 × 3 for each image"),
        (recipe_of(chained(front("i", (28, 28, 1)), flatten("f"), dense(3))), "28 × 28 × 1"),
        (recipe_of(labels="one_hot", label_width=2, losses=CROSSENTROPY), "2 places for 3 classes"),
    ],
)
def test_what_cannot_train_says_why(recipe: Recipe, message: str, trainers: Trainers, shapes: Path) -> None:
    result = trainers.submit(recipe, shapes).result()
    assert result.accuracy is None
    assert result.fault == "own"
    assert message in (result.problem or "")
    assert "\n" not in (result.problem or "")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (sequential(front(), flatten(), dense(10**9)), "parameters"),
        (sequential(front(), conv(1_000_000)), "numbers for one batch"),
        (sequential(front(), layer("UpSampling2D", size=[5_000, 5_000])), "numbers for one batch"),
        (sequential(front(), layer("Normalization"), flatten(), dense(3)), "Normalization"),
        (sequential(front(), dense(3, no_such_argument=1)), "no_such_argument"),
    ],
)
def test_what_is_too_large_or_unknown_is_refused_before_it_is_built(
    config: dict[str, Any], message: str, trainers: Trainers, shapes: Path
) -> None:
    result = trainers.submit(recipe_of(config), shapes).result()
    assert result.fault == "unsupported"
    assert message in (result.problem or "")
    assert result.seconds < 10


def test_a_configuration_that_was_not_read_by_recipe_is_checked_all_the_same(
    trainers: Trainers, shapes: Path
) -> None:
    smuggled = recipe_of().model_copy(update={"network": sequential(front(), layer("system", module="os"))})
    assert trainers.submit(smuggled, shapes).result().fault == "unsupported"


def test_a_loss_that_is_no_number_ends_the_training(trainers: Trainers, shapes: Path) -> None:
    wild = Component(name="SGD", config={"learning_rate": 1e30})
    result = trainers.submit(
        recipe_of(optimizer=wild, epochs=20, preprocessing=Preprocessing()), shapes
    ).result()
    assert result.epochs < 20
    assert result.fault == "own"
    assert "no longer a number" in (result.problem or "")


def test_equal_recipes_are_trained_once(trainers: Trainers, shapes: Path) -> None:
    first = trainers.submit(recipe_of(epochs=2), shapes)
    assert trainers.submit(recipe_of(small(name="other"), epochs=2), shapes) is first


def test_asyncio_can_wait_for_it(trainers: Trainers, shapes: Path) -> None:
    result = asyncio.run(trainers.train(recipe_of(epochs=2), shapes))
    assert result.accuracy is not None


def test_missing_data_is_not_the_student_s_fault(trainers: Trainers, tmp_path: Path) -> None:
    result = trainers.submit(recipe_of(epochs=3), tmp_path).result()
    assert result.fault == "infrastructure"


@pytest.mark.slow
def test_a_training_that_takes_too_long_is_stopped_and_the_next_one_gives_what_it_gives_elsewhere(
    trainers: Trainers, shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = recipe_of(sequential(front(), conv(32), conv(32), flatten(), dense(3)), epochs=10_000)
    expected = trainers.submit(recipe_of(epochs=2), shapes).result().model_copy(update={"seconds": 0})
    monkeypatch.setattr(workers, "RENEWED_AFTER", 1)
    with Trainers(1, tmp_path / "memo", time_limit=15) as others:
        late = others.submit(endless, shapes)
        same = others.submit(recipe_of(chained(*small()["config"]["layers"]), epochs=2), shapes)
        assert late.result().fault == "budget"
        assert same.result().model_copy(update={"seconds": 0}) == expected
        assert others.submit(recipe_of(epochs=1), shapes).result().problem is None, "by a renewed worker"
        assert others.submit(endless, shapes) is not late, "tried again when asked again"
    assert len(list((tmp_path / "memo").rglob("*.json"))) == 2, "what ran out of time is not kept"


def test_a_training_whose_process_was_killed_is_begun_once_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lost = TrainingResult(problem="the process that trained it ended", fault="infrastructure")
    ends = [lost, TrainingResult(accuracy=0.5), lost, lost]
    monkeypatch.setattr(workers._Worker, "train", lambda *_: ends.pop(0))
    with Trainers(1) as one:
        assert one.submit(recipe_of(epochs=1), tmp_path).result().accuracy == 0.5
        assert one.submit(recipe_of(epochs=2), tmp_path).result() == lost, "told as ours"
    assert not ends


GRADER = """
from grader.training.workers import Trainers
import time
workers = Trainers(1)
workers._all[0].start()
time.sleep(60)
"""


def test_workers_end_with_a_grader_that_was_killed() -> None:
    grader = subprocess.Popen([sys.executable, "-c", GRADER])
    started: list[psutil.Process] = []
    while not any("multiprocessing.spawn" in " ".join(process.cmdline()) for process in started):
        started = psutil.Process(grader.pid).children()
    grader.kill()
    grader.wait()
    _, alive = psutil.wait_procs(started, timeout=20)
    for process in alive:
        process.kill()
    assert alive == []


def test_workers_see_no_secrets_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from grader.training.workers import _prepare

    monkeypatch.setenv("HTTPS_PROXY", "http://secret")
    monkeypatch.setenv("API_TOKEN", "secret")
    with ProcessPoolExecutor(
        1, get_context("spawn"), initializer=_prepare, initargs=(1, tmp_path, "cpu")
    ) as pool:
        assert pool.submit(_environment).result().isdisjoint({"HTTPS_PROXY", "API_TOKEN"})
        assert pool.submit(tempfile.mkdtemp).result().startswith(str(tmp_path)), "what it leaves goes with it"


def _environment() -> set[str]:
    import os

    return set(os.environ)


def test_training_ends_once_it_has_reached_what_is_asked(trainers: Trainers, shapes: Path) -> None:
    whole = trainers.submit(recipe_of(epochs=12), shapes).result()
    assert whole.accuracy is not None
    asked = whole.accuracy / 2
    proved = trainers.submit(recipe_of(epochs=12).model_copy(update={"until": asked}), shapes).result()
    assert proved.accuracy is not None and proved.accuracy >= asked
    assert proved.epochs < whole.epochs, "the rest of the budget is not spent"
    assert proved.curve == whole.curve[: proved.epochs], "the same training, cut short"


def test_what_is_asked_changes_neither_the_seed_nor_whose_network_it_is() -> None:
    plain, proving = recipe_of(), recipe_of().model_copy(update={"until": 0.5})
    assert seeded(plain, 1).seed == seeded(proving, 1).seed
    assert network_digest(plain) == network_digest(proving)
    assert key(plain) != key(proving), "a training cut short is kept apart"
