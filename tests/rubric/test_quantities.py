"""Durations and memory as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.rubric.quantities import BYTES, SECONDS, parse_duration, parse_memory


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("10min", 600), ("1.5 h", 5400), ("500ms", 0.5), (" 2s ", 2)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(("text", "size"), [("6GiB", 6 * 2**30), ("512MiB", 2**29), ("1.5GB", 1_500_000_000)])
def test_memory(text: str, size: int) -> None:
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "60", "s", "1 minute", "-3s", "0s", "1e3s", "60S", "6Gib", None, 60])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 60s or 10min|more than zero"):
        parse_duration(text)
    with pytest.raises(ValueError, match=r"such as 512MiB or 6GiB"):
        parse_memory(text)


@given(st.integers(1, 10_000), st.sampled_from(sorted(SECONDS)), st.sampled_from(sorted(BYTES)))
def test_a_number_counts_its_unit(number: int, unit: str, size: str) -> None:
    assert parse_duration(f"{number}{unit}") == pytest.approx(number * SECONDS[unit])
    assert parse_memory(f"{number}{size}") == number * BYTES[size]
