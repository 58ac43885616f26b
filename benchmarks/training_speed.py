"""The trusted trainer against a training loop written by hand, on the references' networks.

Usage: python -m benchmarks.training_speed [WORKSHEET ...] [--rounds 5] [--json FILE]

Both have one thread and the whole of what a recipe says: building, compiling, each epoch's steps, and the
accuracy on the test images after each. They take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from grader.executors.calibrating import work_of
from grader.executors.settings import Settings
from grader.executors.trainings import budget_of
from grader.grading.recipes import recipe_of
from grader.rubric.load import load_rubric
from grader.training.recipe import Recipe


def recipe_and_data(worksheet: str, cache: Path) -> tuple[Recipe, Path]:
    """What the reference solution trains, and where its data lies."""
    rubric = load_rubric(worksheet)
    assert rubric.reference_path is not None
    work, data = asyncio.run(work_of(rubric.reference_path, Settings(rubric, cache)))
    line = next(line for line in rubric.checks if line.check == "trains")
    chosen = data[line.arguments["data"]]
    recipe = recipe_of(work, line.arguments["network"], chosen.facts, budget_of(line))
    assert isinstance(recipe, Recipe), recipe
    return recipe, chosen.served.root


def by_hand(recipe: Recipe, root: Path) -> float:
    """As a person would write it who knows this network and nothing else; the best accuracy."""
    import keras
    import numpy as np
    import tensorflow as tf

    from grader.training.arrays import training_data

    train, test, classes = training_data(root, recipe.image_size, recipe.channels, recipe.samples)
    scale, offset = (np.float32(each) for each in (recipe.preprocessing.scale, recipe.preprocessing.offset))
    (x, y), (test_x, test_y) = ((pixels * scale + offset, labels) for pixels, labels in (train, test))
    one_hot = recipe.labels == "one_hot"
    images, labels = tf.constant(x), tf.constant(np.eye(classes, dtype=np.float32)[y] if one_hot else y)
    model: Any = keras.saving.deserialize_keras_object(json.loads(json.dumps(recipe.network)))
    optimizer = keras.optimizers.deserialize(
        {"class_name": recipe.optimizer.name, "config": dict(recipe.optimizer.config)}
    )
    loss_of = keras.losses.deserialize({"class_name": recipe.loss.name, "config": dict(recipe.loss.config)})
    optimizer.build(model.trainable_variables)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
    def step(rows: Any) -> Any:
        with tf.GradientTape() as tape:
            scores = model(tf.gather(images, rows), training=True)
            loss = loss_of(tf.gather(labels, rows), scores)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    @tf.function(reduce_retracing=True)
    def scores_of(batch: Any) -> Any:
        return model(batch, training=False)

    best, order = 0.0, np.random.default_rng(recipe.seed)
    for _ in range(recipe.epochs):
        rows = order.permutation(len(x)).astype(np.int32)
        for start in range(0, len(rows), recipe.batch_size):
            step(tf.constant(rows[start : start + recipe.batch_size]))
        found = [
            np.argmax(scores_of(test_x[start : start + 64]), axis=-1) for start in range(0, len(test_x), 64)
        ]
        best = max(best, float(np.mean(np.concatenate(found) == test_y)))
    return best


def compared(worksheet: str, rounds: int, cache: Path) -> dict[str, float]:
    """Images a second of both, medians."""
    import keras

    from grader.training.arrays import training_data
    from grader.training.trainer import train

    recipe, root = recipe_and_data(worksheet, cache)
    images = recipe.epochs * len(
        training_data(root, recipe.image_size, recipe.channels, recipe.samples)[0][0]
    )
    seconds: dict[str, list[float]] = {"trainer": [], "hand": []}
    for _ in range(rounds + 1):
        for name, run in (
            ("trainer", lambda: train(recipe, root).accuracy),
            ("hand", lambda: by_hand(recipe, root)),
        ):
            began = time.perf_counter()
            assert run() is not None
            seconds[name].append(time.perf_counter() - began)
            keras.backend.clear_session()
    # The first of each finds files and memory cold.
    speed = {name: images / statistics.median(each[1:]) for name, each in seconds.items()}
    ratios = [hand / mine for mine, hand in zip(seconds["trainer"][1:], seconds["hand"][1:], strict=True)]
    return {**speed, "ratio": statistics.median(ratios), "images": images}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worksheets", nargs="*", default=["worksheet5", "cnn-assignment"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ["GRADER_DATA"] = "/nonexistent"
    figures = {}
    with tempfile.TemporaryDirectory() as cache:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        import grader.training.trainer  # noqa: F401

        # As the workers do, so that the trainer's look for garbage passes over the libraries.
        gc.freeze()
        for worksheet in options.worksheets:
            each = figures[worksheet] = compared(worksheet, options.rounds, Path(cache))
            print(
                f"{worksheet:20} trainer {each['trainer']:5.0f} images/s, by hand {each['hand']:5.0f}, "
                f"ratio {each['ratio']:.2f}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
