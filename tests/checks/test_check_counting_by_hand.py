"""``parameters_by_hand``: a network's parameters as the student worked them out."""

from __future__ import annotations

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge

LAYERS = [
    "Flatten()",
    "Dense(2048, activation='relu')",
    "Dense(1024, activation='relu')",
    "Dense(512, activation='relu')",
    "Dense(256, activation='relu')",
    "Dense(10)",
]
DENSE = {"dense": {"input": [32, 32, 3], "layers": LAYERS}}
CODE = """
layer1 = 32 * 32 * 3 * 2048 + 2048
layer2 = 2048 * 1024 + 1024
layer3 = 1024 * 512 + 512
layer4 = 512 * 256 + 256
layer5 = 256 * 10 + 10
"""


@pytest.fixture
def book(world: World) -> Notebook:
    return Notebook(world).markdown("# The dense network")


def grade(book: Notebook):
    return judge(book, "parameters_by_hand", network="dense", networks=DENSE)


class TestMet:
    @pytest.mark.parametrize(
        "text",
        [
            "By hand I get 9,050,378 parameters.",
            "Total = 9 050 378",
            "It comes to 9.05 million parameters in all.",
            "3072*2048+2048 = 6293504; 2048*1024+1024 = 2098176; 524800; 131328; 2570; sum 9050378",
            "6293504 + 2098176 + 524800 + 131328 + 2570",
            "My hand count of 9,050,378 is the same as in summary().",
        ],
    )
    def test_in_words(self, book: Notebook, text: str) -> None:
        assert grade(book.markdown(text)).earned == MET

    def test_in_a_comment(self, book: Notebook) -> None:
        assert grade(book.code("# 3072*2048+2048 + 2098176 + 524800 + 131328 + 2570 = 9050378")).earned == MET

    def test_worked_out_by_the_code(self, book: Notebook) -> None:
        total = "print(layer1 + layer2 + layer3 + layer4 + layer5)"
        assert grade(book.code(CODE + total, "9050378")).earned == MET

    def test_over_several_cells(self, book: Notebook) -> None:
        book.code(CODE).code("total = layer1 + layer2 + layer3 + layer4 + layer5\ntotal", "9050378")
        assert grade(book).earned == MET

    def test_by_a_function_of_ones_own(self, book: Notebook) -> None:
        source = (
            "def dense(a, b):\n    return a * b + b\nprint(dense(3072, 2048) + dense(2048, 1024) + 658698)"
        )
        assert grade(book.code(source, "9050378")).earned == MET


class TestPartly:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("About 9 million parameters.", "about 9,000,000"),
            ("Layer 1: 6,293,504. Layer 2: 2,098,176. Layer 3: 524,800.", "the sums of 3 of 5 layers"),
            ("Without the biases the total is 9,046,528 parameters", "9,046,528"),
        ],
    )
    def test_a_part_of_it(self, book: Notebook, text: str, found: str) -> None:
        result = grade(book.markdown(text))
        assert result.earned == PARTLY and result.found.startswith(found)

    def test_a_sum_that_contradicts_the_layers(self, book: Notebook) -> None:
        text = (
            "6293504, 2098176, 524800, 131328, 2570. Total by hand: 9,150,000, but summary() says 9,050,378."
        )
        result = grade(book.markdown(text))
        assert result.earned == PARTLY and "differ" in result.hint


class TestNot:
    def test_what_summary_prints_is_no_count(self, book: Notebook) -> None:
        book.code("model.summary()", "Total params: 9,050,378 (34.52 MB)")
        book.code("print(model.count_params())", "9050378")
        assert grade(book).status == "not_attempted"

    def test_nor_is_a_summary_pasted_below(self, book: Notebook) -> None:
        book.markdown(
            "dense (Dense)  (None, 2048)  6293504\nTotal params: 9,050,378\nNon-trainable params: 0"
        )
        assert grade(book).status == "not_attempted"

    def test_another_number(self, book: Notebook) -> None:
        result = grade(book.markdown("In total the network has 12,500,000 parameters."))
        assert (result.earned, result.found) == (NOT, "12,500,000")

    def test_the_right_one_only_quoted(self, book: Notebook) -> None:
        text = "By hand I count 12,000,000 parameters; summary() shows 9,050,378."
        assert grade(book.markdown(text)).earned == NOT

    def test_one_layer_is_too_little(self, book: Notebook) -> None:
        assert grade(book.markdown("The first layer has 6,293,504.")).earned == NOT

    def test_silence(self, book: Notebook) -> None:
        assert grade(book).status == "not_attempted"


def test_the_count_for_the_network_that_was_built(world: World) -> None:
    from serialized import worksheet5

    networks = {"dense": {"input": [128, 128, 3], "layers": ["Conv2D(16, 3)", "Flatten()", "Dense(6)"]}}
    book = Notebook(world).code().builds(config=worksheet5()).markdown("2,116,454 parameters in total")
    assert judge(book, "parameters_by_hand", network="dense", networks=networks).earned == MET
