"""``grade --timings``: where the seconds of each submission went."""

import io

from classroom import large_class
from rich.console import Console

from grader.grading.grade import Timing
from grader.reports.timings_view import print_timings
from grader.timing import STAGES, Spent


def shown(grades, whole=None, width=120):
    out = io.StringIO()
    print_timings(grades, whole or Spent(), Console(file=out, width=width))
    return [line.split() for line in out.getvalue().splitlines() if line.strip()]


def with_timings(grades, *timings):
    """The class with ``timings`` for its first submissions: each a mapping of stage to seconds."""
    timed = [
        grade.model_copy(
            update={"timings": tuple(Timing(stage=s, seconds=t, times=1) for s, t in stages.items())}
        )
        for grade, stages in zip(grades.submissions, timings, strict=False)
    ]
    return grades.model_copy(update={"submissions": tuple(timed)})


def test_the_longest_comes_first_and_all_are_summed():
    grades = with_timings(
        large_class(3), {"cells": 2.04, "training": 1.0}, {"cells": 7.5}, {"kernel": 0.01, "marking": 0.3}
    )
    names = [grade.submission for grade in grades.submissions]
    _, header, *rows, total, whole = shown(grades, Spent({"data": 1.25, "reports": 0.5}))
    assert header == ["Submission", "kernel", "cells", "training", "marking", "all"]
    assert rows == [
        [*names[1].split(), "7.5", "7.5"],
        [*names[0].split(), "2.0", "1.0", "3.0"],
        [*names[2].split(), "0.3", "0.3"],
    ]
    assert total == ["3", "submissions", "9.5", "1.0", "0.3", "10.8"]
    assert " ".join(whole) == "And once for all of them: data 1.2, reports 0.5."


def test_all_stages_of_a_submission_fit_a_narrow_terminal():
    spent = {stage: 123.4 for stage in STAGES if stage not in ("data", "class", "reports")}
    _, header, row, *_ = shown(with_timings(large_class(1), spent), width=80)
    assert header == ["Submission", *spent, "all"]
    assert row.count("123.4") == len(spent)


def test_of_a_large_class_the_longest_forty_are_listed():
    grades = large_class(60)
    timed = with_timings(grades, *({"cells": float(number)} for number in range(60)))
    rows = shown(timed)[2:]
    assert len(rows) == 41
    assert rows[0][-1] == "59.0" and rows[39][-1] == "20.0" and rows[40][0] == "60"
