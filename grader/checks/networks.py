"""Checks of a network's structure."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import Answer, Work
from grader.network.explain import explain, layer_text

if TYPE_CHECKING:
    from grader.network.comparison import Comparison, Step
    from grader.network.spec import LayerSpec

_BUILD = "Build the network in a cell of its own and run the notebook from top to bottom."


@check("layer", written_as=("Conv2D", "Dense", "MaxPooling2D", "Flatten", "Sequential", "add"))
def layer(work: Work, *, network: str, layer: int | None = None, layers: tuple[int, ...] = ()) -> Outcome:
    """Judge single layers of an expected network, whatever the others are like.

    One wrong hyper-parameter is partly, two or more are not; of several layers each counts alike.

    Args:
        network: Name of the expected network.
        layer: Position of the layer line, counted from 1 (members of an unordered group one by one).
        layers: Several such positions.
    """
    return judge_layers(work, network, layers if layer is None else (layer, *layers))


def judge_layers(work: Work, network: str, positions: tuple[int, ...]) -> Outcome:
    """The outcome of the layer lines at some positions (from 1), each counting alike."""
    lines = work.expected[network].lines
    wanted = " and ".join(layer_text(lines[position - 1]) for position in positions)
    answer = work.answer(network)
    if answer is None:
        return absent(wanted, _BUILD, found="no network that could be the answer")
    judged = [_layer(answer, position - 1, lines[position - 1]) for position in positions]
    score = sum((share for share, _, _ in judged), Fraction(0)) / len(judged)
    found = " and ".join(text for _, text, _ in judged)
    hint = " ".join(dict.fromkeys(hint for _, _, hint in judged if hint))
    return Outcome(score, wanted, found, hint, (answer.cell,))


def _layer(answer: Answer, line: int, spec: LayerSpec) -> tuple[Fraction, str, str]:
    step = answer.comparison.answer(line)
    if not step.found:
        return Fraction(0), "no such layer", f"Add {layer_text(spec)}."
    text = _built(answer, step)
    differences = [each for each in step.differences if not each.harmless]
    if not differences:
        return Fraction(1), text, ""
    another = any(each.argument == "layer" for each in differences)
    wrong = "; ".join(f"{each.argument} is {each.found}, not {each.expected}" for each in differences)
    worth = Fraction(1, 2) if len(differences) == 1 and not another else Fraction(0)
    return worth, text, f"Change it: {wrong}."


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
def network(work: Work, *, network: str, judge: Literal["order", "all"] = "all") -> Outcome:
    """Compare the whole network with the expected one.

    With ``judge: order`` only the sequence of layer kinds counts: one layer missing, added or out of place is partly.
    Additions that the rubric allows (``may_add``) cost nothing and are named in a remark.

    Args:
        network: Name of the expected network.
        judge: ``all`` (the share of the network that is as expected) or ``order``.
    """
    expected = work.expected[network]
    wanted = " → ".join(line.kind for line in expected.lines)
    answer = work.answer(network)
    if answer is None:
        return absent(wanted, _BUILD, found="no network that could be the answer")
    comparison, cells = answer.comparison, (answer.cell,)
    allowed = [_built(answer, step) for step in comparison.steps if step.verdict == "allowed"]
    remarks = tuple(f"{text} was added, which the worksheet leaves room for." for text in allowed)
    found = " ".join(explain(comparison, answer.network, expected)) or "as expected"
    if judge == "all":
        score = Fraction(round(comparison.similarity * 20), 20)
        return Outcome(
            score, wanted, found, "" if score == 1 else "Mend what differs.", cells, remarks=remarks
        )
    wrong = _out_of_order(comparison)
    if not wrong:
        return met(wanted, "the same layers in the same order", cells=cells, remarks=remarks)
    hint = "Bring the layers into the worksheet's order."
    return partly(wanted, found, hint, cells=cells) if wrong == 1 else unmet(wanted, found, hint, cells=cells)


def _out_of_order(comparison: Comparison) -> int:
    """Places where the sequence of kinds departs from the expected one; neighbours (a whole block) count as one."""
    wrong, before = 0, ""
    for step in comparison.steps:
        kinds = {each.argument for each in step.differences} & {"layer", "position"}
        now = step.verdict if step.verdict in ("missing", "extra") else "".join(sorted(kinds))
        wrong += bool(now) and now != before
        before = now
    return wrong


@check("parameters", written_as=("Sequential", "Model"))
def parameters(work: Work, *, network: str, count: int) -> Outcome:
    """Compare the number of parameters, recomputed from the configuration.

    Args:
        network: Name of the expected network.
        count: The number that the worksheet's network has.
    """
    wanted = f"{count:,} parameters"
    answer = work.answer(network)
    if answer is None:
        return absent(wanted, _BUILD, found="no network that could be the answer")
    have = answer.network.parameters
    if have == count:
        return met(wanted, wanted, cells=(answer.cell,))
    found = "a number that cannot be known" if have is None else f"{have:,} parameters"
    hint = "Compare summary() with the worksheet's table, layer by layer: the first difference is the cause."
    return unmet(wanted, found, hint, cells=(answer.cell,))
