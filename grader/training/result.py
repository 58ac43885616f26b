"""What a training gives."""

from __future__ import annotations

from grader.evidence.events import Record
from grader.training.configuration import Fault


class TrainingResult(Record):
    """Figures of one training, or why there are none."""

    accuracy: float | None = None
    """On the test split, from the network's own predictions, 0 to 1, the best after any epoch; None when it
    could not be measured.
    """
    curve: tuple[float, ...] = ()
    """Accuracy on the training split while training, one value an epoch."""
    losses: tuple[float, ...] = ()
    """Mean loss while training, one value an epoch."""
    seconds: float = 0.0
    epochs: int = 0
    parameters: int | None = None
    """Counted by Keras from the rebuilt network."""
    problem: str | None = None
    """One clause for people, e.g. ``it did not train: …``."""
    fault: Fault | None = None
    """Whose problem it is; only ``own`` may cost points."""

    @property
    def lasting(self) -> bool:
        """Whether running it again would give the same, so that it is worth keeping."""
        return self.fault in (None, "own", "unsupported")
