"""The late penalty: exact, and monotone in everything that it should be monotone in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from classroom import NAMES
from course import RUBRIC, TITLE, canvas_file, csv_of, named, worksheet_file
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.gradebooks.late import days_late, marked, scaled
from grader.gradebooks.times import printed_time, time_in_name
from grader.rubric.late import Late
from grader.submissions.lms import handed

DUE = datetime(2026, 11, 20, 23, 59, tzinfo=timezone(timedelta(hours=5, minutes=45)))
HUNDRED = Decimal(100)


def policy(grace: float = 900, per_day: Decimal = Decimal(10), cap: Decimal = Decimal(50)) -> Late:
    return Late.model_construct(due=DUE, grace=grace, per_day=per_day, cap=cap)


percents = st.decimals(min_value="0.001", max_value=100, places=3)
policies = st.builds(
    lambda grace, one, other: policy(float(grace), min(one, other), max(one, other)),
    st.integers(0, 200_000),
    percents,
    percents,
)
marks = st.tuples(*[st.decimals(min_value=0, max_value=100_000, places=3)] * 2).map(sorted)
delays = st.timedeltas(min_value=-timedelta(days=40), max_value=timedelta(days=400))


@pytest.mark.parametrize(
    ("delay", "days", "after"),
    [
        (timedelta(days=-3), 0, "92.5"),
        (timedelta(0), 0, "92.5"),
        (timedelta(minutes=15), 0, "92.5"),
        (timedelta(minutes=15, microseconds=1), 1, "82.5"),
        (timedelta(days=1, minutes=15), 1, "82.5"),
        (timedelta(days=1, minutes=16), 2, "72.5"),
        (timedelta(days=30), 30, "42.5"),
    ],
)
def test_each_day_begun_behind_grace_costs_up_to_the_cap(delay, days, after):
    mark = marked(HUNDRED, Decimal("92.5"), DUE + delay, policy())
    assert (mark.days, mark.after) == (days, Decimal(after))
    assert mark.before == Decimal("92.5")


def test_a_mark_does_not_fall_below_zero_and_the_penalty_is_what_was_taken():
    mark = marked(HUNDRED, Decimal(12), DUE + timedelta(days=9), policy())
    assert (mark.penalty, mark.after) == (12, 0)


def test_without_a_time_or_a_policy_nothing_is_taken():
    assert marked(HUNDRED, Decimal(80), None, policy()).after == 80
    assert marked(HUNDRED, Decimal(80), DUE + timedelta(days=9), None).after == 80


@settings(deadline=None)
@given(policies, marks, delays)
def test_the_arithmetic_is_exact(late, both, delay):
    earned, points = both
    mark = marked(points, earned, DUE + delay, late)
    percent = min(Fraction(late.per_day) * mark.days, Fraction(late.cap))
    assert Fraction(mark.penalty) == min(Fraction(points) * percent / 100, Fraction(earned))
    assert Fraction(mark.after) + Fraction(mark.penalty) == Fraction(mark.before) == Fraction(earned)
    assert 0 <= mark.after <= earned


@settings(deadline=None)
@given(policies, marks, delays, delays)
def test_later_is_never_better(late, both, one, other):
    earned, points = both
    earlier, later = sorted((one, other))
    assert (
        marked(points, earned, DUE + earlier, late).after >= marked(points, earned, DUE + later, late).after
    )


@settings(deadline=None)
@given(policies, delays, st.integers(-14 * 60, 14 * 60))
def test_the_time_zone_it_is_written_in_does_not_matter(late, delay, minutes):
    moment = DUE + delay
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert days_late(moment, late) == days_late(elsewhere, late)


@settings(deadline=None)
@given(policies, st.integers(1, 400))
def test_days_are_counted_from_the_end_of_grace(late, day):
    end = DUE + timedelta(seconds=late.grace)
    assert days_late(end + timedelta(days=day), late) == day
    assert days_late(end + timedelta(days=day, microseconds=1), late) == day + 1
    assert days_late(end, late) == 0


@settings(deadline=None)
@given(marks, st.decimals(min_value=1, max_value=1000, places=2))
def test_scaling_is_off_by_half_a_digit_that_moodle_keeps_at_most(both, maximum):
    mark, points = both
    if points:
        found = scaled(mark, points, maximum)
        assert abs(Fraction(found) - Fraction(mark) * Fraction(maximum) / Fraction(points)) <= Fraction(
            1, 200_000
        )
        assert found <= max(maximum, mark)


@pytest.mark.parametrize(
    "text",
    [
        "Friday, 20 November 2026, 11:59 PM",
        "Friday, November 20, 2026, 11:59 PM",
        "Friday, 20 November 2026, 11:59\u202fPM",
        "Friday, 20 November 2026, 23:59",
    ],
)
def test_moodles_times(text):
    assert printed_time(text, DUE.tzinfo) == DUE
    assert printed_time("vendredi 20 novembre 2026, 23:59", UTC) is None


def test_blackboards_names_hold_the_time_and_canvas_s_only_that_it_was_late():
    name = "Worksheet 5_jdoe_attempt_2026-11-20-23-59-00_w.ipynb"
    assert time_in_name(name, DUE.tzinfo) == DUE
    assert time_in_name("Worksheet 5_jdoe_attempt_2026-11-20_w.ipynb", UTC) is None
    assert time_in_name("doejane_LATE_1234_56789_w.ipynb", UTC) is None
    assert handed("doejane_LATE_1234_56789_w.ipynb").late and not handed("doejane_1234_56789_w.ipynb").late


class TestExport:
    @pytest.fixture(autouse=True)
    def with_policy(self, desk):
        desk.write("own.yaml", RUBRIC)

    def test_the_penalty_stands_beside_the_mark_and_never_in_grades_json(self, desk):
        before = (desk.folder / "results/grades.json").read_bytes()
        times = [
            ("submission", "submitted"),
            ('Kim "KJ" Ji-woo', "2026-11-22 12:00"),
            (NAMES[3], "2026-11-01"),
        ]
        desk.write("times.csv", csv_of(times))
        assert desk.export("csv", "--rubric", "own.yaml", "--timestamps", "times.csv") == 0
        rows = {row[0]: row for row in desk.rows("csv")}
        assert rows['Kim "KJ" Ji-woo'][4] == "87"
        assert rows['Kim "KJ" Ji-woo'][-4:] == ["2026-11-22T12:00:00+05:45", "2", "20", "67"]
        assert rows[NAMES[3]][-3:-1] == ["0", "0"]
        assert '  Kim "KJ" Ji-woo: 2 days: 87 − 20 = 67' in desk.summary("csv")
        assert "no time known, so no penalty, for 15: Anna Lindqvist, " in desk.summary("csv")
        assert (desk.folder / "results/grades.json").read_bytes() == before

    def test_moodles_worksheet_tells_the_times_itself(self, desk):
        desk.grades(named("Bo", "Cy", "Di"))
        text = worksheet_file(["Bo", "Cy", "Di"])
        text = text.replace("Saturday, 21 November 2026, 9:30 AM", "Friday, 20 November 2026, 8:00 AM", 1)
        head, _, tail = text.rpartition("Saturday, 21 November 2026, 9:30 AM")
        desk.write("worksheet.csv", f"{head}samedi 21 novembre{tail}")
        assert desk.export("moodle-worksheet", "--into", "worksheet.csv", "--rubric", "own.yaml") == 0
        assert [row[5] for row in desk.rows("moodle-worksheet")[1:]] == ["100", "90", "100"]
        feedback = desk.rows("moodle-worksheet")[2][-1]
        assert feedback.startswith("90 of 100 points: 100 for the work, less 10 for being 1 day late.")
        assert (
            "times that could not be read (give them: --timestamps FILE): 1\n  Di: samedi 21 nov" in desk.out
        )

    def test_what_canvas_calls_late_is_told_where_no_time_is_known(self, desk):
        desk.grades(named("Bo", "Cy", handed_in_as=["bo_LATE_1001_777_w.ipynb", "cy_1002_778_w.ipynb"]))
        desk.write("canvas.csv", canvas_file(["Bo", "Cy"]))
        assert desk.export("canvas", "--into", "canvas.csv", "--title", TITLE, "--rubric", "own.yaml") == 0
        assert "no time known, so no penalty, for 2: Bo, Cy" in desk.out
        assert "of these Canvas has marked as late (give their times: --timestamps FILE): Bo\n" in desk.out

    def test_blackboards_time_is_taken_from_the_name(self, desk):
        desk.grades(named("jdoe", handed_in_as=["Worksheet 5_jdoe_attempt_2026-11-23-08-00-00_w.ipynb"]))
        assert desk.export("csv", "--rubric", "own.yaml") == 0
        assert desk.rows("csv")[1][-4:] == ["2026-11-23T08:00:00+05:45", "3", "30", "70"]

    def test_a_rubric_that_is_not_at_hand_is_told(self, desk):
        grades = named("Bo").model_copy(update={"rubric": "gone"})
        desk.grades(grades)
        assert desk.export("csv") == 0
        assert "the rubric “gone” is not at hand (--rubric FILE): if it has a late policy" in desk.out

    def test_times_without_a_policy_cost_nothing_and_it_is_told(self, desk):
        desk.grades(named("Bo"))
        desk.write("times.csv", "submission,submitted\nBo,2027-01-01T00:00Z\n")
        assert desk.export("csv", "--timestamps", "times.csv") == 0
        assert desk.rows("csv")[1][-4:] == ["2027-01-01T00:00:00+00:00", "", "0", "100"]
        assert "the rubric “worksheet5” has no late policy: times cost nothing" in desk.out

    @pytest.mark.parametrize(
        ("rows", "line", "said"),
        [
            ("submission,submitted\nBo,2026-11-20\nBo,2026-11-20\n", 3, "“Bo” stands twice"),
            ("submission,submitted\nBoo,2026-11-20\n", 2, 'there is no submission “Boo”; did you mean "Bo"?'),
            (
                "submission,submitted\n\nBo,yesterday\n",
                3,
                "“submitted” should be a time such as 2026-11-20T23:59+05:45",
            ),
            ("name,time\nBo,1\n", 1, "a file of times has the columns submission and submitted"),
        ],
    )
    def test_a_mistake_in_the_times_is_told_with_its_line(self, desk, rows, line, said):
        desk.grades(named("Bo"))
        desk.write("times.csv", rows)
        assert desk.export("csv", "--timestamps", "times.csv") == 2
        assert desk.err.startswith(f"grade: error: times.csv:{line}: {said}") and desk.err.count("\n") == 1
