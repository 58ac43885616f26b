# ruff: noqa: E501 (the class is tables, and tables read in rows)
"""A made-up class: twenty submissions with every status, odd names and hostile notebooks."""

from __future__ import annotations

import base64
import io
import random
from decimal import Decimal

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.grading.grade import (
    AlikeNetworks,
    AlikeNotebooks,
    AlikeOutputs,
    CellIssue,
    CheckGrade,
    ClaimGrade,
    ClassGrades,
    ComparisonRow,
    NetworkGrade,
    QuestionGrade,
    Resemblances,
    SubmissionGrade,
    TrainingGrade,
)
from grader.grading.statistics import check_statistics

HOSTILE = "<script>alert('mark')</script>"

# question, title, [(check id, kind, title, points, expected, found when wrong, hint, cells counted from 0)]
QUESTIONS = [
    ("task1", "Look at the data", [
        ("1.1a", "listing", "Lists the class folders", "2", "the six class folders of train/ listed", "no listing of the training folder", "`os.listdir(train_dir)` gives the class folders; print them.", (2,)),
        ("1.1b", "figure", "One random image of each class", "3", "6 images, one of each class", "6 images, all of class acai", "The file name is drawn once, before the loop: draw it inside the loop over the classes.", (3,)),
        ("1.1d", "written_answer", "A written observation", "3", "a sentence or two about the images", "the template text “Your answer here”", "Say what you see: sizes, backgrounds, how alike the classes are.", (4,)),
        ("1.2a", "opens_images", "Broken images are looked for", "4", "every training image opened, errors caught", "58 of 90 images opened", "`glob('*.jpg')` misses the files that end in .jpeg.", (5,)),
    ]),
    ("task2", "Load and prepare", [
        ("2a", "loader", "Training data with integer labels", "4", "`image_dataset_from_directory` with `label_mode=\"int\"`", "`label_mode=\"categorical\"` with a sparse loss", "Ask for integer labels, or use `categorical_crossentropy`.", (6,)),
        ("2b", "image_size", "Images of 128×128", "3", "128×128", "180×180", "Pass `image_size=(128, 128)` to the loader.", (6,)),
        ("2d", "seed", "The same seed for both subsets", "3", "one seed for both subsets", "seed 123 and seed 42: 11 of 18 validation images are also trained on", "Give both calls the same `seed`.", (6, 7)),
        ("2e", "rescaled", "Pixels in 0 to 1 for training and validation", "5", "training and validation data in 0…1", "training data in 0…1, validation data in 0…255", "`val_ds` is never mapped: apply `rescale` to it as well, or make `Rescaling(1/255)` the first layer.", (7,)),
    ]),
    ("task3", "The network", [
        ("3a", "layer", "First convolution", "6", "Conv2D(32, 3, strides=1, padding=\"same\") + ReLU", "Conv2D(32, 3, strides=1, padding=\"valid\") + ReLU", "`padding=\"same\"` keeps 128×128; yours gives 126×126.", (9,)),
        ("3c", "layer", "Second convolution", "6", "Conv2D(32, 3, strides=1, padding=\"same\") + ReLU", "Conv2D(64, 5, strides=1, padding=\"same\") + ReLU", "32 filters of 3×3 are asked for.", (9,)),
        ("3f", "layer", "Two dense layers of 64 and 128", "6", "Dense(64) and Dense(128)", "Dense(64) only", "One hidden layer is missing: add Dense(128).", (9,)),
        ("3g", "layer", "Output layer", "6", "Dense(6) with softmax", "Dense(6) with sigmoid", "Six exclusive classes: softmax makes the scores sum to 1.", (9,)),
    ]),
    ("task4", "Compile and train", [
        ("4b", "loss", "Loss fits the labels", "6", "sparse categorical cross-entropy for integer labels", "categorical cross-entropy with integer labels", "Use `sparse_categorical_crossentropy`.", (10,)),
        ("4e", "batch_size", "Batch size 16", "4", "batches of 16", "`fit(batch_size=16)` on batches of 32", "On a tf.data Dataset `fit(batch_size=…)` has no effect: pass `batch_size=16` to the loader.", (6, 12)),
        ("4f", "epochs", "250 epochs asked for", "4", "250 epochs", "25 epochs", "Ask for `epochs=250`; early stopping ends it sooner.", (12,)),
        ("4g", "callback", "ModelCheckpoint passed to fit", "5", "a ModelCheckpoint among fit's callbacks", "a ModelCheckpoint made in cell 12, never passed", "Pass `callbacks=[checkpoint, early]` to `fit`.", (11, 12)),
        ("4t", "trains", "Trains as well as the reference", "6", "at least 0.47 after 12 epochs, as 19 of 20 reference runs", "0.21 after 12 epochs", "The network hardly learns: look at the scaling of the pixels first.", (12,)),
    ]),
    ("task5", "Evaluate, save, report", [
        ("5a", "evaluated", "Evaluated on the test set", "8", "`evaluate` on the 30 test images", "`evaluate` on the 18 validation images", "Load `test/` and evaluate on that.", (13,)),
        ("6c", "reloaded", "The loaded model is evaluated", "6", "the loaded model evaluated on the test set", "loaded, never evaluated", "Call `loaded.evaluate(test_ds)` and compare.", (14,)),
        ("7c", "metric", "Classification report", "5", "`classification_report` of true against predicted labels", "labels and predictions from different passes over shuffled data", "Load the test set with `shuffle=False`.", (15,)),
        ("D1", "curves", "Curves of loss", "2.5", "training and validation loss in one figure", "only training loss", "Plot `history.history['val_loss']` as well.", (16,)),
        ("D2", "curves", "Curves of accuracy", "2.5", "training and validation accuracy in one figure", "no such figure", "Plot `accuracy` and `val_accuracy`.", ()),
    ]),
]  # fmt: skip

NAMES = [
    "Anna Lindqvist", "O'Brien, Séamus", 'Kim "KJ" Ji-woo', "Đặng Thị Hồng Ánh", "Zażółć Gęśla-Jaźń", "孙悟空", "עמית לוי",
    "مريم الحسن", "🦊 fox & 🌻", f"{HOSTILE}", "=HYPERLINK(\"http://example.com\")", "[bold red]Rich[/] \x1b[31mRed",
    "anna lindqvist", "../../etc/passwd", "CON", "Maximilian-Alexander Freiherr von und zu Hohenstein-Langenburg the Third",
    "zoe", "empty template", "torch only", "broken zip",
]  # fmt: skip

ALL_RIGHT = frozenset()
WRONG = [
    ALL_RIGHT, {"4e"}, {"3a", "4e", "5a"}, {"1.1d"}, {"2e", "4t", "5a", "6c"}, {"4g", "4e"}, {"3c", "3f", "3g", "4b", "4t"},
    {"1.1a", "1.1b", "2d"}, {"D1"}, {check[0] for question in QUESTIONS for check in question[2]}, {"D2", "7c"}, {"4e"},
    {"2a", "2b", "4e"}, {"4f", "5a"}, ALL_RIGHT, {"3a", "3c", "1.2a", "4e", "D1", "D2"}, {"4e", "4g", "5a", "7c", "1.1d"},
]  # fmt: skip

PARTLY = {"2e", "3a", "4e", "2d", "D1", "1.2a", "2a"}
TO_REVIEW = {"1.1d"}
PROPOSED = Decimal("0.5")

NETWORK = [
    ("Conv2D(32, 3, padding=\"same\")", "128×128×32", 896),
    ("Activation(\"relu\")", "128×128×32", 0),
    ("MaxPooling2D(2, strides=2)", "64×64×32", 0),
    ("Conv2D(32, 3, padding=\"same\")", "64×64×32", 9248),
    ("Activation(\"relu\")", "64×64×32", 0),
    ("MaxPooling2D(2, strides=2)", "32×32×32", 0),
    ("Flatten()", "32768", 0),
    ("Dense(64)", "64", 2097216),
    ("Activation(\"relu\")", "64", 0),
    ("Dense(128)", "128", 8320),
    ("Activation(\"relu\")", "128", 0),
    ("Dense(6)", "6", 774),
    ("Activation(\"softmax\")", "6", 0),
]  # fmt: skip


def class_grades() -> ClassGrades:
    graded = [_graded(name, wrong) for name, wrong in zip(NAMES, WRONG, strict=False)]
    total = Decimal(100)
    ended = [
        SubmissionGrade(
            submission="empty template", notebook="empty template/w5.ipynb", status="not_gradable",
            reason="The notebook is the empty template: none of its code cells holds code.", points=total, earned=Decimal(0),
        ),
        SubmissionGrade(
            submission="torch only", notebook="torch only/w5.ipynb", status="not_gradable",
            reason="Written in PyTorch only; this worksheet grades Keras.", points=total, earned=Decimal(0),
        ),
        SubmissionGrade(
            submission="broken zip", status="failed",
            reason="The disk was full while unpacking; run the command again.", points=total, earned=Decimal(0),
        ),
    ]  # fmt: skip
    return ClassGrades(
        grader="0.1.0", rubric="worksheet5", title="An end-to-end CNN image classifier", points=total,
        created="2026-03-14T09:26:53Z", sandbox="private root, no network, 6 GiB of memory",
        data={"fruits": "drawn stand-in photographs, 6 classes, 90 + 30 images"}, submissions=(*graded, *ended),
        statistics=check_statistics(graded),
        resemblances=Resemblances(
            notebooks=(
                AlikeNotebooks(submissions=(NAMES[0], NAMES[6]), shares=(0.98, 0.94), shared=280),
                AlikeNotebooks(submissions=(NAMES[1], HOSTILE, NAMES[12]), shares=(1.0, 1.0, 0.61), shared=143),
            ),
            networks=(
                AlikeNetworks(
                    network="cnn", submissions=(NAMES[3], HOSTILE),
                    departures=("`Conv2D(48, 7)` for `Conv2D(32, 3)`", f"`{HOSTILE}` added"),
                ),
            ),
            outputs=(AlikeOutputs(submissions=(NAMES[0], NAMES[6]), epochs=38, last=0.7123),),
        ),
    )  # fmt: skip


def large_class(count: int) -> ClassGrades:
    """``count`` submissions with random slips, for measuring."""
    draw = random.Random(5)
    ids = [check[0] for question in QUESTIONS for check in question[2]]
    submissions = tuple(
        _graded(f"student {number:03}", set(draw.sample(ids, draw.randint(0, 9)))) for number in range(count)
    )
    return class_grades().model_copy(
        update={"submissions": submissions, "statistics": check_statistics(submissions)}
    )


def _graded(name: str, wrong: frozenset[str] | set[str]) -> SubmissionGrade:
    questions = tuple(
        QuestionGrade(
            id=identifier, title=title, checks=checks,
            points=sum((check.points for check in checks), Decimal()), earned=sum((check.earned for check in checks), Decimal()),
        )
        for identifier, title, rows in QUESTIONS
        for checks in [tuple(_check(row, row[0] in wrong) for row in rows)]
    )  # fmt: skip
    hostile = name == HOSTILE
    review = bool(TO_REVIEW & wrong)
    remarks = (
        ["Claims 0.99 test accuracy in cell 14; the same network reaches 0.57 here."] if "4t" in wrong else []
    )
    if "2d" not in wrong and len(wrong) > 2:
        remarks.append(
            "Training and validation images overlap (14 of 18), as in the worksheet's own sample code."
        )
    return SubmissionGrade(
        submission=name, notebook=f"{name}/worksheet5.ipynb", status="needs_review" if review else "graded",
        reason="One written answer to read." if review else "",
        points=Decimal(100), earned=sum((question.earned for question in questions), Decimal()),
        questions=questions, networks=(_network(wrong, hostile),), trainings=(_training("4t" in wrong),),
        claims=(_claim(),) if "4f" not in wrong else (),
        doubts=(f"Cell 10: the saved summary shows {HOSTILE} trainable parameters, the code builds 2,116,454.",) if hostile else
        ("Cell 13: the saved output is of a training of 25 epochs, the code asks for 250.",) if "3g" in wrong else (),
        cell_issues=(
            CellIssue(cell=14, error=f"NameError: name 'keras' is not defined {HOSTILE if hostile else ''}", cause="own",
                      explanation="`keras` is used but never imported: with `from tensorflow import keras` the rest runs."),
            CellIssue(cell=15, error="NameError: name 'loaded' is not defined", cause="knock_on",
                      explanation="`loaded` should have come from cell 15, which failed; this costs nothing by itself."),
        ) if "6c" in wrong else (),
        remarks=tuple(remarks), rung="reduced", seconds=14.2, from_store=len(wrong) % 3 == 1,
    )  # fmt: skip


def _check(row: tuple, wrong: bool) -> CheckGrade:
    identifier, kind, title, points, expected, found, hint, cells = row
    points = Decimal(points)
    if not wrong:
        return CheckGrade(
            id=identifier, check=kind, title=title, status="passed", points=points, earned=points, expected=expected,
            found=expected, cells=cells, rung="reduced",
        )  # fmt: skip
    if identifier in TO_REVIEW:
        status, earned = "needs_review", points * PROPOSED
    elif identifier in PARTLY:
        status, earned = "partial", points / 2
    else:
        status, earned = ("failed" if cells else "not_attempted"), Decimal(0)
    return CheckGrade(
        id=identifier, check=kind, title=title, status=status, points=points, earned=earned, expected=expected, found=found,
        hint=hint, cells=cells, cause="knock_on" if identifier == "7c" else "own", rung="full",
        visibility="hidden" if kind == "trains" else "public",
        remarks=("A smaller batch makes more, noisier steps.",) if identifier == "4e" else (),
    )  # fmt: skip


def _network(wrong: frozenset[str] | set[str], hostile: bool) -> NetworkGrade:
    rows = []
    for position, (layer, shape, parameters) in enumerate(NETWORK):
        built, verdict, note = layer, "same", ""
        if position == 0 and "3a" in wrong:
            built, shape, verdict, note = (
                'Conv2D(32, 3, padding="valid")',
                "126×126×32",
                "differs",
                "padding is valid",
            )
        if position == 3 and "3c" in wrong:
            built, shape, parameters = 'Conv2D(64, 5, padding="same")', "64×64×64", 51264
            verdict, note = "differs", "64 filters for 32, kernel 5 for 3"
        if position in (9, 10) and "3f" in wrong:
            rows.append(
                ComparisonRow(
                    expected=layer,
                    expected_shape=shape,
                    expected_parameters=parameters,
                    verdict="missing",
                    note="nothing stands here",
                )
            )
            continue
        if position == 12 and "3g" in wrong:
            built, verdict, note = 'Activation("sigmoid")', "differs", "sigmoid for softmax"
        rows.append(
            ComparisonRow(
                expected=layer,
                expected_shape=NETWORK[position][1],
                expected_parameters=NETWORK[position][2],
                built=built,
                shape=shape,
                parameters=parameters,
                verdict=verdict,
                note=note,
            )
        )
        if position == 7 and "4e" in wrong:
            rows.append(
                ComparisonRow(
                    built="Dropout(0.5)", shape="64", parameters=0, verdict="allowed", note="costs nothing"
                )
            )
    if hostile:
        rows.append(ComparisonRow(built=HOSTILE, shape="6", parameters=0, verdict="extra", note=HOSTILE))
    return NetworkGrade(
        network="cnn", variable=HOSTILE if hostile else "model", cell=9,
        parameters=sum(row.parameters or 0 for row in rows), expected_parameters=2116454, rows=tuple(rows),
    )  # fmt: skip


def _claim() -> ClaimGrade:
    accuracy = tuple(round(0.2 + 0.7 * (1 - 0.93**epoch), 4) for epoch in range(60))
    held_out = tuple(round(0.2 + 0.45 * (1 - 0.9**epoch) + 0.02 * (epoch % 3), 4) for epoch in range(60))
    return ClaimGrade(network="cnn", cell=12, epochs=250, accuracy=accuracy, val_accuracy=held_out)


def _training(poor: bool) -> TrainingGrade:
    reference = tuple(round(0.17 + 0.6 * (1 - 0.8**epoch), 3) for epoch in range(12))
    curve = tuple(round(0.17 + 0.01 * (epoch % 4), 3) for epoch in range(12)) if poor else tuple(
        round(value - 0.03 + 0.02 * (number % 3), 3) for number, value in enumerate(reference)
    )  # fmt: skip
    return TrainingGrade(
        network="cnn", accuracy=curve[-1], threshold=0.47, curve=curve, reference_curve=reference,
        reference_accuracies=tuple(round(0.47 + 0.008 * run, 3) for run in range(19)),
        note="The best of three tries." if poor else "",
    )  # fmt: skip


def notebooks() -> dict[str, NotebookNode | None]:
    books: dict[str, NotebookNode | None] = {name: notebook() for name in NAMES}
    books[HOSTILE] = hostile_notebook()
    books["torch only"] = new_notebook(cells=[new_code_cell("import torch")])
    books["broken zip"] = None
    return books


def png(width: int = 320, height: int = 120) -> str:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).line(
        [(10, height - 15), (width // 3, height // 2), (width - 10, 15)], fill="steelblue", width=3
    )
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def notebook() -> NotebookNode:
    progress = "".join(
        f"\r\x1b[1m{step}/5\x1b[0m \x1b[32m━━━\x1b[0m \x1b[1m0s\x1b[0m 9ms/step - accuracy: 0.{step}"
        for step in range(1, 6)
    )
    traceback = ["\x1b[0;31m-----\x1b[0m", "\x1b[0;31mNameError\x1b[0m: name 'keras' is not defined"]
    cells = [
        new_markdown_cell("# Fruits of the Amazon\n\nMy **notebook**, with a [link](https://keras.io) and `code`.\n\n- one\n- two"),
        new_code_cell("import os, random\nimport tensorflow as tf\nfrom tensorflow.keras import layers, models"),
        new_code_cell("train_dir = '/content/drive/MyDrive/FruitinAmazon/train'\nprint(os.listdir(train_dir))",
                      outputs=[new_output("stream", text="['acai', 'cupuacu', 'graviola', 'guarana', 'pupunha', 'tucuma']\n")]),
        new_code_cell("fig, axes = plt.subplots(2, 3)\nfor name, axis in zip(classes, axes.flat):\n    axis.imshow(pick(name))",
                      outputs=[new_output("display_data", {"image/png": png(), "text/plain": "<Figure size 640x480>"})]),
        new_markdown_cell("The photographs have *many* sizes.\n\n| class | images |\n| --- | ---: |\n| acai | 15 |\n| guarana | 15 |"),
        new_code_cell("for path in glob(f'{train_dir}/*/*'):\n    try:\n        Image.open(path).verify()\n    except (IOError, SyntaxError):\n        os.remove(path)\n        print('Removed corrupted image:', path)",
                      outputs=[new_output("stream", text="No Corrupted Images Found.\n")]),
        new_code_cell("# the worksheet's own split\ntrain_ds = tf.keras.preprocessing.image_dataset_from_directory(\n    train_dir, labels='inferred', label_mode='int', image_size=(128, 128),\n    batch_size=32, validation_split=0.2, subset='training', shuffle=True, seed=123)",
                      outputs=[new_output("stream", text="Found 90 files belonging to 6 classes.\nUsing 72 files for training.\n")]),
        new_code_cell("train_ds = train_ds.map(lambda x, y: (x / 255.0, y))"),
        new_markdown_cell("## Task 3"),
        new_code_cell("model = models.Sequential([\n    layers.Conv2D(32, (3, 3), padding='valid', activation='relu', input_shape=(128, 128, 3)),\n    layers.MaxPooling2D((2, 2), strides=2),\n    layers.Flatten(),\n    layers.Dense(6, activation='softmax'),\n])\nmodel.summary()"),
        new_code_cell("model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])"),
        new_code_cell("checkpoint = tf.keras.callbacks.ModelCheckpoint('best.h5', save_best_only=True)"),
        new_code_cell("history = model.fit(train_ds, validation_data=val_ds, epochs=250, batch_size=16)",
                      outputs=[new_output("stream", text=progress)]),
        new_code_cell("test_loss, test_acc = model.evaluate(val_ds)\nprint(f'{test_acc:.2f}')", outputs=[new_output("stream", text="0.57\n")]),
        new_code_cell("loaded = keras.models.load_model('best.h5')", outputs=[new_output("error", ename="NameError", evalue="name 'keras' is not defined", traceback=traceback)]),
        new_code_cell("%matplotlib inline\nprint(classification_report(y_true, y_pred))"),
        new_code_cell("plt.plot(history.history['loss'])\nplt.show()", outputs=[new_output("display_data", {"image/png": png(), "text/plain": "<Figure>"})]),
    ]  # fmt: skip
    return new_notebook(cells=cells)


def hostile_notebook() -> NotebookNode:
    """Everything that a notebook can do to a page that trusts it."""
    attack = f"{HOSTILE}<img src=x onerror=alert(1)><svg onload=alert(1)></svg></pre></style></script><base href=//evil>"
    return nbformat.from_dict({
        "nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
            new_markdown_cell(f"{attack}\n\n[click](javascript:alert(1)) [data](data:text/html,x) ![p](http://evil.example/p.png)"
                              " <http://ok.example/> [ref]\n\n[ref]: javascript:alert(2)\n\n![a](attachment:a.png)"),
            new_markdown_cell("> " * 3000 + "deep\n\n" + "*" * 5000 + "[" * 5000),
            new_code_cell(f"print('''{attack}''')\n\x00\x1b[31m\ud800\u202e", outputs=[
                new_output("stream", text=attack + "\x1b]0;title\x07\x1b[31mred\x1b[0m\x00\ud800"),
                new_output("display_data", {"text/html": attack, "application/javascript": "alert(1)", "text/plain": attack}),
                new_output("display_data", {"image/svg+xml": "<svg onload=alert(1)/>", "text/plain": "a drawing"}),
                new_output("display_data", {"image/png": "\"><script>alert(1)</script>", "text/plain": "no picture"}),
                new_output("display_data", {"image/png": base64.b64encode(b"GIF89a no png").decode(), "text/plain": "gif"}),
                new_output("error", ename=HOSTILE, evalue=HOSTILE, traceback=[attack]),
            ]),
            {"cell_type": "raw", "metadata": {}, "source": attack},
            {"cell_type": "code", "metadata": {}, "source": ["a = 1\n", "b = 2"], "outputs": [{"output_type": "odd"}]},
            {"cell_type": "code", "metadata": {}, "source": None, "outputs": None},
            new_code_cell("x = 1  # " + "long " * 60_000),
            *[new_code_cell("pass") for _ in range(12)],
        ],
    })  # fmt: skip
