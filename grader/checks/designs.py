"""Checks of a network's design: rules that a free one keeps, a pre-trained base, its summary."""

from __future__ import annotations

from fractions import Fraction

from grader.checks.outcome import PARTLY, Outcome, absent, met
from grader.checks.registry import check
from grader.checks.work import Answer, Work
from grader.errors import UserError
from grader.evidence.events import Summarised
from grader.network.align import compare
from grader.network.rules import FreeNetwork, judge_rules, rules_text

_BUILD = "Build the network in a cell of its own and run the notebook from top to bottom."


@check("rules", written_as=("Sequential", "Model", "add"))
def rules(work: Work, *, network: str) -> Outcome:
    """Judge a network of free design by its rules: one broken is partly, more are not.

    Args:
        network: Name of a network that has ``rules``.
    """
    free = work.expected[network]
    if not isinstance(free, FreeNetwork):
        raise UserError(f'the network "{network}" has no rules: compare it with the check "network"')
    wanted = "; ".join(rules_text(free))
    answer = work.answer(network)
    if answer is None:
        return absent(wanted, _BUILD, found="no network that could be the answer")
    compiled = work.compilation(network)
    logits = compiled is not None and any(loss.config.get("from_logits") for loss in compiled.losses)
    same_as = [name for name in free.differs_from if _is(work, answer, name)]
    verdicts = judge_rules(answer.network, free, same_as=same_as, from_logits=logits)
    broken = [verdict for verdict in verdicts if not verdict.kept]
    if not broken:
        return met(wanted, "all of it", cells=(answer.cell,))
    found = "; ".join(verdict.found for verdict in broken)
    hint = " ".join(verdict.hint for verdict in broken)
    return Outcome(PARTLY if len(broken) == 1 else Fraction(0), wanted, found, hint, (answer.cell,))


def _is(work: Work, answer: Answer, name: str) -> bool:
    """Whether an answer is another network of the rubric, or the same as what answers that."""
    other, expected = work.answer(name), work.expected[name]
    if other is not None and answer.model in other.alike:
        return True
    return bool(expected.lines) and compare(answer.network, expected).same


@check("summarised", written_as=("summary",))
def summarised(work: Work, *, network: str) -> Outcome:
    """Look for ``summary()`` of the network, or of a model that is the same network.

    Args:
        network: Name of the expected network.
    """
    hint = "Call summary() on the network."
    shown = work.of_alike(network, Summarised)
    if work.answer(network) is None:
        return absent("the network's summary()", hint, found="no network that could be the answer")
    if not shown:
        return absent("the network's summary()", hint, found="no summary of it")
    return met("the network's summary()", "summary()", cells=(shown[0].cell,))
