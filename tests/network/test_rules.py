"""Networks of free design: which rules a student's network keeps."""

from __future__ import annotations

from typing import Any

import pytest
from serialized import conv, dense, flatten, layer, pool, sequential

from grader.network.canonical import read_network
from grader.network.rules import FreeNetwork, Verdict, element, judge_rules, rules_text
from grader.network.spec import LayerSyntaxError, parse_layer

SMALL = [conv(16), pool(), flatten(), dense(10, "softmax")]


def free(*contains: str, ends_with: str | None = None, **more: Any) -> FreeNetwork:
    last = parse_layer(ends_with) if ends_with else None
    return FreeNetwork(contains=tuple(map(element, contains)), ends_with=last, **more)


def judged(rules: FreeNetwork, *layers: Any, **more: Any) -> tuple[Verdict, ...]:
    return judge_rules(read_network(sequential((32, 32, 3), *layers)), rules, **more)


def broken(rules: FreeNetwork, *layers: Any, **more: Any) -> list[str]:
    return [verdict.found for verdict in judged(rules, *layers, **more) if not verdict.kept]


class TestContains:
    @pytest.mark.parametrize(
        "layers",
        [
            SMALL,
            [conv(), conv(), layer("BatchNormalization"), pool(), layer("Dropout", rate=0.5), *SMALL],
            [conv(), layer("AveragePooling2D", pool_size=[2, 2]), flatten(), dense(10)],
            [layer("SeparableConv2D", filters=8, kernel_size=[3, 3]), pool(), flatten(), dense(10)],
        ],
    )
    def test_families_in_their_order_with_anything_between(self, layers: list[Any]) -> None:
        assert broken(free("conv", "pooling", "flattening", "Dense"), *layers) == []

    def test_global_pooling_pools_and_flattens(self) -> None:
        layers = [conv(), layer("GlobalAveragePooling2D"), dense(10)]
        assert broken(free("Conv2D", "pooling", "flattening", "Dense"), *layers) == []

    def test_each_missing_element_is_one(self) -> None:
        rules = free("Conv2D", "pooling", "flattening", "Dense")
        assert broken(rules, flatten(), dense(10)) == ["no Conv2D", "no pooling"]

    def test_out_of_order_is_not_there(self) -> None:
        rules = free("pooling", "Conv2D", "flattening")
        assert broken(rules, conv(), pool(), flatten()) == ["no Conv2D after pooling"]

    def test_so_many_of_a_kind(self) -> None:
        rules = free("conv", "pooling", "conv", "pooling")
        assert broken(rules, *SMALL) == ["1 conv", "1 pooling"]
        assert broken(rules, conv(), pool(), *SMALL) == []

    def test_a_layer_may_state_its_arguments(self) -> None:
        assert broken(free("Conv2D(16..64, 3)"), conv(32)) == []
        assert broken(free("Conv2D(16..64, 3)"), conv(8)) == ["no Conv2D(16..64, 3)"]

    def test_normalization_is_of_batches_not_of_pixels(self) -> None:
        assert broken(free("normalization"), layer("Normalization", axis=-1)) == ["no normalization"]
        assert broken(free("normalization"), layer("BatchNormalization")) == []

    @pytest.mark.parametrize(("word", "meant"), [("pool", "pooling"), ("convs", "conv"), ("Conv2", "Conv2D")])
    def test_a_misspelt_family_or_layer_is_an_error(self, word: str, meant: str) -> None:
        with pytest.raises(LayerSyntaxError, match=f'did you mean "{meant}"'):
            element(word)


class TestEnding:
    rules = free(ends_with='Dense(10, activation="softmax")')

    @pytest.mark.parametrize("last", [[dense(10, "softmax")], [dense(10, None), layer("Softmax", axis=-1)]])
    def test_as_asked(self, last: list[Any]) -> None:
        assert broken(self.rules, flatten(), *last) == []

    def test_logits_with_a_loss_that_takes_them(self) -> None:
        assert broken(self.rules, flatten(), dense(10, None), from_logits=True) == []
        assert broken(self.rules, flatten(), dense(10, None)) == ["the output has no activation"]

    @pytest.mark.parametrize(
        ("last", "found"),
        [
            (dense(6, "softmax"), "the last Dense has units 6"),
            (dense(10, "sigmoid"), "the output has the activation sigmoid"),
            (layer("Dropout", rate=0.5), "ends with Dropout"),
        ],
    )
    def test_otherwise(self, last: Any, found: str) -> None:
        assert broken(self.rules, flatten(), last) == [found]


def test_parameters_lie_in_a_range() -> None:
    assert broken(free(at_least=1_000, at_most=50_000), *SMALL) == []
    assert broken(free(at_least=50_000), *SMALL) == ["41,418 parameters"]
    assert broken(free(at_most=40_000), *SMALL) == ["41,418 parameters"]


def test_the_input_is_a_rule_where_it_is_stated() -> None:
    assert broken(free(input=(32, 32, 3)), *SMALL) == []
    assert broken(free(input=(64, 64, None)), *SMALL) == ["32×32×3"]


def test_another_network_than_one_that_it_is() -> None:
    rules = free(differs_from=("dense", "cnn"))
    assert broken(rules, *SMALL) == []
    assert broken(rules, *SMALL, same_as=["cnn"]) == ["the same layers as cnn"]


def test_rules_in_words() -> None:
    rules = free("Conv2D", "pooling", ends_with="Dense(10)", at_least=1_000, differs_from=("cnn",))
    assert rules_text(rules) == (
        "Conv2D → pooling",
        "ends with Dense(10)",
        "at least 1,000 parameters",
        "another network than cnn",
    )
