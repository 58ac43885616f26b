"""What the variants of a reference got, judged: who lost what, and whether that was right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.grading.grade import CheckGrade, SubmissionGrade
from grader.proving.variant import Variant
from grader.rubric.schema import ProofException

Verdict = Literal["kept", "lost", "caught", "survived", "wrong", "failed"]
"""``kept`` and ``lost`` are said of equivalents, ``caught``, ``survived`` and ``wrong`` (not in the intended
check, or elsewhere too) of mutants; ``failed`` of a variant that could not be graded."""


@dataclass(frozen=True)
class Loss:
    """A check that lost points against the reference."""

    id: str
    found: str
    intended: bool
    allowed: bool


@dataclass(frozen=True)
class Result:
    """One variant, graded."""

    variant: Variant
    verdict: Verdict
    losses: tuple[Loss, ...] = ()
    reason: str = ""
    """Why it was not graded; or why the verdict is right all the same, as the rubric says."""
    excepted: bool = False

    @property
    def is_fault(self) -> bool:
        """Whether it tells against the rubric, or the grader."""
        return self.verdict not in ("kept", "caught") and not self.excepted

    @property
    def name(self) -> str:
        """The kind and the place."""
        return f"{self.variant.kind}: {self.variant.where}"


@dataclass(frozen=True)
class Proof:
    """All results for one rubric."""

    rubric: str
    reference_losses: tuple[Loss, ...]
    """What the reference itself lost: with one of them, the rest means little."""
    results: tuple[Result, ...]
    unexercised: tuple[str, ...]
    """Check ids that no mutant is intended to cost points."""
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether the rubric stands the test."""
        return not self.reference_losses and not any(result.is_fault for result in self.results)

    def having(self, verdict: Verdict, *, excepted: bool = False) -> list[Result]:
        """The results with a verdict, excepted ones or the others."""
        return [each for each in self.results if each.verdict == verdict and each.excepted is excepted]

    @property
    def equivalents(self) -> list[Result]:
        """Results of the variants that must keep every point."""
        return [each for each in self.results if not each.variant.is_mutant]

    @property
    def mutants(self) -> list[Result]:
        """Results of the variants that must lose some."""
        return [each for each in self.results if each.variant.is_mutant]

    @property
    def kinds(self) -> Mapping[tuple[bool, str], Counter[Verdict]]:
        """How often each verdict was given to each kind, mutants told from equivalents."""
        counts: dict[tuple[bool, str], Counter[Verdict]] = {}
        for each in self.results:
            counts.setdefault((each.variant.is_mutant, each.variant.kind), Counter())[each.verdict] += 1
        return counts


def judge(
    variant: Variant,
    grade: SubmissionGrade,
    reference: Mapping[str, CheckGrade],
    exceptions: Sequence[ProofException] = (),
) -> Result:
    """Compare a variant's grade with the reference's, check by check."""
    if grade.status in ("failed", "not_gradable"):
        return Result(variant, "failed", reason=grade.reason)
    losses = losses_of(variant, grade, reference)
    verdict = _verdict(variant, losses)
    for exception in exceptions:
        if verdict not in ("kept", "caught") and exception.matches(f"{variant.kind}: {variant.where}"):
            return Result(variant, verdict, losses, exception.reason, excepted=True)
    return Result(variant, verdict, losses)


def losses_of(
    variant: Variant, grade: SubmissionGrade, reference: Mapping[str, CheckGrade]
) -> tuple[Loss, ...]:
    """The checks that earned less than they did in the reference, or came to grief."""
    lost = []
    # A crash costs its cell and what is built on it, by the marking conventions: not all of it is intended.
    first = min((issue.cell for issue in grade.cell_issues), default=None)
    for check in checks_of(grade):
        before = reference[check.id]
        if check.earned < before.earned or (check.status == "error" and before.status != "error"):
            later = bool(before.cells) and first is not None and min(before.cells) >= first
            crashed = variant.is_mutant and first is not None and (later or bool(check.cause))
            lost.append(
                Loss(
                    check.id,
                    check.found,
                    check.id in variant.intended,
                    crashed or check.id in variant.allowed,
                )
            )
    return tuple(lost)


def _verdict(variant: Variant, losses: tuple[Loss, ...]) -> Verdict:
    if not variant.is_mutant:
        return "lost" if losses else "kept"
    if not losses:
        return "survived"
    aimed = any(loss.intended for loss in losses)
    elsewhere = any(not (loss.intended or loss.allowed) for loss in losses)
    return "caught" if aimed and not elsewhere else "wrong"


def checks_of(grade: SubmissionGrade) -> Iterable[CheckGrade]:
    """Every check of a grade, in the rubric's order."""
    return (check for question in grade.questions for check in question.checks)
