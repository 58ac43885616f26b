"""What the recorder is told before a run."""

from __future__ import annotations

from grader.evidence.events import Record


class RecorderSettings(Record):
    """Budgets and limits inside the kernel.

    Work is counted in floating-point operations (multiply and add are two), a training step as three forward
    passes (forward, gradient by activations, gradient by weights: Baydin et al., JMLR 18 (2018), section
    3.2.1 bounds it).
    """

    fit_work: float = 2.5e10
    """Operations that one ``fit`` may spend: about a second on one core."""
    forward_work: float = 2.5e10
    """Operations that one ``evaluate`` or ``predict`` may spend."""
    notebook_work: float = 2e11
    """Operations that all calls of a notebook may spend together; beyond, each gets a single step."""
    max_epochs: int = 2
    samples: int = 512
    """Samples of which thumbnails and labels are kept."""
    events: int = 20_000
    """Events that one run may write."""
    draws: bool = True
    """Whether the notebook's figures are drawn; else they are recorded, and shown as a blank pixel."""
