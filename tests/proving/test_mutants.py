"""Mutants: one change each, and the requirements of the rubric that it breaks."""

from __future__ import annotations

import pytest
from evidence_builder import HISTORY, Notebook, World, judge_all, rubric_of, trained, works
from serialized import dense, flatten, sequential
from small_reference import reference_of

from grader.proving.generate import variants_of
from grader.proving.reference import Reference
from grader.proving.variant import MUTATIONS, Variant


def mutants(reference: Reference, kind: str) -> list[Variant]:
    assert kind in MUTATIONS
    return [each for each in variants_of(reference, kind) if each.is_mutant and each.kind == kind]


def changed(reference: Reference, variant: Variant) -> dict[int, str]:
    """The cells that differ from the reference's, as they are now."""
    cells = zip(reference.notebook.cells, variant.notebook.cells, strict=True)
    return {index: new.source for index, (old, new) in enumerate(cells) if old.source != new.source}


def test_the_reference_of_these_tests_has_full_marks(reference: Reference) -> None:
    assert all(grade.earned == grade.points for grade in reference.grades.values())


@pytest.mark.parametrize(
    ("kind", "cell", "part", "intended"),
    [
        ("filters changed", 0, "layers.Conv2D(16,", {"convolution"}),
        ("kernel changed", 0, "Conv2D(8, (5, 5)", {"convolution"}),
        ("padding changed", 0, "padding='valid'", {"convolution"}),
        ("pool size changed", 0, "MaxPooling2D((3, 3))", {"pooling"}),
        ("softmax lost", 0, "Dense(6, activation='linear')", {"output"}),
        ("another flattening", 0, "layers.GlobalAveragePooling2D()", {"order"}),
        ("optimizer changed", 1, "optimizer='adam'", {"compiled"}),
        ("loss for logits", 1, "SparseCategoricalCrossentropy(from_logits=True)", {"compiled"}),
        ("metric changed", 1, "metrics=['mean_squared_error']", {"compiled"}),
        ("epochs changed", 2, "epochs=250 + 7", {"epochs"}),
        ("callback lost", 2, "callbacks=[]", {"stopping"}),
        ("evaluated on the training images", 4, "model.evaluate(train_ds)", {"evaluated"}),
    ],
)
def test_a_mutant_breaks_one_thing(
    reference: Reference, kind: str, cell: int, part: str, intended: set[str]
) -> None:
    (variant,) = mutants(reference, kind)
    assert list(changed(reference, variant)) == [cell]
    assert part in changed(reference, variant)[cell]
    assert variant.intended == intended


def test_each_place_is_changed_once(reference: Reference) -> None:
    assert [sorted(each.intended) for each in mutants(reference, "units changed")] == [["hidden"], ["output"]]
    assert len(mutants(reference, "curve lost")) == 2


def test_of_many_places_those_are_taken_that_try_most_checks(reference: Reference) -> None:
    def dropped(most: int | None) -> list[set[str]]:
        found = variants_of(reference, "layer dropped", most)
        return [set(each.intended) for each in found]

    everywhere = [{"convolution", "order"}, {"pooling", "order"}, {"hidden", "order"}]
    assert dropped(None) == dropped(4) == everywhere
    assert dropped(1) == everywhere, "each check that would be left without has one"
    assert len(variants_of(reference, "curve lost", 2)) == 2
    assert len(variants_of(reference, "curve lost", 1)) == 1


def test_a_curve_that_is_drawn_twice_is_not_lost_by_losing_it_once(world: World) -> None:
    line = {"id": "curves", "check": "curves", "network": "cnn", "series": "loss", "validation": False}
    draw = 'plt.plot(history.history["loss"])\nplt.show()'
    book = trained(world).code(draw).plots([HISTORY["loss"]])
    assert [each.intended for each in mutants(reference_of(book, line), "curve lost")] == [{"curves"}]
    book.code(draw).plots([HISTORY["loss"]])
    assert not mutants(reference_of(book, line), "curve lost")


def test_a_silent_cell_shows_no_progress_either(reference: Reference) -> None:
    (silent,) = mutants(reference, "print lost")
    assert changed(reference, silent)[4] == "loss, accuracy = model.evaluate(test_ds, verbose=0)\nNone"


def test_labels_that_nobody_reads_break_nothing(world: World) -> None:
    line = {"id": "targets", "check": "targets", "network": "cnn", "encoding": "integer", "classes": 6}
    read = "labels = keras.utils.to_categorical(y, 6)\nunused = keras.utils.to_categorical(z, 6)\nlen(labels)"
    book = trained(world).code(read)
    (variant,) = mutants(reference_of(book, line), "labels not encoded")
    assert "to_categorical(y, 13)" in changed(reference_of(book, line), variant)[len(book.cells) - 1]


def test_changed_words_are_run_by_nobody_and_never_left_out(world: World) -> None:
    lines = [
        {
            "id": f"why{n}",
            "check": "answered",
            "question": f"Why is {n} so large?",
            "about": ["weight"],
        }
        for n in range(4)
    ]
    book = Notebook(world)
    for n in range(4):
        book.markdown(f"## Task {n}\nWhy is {n} so large?\nFilter {n} has many weights.")
    found = variants_of(reference_of(book, *lines), "answer lost", 1)
    assert [(each.only_words, each.intended) for each in found] == [(True, {f"why{n}"}) for n in range(4)]


def test_what_the_rubric_leaves_free_makes_no_mutant(reference: Reference) -> None:
    # The pooling's line states no stride, the convolution's no activation.
    assert not mutants(reference, "stride changed")
    assert [each.intended for each in mutants(reference, "activation lost")] == [{"hidden"}]
    assert not mutants(reference, "patience changed")


def test_a_layer_is_dropped_where_the_rest_can_still_be_trained(reference: Reference) -> None:
    found = [each.where.split("without ")[1].split("(")[0] for each in mutants(reference, "layer dropped")]
    assert found == ["layers.Conv2D", "layers.MaxPooling2D", "layers.Dense"]


def test_another_object_is_trained_in_the_networks_place(reference: Reference) -> None:
    (variant,) = mutants(reference, "another object trained")
    source = changed(reference, variant)[2]
    assert "clone_model(model)" in source
    assert "history = other_model.fit(train_ds" in source
    assert "epochs" in variant.intended
    assert "compiled" in variant.allowed


def test_a_layer_added_by_a_helper_belongs_to_every_network_that_calls_it(world: World) -> None:
    build = (
        "def build(units):\n    model = Sequential()\n    model.add(Flatten())\n"
        "    model.add(Dense(units, activation='relu'))\n    model.add(Dense(6, activation='softmax'))\n"
        "    return model"
    )
    networks = {
        name: {
            "input": [128, 128, 3],
            "layers": ["Flatten()", f'Dense({units}, activation="relu")', "Dense(6)"],
        }
        for name, units in (("small", 8), ("large", 32))
    }
    book = Notebook(world).code(build)
    for number, (name, units) in enumerate((("small", 8), ("large", 32)), 1):
        config = sequential((128, 128, 3), flatten(), dense(units, "relu"), dense(6, "softmax"))
        book.code(f"{name} = build({units})").builds(config, number, variables=(name,))
        book.compiles(model=number).fits(model=number)
    lines = [{"id": name, "check": "layer", "network": name, "layer": 2} for name in networks]
    rubric = rubric_of(*lines, networks=networks)
    grades = {grade.id: grade for grade in judge_all(book, rubric)}
    reference = Reference(rubric, book.notebook, works(book, rubric)[0], grades)
    (variant,) = mutants(reference, "activation changed")
    assert variant.intended == {"small", "large"}


def test_words_are_taken_out_of_an_answer_and_headings_stay(world: World) -> None:
    book = Notebook(world).markdown(
        "## Task 1\nWhy is that so?\nBecause filters share their weights everywhere."
    )
    book.code("pass")
    line = {"id": "why", "check": "answered", "question": "Why is that so?", "about": ["weight"]}
    reference = reference_of(book, line)
    (lost,) = mutants(reference, "answer lost")
    assert lost.notebook.cells[0].source == "## Task 1\nWhy is that so?"
    (beside,) = mutants(reference, "answer beside the question")
    assert "weight" not in beside.notebook.cells[0].source
    assert beside.intended == {"why"}


def test_mutants_are_python(reference: Reference) -> None:
    for variant in (each for each in variants_of(reference) if each.is_mutant):
        for cell in variant.notebook.cells:
            compile(cell.source, variant.kind, "exec")


def test_there_are_more_than_enough_kinds() -> None:
    assert len(MUTATIONS) >= 60
