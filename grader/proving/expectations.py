"""What a breach must cost and what it may cost, derived from the rubric.

The table names checks, never a worksheet's lines: a line of one of these checks is meant when it is about a
network that the breach happens to (or about none), when it is met in the cell that was changed (for what is
shown or written there), and when it states what was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.network.spec import ExpectedNetwork
from grader.proving.reference import Reference
from grader.proving.variant import Breach
from grader.rubric.schema import CheckLine

Condition = Callable[[CheckLine, Breach, Reference], bool]

_RESULTS = (
    "evaluated",
    "tested",
    "predicted",
    "argmax",
    "report",
    "confusion_matrix",
    "reloaded_evaluated",
    "examples_shown",
    "prediction_bars",
)
_TRAINING = (
    "fitted",
    "epochs",
    "batch_size",
    "validation",
    "callback",
    "loaded",
    "rescaled",
    "standardised",
    "targets",
    "fed_size",
    "curves",
    "curves_compared",
    "trains",
    "refitted",
    "variants",
    "split_made",
    "loss",
    "compiled",
    "optimizer",
    "metrics",
)


@dataclass(frozen=True)
class Costs:
    """What a breach of one aspect costs."""

    must: Mapping[str, Condition] = field(default_factory=dict)
    """Checks of which one must notice, each with when it must."""
    may: tuple[str, ...] = ()
    """Checks that may notice too; ``*`` is all of them."""


def expected_losses(reference: Reference, breach: Breach) -> tuple[frozenset[str], frozenset[str]]:
    """Check ids of which one must lose points by a breach, and those that may lose some besides."""
    costs = COSTS[breach.aspect]
    intended, allowed = set(), set()
    for line in reference.rubric.checks:
        if not _concerns(line, breach):
            continue
        condition = costs.must.get(line.check)
        if condition is not None and condition(line, breach, reference):
            intended.add(line.id)
        elif condition is not None or line.check in costs.may or "*" in costs.may:
            allowed.add(line.id)
    return frozenset(intended), frozenset(allowed)


def _concerns(line: CheckLine, breach: Breach) -> bool:
    names = networks_of(line)
    return not names or not breach.networks or bool(names & breach.networks)


def networks_of(line: CheckLine) -> frozenset[str]:
    """The networks that a line is about."""
    single = [line.arguments.get(name) for name in ("network", "after_network", "same_as")]
    several = [name for key in ("networks", "any_of") for name in line.arguments.get(key) or ()]
    given = [*single, *several]
    return frozenset(str(name) for name in given if name)


# Conditions


def _always(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    return True


def _here(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether the line is met in the changed cell."""
    return breach.cell in reference.grades[line.id].cells


def _here_only(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether it is, and nowhere else besides."""
    return _here(line, breach, reference) and set(reference.grades[line.id].cells) == {breach.cell}


def _shown_here(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether it is met in the changed cell, and would not be without what that cell shows."""
    return _here(line, breach, reference) and not reference.is_met_without(line, breach.cell)


def _given(*names: str) -> Condition:
    """Whether the line asks for it at all."""

    def condition(line: CheckLine, breach: Breach, reference: Reference) -> bool:
        return any(line.parameters.__getattribute__(name) not in (None, False, (), "") for name in names)

    return condition


def _both(*conditions: Condition) -> Condition:
    def condition(line: CheckLine, breach: Breach, reference: Reference) -> bool:
        return all(each(line, breach, reference) for each in conditions)

    return condition


def _is(**arguments: object) -> Condition:
    def condition(line: CheckLine, breach: Breach, reference: Reference) -> bool:
        return all(getattr(line.parameters, name) == value for name, value in arguments.items())

    return condition


def _named(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    return not breach.detail or line.arguments.get("name") == breach.detail


def _series(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether the line asks for the curve: of validation too, where it is one."""
    held = breach.detail.startswith("val_")
    return line.arguments.get("series") == breach.detail.removeprefix("val_") and (
        not held or getattr(line.parameters, "validation", True)
    )


def _part(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    return line.arguments.get("part") in (None, breach.detail)


# Layers


def _numbers(line: CheckLine) -> frozenset[int]:
    single, several = line.arguments.get("layer"), line.arguments.get("layers", ())
    return frozenset([single] if single else several)


def _on_the_layer(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether the line is about one of the changed layers."""
    wanted = _numbers(line)
    return any(wanted & found for name, found in breach.lines.items() if name in networks_of(line))


def _stated_on_the_layer(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether it is, and the rubric states what was changed of it."""
    wanted, argument = _numbers(line), breach.detail
    only, besides = line.arguments.get("only", ()), line.arguments.get("besides", ())
    if (only and argument not in only) or argument in besides:
        return False
    return any(
        _states(expected, number, breach.detail)
        for name, expected in _expected(line, breach, reference)
        for number in wanted & breach.lines.get(name, frozenset())
    )


def _stated(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether the rubric states what was changed, of any layer of the network."""
    return any(
        _states(expected, number, breach.detail)
        for name, expected in _expected(line, breach, reference)
        for number in breach.lines.get(name, frozenset())
    )


def _asked_for(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether the changed layers are ones that the rubric asks for."""
    return any(breach.lines.get(name) for name in networks_of(line))


def _expected(line: CheckLine, breach: Breach, reference: Reference) -> list[tuple[str, ExpectedNetwork]]:
    return [(name, reference.work.expected[name]) for name in sorted(networks_of(line) & breach.networks)]


def _states(expected: ExpectedNetwork, number: int, argument: str) -> bool:
    spec = expected.lines[number - 1]
    if argument == "activation":
        return spec.activation is not None or "activation" in spec.arguments
    return argument in spec.arguments


def _ends(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    """Whether the output layer is changed in something that the rules of a free design state of it."""
    for name in networks_of(line) & breach.outputs:
        last = getattr(reference.work.expected.get(name), "ends_with", None)
        if last is not None and (
            breach.detail in last.arguments or (breach.detail == "activation" and last.activation is not None)
        ):
            return True
    return False


def _counts(line: CheckLine, breach: Breach, reference: Reference) -> bool:
    return breach.detail in ("filters", "units", "kernel_size")


def _strict(condition: Condition) -> Condition:
    """For a ``network`` line that judges more than the order."""

    def judge(line: CheckLine, breach: Breach, reference: Reference) -> bool:
        return line.arguments.get("judge", "all") != "order" and condition(line, breach, reference)

    return judge


_OF_NETWORK = (
    "trains",
    "parameters",
    "rules",
    "network",
    "layer",
    "output_layer",
    "loss",
    "compiled",
    "parameters_by_hand",
    "answered",  # whose place is told by where the network stands
)


COSTS: Mapping[str, Costs] = {
    # Networks
    "argument": Costs(
        {
            "layer": _stated_on_the_layer,
            "output_layer": _stated_on_the_layer,
            "network": _strict(_stated),
            "parameters": _counts,
            "rules": _ends,
        },
        (*_OF_NETWORK,),
    ),
    "kind": Costs({"layer": _on_the_layer, "network": _asked_for}, (*_OF_NETWORK,)),
    "dropped": Costs({"layer": _on_the_layer, "network": _asked_for}, (*_OF_NETWORK,)),
    "doubled": Costs({"network": _asked_for}, (*_OF_NETWORK,)),
    "swapped": Costs({"network": _asked_for}, (*_OF_NETWORK,)),
    # Compiling
    "optimizer": Costs({"optimizer": _given("one_of"), "compiled": _given("optimizer")}, ("trains",)),
    "learning": Costs({"trains": _always}, ("optimizer", "compiled")),
    "loss": Costs(
        {"loss": _always, "compiled": _given("loss")},
        ("trains", "output_layer", "targets", "loaded", "rules"),
    ),
    "metrics": Costs(
        {"metrics": _always, "compiled": _given("metrics")},
        ("curves", "curves_compared", "evaluated", "tested"),
    ),
    # Training
    "epochs": Costs({"epochs": _always, "fitted": _given("epochs")}),
    "batch_size": Costs({"batch_size": _always, "fitted": _given("batch_size")}, ("refitted", "trains")),
    "validation": Costs(
        {"validation": _always, "fitted": _given("validation")},
        ("curves", "curves_compared", "callback", "rescaled", "loaded", "targets", "split_made"),
    ),
    "validation_share": Costs({"validation": _given("share")}),
    "shuffle": Costs({"fitted": _given("shuffled")}),
    "fit": Costs(
        # What is trained is not what is judged: either end of that may show it.
        dict.fromkeys(("fitted", "epochs", "trains", "curves", "saved", "reloaded", *_RESULTS), _always),
        _TRAINING,
    ),
    "callback": Costs({"callback": _named}),
    "monitor": Costs({"callback": _both(_named, _given("monitor"))}),
    "patience": Costs({"callback": _both(_named, _given("patience"))}),
    # Data
    "image_size": Costs(
        {"loaded": _is(aspect="image_size"), "fed_size": _always},
        (*_OF_NETWORK,),
    ),
    "split_share": Costs(
        {"loaded": _is(aspect="validation_split"), "split_made": _always}, ("trains", "validation")
    ),
    "seed": Costs({"loaded": _is(aspect="seed"), "split_made": _always}, ("validation",)),
    "scaling of all": Costs({"rescaled": _always, "standardised": _always}, ("trains", *_RESULTS)),
    "scaling of train": Costs({"rescaled": _always, "standardised": _always}, ("trains", *_RESULTS)),
    "scaling of validation": Costs({"rescaled": _always, "standardised": _always}, ("validation",)),
    "scaling of test": Costs(
        {
            "rescaled": _is(test=True),
            "standardised": _always,
            "evaluated": _always,
            "predicted": _always,
            "tested": _always,
            "report": _always,
            "confusion_matrix": _always,
            "reloaded_evaluated": _always,
        },
        _RESULTS,
    ),
    "standardising": Costs({"standardised": _part}, ("trains", "rescaled")),
    "labels of all": Costs({"targets": _given("classes")}, (*_TRAINING, *_RESULTS)),
    "labels of train": Costs({"targets": _given("classes")}, (*_TRAINING, *_RESULTS)),
    "labels of validation": Costs({"targets": _given("classes")}, (*_TRAINING, *_RESULTS)),
    "labels of test": Costs({"targets": _given("classes"), "evaluated": _always}, _RESULTS),
    "fed_size": Costs({"fed_size": _always}, ("network", "trains", "parameters")),
    "leak": Costs(
        {"split_made": _always, "evaluated": _always, "predicted": _always, "tested": _always},
        (*_RESULTS, "shape_shown", "data_loaded", "rescaled", "standardised", "targets"),
    ),
    "validation labels": Costs({"validation": _given("labels")}, ("targets", "split_made", "callback")),
    "training labels": Costs(
        {"loaded": _is(aspect="labels"), "targets": _given("strict")}, (*_TRAINING, *_RESULTS)
    ),
    "other data": Costs({"data_loaded": _always, "fitted": _always}, ("*",)),
    # Experiments
    "retraining": Costs({"refitted": _here, "variants": _here}, ("answered", "rules", "fitted")),
    "variants": Costs({"variants": _here, "table_shown": _always}, ()),
    "carried_on": Costs({"refitted": _here, "variants": _here}, (*_TRAINING, *_RESULTS)),
    "base": Costs({"pretrained": _always}, ("trains", "parameters", "network")),
    # Results
    "evaluate": Costs(
        {"evaluated": _shown_here, "tested": _shown_here, "reloaded_evaluated": _shown_here},
        ("saved", "reloaded", "split_made", "table_shown"),
    ),
    "predict": Costs(
        {"predicted": _here_only, "tested": _here},
        (*_RESULTS, "reloaded", "reloaded_evaluated"),
    ),
    "argmax": Costs({"argmax": _here, "report": _always}, _RESULTS),
    "report": Costs({"report": _here}, ("argmax", "tested")),
    "confusion": Costs({"confusion_matrix": _here}, ("argmax",)),
    "save": Costs({"saved": _always}, ("reloaded", "reloaded_evaluated")),
    "load": Costs({"reloaded": _always}, ("reloaded_evaluated",)),
    # What is shown and written
    "figure": Costs(
        dict.fromkeys(
            (
                "curves",
                "curves_compared",
                "images_shown",
                "image_rows",
                "images_labelled",
                "examples_shown",
                "prediction_bars",
            ),
            _shown_here,
        )
        | {"confusion_matrix": _both(_shown_here, _given("plotted"))},
        ("answered",),
    ),
    "drawn matrix": Costs({"confusion_matrix": _both(_here, _given("plotted"))}),
    "examples": Costs({"examples_shown": _here}, ("images_labelled",)),
    "bars": Costs({"prediction_bars": _here}),
    "small talk": Costs(
        {"answered": _both(_here, _given("about", "all_of"))},
        ("answered", "parameters_by_hand", "table_shown", "names_listed"),
    ),
    "curve": Costs(
        {"curves": _both(_shown_here, _series), "curves_compared": _both(_shown_here, _series)},
    ),
    "pictures": Costs(
        {"images_shown": _here, "examples_shown": _here, "prediction_bars": _here},
        ("image_rows", "images_labelled", "answered"),
    ),
    "random": Costs({"images_shown": _both(_here, _given("random"))}),
    "rows": Costs({"image_rows": _here}),
    "titles": Costs({"images_labelled": _here}, ("examples_shown",)),
    "print": Costs(
        {
            "printed": _here,
            "shape_shown": _here,
            "classes_counted": _here,
            "tested": _shown_here,
            "table_shown": _here,
            "broken_removed": _here,
            "evaluated": _shown_here,
        },
        ("report", "parameters_by_hand"),
    ),
    "summary": Costs({"summarised": _here}),
    "listing": Costs({"classes_listed": _here}),
    "removing": Costs({"broken_removed": _here}),
    "opening": Costs({"images_opened": _here}, ("broken_removed", "printed")),
    "answer": Costs(
        {"answered": _here, "parameters_by_hand": _here, "table_shown": _here, "names_listed": _here},
        ("answered",),
    ),
    "by_hand": Costs({"parameters_by_hand": _here}, ("answered",)),
    "table": Costs({"table_shown": _here}),
    "names": Costs({"names_listed": _here}, ("images_labelled", "examples_shown")),
}
"""What each aspect costs."""
