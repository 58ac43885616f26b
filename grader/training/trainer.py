"""The trusted trainer: rebuilds a network from its recipe and trains it. Runs in a worker process; imports
TensorFlow.

A step compiled by hand rather than ``fit``: on one core, worksheet5's network (2,116,454 parameters, 90
images of 128×128) takes 0.25 s an epoch against 0.31 s, and 0.4 s against 1.1 s for the first.
``jit_compile`` makes it 2.5 times slower there.
"""

from __future__ import annotations

import copy
import gc
import math
import re
import time
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from grader.training.arrays import training_data
from grader.training.configuration import CannotTrain, check_bounds, check_classes
from grader.training.images import NoImagesError
from grader.training.recipe import Recipe
from grader.training.result import TrainingResult

MAX_PARAMETERS = 50_000_000
MAX_ACTIVATIONS = 150_000_000
"""Numbers that all layers together may hold for one batch: 600 MB as float32, twice that with gradients."""

PREDICT_NUMBERS = 2**20
"""Numbers of the images that are classified at a time."""


def train(recipe: Recipe, root: Path) -> TrainingResult:
    """Train a recipe on the images at ``root`` (see :func:`grader.training.arrays.training_data`) and measure
    it.

    Weights, dropout and the order of the images follow from the recipe's seed. The accuracy is the share of
    the test split's images whose largest score is their class (a single unit: whether it is above its
    threshold), the best after any epoch, whatever metrics the student asked for. Training ends once it
    reaches ``until``. Never raises: whatever goes wrong is told in the result.
    """
    started = time.perf_counter()
    try:
        return _train_where_it_can(recipe, root, started)
    except CannotTrain as refusal:
        problem = f"it cannot be trained here: {refusal.reason}"
        if refusal.fault == "own":
            problem = f"it did not train: {refusal.reason}"
        return TrainingResult(problem=problem, fault=refusal.fault, seconds=time.perf_counter() - started)
    except NoImagesError as missing:
        return TrainingResult(
            problem=str(missing), fault="infrastructure", seconds=time.perf_counter() - started
        )
    except (MemoryError, tf.errors.ResourceExhaustedError):
        return TrainingResult(problem="it needs more memory than there is", fault="budget")
    finally:
        # Models and compiled steps hold each other in cycles: without collecting them a worker grows by
        # hundreds of megabytes from training to training.
        keras.backend.clear_session()
        gc.collect()


def _train_where_it_can(recipe: Recipe, root: Path, started: float) -> TrainingResult:
    """On the processor what a GPU computes only with chance.

    TensorFlow refuses it where results are to be deterministic (RFC "Enhancing determinism in TF",
    tensorflow/community#346).
    """
    try:
        return _train(recipe, root, started)
    except tf.errors.UnimplementedError:
        with tf.device("/CPU:0"):
            return _train(recipe, root, started)


def _train(recipe: Recipe, root: Path, started: float) -> TrainingResult:
    (pixels, labels), (test_pixels, test_labels), classes = training_data(
        root, recipe.image_size, recipe.channels, recipe.samples
    )
    model = build(recipe)
    step = _step(recipe, model, pixels, _targets(recipe, labels, classes), labels)

    measure = _measure(recipe, model, test_pixels, test_labels)
    best = 0.0
    order = np.random.default_rng(recipe.seed)
    curve: list[float] = []
    losses: list[float] = []
    problem = None
    for epoch in range(recipe.epochs):
        rows = order.permutation(len(pixels)).astype(np.int32)
        batches = [rows[i : i + recipe.batch_size] for i in range(0, len(rows), recipe.batch_size)]
        try:
            figures = [step(tf.constant(batch)) for batch in batches]
        except (ValueError, TypeError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
            if "eterministic GPU implementation" in str(error):
                raise
            raise CannotTrain(_first_line(error), "own") from error
        losses.append(float(np.mean([float(loss) for loss, _ in figures])))
        curve.append(sum(int(right) for _, right in figures) / len(rows))
        if not math.isfinite(losses[-1]):
            problem = f"its loss is no longer a number after epoch {epoch + 1}"
        best = max(best, measure())
        if problem or (recipe.until is not None and best >= recipe.until):
            break
    return TrainingResult(
        accuracy=best,
        curve=tuple(curve),
        losses=tuple(loss for loss in losses if math.isfinite(loss)),
        seconds=time.perf_counter() - started,
        epochs=len(curve),
        parameters=model.count_params(),
        problem=problem,
        fault=problem and "own",
    )


def build(recipe: Recipe) -> Any:
    """The recipe's network, with fresh weights from its seed, compiled.

    The configuration is checked again, and the network is first laid out without memory for its weights, so
    that one that is too large is refused before anything is allocated.

    Raises:
        CannotTrain: not built in, more than 50 million parameters, activations beyond 150 million numbers a
            batch, or whatever Keras says about it.
    """
    check_bounds(recipe.network)
    check_classes(recipe.network)
    try:
        with keras.StatelessScope(initialize_variables=False):
            _check_size(_rebuild(recipe), recipe)
        keras.backend.clear_session()
        keras.utils.set_random_seed(recipe.seed)
        model = _rebuild(recipe)
        optimizer = keras.optimizers.deserialize(_serialised("keras.optimizers", recipe.optimizer))
        loss = keras.losses.deserialize(_serialised("keras.losses", recipe.loss))
        model.compile(optimizer=optimizer, loss=loss, jit_compile=False)
        optimizer.build(model.trainable_variables)
    except CannotTrain:
        raise
    except Exception as error:
        # Keras raises anything for a configuration that it cannot rebuild; the student's own kernel did
        # build this one, so it is no fault of theirs.
        raise CannotTrain(_first_line(error)) from error
    return model


def _rebuild(recipe: Recipe) -> Any:
    # Functional.from_config empties the dictionary that it is given.
    return keras.saving.deserialize_keras_object(copy.deepcopy(recipe.network), safe_mode=True)


def _serialised(module: str, component: Any) -> dict[str, Any]:
    return {"module": module, "class_name": component.name, "config": dict(component.config)}


def _check_size(model: Any, recipe: Recipe) -> None:
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise CannotTrain("it has several inputs or outputs")
    if tuple(model.inputs[0].shape[1:]) != recipe.input_shape:
        wanted, given = (
            " × ".join(map(str, shape)) for shape in (model.inputs[0].shape[1:], recipe.input_shape)
        )
        raise CannotTrain(f"its input is {wanted}, the images are {given}", "own")
    parameters = sum(math.prod(weight.shape) for weight in model.weights)
    if parameters > MAX_PARAMETERS:
        raise CannotTrain(
            f"it has {parameters:,} parameters, more than the {MAX_PARAMETERS:,} that are trained here"
        )
    numbers = recipe.batch_size * sum(_output_sizes(model))
    if numbers > MAX_ACTIVATIONS:
        raise CannotTrain(f"its layers hold {numbers:,} numbers for one batch, too many to train here")
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Normalization) and layer.input_mean is None:
            raise CannotTrain(
                "it has a Normalization layer whose adapted statistics are not in its configuration"
            )
    shape = tuple(model.outputs[0].shape[1:])
    if len(shape) != 1:
        given = " × ".join(map(str, shape)) or "a single number"
        raise CannotTrain(f"it gives {given} for each image instead of one score for each class", "own")


def _output_sizes(model: Any) -> Iterator[int]:
    """How many numbers each call of a layer gives for one image, inside nested models too."""
    graph = getattr(model, "_functional", None) or model
    for node in chain.from_iterable(graph._nodes_by_depth.values()):
        yield from (math.prod(tensor.shape[1:]) for tensor in node.output_tensors)
        if isinstance(node.operation, keras.Model):
            yield from _output_sizes(node.operation)


def _targets(recipe: Recipe, labels: np.ndarray, classes: int) -> np.ndarray:
    if recipe.labels == "integer":
        return labels
    width = recipe.label_width or classes
    if width < classes:
        raise CannotTrain(f"its one-hot labels have {width} places for {classes} classes", "own")
    one_hot: np.ndarray = np.eye(width, dtype=np.float32)[labels]
    return one_hot


def _step(recipe: Recipe, model: Any, pixels: np.ndarray, targets: np.ndarray, labels: np.ndarray) -> Any:
    """One training step on the rows of a batch, compiled; returns the loss and how many were right."""
    images, wanted, truth = tf.constant(pixels), tf.constant(targets), tf.constant(labels)

    def step(rows: Any) -> Any:
        x, y = _preprocessed(recipe, tf.gather(images, rows)), tf.gather(wanted, rows)
        with tf.GradientTape() as tape:
            scores = model(x, training=True)
            loss = model.compute_loss(x=x, y=y, y_pred=scores, training=True)
            scaled = model.optimizer.scale_loss(loss)
        model.optimizer.apply(tape.gradient(scaled, model.trainable_weights), model.trainable_weights)
        right = tf.equal(_classes(recipe, scores), tf.gather(truth, rows))
        return loss, tf.reduce_sum(tf.cast(right, tf.int32))

    return tf.function(step, input_signature=[tf.TensorSpec([None], tf.int32)])


def _preprocessed(recipe: Recipe, pixels: Any) -> Any:
    """Images as the network is given them: resized (bilinear), mapped and in its shape."""
    scale, offset = (
        tf.constant(v, tf.float32) for v in (recipe.preprocessing.scale, recipe.preprocessing.offset)
    )
    images = tf.cast(pixels, tf.float32)
    if tuple(images.shape[1:3]) != recipe.image_size:
        images = tf.image.resize(images, recipe.image_size)
    images = images * scale + offset
    return tf.reshape(images, (-1, *recipe.fed)) if recipe.fed else images


def _classes(recipe: Recipe, scores: Any) -> Any:
    if scores.shape[-1] == 1:
        threshold = 0.0 if recipe.loss.config.get("from_logits") else 0.5
        return tf.cast(scores[:, 0] > threshold, tf.int32)
    return tf.argmax(scores, axis=-1, output_type=tf.int32)


def _measure(recipe: Recipe, model: Any, pixels: np.ndarray, labels: np.ndarray) -> Callable[[], float]:
    """A function that gives the model's accuracy as it is now."""
    forward = tf.function(lambda x: model(_preprocessed(recipe, x), training=False), reduce_retracing=True)

    batch = max(32, PREDICT_NUMBERS // math.prod(recipe.input_shape))

    def measure() -> float:
        right = 0
        for i in range(0, len(pixels), batch):
            scores = forward(tf.constant(pixels[i : i + batch]))
            finite = np.isfinite(scores.numpy()).all(axis=-1)
            predicted = np.where(finite, _classes(recipe, scores).numpy(), -1)
            right += int((predicted == labels[i : i + batch]).sum())
        return right / len(pixels)

    return measure


def _first_line(error: Exception) -> str:
    """The sentence of a Keras or TensorFlow error that says what is wrong, without where in TensorFlow it
    was noticed.
    """
    text = _STYLE.sub("", str(error)).rpartition("Exception encountered: ")[2]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Exception encountered when calling")]
    raised = [match[1] for line in lines if (match := _RAISED.match(line))]
    before_node = [line for line, after in pairwise(lines) if after.startswith("[[")]
    return ([*raised[-1:], *before_node[-1:], *lines] or [type(error).__name__])[0][:300]


_STYLE = re.compile(r"\x1b\[\d*m")
_RAISED = re.compile(r"(?:\w+\.)*\w+(?:Error|Exception): (.+)")
