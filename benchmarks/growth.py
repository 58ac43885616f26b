"""Classes that grow: time and memory for each submission, and trainings against different networks.

Usage: python -m benchmarks.growth [--counts 10,30,100,300] [--jobs N] [--json FILE]

Students build one network with one of a few widths and batch sizes; the more students, the more of these.
Each different recipe is to be trained once, however many students have it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import nbformat

from benchmarks.command import command, grade

RUBRIC = """\
rubric: 1
id: growth
title: A small network
reference: reference.ipynb
data:
  fruits:
    kind: image_folder
    splits: [train, test]
    classes: [acai, guarana, tucuma]
    images: {train: 12, test: 4}
    aliases: [Fruits]
networks:
  cnn:
    input: [32, 32, 3]
    layers:
      - Conv2D(any, 3)
      - MaxPooling2D(2)
      - Flatten()
      - Dense(3, activation="softmax")
    may_add: [Rescaling]
questions:
  - id: task1
    title: The network
    checks:
      - {id: 1a, check: network, network: cnn, points: 4, title: The layers}
      - {id: 1b, check: loss, network: cnn, points: 2, title: The loss}
      - {id: 1c, check: epochs, network: cnn, epochs: 3, points: 2, title: Three epochs}
      - {id: 1d, check: trains, network: cnn, data: fruits, epochs: 2, at_least: reference, share: 0.01,
         points: 2, visibility: hidden, title: Learns}
"""
"""Its threshold is passed by whatever runs, so that nothing is trained twice for luck."""

CELLS = (
    "import keras\nfrom keras import layers",
    "images = keras.utils.image_dataset_from_directory("
    "'Fruits/train', image_size=(32, 32), batch_size={batch})",
    "model = keras.Sequential([layers.Input((32, 32, 3)), layers.Rescaling(1 / 255),"
    " layers.Conv2D({filters}, 3, activation='relu'), layers.MaxPooling2D(2), layers.Flatten(),"
    " layers.Dense(3, activation='softmax')])\nmodel.summary()",
    "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])",
    "history = model.fit(images, epochs=3)",
)
WIDTHS, BATCHES = (4, 6, 8, 10, 12, 16), (4, 6, 8, 9, 12, 18)
STUDENTS_A_RECIPE = 8


def recipe(number: int, count: int) -> tuple[int, int]:
    """Filters and batch size of a student in a class of ``count``."""
    different = max(2, min(len(WIDTHS) * len(BATCHES), count // STUDENTS_A_RECIPE))
    chosen = number % different
    return WIDTHS[chosen % len(WIDTHS)], BATCHES[chosen // len(WIDTHS)]


def write(path: Path, filters: int, batch: int, name: str) -> None:
    """A student's notebook."""
    book = nbformat.v4.new_notebook()
    sources = (cell.format(filters=filters, batch=batch) for cell in CELLS)
    book.cells = [nbformat.v4.new_code_cell(source) for source in (f"name = {name!r}", *sources)]
    nbformat.write(book, path)


def measured(count: int, desk: Path, jobs: int) -> dict[str, float]:
    """A class of ``count``, with nothing kept from before."""
    folder = desk / f"class-{count}"
    (folder / "class").mkdir(parents=True)
    recipes = [recipe(number, count) for number in range(count)]
    for number, (filters, batch) in enumerate(recipes):
        write(folder / f"class/student_{number:03}.ipynb", filters, batch, f"Student {number}")
    ran = grade(
        folder / "class",
        desk / "growth.yaml",
        folder / "results",
        folder / "cache",
        *("--jobs", str(jobs)),
    )
    marks = {each["earned"] for each in ran.grades["submissions"]}
    assert marks == {10.0}, marks
    return {
        "count": count,
        "seconds": ran.seconds,
        "memory": ran.memory,
        "trainings": len(list(folder.glob("cache/trainings/*/*.json"))),
        "recipes": len(set(recipes)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", default="10,30,100,300")
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as scratch:
        desk = Path(scratch)
        (desk / "growth.yaml").write_text(RUBRIC)
        write(desk / "reference.ipynb", WIDTHS[0], BATCHES[0], "The teacher")
        command(
            "calibrate", str(desk / "growth.yaml"), "--runs", "3", "--cache", str(desk / "reference-cache")
        )
        print("submissions    seconds   each     memory   trainings  different recipes")
        for count in map(int, options.counts.split(",")):
            each = measured(count, desk, options.jobs)
            figures.append(each)
            print(
                f"{count:11}  {each['seconds']:7.1f} s {each['seconds'] / count:5.2f} s "
                f"{each['memory'] / 2**20:6.0f} MiB  {each['trainings']:8}   {each['recipes']:8}",
                flush=True,
            )
    first, last = figures[0], figures[-1]
    added = (last["memory"] - first["memory"]) / max(1, last["count"] - first["count"])
    print(f"memory of the trusted process: {added / 2**20:.2f} MiB more for each submission")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
