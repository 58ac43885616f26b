"""Whether the drawn stand-in for CIFAR-10 ranks networks as the photographs do.

Trains five networks with several seeds on the same images and compares mean test accuracies: a linear model,
ai341-assignment2's dense network, lab2-cnn's model from scratch and its deeper one, and a sound design of
cnn-assignment. Published test accuracies on the real set (whole set, 10 to 15 epochs) are 64.9 % for the one
from scratch, 72.3 % for the deeper one and 70.1 % for the design.

Usage: python benchmarks/standin_ranking.py [--short] [--seeds N] [--samples N] [--epochs N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

CLOSE = 0.1
"""Largest difference of two mean accuracies that are about equal. The published ones differ by 0.02; under a
short budget the design, which drops out more and takes half as many steps, is further behind."""


@dataclass(frozen=True)
class Candidate:
    """A network and how it is trained."""

    layers: Callable[[Any], list[Any]]
    optimizer: str
    batch_size: int


def linear(layers: Any) -> list[Any]:
    return [layers.Flatten(), layers.Dense(10, activation="softmax")]


def dense(layers: Any) -> list[Any]:
    hidden = [layers.Dense(units, activation="relu") for units in (2048, 1024, 512, 256)]
    return [layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")]


def scratch(layers: Any) -> list[Any]:
    return [*_block(layers, 32), *_head(layers)]


def deeper(layers: Any) -> list[Any]:
    return [*_block(layers, 32), *_block(layers, 64), *_head(layers)]


def design(layers: Any) -> list[Any]:
    blocks = [
        layer
        for filters in (32, 64)
        for layer in (
            layers.Conv2D(filters, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
        )
    ]
    head = [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.5)]
    return [*blocks, *head, layers.Dense(10, activation="softmax")]


def _block(layers: Any, filters: int) -> list[Any]:
    return [
        layers.Conv2D(filters, 3, padding="same"),
        layers.LeakyReLU(negative_slope=0.1),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
    ]


def _head(layers: Any) -> list[Any]:
    return [
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.25),
        layers.Dense(10, activation="softmax"),
    ]


CANDIDATES = {
    "linear": Candidate(linear, "SGD", 32),
    "dense": Candidate(dense, "SGD", 32),
    "from scratch": Candidate(scratch, "Adam", 32),
    "design": Candidate(design, "Adam", 64),
    "deeper": Candidate(deeper, "Adam", 32),
}
"""From the worst to the best; the last two are about equal."""


def measure(candidate: Candidate, root: Path, options: argparse.Namespace, submit: Any) -> list[Any]:
    """The futures of a candidate's trainings, one a seed."""
    import keras

    from grader.evidence.events import Component
    from grader.training.recipe import DataRef, Preprocessing, recipe, seeded

    model = keras.Sequential([keras.Input((32, 32, 3)), *candidate.layers(keras.layers)])
    made = recipe(
        keras.saving.serialize_keras_object(model),
        Component(name=candidate.optimizer),
        (Component(name="sparse_categorical_crossentropy"),),
        image_size=(32, 32),
        data=DataRef(name="cifar10", digest=root.name),
        samples=options.samples,
        epochs=options.epochs,
        batch_size=candidate.batch_size,
        preprocessing=Preprocessing(scale=(1 / 255,)),
    )
    return [submit(seeded(made, seed), root) for seed in range(options.seeds)]


def machine() -> dict[str, Any]:
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("tensorflow", "keras", "numpy", "pillow")},
    }


def judged(means: dict[str, float], errors: dict[str, float]) -> dict[str, bool]:
    """Each claim about the order and whether it holds by more than two standard errors."""

    def above(better: str, worse: str) -> bool:
        return means[better] - means[worse] > 2 * (errors[better] ** 2 + errors[worse] ** 2) ** 0.5

    names = list(CANDIDATES)
    claims = {f"{better} above {worse}": above(better, worse) for worse, better in pairwise(names[:4])}
    claims["deeper above from scratch"] = above("deeper", "from scratch")
    claims["deeper about equal to design"] = abs(means["deeper"] - means["design"]) <= CLOSE
    return claims


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="8,000 images, 6 epochs, 2 seeds")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--jobs", type=int, help="trainings at a time; else one a core")
    parser.add_argument("--cache", type=Path, help="where the images are kept; else drawn anew")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.short:
        options.samples, options.epochs, options.seeds = 8_000, 6, 2

    from grader.datasets.arrays import serve_array
    from grader.training.workers import Trainers

    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    with tempfile.TemporaryDirectory() as scratch_folder:
        began = time.perf_counter()
        root = serve_array("cifar10", "full", options.cache or Path(scratch_folder))
        print(f"images ready after {time.perf_counter() - began:.1f} s")
        print(f"{options.samples:,} images, {options.epochs} epochs, {options.seeds} seeds")
        figures: dict[str, Any] = {}
        with Trainers(options.jobs, time_limit=1800) as trainers:
            asked = {
                name: measure(candidate, root, options, trainers.submit)
                for name, candidate in CANDIDATES.items()
            }
            for name, futures in asked.items():
                results = [future.result() for future in futures]
                accuracies = [result.accuracy for result in results]
                if None in accuracies:
                    raise SystemExit(
                        f"{name}: {next(result.problem for result in results if result.problem)}"
                    )
                mean = statistics.fmean(accuracies)
                spread = statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0
                seconds = statistics.fmean(result.seconds for result in results)
                figures[name] = {"accuracies": accuracies, "mean": mean, "sd": spread, "seconds": seconds}
                print(f"{name:13s} {mean:.3f} ± {spread:.3f}  {seconds:6.1f} s a training", flush=True)
    means = {name: each["mean"] for name, each in figures.items()}
    errors = {name: each["sd"] / len(each["accuracies"]) ** 0.5 for name, each in figures.items()}
    claims = judged(means, errors)
    for claim, holds in claims.items():
        print(f"{'holds' if holds else 'FAILS':6s} {claim}")
    if options.json:
        budget = {name: getattr(options, name) for name in ("samples", "epochs", "seeds")}
        told = {"machine": facts, "budget": budget, "networks": figures, "claims": claims}
        options.json.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
