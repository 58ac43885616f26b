"""Checks of a network's design: rules that a free one keeps, a pre-trained base, its summary."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

from grader.checks.aspects import Aspect
from grader.checks.outcome import PARTLY, Outcome, absent, met, unmet
from grader.checks.registry import check
from grader.checks.work import Answer, Work
from grader.errors import UserError
from grader.evidence.events import Loaded, PretrainedLoaded, Summarised
from grader.network.align import compare
from grader.network.bases import base_of_file, bases, is_base
from grader.network.rules import FreeNetwork, judge_rules, rules_text
from grader.network.signatures import did_you_mean

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


@check("pretrained", written_as=("Xception", "Sequential", "Model"))
def pretrained(
    work: Work,
    *,
    network: str,
    base: str,
    weights: Literal["imagenet"] | None = "imagenet",
    frozen: bool | None = None,
    top: bool | None = False,
) -> Outcome:
    """Look for a pre-trained base in the network: one thing wrong with it is partly, more are not.

    That the weights themselves could not be had costs nothing.

    Args:
        network: Name of the expected network.
        base: The base's name in ``keras.applications``, e.g. ``Xception``.
        weights: ``imagenet``, or ``null`` when any will do.
        frozen: Whether all its layers are kept from training; free when left out.
        top: Whether it has its own dense layers; ``null`` leaves it free.
    """
    if not is_base(base):
        raise UserError(f'keras.applications has no network "{base}"{did_you_mean(base, bases())}')
    stated = [f"with {weights} weights"] if weights else []
    stated += [] if top is None else ["with its top" if top else "without its top"]
    stated += [] if frozen is None else ["frozen" if frozen else "not frozen"]
    wanted = ", ".join([base, *stated])
    answer = work.answer(network)
    found = [layer for layer in answer.network.layers if is_base(layer.kind)] if answer else []
    hint = f'Build on keras.applications.{base}(weights="imagenet", include_top={bool(top)}).'
    if answer is None or not found:
        return absent(wanted, hint, found="no pre-trained base in the network")
    cells = (answer.cell,)
    if all(layer.kind != base for layer in found):
        return unmet(wanted, found[0].kind, hint, cells=cells)
    layer = next(layer for layer in found if layer.kind == base)
    has_top, trainable = layer.arguments["include_top"], layer.arguments["trainable"]
    files = [event.file for event in work.evidence.of(PretrainedLoaded)]
    files += [
        Path(event.path).name for event in work.evidence.of(Loaded) if not event.whole and not event.error
    ]
    loaded = any(base_of_file(file) == base for file in files)
    how = {True: "not frozen", False: "frozen", "some": "partly frozen"}[trainable]
    aspects = []
    if weights:
        text = "with imagenet weights" if loaded else "with random weights"
        aspects.append(Aspect(loaded, text, 'Give it weights="imagenet".'))
    if top is not None:
        text = "with its top" if has_top else "without its top"
        aspects.append(Aspect(has_top == top, text, f"Give it include_top={top}."))
    if frozen is not None:
        mend = "Set trainable = False on the base before you compile." if frozen else "Leave it trainable."
        aspects.append(Aspect((trainable is False) == frozen, how, mend))
    wrong = [aspect for aspect in aspects if not aspect.right]
    told = ", ".join([base, *(aspect.found for aspect in aspects)])
    if not wrong:
        return met(wanted, told, cells=cells)
    score = PARTLY if len(wrong) == 1 else Fraction(0)
    return Outcome(score, wanted, told, " ".join(aspect.hint for aspect in wrong), cells)


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
