"""A self-check in the terminal: the worksheet's order, every point told by how it is decided."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.console import Console

from grader.grading.grade import CellIssue, CheckGrade, ClassGrades, QuestionGrade, SubmissionGrade
from grader.reports.check_progress import CheckProgress
from grader.reports.check_view import check_view, missed, tally
from grader.rubric.schema import Rubric

COPY = Rubric.model_validate(
    {
        "rubric": 1,
        "id": "w",
        "title": "A worksheet",
        "student_copy": True,
        "questions": [
            {
                "id": "q1",
                "title": "The data",
                "checks": [
                    {"id": id, "check": "printed", "pattern": id, "points": 2, "title": f"Requirement {id}"}
                    for id in ("1a", "1b", "1c", "1d")
                ],
                "later": [
                    {"id": "1e", "title": "Learns", "points": 4, "decided": "trained after handing in"}
                ],
            },
            {
                "id": "q2",
                "title": "In words",
                "later": [{"id": "2a", "title": "Why", "points": 1, "decided": "read after handing in"}],
            },
        ],
    }
)


def grades(*, issue: bool = False, **found: tuple[str, float]) -> ClassGrades:
    """``a=("failed", 0)`` for the check 1a; the others are met."""
    checks = tuple(
        CheckGrade(
            id=line.id,
            check=line.check,
            title=line.title,
            points=line.points,
            status=found.get(line.id[1], ("passed", 2))[0],  # type: ignore[arg-type]
            earned=Decimal(str(found.get(line.id[1], ("passed", 2))[1])),
            expected="x",
            found=f"what {line.id} does \x1b[31mred",
            hint=f"mend {line.id}",
            cells=(0, 4),
        )
        for line in COPY.checks
    )
    earned = sum((check.earned for check in checks), Decimal(0))
    proposed = sum((check.earned for check in checks if check.status == "needs_review"), Decimal(0))
    grade = SubmissionGrade(
        submission="anna",
        notebook="anna.ipynb",
        status="graded",
        points=Decimal(8),
        earned=earned,
        proposed=proposed,
        questions=(QuestionGrade(id="q1", title="The data", points=8, earned=earned, checks=checks),),  # type: ignore[arg-type]
        cell_issues=(CellIssue(cell=2, error="NameError: plt", cause="own", explanation="Import it."),)
        if issue
        else (),
        rung="reduced",
    )
    return ClassGrades(
        grader="0",
        rubric="w",
        title="A worksheet",
        points=Decimal(8),
        created="",
        sandbox="",
        data={"fruits": "drawn pictures"},
        submissions=(grade,),
    )


def shown(found: ClassGrades, width: int = 80, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding), width=width)
    console.print(check_view(COPY, found, 3.21, console))
    console.file.flush()
    return raw.getvalue().decode(encoding)


MIXED = grades(a=("failed", 0), b=("partial", 1), c=("needs_review", 1))


def test_requirements_stand_in_the_order_of_the_worksheet() -> None:
    text = shown(MIXED)
    places = [text.index(f" {id} ") for id in ("1a", "1b", "1c", "1d", "1e", "2a")]
    assert places == sorted(places)
    assert "what 1a does" in text and "→ mend 1a" in text and "(cells 1, 5)" in text
    assert "mend 1d" not in text, "nothing is to be mended there"


def test_every_point_is_told_by_how_it_is_decided() -> None:
    (grade,) = MIXED.submissions
    points = tally(COPY, grade)
    assert (points.met, points.decided, points.lost, points.read, points.later) == (3, 6, 3, 2, 5)
    text = " ".join(shown(MIXED).split())
    assert "3 of 6 points are met; read by a person: 2; decided after handing in: 5" in text
    assert "4 later" in text and "trained after handing in" in text and "2 to be read" in text


def test_what_is_dearest_is_to_be_mended_first_and_what_is_read_is_not_lost() -> None:
    (grade,) = MIXED.submissions
    assert [check.id for check in missed(grade)] == ["1a", "1b"]
    text = shown(MIXED)
    assert text.index("Mend first") < text.index("−2 1a") < text.index("−1 1b")
    assert "Mend first" not in shown(grades(c=("needs_review", 0)))


def test_cells_that_stop_are_told() -> None:
    assert "Cell 3 stops: NameError: plt\n  Import it." in shown(grades(issue=True)).replace(" \n", "\n")


@pytest.mark.parametrize(("width", "encoding"), [(60, "utf-8"), (80, "ascii"), (100, "latin-1")])
def test_it_fits_every_terminal(width: int, encoding: str) -> None:
    text = shown(MIXED, width, encoding)
    assert all(len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text, "a notebook colours nothing"


def test_a_notebook_without_a_mark_says_why() -> None:
    (grade,) = grades().submissions
    nothing = grade.model_copy(update={"status": "not_gradable", "reason": "no code in it", "questions": ()})
    text = shown(grades().model_copy(update={"submissions": (nothing,)}))
    assert "anna.ipynb: no code in it" in text and "points" not in text


def test_what_is_met_already_is_shown_while_it_runs() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    progress = CheckProgress(COPY, console)
    progress.stage("anna", "cell 5 of 9")
    progress.met(frozenset({"1a", "1c"}))
    with console.capture() as capture:
        console.print(progress.picture())
    text = capture.get()
    assert "cell 5 of 9" in text and "The data" in text
    assert [sign for sign in text if sign in "✓·"] == ["✓", "·", "✓", "·"]
