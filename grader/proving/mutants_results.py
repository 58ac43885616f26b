"""Mutants of what is made of a trained network: evaluating, predicting, reporting, saving, loading."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from grader.evidence.events import Evaluated, Loaded, MetricCalled, Predicted, Saved
from grader.proving.code import (
    Site,
    expression,
    instead,
    keyword,
    receiver,
    setting,
    transformed,
    with_keyword,
)
from grader.proving.reference import Reference
from grader.proving.variant import Breach, Change, mutation


def _evaluations(reference: Reference) -> Iterator[tuple[Site, frozenset[str]]]:
    for site in reference.code.calls("evaluate"):
        if networks := reference.touched_at(site, Evaluated):
            yield site, networks


def _predictions(reference: Reference) -> Iterator[tuple[Site, frozenset[str]]]:
    for site in reference.code.calls("predict"):
        if networks := reference.touched_at(site, Predicted):
            yield site, networks


@mutation("evaluation lost")
def not_evaluated(reference: Reference) -> Iterator[Change]:
    """Numbers written in place of the evaluation."""
    for site, networks in _evaluations(reference):
        count = 1
        if isinstance(site.statement, ast.Assign) and isinstance(site.statement.targets[0], ast.Tuple):
            count = len(site.statement.targets[0].elts)
        numbers = expression("0.61" if count == 1 else ", ".join(["0.61"] * count))
        changed = reference.code.edited(site, instead(numbers))
        yield Change(changed, f"without {ast.unparse(site.node)}", Breach("evaluate", site.cell, networks))


@mutation("evaluated on the training images")
def evaluated_elsewhere(reference: Reference) -> Iterator[Change]:
    """Another split than the one asked for."""
    for site, networks in _evaluations(reference):
        if (changed := _on_training_data(reference, site, networks)) is not None:
            yield Change(
                changed,
                f"{receiver(site.call)}.evaluate(training data)",
                Breach("evaluate", site.cell, networks),
            )


@mutation("prediction lost")
def not_predicted(reference: Reference) -> Iterator[Change]:
    """Random scores in place of the network's."""
    for site, networks in _predictions(reference):
        rows = keyword(site.call, "x", 0)
        classes = _classes(reference, networks)
        if rows is None or not classes:
            continue
        count = f"sum(1 for _ in {ast.unparse(rows)}.unbatch())"
        if _is_array(reference, site):
            count = f"len({ast.unparse(rows)})"
        scores = expression(f"__import__('numpy').random.rand({count}, {classes})")
        changed = reference.code.edited(site, instead(scores))
        yield Change(
            changed, f"random scores for {ast.unparse(site.node)}", Breach("predict", site.cell, networks)
        )


@mutation("predicted for the training images")
def predicted_elsewhere(reference: Reference) -> Iterator[Change]:
    """Another split than the one asked for."""
    for site, networks in _predictions(reference):
        if (changed := _on_training_data(reference, site, networks)) is not None:
            yield Change(
                changed,
                f"{receiver(site.call)}.predict(training data)",
                Breach("predict", site.cell, networks),
            )


def _is_array(reference: Reference, site: Site) -> bool:
    """Whether what is predicted at a site are arrays and no batches."""
    cells = reference.runs_in(site)
    events = [event for event in reference.work.evidence.of(Predicted) if event.cell in cells]
    return any(event.data.container == "array" for event in events)


def _classes(reference: Reference, networks: frozenset[str]) -> int:
    for name in networks:
        output = reference.work.answers[name].output
        if output is not None and output.output_shape and output.output_shape[-1]:
            return output.output_shape[-1]
    return 0


def _on_training_data(reference: Reference, site: Site, networks: frozenset[str]) -> dict[int, str] | None:
    """The site's cell with the data of its network's training for its own."""
    for fit in reference.code.calls("fit"):
        if fit.function != site.function and fit.function is not None:
            continue
        if not reference.fitted_at(fit) & networks or fit.cell > site.cell:
            continue
        x, y = keyword(fit.call, "x", 0), keyword(fit.call, "y", 1)
        if x is None or ast.unparse(x) == ast.unparse(keyword(site.call, "x", 0) or ast.Constant(None)):
            return None

        def edit(call: ast.Call, x: ast.expr = x, y: ast.expr | None = y) -> ast.AST:
            with_keyword(call, "x", copy.deepcopy(x), 0)
            if y is not None and keyword(call, "y", 1) is not None:
                with_keyword(call, "y", copy.deepcopy(y), 1)
            return call

        return reference.code.edited(site, edit)
    return None


@mutation("argmax of the wrong axis")
def argmax(reference: Reference) -> Iterator[Change]:
    """The first scores rounded in place of the index of the largest."""
    for site in reference.code.calls("argmax"):
        scores = keyword(site.call, "a", 0)
        if scores is None and isinstance(site.call.func, ast.Attribute):
            scores = site.call.func.value
        if scores is None:
            continue
        networks = frozenset(reference.work.answers)
        labels = expression(f"({ast.unparse(scores)})[..., 0].round().astype(int)")
        changed = reference.code.edited(site, instead(labels))
        yield Change(
            changed, f"rounded scores for {ast.unparse(site.node)}", Breach("argmax", site.cell, networks)
        )


_METRICS = {"classification_report": "report", "confusion_matrix": "confusion"}


@mutation("report in another order")
def shuffled_report(reference: Reference) -> Iterator[Change]:
    """True labels shuffled before they are compared with predictions."""
    for site in reference.code.calls(*_METRICS):
        true = keyword(site.call, "y_true", 0)
        if true is not None and _tells_classes_apart(reference, site):
            other = expression(f"__import__('numpy').random.permutation({ast.unparse(true)})")
            changed = reference.code.edited(site, setting("y_true", other, 0))
            breach = Breach(_METRICS[site.name], site.cell, frozenset(reference.work.answers))
            yield Change(changed, f"shuffled labels for {site.name}", breach)


def _tells_classes_apart(reference: Reference, site: Site) -> bool:
    """Whether more than one class was predicted; else the labels' order tells nothing."""
    calls = [each for each in reference.work.evidence.of(MetricCalled) if each.cell == site.cell]
    return any(len(set(each.predicted)) != 1 for each in calls)


@mutation("report lost")
def no_report(reference: Reference) -> Iterator[Change]:
    """Nothing is computed of true and predicted labels."""
    for site in reference.code.calls("classification_report"):
        changed = reference.code.edited(site, instead(ast.Constant("as good as expected")))
        yield Change(
            changed, f"without {site.name}", Breach("report", site.cell, frozenset(reference.work.answers))
        )


@mutation("confusion matrix made up")
def no_matrix(reference: Reference) -> Iterator[Change]:
    """A matrix of ones."""
    for site in reference.code.calls("confusion_matrix"):
        size = max((len(facts.classes) for facts in reference.work.data.values()), default=10)
        made = expression(f"__import__('numpy').ones(({size}, {size}), dtype=int)")
        changed = reference.code.edited(site, instead(made))
        breach = Breach("confusion", site.cell, frozenset(reference.work.answers))
        yield Change(changed, "ones for the confusion matrix", breach)


# Files


def _saves(reference: Reference) -> Iterator[tuple[Site, frozenset[str]]]:
    for site in reference.code.calls("save", "save_model"):
        if networks := reference.touched_at(site, Saved):
            yield site, networks


@mutation("nothing saved")
def not_saved(reference: Reference) -> Iterator[Change]:
    """No file is written, and what was loaded from it is the model in memory."""
    for site, networks in _saves(reference):
        path = keyword(site.call, "filepath", 0)
        if (
            isinstance(site.call.func, ast.Attribute)
            and path is not None
            and isinstance(site.statement, ast.Expr)
        ):
            model = ast.unparse(site.call.func.value)
            sources = _in_memory(reference, site, ast.unparse(path), model)
            yield Change(sources, f"without {ast.unparse(site.node)}", Breach("save", site.cell, networks))


@mutation("weights saved alone")
def weights_only(reference: Reference) -> Iterator[Change]:
    """The weights without the network."""
    for site, networks in _saves(reference):
        path = keyword(site.call, "filepath", 0)
        if (
            isinstance(site.call.func, ast.Attribute)
            and path is not None
            and isinstance(site.statement, ast.Expr)
        ):
            model = ast.unparse(site.call.func.value)
            written = f"{model}.save_weights('only.weights.h5')"
            sources = _in_memory(reference, site, ast.unparse(path), model, written)
            yield Change(sources, written, Breach("save", site.cell, networks))


class _Instead(ast.NodeTransformer):
    """Puts other code in the place of calls, known by their source."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def visit_Call(self, node: ast.Call) -> ast.AST:
        text = ast.unparse(node)
        return expression(self.texts[text]) if text in self.texts else self.generic_visit(node)


def _in_memory(
    reference: Reference, save: Site, path: str, model: str, written: str = "None"
) -> dict[int, str]:
    """Cells without a save, and with the model itself where its file was loaded."""
    loads = [each for each in reference.code.calls("load_model") if _path(each) == path]
    texts = {ast.unparse(each.node): model for each in loads} | {ast.unparse(save.node): written}
    cells = {save.cell, *(each.cell for each in loads)}
    return {cell: transformed(reference.code.trees[cell], _Instead(texts)) for cell in cells}


def _path(load: Site) -> str:
    given = keyword(load.call, "filepath", 0)
    return "" if given is None else ast.unparse(given)


@mutation("saved in another format")
def other_suffix(reference: Reference) -> Iterator[Change]:
    """The native format where another was asked for, and the other way round."""
    wanted = [
        line for line in reference.rubric.checks if line.check == "saved" and line.arguments.get("suffix")
    ]
    for site, networks in _saves(reference):
        path = keyword(site.call, "filepath", 0)
        if not wanted or not isinstance(path, ast.Constant) or not isinstance(path.value, str):
            continue
        stem, _, suffix = path.value.rpartition(".")
        other = f"{stem}.{'keras' if suffix == 'h5' else 'h5'}"
        sources = {}
        for cell, tree in reference.code.trees.items():
            strings = [
                node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == path.value
            ]
            if strings:
                changed = copy.deepcopy(tree)
                for node in ast.walk(changed):
                    if isinstance(node, ast.Constant) and node.value == path.value:
                        node.value = other
                sources[cell] = ast.unparse(changed)
        yield Change(sources, f"saved as {other}", Breach("save", site.cell, networks, detail="suffix"))


@mutation("load lost")
def not_loaded(reference: Reference) -> Iterator[Change]:
    """The model in memory goes on as the loaded one."""
    for site in reference.code.calls("load_model"):
        networks = reference.touched_at(site, Loaded)
        models = {receiver(each.call) for each, found in _saves(reference) if found & networks} - {""}
        if networks and models:
            model = sorted(models)[0]
            changed = reference.code.edited(site, instead(ast.Name(model, ast.Load())))
            yield Change(
                changed, f"{model} in place of {ast.unparse(site.node)}", Breach("load", site.cell, networks)
            )
