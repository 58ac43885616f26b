"""The grades of a class, put together: each submission's, and what only the whole class shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from grader import __version__
from grader.grading.grade import ClassGrades, SubmissionGrade
from grader.grading.resemblances import resemblances
from grader.grading.statistics import check_statistics
from grader.rubric.schema import Rubric
from grader.submissions.fingerprints import Fingerprints, fingerprints
from grader.submissions.read import read_notebook
from grader.submissions.source import parse_cells


def whole_class(
    rubric: Rubric,
    submissions: Sequence[SubmissionGrade],
    code: Mapping[str, Fingerprints],
    *,
    sandbox: str,
    data: Mapping[str, str],
) -> ClassGrades:
    """The class's grades.

    Args:
        rubric: by which they were marked; the code of its reference solution is nobody's own.
        submissions: in the order of the report.
        code: fingerprints of each submission's notebook, by its name.
        sandbox: what kept the notebooks in, in words.
        data: what was served for each data set, in words.
    """
    return ClassGrades(
        grader=__version__,
        rubric=rubric.id,
        title=rubric.title,
        points=rubric.worth,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sandbox=sandbox,
        data=dict(data),
        submissions=tuple(submissions),
        statistics=check_statistics(submissions),
        resemblances=resemblances(submissions, code, _reference(rubric)),
    )


def _reference(rubric: Rubric) -> Fingerprints | None:
    if rubric.reference_path is None or not rubric.reference_path.is_file():
        return None
    notebook = read_notebook(rubric.reference_path).notebook
    return None if notebook is None else fingerprints(parse_cells(notebook))
