"""All networks in one variable, and the cell of one of them fails: the rest is about the written one."""

from __future__ import annotations

from evidence_builder import MET, PARTLY, Notebook, World, judge
from serialized import dense, flatten, sequential

NO_NAME = "name '{}' is not defined"
NETWORKS = {
    "shallow": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(32)", "Dense(6)"]},
    "deep": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(64)", "Dense(64)", "Dense(6)"]},
    "wide": {"input": [128, 128, 3], "layers": ["Flatten()", "Dense(999)", "Dense(6)"]},
}
SHALLOW = sequential((128, 128, 3), flatten(), dense(32), dense(6, "softmax"))
DEEP = "{} = Sequential([Flatten(), Dense(64), Dense(64), Dense(6, activation='softmax')])"
WIDE = "{} = Sequential([Flatten(), Dense(999), Dense(6, activation='softmax')])"
TRAIN = "{}.compile(loss='mse')\n{}.fit(x_train, y_train, epochs={})"


def epochs(book: Notebook, network: str, asked: int) -> tuple[object, object]:
    grade = judge(book, "epochs", network=network, epochs=asked, networks=NETWORKS)
    return grade.earned, grade.cause


class TestOneVariable:
    def book(self, world: World, *, rebuilt: bool = False) -> Notebook:
        """``model`` is built and trained; its second network's cell fails, and the rest runs on the first."""
        book = Notebook(world).code("model = first()").builds(SHALLOW, 1)
        book.code(TRAIN.format("model", "model", 9)).compiles(model=1).fits(model=1, epochs=9)
        book.crashes(f"missing\n{DEEP.format('model')}", message=NO_NAME.format("missing"))
        return (
            book.code(TRAIN.format("model", "model", 5))
            .compiles(model=1)
            .builds(SHALLOW, 1)
            .fits(model=1, epochs=5)
        )

    def test_the_first_network_keeps_what_was_meant_for_it(self, world: World) -> None:
        assert epochs(self.book(world), "shallow", 9) == (MET, None)

    def test_the_second_one_is_judged_as_written(self, world: World) -> None:
        assert epochs(self.book(world), "deep", 5) == (MET, "knock_on")
        grade = judge(self.book(world), "layer", network="deep", layer=2, networks=NETWORKS)
        assert (grade.earned, grade.cause) == (PARTLY, "own")

    def test_a_third_one_that_was_built_is_its_own(self, world: World) -> None:
        wide = sequential((128, 128, 3), flatten(), dense(999), dense(6, "softmax"))
        book = self.book(world).code(WIDE.format("model")).builds(wide, 3)
        book.code(TRAIN.format("model", "model", 7)).compiles(model=3).fits(model=3, epochs=7)
        assert epochs(book, "wide", 7) == (MET, None)
        assert epochs(book, "deep", 5) == (MET, "knock_on")
        assert epochs(book, "shallow", 9) == (MET, None)

    def test_nothing_is_moved_when_the_cell_failed_behind_the_network(self, world: World) -> None:
        deep = sequential((128, 128, 3), flatten(), dense(64), dense(64), dense(6, "softmax"))
        book = Notebook(world).code("model = first()").builds(SHALLOW, 1).code().compiles(model=1)
        book.fits(model=1, epochs=9)
        book.crashes(f"{DEEP.format('model')}\nmissing", message=NO_NAME.format("missing")).builds(deep, 2)
        book.code(TRAIN.format("model", "model", 5)).compiles(model=2).fits(model=2, epochs=5)
        assert epochs(book, "deep", 5) == (MET, None)


def test_two_that_are_only_written_have_their_own_calls(world: World) -> None:
    book = Notebook(world).crashes(DEEP.format("one"), message=NO_NAME.format("Sequential"))
    book.crashes(WIDE.format("two"), message=NO_NAME.format("Sequential"))
    book.crashes(TRAIN.format("one", "one", 5), message=NO_NAME.format("one"))
    book.crashes(TRAIN.format("two", "two", 7), message=NO_NAME.format("two"))
    assert epochs(book, "deep", 5) == (MET, "knock_on")
    assert epochs(book, "wide", 7) == (MET, "knock_on")


def test_a_name_given_anew_is_not_the_network_of_before(world: World) -> None:
    book = Notebook(world).crashes(DEEP.format("model"), message=NO_NAME.format("Sequential"))
    book.crashes(TRAIN.format("model", "model", 5), message=NO_NAME.format("model"))
    book.crashes(WIDE.format("model"), message=NO_NAME.format("Sequential"))
    book.crashes(TRAIN.format("model", "model", 7), message=NO_NAME.format("model"))
    assert epochs(book, "deep", 5) == (MET, "knock_on")
    assert epochs(book, "wide", 7) == (MET, "knock_on")
