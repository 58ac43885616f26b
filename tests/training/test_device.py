"""Specification of where networks are trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from configurations import recipe_of

from grader.cli.main import main
from grader.training import device, workers
from grader.training.device import device_for, trainings_at_a_time, why_no_gpu
from grader.training.result import TrainingResult
from grader.training.workers import Trainers


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """One with a GPU that TensorFlow, as it is installed here, cannot use."""
    node = tmp_path / "nvidia0"
    node.touch()
    monkeypatch.setattr(device, "_NODES", (str(node),))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    return tmp_path


def with_free_memory(machine: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    program = machine / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(machine), prepend=":")


def test_without_a_gpu_all_is_trained_on_the_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_NODES", ("/dev/no-such-thing",))
    assert why_no_gpu() == "this machine has none"
    assert device_for("auto") == "cpu"
    assert trainings_at_a_time("cpu", 7) == 7


def test_a_gpu_that_tensorflow_cannot_use_is_none(machine: Path) -> None:
    assert "pip install 'tensorflow[and-cuda]'" in why_no_gpu()
    assert device_for("auto") == "cpu"


def test_who_asks_for_a_gpu_in_vain_is_told_why(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["submissions", "--rubric", "worksheet5", "--device", "gpu", "--cache", str(machine)])
    told = capsys.readouterr().err
    assert code == 2
    assert told.startswith("grade: error: --device gpu: TensorFlow finds none") and "--device cpu" in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("answer", "at_a_time"),
    [
        ("echo 81000; echo 200", 16),
        ("echo 16000", 3),
        ("echo 2000", 1),
        ("echo 'No devices were found'; exit 6", 1),
        ("echo '[N/A]'", 1),
    ],
)
def test_on_a_gpu_as_many_are_trained_as_its_memory_holds(
    answer: str, at_a_time: int, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free_memory(machine, monkeypatch, answer)
    assert trainings_at_a_time("gpu", 16) == at_a_time


def test_no_more_workers_are_at_work_than_share_the_gpu(
    machine: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_free_memory(machine, monkeypatch, "echo 9000")
    at_work: list[tuple[object, str]] = []

    def train(worker: workers._Worker, *_: object) -> TrainingResult:
        at_work.append((worker, worker.device))
        return TrainingResult(accuracy=0.5)

    monkeypatch.setattr(workers._Worker, "train", train)
    with Trainers(6, device="gpu") as six:
        waiting = [six.submit(recipe_of(epochs=epochs), tmp_path) for epochs in range(1, 30)]
        assert all(each.result().accuracy == 0.5 for each in waiting)
    assert len(at_work) == 29 and {device for _, device in at_work} == {"gpu"}
    assert len({id(worker) for worker, _ in at_work}) <= 2


def test_what_a_gpu_computes_only_with_chance_is_trained_on_the_processor(
    shapes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tensorflow as tf

    from grader.training import trainer

    whole, given = trainer._step, []

    def on_a_gpu(*args: object) -> object:
        given.append(tf.zeros(1).device)
        return refused if len(given) == 1 else whole(*args)

    def refused(rows: object) -> object:
        said = "A deterministic GPU implementation of DepthwiseConvBackpropFilter is not currently available."
        raise tf.errors.UnimplementedError(None, None, said)

    monkeypatch.setattr(trainer, "_step", on_a_gpu)
    result = trainer.train(recipe_of(epochs=2), shapes)
    assert result.problem is None and result.epochs == 2
    assert given[1].endswith("CPU:0")
