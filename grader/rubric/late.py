"""What handing in late costs; applied when marks are exported, never in the grade itself."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, model_validator

from grader.rubric.quantities import Duration, Moment, Percent


class Late(BaseModel):
    """A due date, and percentage points of the worksheet's points for each day begun behind it.

    The model is Canvas's late policy, which takes percentage points of what an assignment is worth:
    https://developerdocs.instructure.com/services/canvas/file.all_resources/late_policy
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    due: Moment
    """With its offset from UTC: students may be anywhere."""
    grace: Duration = 0.0
    """Seconds behind ``due`` that cost nothing; the days count from their end."""
    per_day: Percent
    cap: Percent = Decimal(100)
    """The most that all days cost."""

    @model_validator(mode="after")
    def _one_day_is_within_the_cap(self) -> Late:
        if self.cap < self.per_day:
            raise ValueError(f"cap ({self.cap:f}%) is less than per_day ({self.per_day:f}%)")
        return self
