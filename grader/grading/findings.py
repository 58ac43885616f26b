"""What grading found out about a submission, apart from what it is worth.

Kept, it is graded again by other points, titles and hints without anything being looked at anew.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from grader.grading.assemble import Provenance, Seen, assemble
from grader.grading.grade import Result, SubmissionGrade
from grader.grading.mark import Verdict
from grader.grading.points import questions_of
from grader.rubric.schema import Rubric


class Version(Result):
    """A notebook as it was handed in, or with its slips mended."""

    verdicts: dict[str, Verdict]
    """By the id of the check's line."""
    seen: Seen
    is_lasting: bool = True
    """Whether its short trainings, if any, would come to the same again."""


class Findings(Result):
    """All about one submission's notebook."""

    notebook: str
    """Its path relative to the graded folder."""
    digest: str
    """SHA-256 of its bytes (64 hex digits)."""
    remarks: tuple[str, ...]
    """On how it was found and read."""
    code: tuple[int, ...]
    """Fingerprints of its code."""
    handed_in: Version
    mended: Version | None = None
    runs: tuple[str, ...]
    """Keys under which the run of each version is kept."""
    entries: tuple[str, ...]
    """SHA-256 of what is kept there, by which one knows what a disk has spoilt."""

    @property
    def are_lasting(self) -> bool:
        """Whether another try would come to the same: no check failed by itself, no training was lost."""
        versions = [version for version in (self.handed_in, self.mended) if version is not None]
        failed = (verdict.failed for version in versions for verdict in version.verdicts.values())
        return all(self.entries) and all(version.is_lasting for version in versions) and not any(failed)


def grade_of(rubric: Rubric, provenance: Provenance, findings: Findings) -> tuple[SubmissionGrade, str]:
    """The grade by ``rubric``, and the key of the run that it goes by.

    ``provenance`` says whose it is; where the notebook was found is filled in.
    """
    handed_in, mended = findings.handed_in, findings.mended
    provenance = replace(
        provenance, notebook=findings.notebook, digest=findings.digest, remarks=findings.remarks
    )
    questions = questions_of(rubric, handed_in.verdicts)
    if mended is not None:
        better = questions_of(rubric, mended.verdicts)
        unmended = sum((question.earned for question in questions), Decimal(0))
        # What is written can look better than what it does; a mend is there to help.
        if sum((question.earned for question in better), Decimal(0)) >= unmended:
            return assemble(rubric, provenance, mended.seen, better, unmended), findings.runs[1]
    return assemble(rubric, provenance, handed_in.seen, questions), findings.runs[0]
