"""How each check worked on a class: how hard it was, and whether it tells strong work from weak.

Classical test theory (L. Crocker, J. Algina, *Introduction to Classical and Modern Test Theory*, 1986):

- *difficulty* is the mean share of the points earned; for a check that is met or not met, the proportion that
  met it (a high figure means easy, as the literature has it);
- *discrimination* is the corrected item-total correlation: Pearson's correlation of a check's points with
  the rest of the mark, the check itself left out, lest it correlate with itself (J. C. Nunnally,
  I. H. Bernstein, *Psychometric Theory*, 3rd ed. 1994). For a check that is met or not met it is the
  point-biserial correlation. R. L. Ebel and D. A. Frisbie (*Essentials of Educational Measurement*, 5th ed.
  1991) read 0.40 and more as very good, 0.30 to 0.39 as good, 0.20 to 0.29 as marginal, less as a check to be
  revised.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import StatisticsError, correlation, fmean

from grader.grading.grade import CheckGrade, CheckStatistics, SubmissionGrade

FEWEST = 10
"""Marks below which a correlation is not told: with nine, 0.6 still comes by chance one time in ten."""


def check_statistics(submissions: Sequence[SubmissionGrade]) -> tuple[CheckStatistics, ...]:
    """Each check's figures over the submissions that have a mark, in the rubric's order."""
    asked: dict[str, list[tuple[CheckGrade, Decimal]]] = {}
    for grade in submissions:
        if grade.has_mark:
            for question in grade.questions:
                for check in question.checks:
                    asked.setdefault(check.id, []).append((check, grade.earned - check.earned))
    return tuple(_statistics(name, pairs) for name, pairs in asked.items())


def _statistics(name: str, pairs: list[tuple[CheckGrade, Decimal]]) -> CheckStatistics:
    check = pairs[0][0]
    shares = [float(each.earned / each.points) for each, _ in pairs if each.points]
    rest = [float(other) for each, other in pairs if each.points]
    discrimination, undefined = _discrimination(shares, rest)
    return CheckStatistics(
        id=name,
        title=check.title,
        points=check.points,
        marks=len(pairs),
        difficulty=round(fmean(shares), 3) if shares else None,
        discrimination=discrimination,
        undefined=undefined,
    )


def _discrimination(shares: list[float], rest: list[float]) -> tuple[float | None, str]:
    """The correlation, or None and why there is none."""
    if len(shares) < FEWEST:
        return None, f"fewer than {FEWEST} marks"
    try:
        return round(correlation(shares, rest), 3), ""
    except StatisticsError:
        same = "all earned the same here" if len(set(shares)) == 1 else "all earned the same elsewhere"
        return None, same
