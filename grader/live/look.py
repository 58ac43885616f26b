"""Looking at a session: the public checks of a rubric applied to what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grader.checks.work import ServedFacts
from grader.errors import UserError
from grader.grading.assemble import compared
from grader.grading.grade import CheckGrade, NetworkGrade
from grader.grading.mark import mark
from grader.grading.points import questions_of
from grader.grading.prepare import prepare
from grader.live.session import Session
from grader.live.sight import ONLY_MET, networks_named, trusted
from grader.rubric.schema import KerasDataset, Rubric
from grader.rubric.student_copy import student_copy
from grader.rubric.suggest import did_you_mean

State = Literal["met", "partly", "unmet", "unseen", "read"]
"""``unseen``: not done yet, or not to be seen in a live session; ``read``: for the teacher to read."""


@dataclass(frozen=True)
class Seen:
    """One check as far as the session shows it."""

    title: str
    state: State
    found: str = ""
    expected: str = ""
    hint: str = ""
    inputs: tuple[int, ...] = ()
    """Of the cells that it is about, ``In [number]``."""


@dataclass(frozen=True)
class SeenQuestion:
    """A question and its checks."""

    id: str
    title: str
    checks: tuple[Seen, ...]


@dataclass(frozen=True)
class Look:
    """What a live self-check shows."""

    title: str
    rubric: str
    questions: tuple[SeenQuestion, ...]
    networks: tuple[NetworkGrade, ...]
    """The networks that the questions are about, beside the ones asked for."""
    advice: tuple[str, ...]
    """What else can be known, and how; a sentence each."""

    def count(self, state: State) -> int:
        """Checks in that state."""
        return sum(check.state == state for question in self.questions for check in question.checks)


def look_at(session: Session, rubric: Rubric, wanted: Sequence[str] = (), advice: Sequence[str] = ()) -> Look:
    """Judge a session by the public checks of ``rubric``, or of its questions named in ``wanted``.

    Raises ``UserError`` for an unknown question, and for a rubric without public checks.
    """
    asked = _asked(rubric, wanted)
    facts = {name: _facts(name, rubric) for name in rubric.data}
    work = prepare(session.evidence, session.notebook, rubric, facts, {})
    lines = {line.id: line for line in asked.checks}
    questions = tuple(
        SeenQuestion(
            question.id,
            question.title,
            tuple(
                _seen(check, session, trusted(lines[check.id], work, session)) for check in question.checks
            ),
        )
        for question in questions_of(asked, mark(asked, work, None))
    )
    told = _networks_told(rubric, asked)
    networks = tuple(
        compared(work, name) for name in rubric.networks if name in work.answers and name in told
    )
    return Look(rubric.title, rubric.id, questions, networks, (*_failures(session), *advice))


def _asked(rubric: Rubric, wanted: Sequence[str]) -> Rubric:
    public = student_copy(rubric)
    known = {question.id.casefold(): question for question in public.questions}
    for name in wanted:
        if name.casefold() not in known:
            ids = [question.id for question in public.questions]
            there = did_you_mean(name, ids) or f"; there are {', '.join(ids)}"
            raise UserError(f'{rubric.id} has no question "{name}"{there}')
    names = {name.casefold() for name in wanted} or set(known)
    return public.model_copy(
        update={"questions": tuple(each for name, each in known.items() if name in names)}
    )


def _networks_told(rubric: Rubric, asked: Rubric) -> frozenset[str]:
    """The networks to be shown layer by layer: none where a hidden check may ask for some of it."""
    if any(line.visibility == "hidden" and line.check != "trains" for line in rubric.checks):
        return frozenset()
    named = (networks_named(line) for line in asked.checks)
    return frozenset(name for names in named for name in names)


def _facts(name: str, rubric: Rubric) -> ServedFacts:
    """What a rubric says of its data; the images themselves are not at hand."""
    spec = rubric.data[name]
    if isinstance(spec, KerasDataset):
        return ServedFacts(name, (), {"train": (), "test": ()}, "", kind="keras_dataset")
    return ServedFacts(name, spec.classes or (), dict.fromkeys(spec.splits, ()), "")


def _seen(check: CheckGrade, session: Session, sure: bool) -> Seen:
    states: dict[str, State] = {
        "passed": "met",
        "partial": "partly",
        "failed": "unmet",
        "needs_review": "read",
    }
    state = states.get(check.status, "unseen") if sure else "unseen"
    if state == "unseen" or (state != "met" and check.check in ONLY_MET):
        return Seen(check.title, "unseen")
    inputs = tuple(dict.fromkeys(session.inputs[cell] for cell in check.cells if cell in session.inputs))
    return Seen(check.title, state, check.found, check.expected, check.hint, inputs)


def _failures(session: Session) -> list[str]:
    """The cells whose last run ended in an error."""
    failed = [
        f"In [{session.inputs[index]}] ({cell.error.name})"
        for index, cell in enumerate(session.evidence.cells)
        if cell.error is not None
    ]
    are = "ends" if len(failed) == 1 else "end"
    return [f"{', '.join(failed)} {are} with an error; mend it before you hand in."] if failed else []
