"""A few seconds of fuzzing, the same examples each time; ten minutes of each target are ``make fuzz``."""

from __future__ import annotations

import time

import pytest
from hypothesis import strategies as st

from tests.fuzz import archives, campaign, configurations, events, notebooks, rubrics
from tests.fuzz.campaign import Report, fuzz, try_some
from tests.fuzz.target import Target

TARGETS = (
    (notebooks.TARGET, 5),
    (archives.TARGET, 20),
    (rubrics.TARGET, 20),
    (events.TARGET, 5),
    (configurations.TARGET, 40),
)


@pytest.mark.parametrize(("target", "examples"), TARGETS, ids=[target.name for target, _ in TARGETS])
def test_odd_material_is_read_or_refused_in_words(target: Target, examples: int) -> None:
    report = try_some(target, examples)
    assert {where: finding.what for where, finding in report.findings.items()} == {}
    assert report.tried >= examples


@pytest.mark.parametrize(
    ("target", "example"),
    [
        pytest.param(target, example, id=f"{target.name}-{n}")
        for target, _ in TARGETS
        for n, example in enumerate(target.found)
    ],
)
def test_what_was_found_once_is_coped_with(target: Target, example: object) -> None:
    target.read(example)


class TestTheCampaign:
    """That faults would be found."""

    def of(self, read: object, examples: int = 100) -> Report:
        return try_some(Target("numbers", st.integers(0, 1000), read), examples)  # type: ignore[arg-type]

    def test_a_fault_is_told_once_with_its_smallest_example(self) -> None:
        def read(number: int) -> None:
            if number > 99:
                raise ValueError("too large")

        (finding,) = self.of(read).findings.values()
        assert finding.example == "100" and "ValueError: too large" in finding.what

    def test_a_hang_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(campaign, "MOST_SECONDS", 0.05)

        def read(number: int) -> None:
            while number == 0:
                pass

        report = self.of(read)
        assert [where.split()[0] for where in report.findings] == ["TooSlowError"]
        assert report.slowest < 1

    def test_memory_beyond_the_bound_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(campaign, "MOST_MEMORY", 1 << 20)
        report = self.of(lambda number: None, 5)
        assert [where.split()[0] for where in report.findings] == ["TooLargeError"]

    def test_it_ends_when_the_time_is_up(self) -> None:
        began = time.monotonic()
        report = fuzz(Target("numbers", st.integers(), lambda number: None), 0.2)
        assert report.tried > 0 and not report.findings
        assert time.monotonic() - began < 20
