"""How a class is graded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from grader.evidence.settings import RecorderSettings
from grader.execution.limits import Limits
from grader.execution.request import Strength
from grader.rubric.schema import Rubric
from grader.training.device import Wanted


@dataclass(frozen=True)
class Settings:
    """How a class is graded."""

    rubric: Rubric
    cache: Path
    jobs: int = 1
    """How many processors are to be kept busy by notebooks and by networks in training."""
    device: Wanted = "auto"
    """Where networks are trained."""
    limits: Limits = field(default_factory=Limits)
    sandbox: Strength = "namespaces"
    mending: bool = True
    """Whether slips that stop cells are mended, where the rubric does not switch it off."""
    recorder: RecorderSettings = field(default_factory=RecorderSettings)

    @property
    def deciding(self) -> dict[str, object]:
        """What of this decides what is found out about a submission, as JSON can hold it."""
        return {
            "limits": self.limits.model_dump(),
            "recorder": self.recorder.model_dump(),
            "sandbox": self.sandbox,
            "mending": self.mending,
        }
