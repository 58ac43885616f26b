"""Which of a notebook's models answers which network of the rubric."""

from __future__ import annotations

from typing import Any

import pytest
from evidence_builder import MET, Notebook, World, judge, other_data, rubric_of, trained, works
from serialized import conv, dense, flatten, layer, pool, sequential, worksheet5

from grader.checks.work import Answer

DEMO = sequential((28, 28, 1), conv(32, padding="valid"), pool(), flatten(), dense(128), dense(10, "softmax"))
SIMPLE = {"input": [128, 128, 3], "layers": ["Conv2D(8, 3)", "Flatten()", 'Dense(6, activation="softmax")']}
DEEP = {
    "input": [128, 128, 3],
    "layers": ["Conv2D(8, 3)", "Conv2D(8, 3)", "Flatten()", 'Dense(6, activation="softmax")'],
}


def answers(book: Notebook, **networks: Any) -> dict[str, Answer]:
    work, _ = works(
        book,
        rubric_of({"check": "metrics", "network": next(iter(networks), "cnn")}, networks=networks or None),
    )
    return dict(work.answers)


def with_demo(world: World) -> Notebook:
    """The tutorial's network for digits, also called ``model``, first."""
    return (
        Notebook(world)
        .code()
        .builds(DEMO, 1, shape=(28, 28, 1))
        .compiles(model=1)
        .fits(other_data(), None, 1)
    )


def test_a_demo_of_the_same_name_is_not_the_answer(world: World) -> None:
    book = with_demo(world).code().builds(model=2).compiles(model=2).code().fits(model=2)
    assert answers(book)["cnn"].model == 2


def test_not_even_when_a_free_rubric_fits_it_better(world: World) -> None:
    free = {"layers": ["Conv2D(any, 3)", "Flatten()", "Dense(any)", 'Dense(6|10, activation="softmax")']}
    demo = sequential((28, 28, 1), conv(), flatten(), dense(128), dense(10, "softmax"))
    own = sequential((128, 128, 3), conv(size=5), pool(), flatten(), dense(64), dense(6, "softmax"))
    book = (
        Notebook(world)
        .code()
        .builds(demo, 1, shape=(28, 28, 1))
        .compiles(model=1)
        .fits(other_data(), None, 1)
    )
    book.code().builds(own, 2).compiles(model=2).code().fits(model=2)
    assert answers(book, cnn=free)["cnn"].model == 2


def test_of_thousands_of_models_the_first_and_the_last_are_compared(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.grading.answers.MOST_MODELS", 4)
    other = sequential((128, 128, 3), conv(5), flatten(), dense(6, "softmax"))
    for place, answer in ((0, 0), (6, 6), (3, None)):
        book = Notebook(world).code()
        for model in range(7):
            book.builds(None if model == place else other, model)
        assert (answers(book)["cnn"].model == place) == (answer is not None)


def test_an_unrelated_model_answers_nothing(world: World) -> None:
    book = Notebook(world).code().builds(sequential((4,), dense(1)), shape=(4,))
    assert answers(book) == {}


def test_of_two_alike_the_later_counts(world: World) -> None:
    book = Notebook(world).code().builds(model=1).compiles(model=1).fits(model=1)
    book.code().builds(model=2).compiles(model=2).fits(model=2)
    assert answers(book)["cnn"].model == 2


def test_an_augmented_copy_after_the_right_one_does_not_win(world: World) -> None:
    augmented = worksheet5(changes={0: [conv(16), conv(16)], 1: []})
    book = trained(world).code().evaluates()
    book.code().builds(augmented, 2).compiles(model=2).fits(model=2).evaluates(model=2)
    assert answers(book)["cnn"].model == 1


def test_the_one_that_was_trained_counts_not_the_one_only_built(world: World) -> None:
    book = Notebook(world).code().builds(worksheet5(changes={0: conv(16)}), 1).compiles(model=1).fits(model=1)
    book.code().builds(model=2)
    assert answers(book)["cnn"].model == 1


def test_a_copy_loaded_from_its_file_stands_for_it(world: World) -> None:
    book = trained(world).code().saves().code().reloads().evaluates(model=2)
    answer = answers(book)["cnn"]
    assert (answer.model, answer.family) == (1, frozenset({1, 2}))


def test_what_happens_to_the_copy_counts_for_the_original(world: World) -> None:
    book = Notebook(world).code().builds(worksheet5(changes={0: conv(31)}), 1).compiles(model=1).code()
    book.saves(model=1).reloads(model=2, of=1).code().fits(model=2).evaluates(model=2)
    book.code().builds(worksheet5(changes={0: conv(31)}), 3)
    assert answers(book)["cnn"].model == 1


def test_a_copy_of_a_copy_is_of_the_family(world: World) -> None:
    book = trained(world).code().reloads(2, 1).code().reloads(3, 2)
    assert answers(book)["cnn"].family == {1, 2, 3}


def test_a_model_in_its_last_form_counts(world: World) -> None:
    book = Notebook(world).code().builds(sequential((128, 128, 3), conv())).code().builds().compiles().fits()
    answer = answers(book)["cnn"]
    assert answer.comparison.same
    assert answer.cell == 0  # where it was made


def test_a_model_that_cannot_be_read_is_passed_over(world: World) -> None:
    book = Notebook(world).code().builds({"class_name": "Sequential", "config": 3}, 9).code().builds(model=2)
    assert answers(book)["cnn"].model == 2


def test_two_networks_are_answered_at_once(world: World) -> None:
    simple = sequential((128, 128, 3), conv(8, activation=None), flatten(), dense(6, "softmax"))
    deep = sequential((128, 128, 3), conv(8), conv(8), flatten(), dense(6, "softmax"))
    for order in ((simple, deep), (deep, simple)):
        book = Notebook(world)
        for number, config in enumerate(order, 1):
            book.code().builds(config, number).compiles(model=number).fits(model=number)
        found = answers(book, simple=SIMPLE, deep=DEEP)
        assert order[found["simple"].model - 1] is simple
        assert order[found["deep"].model - 1] is deep


def test_one_model_answers_one_network_only(world: World) -> None:
    simple = sequential((128, 128, 3), conv(8), flatten(), dense(6, "softmax"))
    found = answers(Notebook(world).code().builds(simple).compiles().fits(), simple=SIMPLE, deep=DEEP)
    assert set(found) == {"simple"}


def test_the_wrong_object_trained_leaves_the_right_one_untrained(world: World) -> None:
    # model2 is built as asked, but fit() is called on model1, which is something else altogether.
    simple = sequential((128, 128, 3), conv(8, activation=None), flatten(), dense(6, "softmax"))
    deep = sequential((128, 128, 3), conv(8), conv(8), flatten(), dense(6, "softmax"))
    book = Notebook(world).code().builds(simple, 1).compiles(model=1).code().fits(model=1)
    book.code().builds(deep, 2).compiles(model=2).code().fits(model=1)
    networks = {"simple": SIMPLE, "deep": DEEP}
    assert judge(book, "validation", network="simple", networks=networks).earned == MET
    grade = judge(book, "validation", network="deep", networks=networks)
    assert (grade.status, grade.found) == ("not_attempted", "the network is never trained")


CNN = {"input": [128, 128, 3], "layers": ["Conv2D(8, 3)", "MaxPooling2D(2)", "Flatten()", "Dense(6)"]}
DROPOUT = CNN | {"layers": ["Conv2D(8, 3)", "Dropout(0.25)", "MaxPooling2D(2)", "Flatten()", "Dense(6)"]}
OWN = {"rules": {"contains": ["conv", "pooling"], "ends_with": "Dense(6)", "differs_from": ["cnn"]}}
PLAIN = sequential((128, 128, 3), conv(8), pool(), flatten(), dense(6, "softmax"))
DROPPING = sequential(
    (128, 128, 3), conv(8), layer("Dropout", rate=0.25), pool(), flatten(), dense(6, "softmax")
)
DEEPER = sequential((128, 128, 3), conv(8), conv(8), pool(), conv(8), pool(), flatten(), dense(6, "softmax"))


def notebook(world: World, *configs: Any, untrained: tuple[int, ...] = ()) -> Notebook:
    """Each network built, trained and evaluated in a cell of its own; models count from 1."""
    book = Notebook(world)
    for number, config in enumerate(configs, 1):
        book.code().builds(config, number).compiles(model=number)
        if number not in untrained:
            book.fits(model=number).evaluates(model=number)
    return book


class TestAlike:
    def test_every_model_that_is_the_same_network(self, world: World) -> None:
        book = notebook(world, PLAIN, DROPPING, PLAIN, PLAIN)
        found = answers(book, cnn=CNN, dropout=DROPOUT)
        assert (found["cnn"].model, found["cnn"].alike) == (4, {1, 3, 4})
        assert (found["dropout"].model, found["dropout"].alike) == (2, {2})

    def test_whatever_the_layers_are_called_and_with_copies_from_files(self, world: World) -> None:
        named = sequential((128, 128, 3), conv(8, name="first"), pool(), flatten(), dense(6, "softmax"))
        book = notebook(world, PLAIN, named).code().saves(model=1).reloads(model=3, of=1)
        assert answers(book, cnn=CNN)["cnn"].alike == {1, 2, 3}

    def test_of_several_the_one_that_was_trained_and_judged(self, world: World) -> None:
        book = notebook(world, PLAIN, PLAIN, PLAIN, untrained=(2, 3))
        assert answers(book, cnn=CNN)["cnn"].model == 1

    def test_one_that_was_only_built_answers_too(self, world: World) -> None:
        assert answers(notebook(world, PLAIN, untrained=(1,)), cnn=CNN)["cnn"].model == 1


class TestNetworksAlike:
    def test_each_is_answered_by_its_own_however_often_it_is_retrained(self, world: World) -> None:
        book = notebook(world, PLAIN, PLAIN, PLAIN, DROPPING)
        found = answers(book, dropout=DROPOUT, cnn=CNN)
        assert (found["cnn"].model, found["dropout"].model) == (3, 4)

    def test_a_forgotten_layer_leaves_the_rubrics_order(self, world: World) -> None:
        found = answers(notebook(world, PLAIN, PLAIN), cnn=CNN, dropout=DROPOUT)
        assert (found["cnn"].model, found["dropout"].model) == (1, 2)

    def test_the_heading_tells_which_was_meant(self, world: World) -> None:
        book = Notebook(world).markdown("## Question 17: dropout").code().builds(PLAIN, 1).compiles().fits()
        book.markdown("## Question 18: other batch sizes").code().builds(PLAIN, 2).compiles(model=2).fits(
            model=2
        )
        line = {"id": "a", "check": "network", "network": "dropout", "title": "t", "points": 1}
        question = {"id": "q17", "title": "Dropout", "section": "Question 17", "checks": [line]}
        networks = {"cnn": CNN, "dropout": DROPOUT}
        work, _ = works(book, rubric_of(networks=networks, questions=[question]))
        assert work.answers["dropout"].model == 1
        assert work.answers["cnn"].model == 2


class TestFreeDesign:
    def test_is_answered_by_the_students_own(self, world: World) -> None:
        for configs in ((PLAIN, DEEPER), (DEEPER, PLAIN)):
            found = answers(notebook(world, *configs), own=OWN, cnn=CNN)
            assert configs[found["own"].model - 1] is DEEPER
            assert configs[found["cnn"].model - 1] is PLAIN

    def test_does_not_take_the_only_model_of_a_prescribed_network(self, world: World) -> None:
        assert set(answers(notebook(world, PLAIN), own=OWN, cnn=CNN)) == {"cnn"}

    def test_not_even_when_that_network_has_another_model_nearly_right(self, world: World) -> None:
        nearly = sequential((128, 128, 3), conv(7), pool(), flatten(), dense(6, "softmax"))
        found = answers(notebook(world, nearly, PLAIN), own={"rules": {"contains": ["conv"]}}, cnn=CNN)
        assert (found["own"].model, found["cnn"].model) == (1, 2)

    def test_is_not_answered_by_another_networks_retrained_copy(self, world: World) -> None:
        wrong = sequential((128, 128, 3), conv(7), pool(), flatten(), dense(6, "softmax"))
        found = answers(notebook(world, wrong, wrong), own=OWN, cnn=CNN)
        assert set(found) == {"cnn"} and found["cnn"].alike == {1, 2}

    def test_alone_it_takes_what_keeps_most_rules_and_was_trained(self, world: World) -> None:
        own = {"rules": {"contains": ["conv", "pooling"], "ends_with": "Dense(6)"}}
        flat = sequential((128, 128, 3), flatten(), dense(6, "softmax"))
        assert answers(notebook(world, DEEPER, flat), own=own)["own"].model == 1
        assert answers(notebook(world, DEEPER, PLAIN, untrained=(2,)), own=own)["own"].model == 1

    def test_has_no_layer_too_many(self, world: World) -> None:
        comparison = answers(notebook(world, DEEPER), own=OWN, cnn=DROPOUT | {"input": [1, 1, 1]})[
            "own"
        ].comparison
        assert {step.verdict for step in comparison.steps} == {"allowed"}


def test_a_copy_of_another_answer_is_none_where_a_network_of_its_own_is_nearer_in_kind(world: World) -> None:
    """The plain network trained twice, and one with its dropout misplaced: that one answers the network with
    dropout, though a plain copy may be more like it."""
    end = (flatten(), dense(6, "softmax"))
    plain = sequential((128, 128, 3), conv(), pool(), *end)
    misplaced = sequential((128, 128, 3), conv(), pool(), layer("Dropout", rate=0.25), *end)
    book = Notebook(world)
    for model, config in enumerate((plain, plain, misplaced), start=1):
        book.code().builds(config, model).compiles(model=model).fits(model=model)
    first = 'Conv2D(32, 3, padding="same", activation="relu")'
    last = ["Flatten()", 'Dense(6, activation="softmax")']
    found = answers(
        book,
        cnn={"input": [128, 128, 3], "layers": [first, "MaxPooling2D(2)", *last]},
        regular={"input": [128, 128, 3], "layers": [first, "Dropout(0.25)", "MaxPooling2D(2)", *last]},
    )
    assert (found["cnn"].model, found["regular"].model) == (2, 3)


class TestUnderTheWorksheetsHeadings:
    """A worksheet that asks for one network under each heading."""

    def found(self, world: World, *configs: Any) -> dict[str, Answer]:
        lines = {
            name: {"id": name, "check": "network", "network": name, "title": "t", "points": 1}
            for name in ("cnn", "deeper")
        }
        questions = [
            {"id": f"q{name}", "title": name, "section": f"The {name} network", "checks": [line]}
            for name, line in lines.items()
        ]
        book = Notebook(world)
        for number, config in enumerate(configs, 1):
            if heading := {2: "## The cnn network", 3: "## The deeper network"}.get(number):
                book.markdown(heading)
            book.code().builds(config, number).compiles(model=number).fits(model=number)
        layers = ["Conv2D(8, 3)", "Conv2D(8, 3)", "MaxPooling2D(2)", "Flatten()", "Dense(6)"]
        networks = {"cnn": CNN, "deeper": CNN | {"layers": layers}}
        return dict(works(book, rubric_of(networks=networks, questions=questions))[0].answers)

    def test_another_network_in_the_place_of_the_one_asked_for_answers_it(self, world: World) -> None:
        warming_up = sequential((128, 128, 3), conv(8), conv(7), pool(), flatten(), dense(6, "softmax"))
        vgg = sequential(
            (128, 128, 3), *(conv(64), conv(64), pool()) * 2, flatten(), dense(512), dense(6, "softmax")
        )
        found = self.found(world, warming_up, PLAIN, vgg)
        assert (found["cnn"].model, found["deeper"].model) == (2, 3)

    def test_something_altogether_different_answers_nothing(self, world: World) -> None:
        autoencoder = sequential((128, 128, 3), *(layer("Conv2DTranspose", filters=3, kernel_size=3),) * 9)
        assert set(self.found(world, autoencoder, PLAIN, autoencoder)) == {"cnn"}


def test_of_two_copies_the_untrained_one_is_no_answer_to_the_next_network(world: World) -> None:
    """A function that builds the first network is called twice; the second network is never trained."""
    book = Notebook(world).code().builds(PLAIN, 1).code().builds(PLAIN, 2).compiles(model=2).fits(model=2)
    book.code().builds(DROPPING, 3)
    found = answers(book, cnn=CNN, dropout=DROPOUT)
    assert (found["cnn"].model, found["dropout"].model) == (2, 3)
