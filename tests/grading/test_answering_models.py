"""Which of a notebook's models answers which network of the rubric."""

from __future__ import annotations

from typing import Any

from evidence_builder import MET, Notebook, World, judge, other_data, rubric_of, trained, works
from serialized import conv, dense, flatten, pool, sequential, worksheet5

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
