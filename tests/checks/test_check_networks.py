"""The network's structure: single layers, the output layer, the whole in order, the number of parameters."""

from __future__ import annotations

import pytest
from evidence_builder import MET, NOT, PARTLY, Notebook, World, judge
from serialized import WORKSHEET5, conv, dense, flatten, layer, pool, sequential, worksheet5

from grader.errors import UserError
from grader.evidence.events import Summarised


def built(world: World, changes: dict | None = None, **compiled: object) -> Notebook:
    book = Notebook(world).code().builds(worksheet5(changes=changes)).code().compiles(**compiled)
    return book.code().fits()


class TestLayer:
    @pytest.mark.parametrize("position", range(1, 6))
    def test_as_the_worksheet_states_it(self, world: World, position: int) -> None:
        grade = judge(built(world), "layer", network="cnn", layer=position)
        assert (grade.earned, grade.cells) == (MET, (0,))

    @pytest.mark.parametrize(
        ("changed", "mend"),
        [
            (conv(filters=16), "Set filters=32; it is 16."),
            (conv(padding="valid"), 'Set padding="same"; it is "valid".'),
            (conv(size=5), "Set kernel_size=(3, 3); it is 5×5."),
            (conv(activation="sigmoid"), 'Set activation="relu"; it is sigmoid.'),
            (conv(activation=None), 'Set activation="relu"; it is none.'),
        ],
    )
    def test_one_wrong_argument_is_partly(self, world: World, changed: object, mend: str) -> None:
        grade = judge(built(world, {0: changed}), "layer", network="cnn", layer=1)
        assert (grade.earned, grade.hint) == (PARTLY, mend)

    def test_two_wrong_arguments_are_not(self, world: World) -> None:
        grade = judge(built(world, {0: conv(filters=16, padding="valid")}), "layer", network="cnn", layer=1)
        assert grade.earned == NOT
        assert "filters=32" in grade.hint and 'padding="same"' in grade.hint

    def test_a_hyper_parameter_can_be_judged_apart(self, world: World) -> None:
        book = built(world, {0: conv(filters=16, activation=None)})
        assert judge(book, "layer", network="cnn", layer=1, besides=["activation"]).earned == PARTLY
        assert judge(book, "layer", network="cnn", layers=[1, 3], only=["activation"]).earned == PARTLY
        assert judge(book, "layer", network="cnn", layer=1, only=["activation"]).earned == NOT
        assert judge(book, "layer", network="cnn", layer=1, only=["padding"]).earned == MET

    def test_another_kind_of_layer_has_none_of_them(self, world: World) -> None:
        book = built(world, {1: layer("AveragePooling2D", pool_size=[2, 2])})
        assert judge(book, "layer", network="cnn", layer=2, only=["pool_size"]).earned == NOT

    def test_another_kind_of_layer_is_not(self, world: World) -> None:
        book = built(world, {1: layer("AveragePooling2D", pool_size=[2, 2])})
        grade = judge(book, "layer", network="cnn", layer=2)
        assert (grade.earned, grade.hint) == (NOT, "Put MaxPooling2D in place of AveragePooling2D.")

    def test_a_missing_layer_is_not(self, world: World) -> None:
        grade = judge(built(world, {2: [], 3: []}), "layer", network="cnn", layer=3)
        assert (grade.earned, grade.found) == (NOT, "no such layer")
        assert grade.hint == 'Add Conv2D(32, 3, strides=1, padding="same", activation="relu").'

    def test_several_layers_count_alike(self, world: World) -> None:
        grade = judge(built(world, {5: dense(32)}), "layer", network="cnn", layers=[6, 7])
        assert (grade.status, grade.earned) == ("partial", 6)  # one right, one partly

    @pytest.mark.parametrize("order", [(64, 128), (128, 64)])
    def test_the_dense_layers_may_stand_either_way(self, world: World, order: tuple[int, int]) -> None:
        book = built(world, {5: dense(order[0]), 6: dense(order[1])})
        assert judge(book, "layer", network="cnn", layers=[6, 7]).earned == MET

    def test_a_separate_activation_is_the_same(self, world: World) -> None:
        book = built(world, {0: [conv(activation=None), layer("ReLU")]})
        assert judge(book, "layer", network="cnn", layer=1).earned == MET

    def test_no_network_at_all_is_absent(self, world: World) -> None:
        grade = judge(Notebook(world).code("x = 1"), "layer", network="cnn", layer=1)
        assert (grade.status, grade.earned) == ("not_attempted", NOT)


class TestOutputLayer:
    def judge(self, world: World, last: object, **compiled: object):
        return judge(built(world, {7: last}, **compiled), "output_layer", network="cnn", layer=8)

    def test_softmax(self, world: World) -> None:
        assert self.judge(world, dense(6, "softmax")).earned == MET

    def test_logits_with_a_loss_that_expects_them(self, world: World) -> None:
        assert self.judge(world, dense(6, None), from_logits=True).earned == MET

    def test_logits_with_a_loss_that_does_not_are_partly(self, world: World) -> None:
        assert self.judge(world, dense(6, None)).earned == PARTLY

    @pytest.mark.parametrize("last", [dense(6, "sigmoid"), dense(10, "softmax")])
    def test_six_sigmoids_or_ten_softmaxes_are_partly(self, world: World, last: object) -> None:
        assert self.judge(world, last).earned == PARTLY

    def test_ten_logits_are_not_mended_by_the_loss(self, world: World) -> None:
        assert self.judge(world, dense(10, None), from_logits=True).earned == NOT


class TestOrder:
    def judge(self, world: World, changes: dict | None = None, **parameters: object):
        return judge(built(world, changes), "network", network="cnn", judge="order")

    def test_as_asked_whatever_the_arguments(self, world: World) -> None:
        assert self.judge(world, {0: conv(filters=8), 5: dense(7)}).earned == MET

    @pytest.mark.parametrize(
        ("changes", "points"),
        [
            ({1: []}, PARTLY),
            ({2: [], 3: []}, PARTLY),  # a block counts once
            ({1: layer("AveragePooling2D", pool_size=[2, 2])}, PARTLY),
            ({3: [pool(), conv(), pool()]}, PARTLY),
            ({1: [], 4: layer("GlobalAveragePooling2D")}, NOT),
        ],
    )
    def test_one_departure_is_partly_more_are_not(self, world: World, changes: dict, points: object) -> None:
        grade = self.judge(world, changes)
        assert grade.earned == points
        assert "Conv2D → MaxPooling2D" in grade.hint

    def test_what_the_rubric_leaves_room_for_is_remarked_on(self, world: World) -> None:
        grade = self.judge(world, {5: [dense(64), layer("Dropout", rate=0.5)]})
        assert grade.earned == MET
        assert grade.remarks == ("Dropout(0.5) was added, which the worksheet leaves room for.",)

    def test_what_it_does_not_is_partly(self, world: World) -> None:
        assert self.judge(world, {0: [conv(), layer("BatchNormalization")]}).earned == PARTLY


class TestWhole:
    def judge(self, world: World, changes: dict | None = None):
        return judge(built(world, changes), "network", network="cnn")

    def test_as_asked(self, world: World) -> None:
        assert self.judge(world).earned == MET

    def test_the_share_that_is_as_asked(self, world: World) -> None:
        little, much = self.judge(world, {0: conv(filters=31)}), self.judge(world, {2: [], 3: [], 4: []})
        assert NOT < much.earned < little.earned < MET
        assert "has filters 31 where the worksheet asks for 32" in little.found

    def test_an_unrelated_network_answers_nothing(self, world: World) -> None:
        book = Notebook(world).code().builds(sequential((4,), dense(3)), shape=(4,))
        assert judge(book, "network", network="cnn").status == "not_attempted"


class TestParameters:
    def test_the_same_number(self, world: World) -> None:
        assert judge(built(world), "parameters", network="cnn", count=2_116_454).earned == MET

    def test_are_counted_from_the_configuration_not_claimed(self, world: World) -> None:
        small = sequential((8, 8, 3), conv(4), flatten(), dense(6, "softmax"))
        right = 3 * 3 * 3 * 4 + 4 + 8 * 8 * 4 * 6 + 6
        networks = {"small": {"input": [8, 8, 3], "layers": ["Conv2D(4, 3)", "Flatten()", "Dense(6)"]}}
        book = Notebook(world).code().builds(small, shape=(8, 8, 3), parameters=1)
        grade = judge(book, "parameters", network="small", count=right, networks=networks)
        assert (grade.earned, grade.found) == (MET, f"{right:,} parameters")
        grade = judge(book, "parameters", network="small", count=right + 1, networks=networks)
        assert grade.earned == NOT
        assert "summary()" in grade.hint


class TestAsOneRequirement:
    """``judge: whole``: one slip is partly, two are not."""

    def judge(self, world: World, changes: dict | None = None):
        return judge(built(world, changes), "network", network="cnn", judge="whole")

    def test_as_asked(self, world: World) -> None:
        assert self.judge(world).earned == MET
        assert self.judge(world, {5: [dense(64), layer("Dropout", rate=0.5)]}).earned == MET

    @pytest.mark.parametrize(
        ("changes", "points"),
        [
            ({0: conv(filters=16)}, PARTLY),
            ({0: conv(padding="valid"), 2: conv(padding="valid")}, PARTLY),  # the padding everywhere
            ({0: conv(filters=16, padding="valid")}, NOT),
            ({0: conv(filters=16), 2: conv(filters=64)}, NOT),
            ({1: []}, PARTLY),
            ({2: [], 3: []}, PARTLY),  # a block
            ({1: [], 4: [], 7: dense(5, "softmax")}, NOT),
            ({3: [pool(), conv(8)]}, PARTLY),
            ({0: [conv(), layer("BatchNormalization")], 2: [conv(), layer("BatchNormalization")]}, PARTLY),
            ({0: [conv(), layer("BatchNormalization")], 2: conv(8)}, NOT),
            ({4: layer("GlobalAveragePooling2D")}, PARTLY),
            ({7: dense(6, None)}, PARTLY),
        ],
    )
    def test_slips(self, world: World, changes: dict, points: object) -> None:
        grade = self.judge(world, changes)
        assert grade.earned == points
        assert grade.found

    def test_the_input_is_one(self, world: World) -> None:
        book = (
            Notebook(world).code().builds(worksheet5(shape=(64, 64, 3)), shape=(64, 64, 3)).compiles().fits()
        )
        assert judge(book, "network", network="cnn", judge="whole").earned == PARTLY


class TestParametersWithoutACount:
    def test_are_worked_out_where_the_rubric_states_none(self, world: World) -> None:
        assert judge(built(world), "parameters", network="cnn").earned == MET
        swapped = judge(built(world, {5: dense(128), 6: dense(64)}), "parameters", network="cnn")
        assert swapped.earned == MET  # the rubric leaves their order free
        assert judge(built(world, {0: conv(16)}), "parameters", network="cnn").earned == NOT

    def test_of_a_free_design_need_a_count(self, world: World) -> None:
        networks = {"own": {"rules": {"contains": ["conv"]}}}
        with pytest.raises(UserError, match="give the check a count"):
            judge(built(world), "parameters", network="own", networks=networks)


OWN = {
    "rules": {
        "contains": ["conv", "pooling", "flattening"],
        "ends_with": 'Dense(6, activation="softmax")',
        "parameters": "1_000..5_000_000",
    }
}


class TestRules:
    def judge(self, world: World, changes: dict | None = None, **compiled: object):
        book = built(world, changes, **compiled)
        return judge(book, "rules", network="own", networks={"own": OWN})

    def test_all_kept(self, world: World) -> None:
        assert self.judge(world).earned == MET
        assert self.judge(world, {7: dense(6, None)}, from_logits=True).earned == MET

    def test_one_broken_is_partly_and_named(self, world: World) -> None:
        grade = self.judge(world, {7: dense(6, None)})
        assert (grade.earned, grade.found) == (PARTLY, "the output has no activation")
        grade = self.judge(world, {1: [], 3: layer("Dropout", rate=0.5), 0: [], 2: conv(strides=[4, 4])})
        assert (grade.earned, grade.found) == (PARTLY, "no pooling")

    def test_two_broken_are_not(self, world: World) -> None:
        grade = self.judge(world, {0: [], 2: [], 7: dense(10, "softmax")})
        assert (grade.earned, grade.found) == (NOT, "no conv; the last Dense has units 10")

    def test_another_network_is_asked_for(self, world: World) -> None:
        own = {"rules": {"contains": ["conv"], "differs_from": ["cnn"]}}
        cnn = {"input": [128, 128, 3], "layers": list(WORKSHEET5)}
        same, other = worksheet5(), worksheet5(changes={5: dense(32)})
        for config, points in ((same, NOT), (other, MET)):
            book = Notebook(world).code().builds(worksheet5()).compiles().fits()
            book.code().builds(config, 2).compiles(model=2).fits(model=2)
            assert judge(book, "rules", network="own", networks={"cnn": cnn, "own": own}).earned == points


class TestSummarised:
    def test_of_it_or_of_a_model_that_is_the_same(self, world: World) -> None:
        book = built(world).happens(Summarised, model=1)
        assert judge(book, "summarised", network="cnn").earned == MET
        book = Notebook(world).code().builds(model=1).happens(Summarised, model=1)
        book.code().builds(model=2).compiles(model=2).fits(model=2)
        assert judge(book, "summarised", network="cnn").earned == MET

    def test_not_of_another(self, world: World) -> None:
        book = built(world).code().builds(sequential((128, 128, 3), flatten(), dense(6)), 2)
        grade = judge(book.happens(Summarised, model=2), "summarised", network="cnn")
        assert (grade.earned, grade.found) == (NOT, "no summary of it")
