"""Numbers as people write them: groups, rounding, arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.numbers import numbers_in, values_of

DENSE = 9_050_378


def states(text: str, whole: int) -> bool:
    return any(number.states(whole) for number in numbers_in(text))


def grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


class TestOneNumberManyWays:
    @pytest.mark.parametrize(
        "text",
        [
            "9050378",
            "9,050,378",
            "9 050 378",
            "9\u202f050\u202f378",
            "9.050.378",
            "9'050'378",
            "9_050_378",
            "90,50,378",
            "$9{,}050{,}378$",
            "(9,050,378)",
            "total: 9,050,378.",
            "9.05 million",
            "9.05M parameters",
            "9,05 Mio",
            "9.05e6",
            "9.05 x 10^6",
            r"9.05 \times 10^{6}",
            "9050k",
            "about 9 million",
            "6293504+2098176+524800+131328+2570",
            "6,293,504 + 2,098,176 + 524,800 + 131,328 + 2,570 =",
            "(3072+1)*2048 + (2048+1)*1024 + (1024+1)*512 + (512+1)*256 + (256+1)*10",
            "3072 x 2048 + 2048 + 2048·1024 + 1024 + 1024×512 + 512 + 512*256 + 256 + 256*10 + 10",
        ],
    )
    def test_is_found(self, text):
        assert states(text, DENSE)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "9050379",
            "9,050",
            "378",
            "9.06 million",
            "8 million",
            "9,050,378,000",
            "19,050,378",
            "v9050378",
        ],
    )
    def test_another_is_not(self, text):
        assert not states(text, DENSE)

    @pytest.mark.parametrize(
        ("text", "digits"), [("9.05 million", 3), ("about 9 million", 1), ("9,050,000", 3), ("9050378", 7)]
    )
    def test_how_many_digits_were_given(self, text, digits):
        assert max(number.digits for number in numbers_in(text) if number.states(DENSE)) == digits

    def test_cut_off_and_rounded_are_alike(self):
        assert states("2.09 million", 2_098_176) and states("2.1M", 2_098_176)

    @given(
        st.integers(1, 10**12),
        st.sampled_from([",", " ", "\u00a0", "\u202f", ".", "'", "_"]),
        st.sampled_from(["{}", "It has {} parameters.", "({})", "= {},", "a: {}; b"]),
    )
    def test_any_whole_number_in_any_grouping(self, number, mark, sentence):
        assert states(sentence.format(number), number)
        assert states(sentence.format(grouped(number, mark)), number)

    @given(st.integers(1_000_000, 10**9))
    def test_any_number_of_millions(self, number):
        assert states(f"{number / 1e6:.2f} million", number)
        assert states(f"{number:.3e}", number)

    @given(st.lists(st.integers(1, 10**6), min_size=2, max_size=8))
    def test_a_sum_states_its_value_and_its_parts(self, parts):
        text = " + ".join(f"{part:,}" for part in parts)
        assert states(text, sum(parts)) and states(text, sum(parts[:2]))

    @given(st.text(max_size=300))
    def test_any_text_can_be_read(self, text):
        for number in numbers_in(text):
            assert 0 <= number.start < number.end <= len(text)


class TestArithmetic:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [("3 * 3 * 3 * 32 + 32", 896), ("(5*5+1) * 6", 156), ("2**10", 1024), ("7 // 2 + 1", 4)],
    )
    def test_values(self, expression, value):
        assert value in values_of(expression)

    def test_names_stand_for_known_values(self):
        assert 6_293_504 in values_of("inputs * units + units", {"inputs": 3072, "units": 2048})

    @pytest.mark.parametrize("expression", ["9**99", "1/0", "open('x')", "a + 1", "'a' * 10", "(" * 500, ""])
    def test_nothing_else_is_worked_out(self, expression):
        assert values_of(expression) == ()
