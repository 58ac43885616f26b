"""The first look at the data: loaded, shapes and classes told, names listed, some of it held out."""

from __future__ import annotations

import pytest
from evidence_builder import CLASSES, MET, NOT, PARTLY, Notebook, World, judge, trained

from grader.evidence.events import DatasetLoaded

IMAGES, LABELS = len(CLASSES) * 5, len(CLASSES)


def grade(book: Notebook, check: str, **more: object):
    return judge(book, check, data="fruits", **more)


class TestDataLoaded:
    def test_by_a_loader_of_that_name(self, world: World) -> None:
        book = (
            Notebook(world).code().happens(DatasetLoaded, dataset=1, loader="keras.datasets.fruits.load_data")
        )
        assert grade(book, "data_loaded").earned == MET

    def test_by_what_a_network_is_given(self, world: World) -> None:
        assert grade(trained(world), "data_loaded").earned == MET

    def test_a_loader_that_fails(self, world: World) -> None:
        book = Notebook(world).code()
        book.happens(DatasetLoaded, dataset=1, loader="fruits.load_data", error="ValueError")
        assert grade(book, "data_loaded").earned == NOT

    def test_other_data(self, world: World) -> None:
        book = Notebook(world).code().happens(DatasetLoaded, dataset=1, loader="mnist.load_data")
        assert grade(book, "data_loaded").status == "not_attempted"


class TestShapeShown:
    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("print(x.shape, y.shape)", f"({IMAGES}, 32, 32, 3) ({IMAGES}, 1)"),
            ("x.shape, y.shape", f"(({IMAGES}, 32, 32, 3), ({IMAGES},))"),
            ("print(x.shape, y.shape)", f"TensorShape([{IMAGES}, 32, 32, 3]) [{IMAGES}, {LABELS}]"),
            ("print(x.shape[1:], len(y)); print(x.shape)", f"({IMAGES}, 32, 32, 3) {IMAGES}0 ({IMAGES},)"),
        ],
    )
    def test_both(self, world: World, source: str, text: str) -> None:
        assert grade(Notebook(world).code(source, text), "shape_shown").earned == MET

    def test_an_assertion_that_holds(self, world: World) -> None:
        source = f"assert x.shape == ({IMAGES}, 32, 32, 3)\nassert y.shape == ({IMAGES}, 1)"
        assert grade(Notebook(world).code(source), "shape_shown").earned == MET

    def test_one_of_two(self, world: World) -> None:
        book = Notebook(world).code("print(x.shape)", f"({IMAGES}, 32, 32, 3)")
        assert grade(book, "shape_shown").earned == PARTLY
        assert grade(book, "shape_shown", of=["images"]).earned == MET

    @pytest.mark.parametrize("text", ["(32, 32, 3)", "(None, 32, 32, 3)", "(1, 32, 32, 3)", ""])
    def test_other_shapes(self, world: World, text: str) -> None:
        assert grade(Notebook(world).code("print(x[0].shape)", text), "shape_shown").status == "not_attempted"


class TestClassesCounted:
    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("print(len(np.unique(y)))", "6"),
            ("np.unique(y, return_counts=True)", "(array([0, 1, 2, 3, 4, 5]), array([5, 5, 5, 5, 5, 5]))"),
            ("pd.Series(y).value_counts()", "0    5\n1    5\n2    5\n3    5\n4    5\n5    5"),
            ("print('classes:', len(class_names))", "classes: 6"),
        ],
    )
    def test_counted(self, world: World, source: str, text: str) -> None:
        assert grade(Notebook(world).code(source, text), "classes_counted").earned == MET

    def test_typed_in(self, world: World) -> None:
        book = Notebook(world).code("print('Number of classes: 6')", "Number of classes: 6")
        assert grade(book, "classes_counted").earned == PARTLY

    @pytest.mark.parametrize(("source", "text"), [("print(x)", "6"), ("print(len(np.unique(y)))", "60")])
    def test_not(self, world: World, source: str, text: str) -> None:
        assert grade(Notebook(world).code(source, text), "classes_counted").status == "not_attempted"


class TestNamesListed:
    @pytest.mark.parametrize(
        "source",
        [
            f"names = {list(CLASSES)}",
            f"names = {tuple(CLASSES)}",
            f"names = dict(enumerate({list(CLASSES)}))",
            f"names = {dict(enumerate(CLASSES))}",
            f"names = '{' '.join(CLASSES)}'.split()",
            f"names = np.array({[name.upper() for name in CLASSES]})",
            "class_names = ['eins', 'zwei', 'drei', 'vier', 'fünf', 'sechs']",
        ],
    )
    def test_in_order(self, world: World, source: str) -> None:
        assert grade(Notebook(world).code(source), "names_listed").earned == MET

    def test_in_another_order(self, world: World) -> None:
        book = Notebook(world).code(f"names = {list(reversed(CLASSES))}")
        assert grade(book, "names_listed").earned == PARTLY

    @pytest.mark.parametrize(
        "source", ["colours = ['a', 'b', 'c', 'd', 'e', 'f']", "names = ['acai']", "x = 1"]
    )
    def test_not(self, world: World, source: str) -> None:
        assert grade(Notebook(world).code(source), "names_listed").status == "not_attempted"


class TestSplitMade:
    def grade(self, book: Notebook):
        return grade(book, "split_made", network="cnn")

    def test_validation_images_of_their_own(self, world: World) -> None:
        assert self.grade(trained(world)).earned == MET

    def test_a_validation_split(self, world: World) -> None:
        assert self.grade(trained(world, validation=None, validation_split=0.2)).earned == MET

    def test_the_test_set(self, world: World) -> None:
        assert self.grade(trained(world, validation=None).code().evaluates()).earned == MET

    def test_validated_on_what_it_is_trained_on(self, world: World) -> None:
        result = self.grade(trained(world, validation=world.data("train", 0, 12)))
        assert result.earned == NOT and "trained on" in result.found

    def test_nothing_held_out(self, world: World) -> None:
        assert self.grade(trained(world, validation=None)).earned == NOT

    def test_never_trained(self, world: World) -> None:
        assert self.grade(Notebook(world).code().builds()).status == "not_attempted"
