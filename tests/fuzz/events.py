"""The journal of a run, as the recorder seals it and as code that dug out the key could, up to the reports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import nbformat
from evidence_builder import CLASSES, ROOT, Notebook
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from serialized import conv, dense, flatten, pool, sequential

from grader.evidence.events import (
    ApiAge,
    Component,
    Dropped,
    FileWritten,
    PathMissing,
    PretrainedLoaded,
    RecorderFault,
    Stubbed,
    Summarised,
    Tampered,
)
from grader.evidence.journal import Journal, read_journal, sealed
from grader.evidence.settings import RecorderSettings
from grader.rubric.load import shipped_rubrics
from tests.fuzz.grading import folder, graded, run_of, served, world
from tests.fuzz.mutation import damaged, mutated, odd
from tests.fuzz.target import Target

KEY = "0" * 32
RUBRICS = tuple(sorted(path.stem for path in shipped_rubrics().glob("*.yaml")))


def work() -> Notebook:
    """A notebook that does what the worksheets ask, told with events of every kind."""
    at = world()
    train, test = at.data("train", 0, 24), at.data("test")
    small = sequential((32, 32, 3), conv(), pool(), flatten(), dense(10, "softmax"))
    book = (
        Notebook(at).markdown("# Task 1").code("import os\nos.listdir(train_dir)", "acai\ncupuacu\n").lists()
    )
    book.opens(at.files("train")).happens(ApiAge, name="lr", instead="learning_rate")
    book.removes("train/acai/0.png").happens(Stubbed, name="wget", detail="x").happens(
        FileWritten, path="/content/a"
    )
    book.code("plt.imshow(image)").shows(at.files("train", 0, 6), titles=CLASSES).shows_together(
        at.files("train", 0, 4)
    )
    book.markdown("The images are bright and of many colours.\n# Task 2")
    book.code("train_ds = image_dataset_from_directory(train_dir)").loads(
        validation_split=0.2, seed=123, subset="training"
    )
    book.loads(dataset=2, validation_split=0.2, seed=123, subset="validation").loads("test", 3)
    book.code("model = keras.Sequential()").builds().builds(
        small, 7, shape=(32, 32, 3), variables=("small", "net")
    )
    book.happens(Summarised, model=1).code("model.summary()", "Total params: 4,205,030\n")
    book.code("model.compile()").compiles(rate=0.001).compiles(model=7, metrics=("mae",))
    book.code("history = model.fit()", "Epoch 1/250\n2/2 - accuracy: 0.5\n")
    callback = Component(name="EarlyStopping", config={"monitor": "val_loss", "patience": 5})
    book.fits(train, callbacks=(callback, Component(name="ModelCheckpoint", config={"filepath": "a.keras"})))
    book.fits(at.data("train", 0, 12, container="array", labels="one_hot"), None, 7, batch_size=16, epochs=5)
    book.code("plt.plot(history)").plots([[0.3, 0.5], [0.2, 0.4]], [[1.7, 1.2], [1.8, 1.5]]).bars(
        [1.0, 2.0, 3.0]
    )
    book.code("model.evaluate(test_ds)", "loss: 1.2 - accuracy: 0.5").evaluates(
        results={"accuracy": 0.5, "loss": 1.2}
    )
    book.code("model.save()").saves().reloads().evaluates(model=2, results={"accuracy": 0.5})
    book.code("predictions = model.predict(test_ds)").predicts().predicts(model=7, scores=((0.1,) * 6,) * 4)
    guessed = tuple(at.true(test))
    book.argmax(guessed).code("classification_report()", "precision recall 0.9").reports(
        at.true(test), guessed
    )
    book.reports(at.true(test), guessed, "confusion_matrix").maps(
        [[2, 0], [1, 1]], texts=("2", "0", "1", "1")
    )
    book.crashes("model.fit(x_test)", "ValueError", "Input 0 of layer is incompatible").holds("x_test", test)
    book.happens(PathMissing, path=f"{ROOT}/valid").happens(
        PretrainedLoaded, file="vgg16_weights.h5", served=False
    )
    book.happens(RecorderFault, what="fit", error="ValueError").happens(Dropped, limit=20_000)
    book.happens(Tampered, what="reads the key").happens(Summarised, model=1)
    book.markdown("In conclusion the model reaches 0.5 because the data are few.")
    return book


@dataclass(frozen=True)
class Handed:
    """What a run left: the journal's bytes, texts of its cells, and the rubric that it is marked by."""

    journal: bytes
    texts: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]
    rubric: str


BOOK = work()
SOUND = [json.loads(event.model_dump_json()) for event in BOOK.events]
UNTOUCHED = [event for event in SOUND if event["kind"] not in ("tampered", "dropped")]


@st.composite
def handed(draw: DrawFn) -> Handed:
    """Mutated events, most of them sealed."""
    tree = draw(mutated(st.sampled_from((UNTOUCHED, UNTOUCHED, SOUND)), most=8))
    values = tree if isinstance(tree, list) else [tree]
    lines = []
    for value in values:
        line = json.dumps(value).encode()
        lines.append(line + b"\n" if draw(st.integers(0, 200)) == 77 else sealed(line, KEY))
    for _ in range(draw(st.integers(0, 1))):
        lines.insert(draw(st.integers(0, len(lines))), sealed(draw(_raw).replace(b"\n", b""), KEY))
    journal = b"".join(lines)
    if draw(st.integers(0, 9)) == 7:
        journal = draw(damaged(journal))
    return Handed(
        journal,
        tuple(draw(st.lists(odd.filter(lambda each: isinstance(each, str)), max_size=3))),
        tuple(draw(st.lists(st.tuples(_names, st.text(max_size=30)), max_size=1))),
        draw(st.sampled_from(RUBRICS)),
    )


_names = st.sampled_from(
    ("NameError", "ValueError", "ModuleNotFoundError", "FileNotFoundError", "SyntaxError", "x" * 300, "")
)
_raw = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        (
            b'{"kind":"fitted","cell":' + b"9" * 5000 + b"}",
            b"[" * 100_000,
            b'{"kind":"summarised","cell":3,"model":1' + b"}" * 9,
            b'{"kind":"listed","cell":1,"path":"\\ud800"}',
            b'{"kind":"listed","cell":1,"path":"\xff"}',
            b'{"kind":"api_age","cell":1,"name":"\\ud800","instead":"\\u0000"}',
            b'{"kind":"tampered","cell":-5,"what":"\\udfff' + b"x" * 9000 + b'"}',
            b"NaN",
            b"null",
        )
    ),
)


def read(handed_in: Handed) -> None:
    """Read the journal and grade what it tells."""
    path = folder() / "events.jsonl"
    path.write_bytes(handed_in.journal)
    journal = read_journal(path, KEY, RecorderSettings().events + 1)
    graded(BOOK.notebook, _ran(handed_in, journal), served(handed_in.rubric))


def _ran(handed_in: Handed, journal: Journal) -> Any:
    notebook = BOOK.notebook
    failed = set()
    texts, errors = list(handed_in.texts), list(handed_in.errors)
    for index, (cell, told) in enumerate(zip(notebook.cells, BOOK.cells, strict=True)):
        if cell.cell_type != "code":
            continue
        text = texts.pop() if texts else told.text
        cell.outputs = [nbformat.v4.new_output("stream", text=text)]
        error = errors.pop() if errors else (told.error and (told.error.name, told.error.message))
        if error:
            failed.add(index)
            cell.outputs.append(
                nbformat.v4.new_output("error", ename=error[0], evalue=error[1], traceback=list(error))
            )
    return run_of(notebook, journal, frozenset(failed))


FOUND = (
    Handed(sealed(b'{"kind":"listed","cell":1,"path":"\\ud800"}', KEY), (), (), "worksheet5"),
    Handed(b"", ("\ud800",), (("\ud800", "\udfff"),), "worksheet5"),
)

TARGET = Target("events", handed(), read, FOUND)
