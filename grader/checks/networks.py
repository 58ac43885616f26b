"""Checks of a network's structure."""

from __future__ import annotations

import itertools
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from grader.checks.outcome import PARTLY, Outcome, absent, met, unmet
from grader.checks.registry import Secret, check
from grader.checks.work import Answer, Work
from grader.errors import UserError
from grader.network.costs import is_light
from grader.network.expected import parameter_totals
from grader.network.explain import explain, layer_text

if TYPE_CHECKING:
    from grader.network.comparison import Comparison, Difference, Step
    from grader.network.spec import LayerSpec

_NOT_QUITE = Fraction(19, 20)
"""Most that a network earns which differs in anything."""
_BLOCK = 3
"""Neighbouring layers that are one block at most: two convolutions and their pooling."""
_BUILD = "Build the network in a cell of its own and run the notebook from top to bottom."


@check("layer", written_as=("Conv2D", "Dense", "MaxPooling2D", "Flatten", "Sequential", "add"))
def layer(
    work: Work,
    *,
    network: str,
    layer: int | None = None,
    layers: tuple[int, ...] = (),
    only: tuple[str, ...] = (),
    besides: tuple[str, ...] = (),
) -> Outcome:
    """Judge single layers of an expected network, whatever the others are like.

    One wrong hyper-parameter is partly, two or more are not; of several layers each counts alike.
    Where a requirement of its own asks for a hyper-parameter, as for the activation of every convolution, it
    is judged there with ``only`` (a wrong one is not) and left out elsewhere with ``besides``.

    Args:
        network: Name of the expected network.
        layer: Position of the layer line, counted from 1 (members of an unordered group one by one).
        layers: Several such positions.
        only: Hyper-parameters that count, e.g. ``activation``; all of them when left out.
        besides: Hyper-parameters that do not count here.
    """
    return judge_layers(work, network, layers if layer is None else (layer, *layers), only, besides)


def judge_layers(
    work: Work,
    network: str,
    positions: tuple[int, ...],
    only: tuple[str, ...] = (),
    besides: tuple[str, ...] = (),
) -> Outcome:
    """The outcome of the layer lines at some positions (from 1), each counting alike."""
    lines = work.expected[network].lines
    wanted = " and ".join(layer_text(lines[position - 1]) for position in positions)
    answer = work.answer(network)
    if answer is None:
        return absent(wanted, _BUILD, found="no network that could be the answer")
    judged = [_layer(answer, position - 1, lines[position - 1], only, besides) for position in positions]
    score = sum((share for share, _, _ in judged), Fraction(0)) / len(judged)
    found = " and ".join(text for _, text, _ in judged)
    hint = " ".join(dict.fromkeys(hint for _, _, hint in judged if hint))
    return Outcome(score, wanted, found, hint, (answer.cell,))


def _layer(
    answer: Answer, line: int, spec: LayerSpec, only: tuple[str, ...], besides: tuple[str, ...]
) -> tuple[Fraction, str, str]:
    step = answer.comparison.answer(line)
    if not step.found:
        return Fraction(0), "no such layer", f"Add {spec.text}."
    text = _built(answer, step)
    counting = {"layer", *only}
    differences = [
        each
        for each in step.differences
        if not each.harmless and each.argument not in besides and (not only or each.argument in counting)
    ]
    if not differences:
        return Fraction(1), text, ""
    one = len(differences) == 1 and differences[0].argument != "layer" and not only
    return PARTLY if one else Fraction(0), text, " ".join(map(_mend, differences))


def _mend(difference: Difference) -> str:
    """What to write so that a difference is gone."""
    argument, wanted = difference.argument, difference.expected
    if argument == "layer":
        return f"Put {wanted} in place of {difference.found}."
    if argument == "position":
        return f"Move it: it belongs {wanted}."
    if argument == "activation" and wanted == "linear":
        return "Leave out the activation."
    written = f'"{wanted}"' if argument == "activation" and wanted.isidentifier() else wanted
    if re.fullmatch(r"\d+(×\d+)+", wanted):
        written = f"({wanted.replace('×', ', ')})"
    return f"Set {argument}={written}; it is {difference.found}."


def _built(answer: Answer, step: Step) -> str:
    layers = [answer.network.layers[position] for position in step.found]
    return layer_text(layers[0], layers[1] if len(layers) > 1 else None)


@check("output_layer", written_as=("Dense", "Sequential"))
def output_layer(work: Work, *, network: str, layer: int) -> Outcome:
    """Judge the output layer: like ``layer``, but logits with a ``from_logits`` loss are as good as softmax.

    Args:
        network: Name of the expected network.
        layer: Position of its line, counted from 1.
    """
    answer, compiled = work.answer(network), work.compilation(network)
    outcome = judge_layers(work, network, (layer,))
    if answer is None or compiled is None or answer.output_activation != "linear":
        return outcome
    step = answer.comparison.answer(layer - 1)
    differences = [each for each in step.differences if each.argument != "activation"]
    logits = any(loss.config.get("from_logits") for loss in compiled.losses)
    if logits and step.found and not differences:
        return met(outcome.expected, f"{outcome.found}, logits with a from_logits loss", cells=outcome.cells)
    return outcome


@check("network", written_as=("Sequential", "Model", "add"))
def network(work: Work, *, network: str, judge: Literal["order", "all", "whole"] = "all") -> Outcome:
    """Compare the whole network with the expected one.

    With ``judge: order`` only the sequence of layer kinds counts: one layer missing, added or out of place is
    partly. With ``judge: whole`` the whole network is one requirement: one wrong hyper-parameter (in however
    many layers), one layer or one block of up to three neighbours missing, added or replaced is partly.
    Additions that the rubric allows (``may_add``) cost nothing and are named in a remark.

    Args:
        network: Name of the expected network.
        judge: ``all`` (the share of the network that is as expected), ``order`` or ``whole``.
    """
    expected = work.expected[network]
    wanted = " → ".join(line.kind for line in expected.lines)
    answer = work.answer(network)
    if answer is None:
        return absent(wanted, _BUILD, found="no network that could be the answer")
    comparison, cells = answer.comparison, (answer.cell,)
    allowed = [_built(answer, step) for step in comparison.steps if step.verdict == "allowed"]
    remarks = tuple(f"{text} was added, which the worksheet leaves room for." for text in allowed)
    differing = "; ".join(explain(comparison, answer.network, expected))
    if judge == "order":
        wrong = _out_of_order(comparison)
        hint = f"Stack the layers as the worksheet lists them: {wanted}."
        same = "the same layers in the same order"
    else:
        wrong = _departures(answer)
        hint = "Change the layers named here; then summary() shows the worksheet's table."
        same = "the same layers with the same arguments"
    if not wrong:
        return met(wanted, same, cells=cells, remarks=remarks)
    score = PARTLY if wrong == 1 else Fraction(0)
    if judge == "all":
        score = min(Fraction(round(comparison.similarity * 20), 20), _NOT_QUITE)
    return Outcome(score, wanted, differing, hint, cells, remarks=remarks)


def _departures(answer: Answer) -> int:
    """What differs, as a marker counts: an argument that is wrong in the same way everywhere once, and
    neighbours that are missing or added once for every three."""
    comparison = answer.comparison
    slips: set[tuple[str, ...]] = {("input",)} if comparison.input else set()
    layers = 0
    for verdict, run in itertools.groupby(comparison.steps, key=lambda step: step.verdict):
        steps = list(run)
        if verdict == "missing":
            layers += -(-len(steps) // _BLOCK)
        elif verdict == "extra":
            kinds = [answer.network.layers[step.found[0]].kind for step in steps]
            slips |= {("extra", kind) for kind in kinds if is_light(kind)}
            layers += -(-sum(not is_light(kind) for kind in kinds) // _BLOCK)
        for difference in (each for step in steps for each in step.differences if not each.harmless):
            if difference.argument in ("layer", "position"):
                layers += 1
            else:
                slips.add((difference.argument, difference.expected, difference.found))
    return layers + len(slips)


def _out_of_order(comparison: Comparison) -> int:
    """Places where the sequence of kinds departs from the expected one; neighbours (a block) count as one."""
    wrong, before = 0, ""
    for step in comparison.steps:
        kinds = {each.argument for each in step.differences} & {"layer", "position"}
        now = step.verdict if step.verdict in ("missing", "extra") else "".join(sorted(kinds))
        wrong += bool(now) and now != before
        before = now
    return wrong


@check("parameters", written_as=("Sequential", "Model"))
def parameters(
    work: Work,
    *,
    network: str,
    count: Annotated[int | None, Secret("the number of parameters is compared after handing in")] = None,
) -> Outcome:
    """Compare the number of parameters, recomputed from the configuration.

    Args:
        network: Name of the expected network.
        count: The number that the worksheet's network has; worked out from its layers when left out.
    """
    answer = work.answer(network)
    counts = (count,) if count is not None else parameter_totals(work.expected[network])
    if not counts:
        raise UserError(f'the rubric does not fix the parameters of "{network}": give the check a count')
    wanted = f"{' or '.join(f'{each:,}' for each in counts)} parameters"
    if answer is None:
        return absent(wanted, _BUILD, found="no network that could be the answer")
    have = answer.network.parameters
    if have in counts:
        return met(wanted, f"{have:,} parameters", cells=(answer.cell,))
    found = "a number that cannot be known" if have is None else f"{have:,} parameters"
    hint = "Compare summary() with the worksheet's table, layer by layer: the first difference is the cause."
    return unmet(wanted, found, hint, cells=(answer.cell,))
