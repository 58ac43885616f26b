"""Equivalents of compiling, training and plotting."""

from __future__ import annotations

import ast
import copy
from typing import Any

from nbformat import NotebookNode

from grader.proving.code import called, expression, keyword, source_of, statements, with_keyword, with_sources
from grader.proving.equivalents_layers import rewritten
from grader.proving.reference import Reference
from grader.proving.variant import equivalence

_IMPORT = "import keras"
_OPTIMIZERS = {"adam": "Adam", "sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad", "nadam": "Nadam"}
_LOSSES = {
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
}


class _Compiles(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if called(node) == "compile" and node.keywords:
            self.change(node)
        return node

    def change(self, node: ast.Call) -> None:
        raise NotImplementedError


class _OptimizerObject(_Compiles):
    def change(self, node: ast.Call) -> None:
        match keyword(node, "optimizer", 0):
            case ast.Constant(value=str(name)) if name.lower() in _OPTIMIZERS:
                made = expression(f"keras.optimizers.{_OPTIMIZERS[name.lower()]}()")
                with_keyword(node, "optimizer", made, 0)
            case ast.Call(keywords=given, args=[]) as call if called(call) in _OPTIMIZERS.values():
                defaults = {
                    "Adam": "0.001",
                    "SGD": "0.01",
                    "RMSprop": "0.001",
                    "Adagrad": "0.001",
                    "Nadam": "0.001",
                }
                if all(
                    each.arg == "learning_rate" and ast.unparse(each.value) == defaults[called(call)]
                    for each in given
                ):
                    with_keyword(node, "optimizer", ast.Constant(called(call).lower()), 0)


@equivalence("optimizer as an object or by its name")
def optimizer_object(reference: Reference) -> NotebookNode | None:
    """``Adam()`` for ``"adam"``, and the name for an object with default settings."""
    return rewritten(reference, _OptimizerObject, _IMPORT)


class _LossObject(_Compiles):
    def change(self, node: ast.Call) -> None:
        match keyword(node, "loss", 1):
            case ast.Constant(value=str(name)) if name in _LOSSES:
                with_keyword(node, "loss", expression(f"keras.losses.{_LOSSES[name]}()"), 1)
            case ast.Call(keywords=[], args=[]) as call if called(call) in _LOSSES.values():
                names = {made: name for name, made in _LOSSES.items()}
                with_keyword(node, "loss", ast.Constant(names[called(call)]), 1)


@equivalence("loss as an object or by its name")
def loss_object(reference: Reference) -> NotebookNode | None:
    """``SparseCategoricalCrossentropy()`` for ``"sparse_categorical_crossentropy"``."""
    return rewritten(reference, _LossObject, _IMPORT)


class _LossFunction(_Compiles):
    def change(self, node: ast.Call) -> None:
        match keyword(node, "loss", 1):
            case ast.Constant(value=str(name)) if name in _LOSSES:
                with_keyword(node, "loss", expression(f"keras.losses.{name}"), 1)


@equivalence("loss as a function")
def loss_function(reference: Reference) -> NotebookNode | None:
    """``keras.losses.categorical_crossentropy`` without a call."""
    return rewritten(reference, _LossFunction, _IMPORT)


class _MetricName(_Compiles):
    def change(self, node: ast.Call) -> None:
        match keyword(node, "metrics"):
            case ast.List(elts=[ast.Constant(value="accuracy")]):
                with_keyword(node, "metrics", expression("['acc']"))


class _AccuracyShort(ast.NodeTransformer):
    """History names that go with the short metric."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        short = {"accuracy": "acc", "val_accuracy": "val_acc"}
        return ast.Constant(short[node.value]) if node.value in short else node


@equivalence("metric by its short name")
def short_metric(reference: Reference) -> NotebookNode | None:
    """``metrics=["acc"]`` and ``history["acc"]``, as in old books."""
    sources = {}
    for cell, tree in reference.code.trees.items():
        changed = _AccuracyShort().visit(_MetricName().visit(copy.deepcopy(tree)))
        if ast.dump(changed) != ast.dump(tree):
            sources[cell] = source_of(changed)
    return with_sources(reference.notebook, sources) if sources else None


class _CompileOptions(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> Any:
        if called(node.value) == "compile" and isinstance(node.value, ast.Call) and not node.value.args:
            pairs = ", ".join(
                f"{each.arg!r}: {ast.unparse(each.value)}" for each in node.value.keywords if each.arg
            )
            node.value.keywords = [ast.keyword(None, ast.Name("options", ast.Load()))]
            return [*statements(f"options = {{{pairs}}}"), node]
        return node


@equivalence("compile settings in a dictionary")
def compile_options(reference: Reference) -> NotebookNode | None:
    """``model.compile(**options)``."""
    return rewritten(reference, _CompileOptions)


class _TrainedInFunction(ast.NodeTransformer):
    def __init__(self) -> None:
        self.made = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        if called(node.value) != "fit":
            return node
        self.made += 1
        name = f"train_{self.made}"
        function = statements(f"def {name}():\n    trained = {ast.unparse(node.value)}\n    return trained")
        node.value = expression(f"{name}()")
        return [*function, node]


@equivalence("trained in a function")
def trained_in_function(reference: Reference) -> NotebookNode | None:
    """A function that fits and returns the history."""
    return rewritten(reference, _TrainedInFunction)


# Labels


class _Encoded(ast.NodeTransformer):
    """Labels in the other encoding where they reach a network, with the loss that goes with it."""

    def __init__(self, *, sparse: bool, classes: int) -> None:
        self.sparse, self.classes = sparse, classes

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if called(node) in ("fit", "evaluate"):
            self._fed(node)
        elif called(node) == "compile":
            self._loss(node)
        return node

    def _fed(self, node: ast.Call) -> None:
        labels = keyword(node, "y", 1)
        if labels is not None:
            with_keyword(node, "y", self._labels(labels), 1)
        elif (data := keyword(node, "x", 0)) is not None:
            with_keyword(node, "x", self._mapped(data), 0)
        held = keyword(node, "validation_data")
        if isinstance(held, ast.Tuple) and len(held.elts) == 2:
            held.elts[1] = self._labels(held.elts[1])
        elif held is not None:
            with_keyword(node, "validation_data", self._mapped(held))

    def _labels(self, labels: ast.expr) -> ast.expr:
        text = ast.unparse(labels)
        return expression(
            f"keras.utils.to_categorical({text}, {self.classes})"
            if self.sparse
            else f"numpy.argmax({text}, axis=1)"
        )

    def _mapped(self, data: ast.expr) -> ast.expr:
        how = (
            f"tensorflow.one_hot(labels, {self.classes})"
            if self.sparse
            else "tensorflow.argmax(labels, axis=1)"
        )
        return expression(f"{ast.unparse(data)}.map(lambda images, labels: (images, {how}))")

    def _loss(self, node: ast.Call) -> None:
        given = keyword(node, "loss", 1)
        other = "categorical_crossentropy" if self.sparse else "sparse_categorical_crossentropy"
        if given is not None:
            with_keyword(node, "loss", ast.Constant(other), 1)


@equivalence("labels in the other encoding")
def other_labels(reference: Reference) -> NotebookNode | None:
    """One-hot labels with categorical cross-entropy for integers with the sparse one, and back."""
    losses = [keyword(site.call, "loss", 1) for site in reference.code.calls("compile")]
    texts = {"sparse" in ast.unparse(loss).lower() for loss in losses if loss is not None}
    strict = any(line.arguments.get("strict") for line in reference.rubric.checks if line.check == "targets")
    if (
        len(texts) != 1
        or strict
        or any("from_logits" in ast.unparse(loss) for loss in losses if loss is not None)
    ):
        return None
    sparse = texts.pop()
    classes = max((len(facts.classes) for facts in reference.work.data.values()), default=10)
    return rewritten(
        reference,
        lambda: _Encoded(sparse=sparse, classes=classes),
        "import keras\nimport numpy\nimport tensorflow",
    )


# Plotting


def _curve(node: ast.Call) -> bool:
    return called(node) == "plot" and len(node.args) == 1 and ".history[" in ast.unparse(node.args[0])


class _Plotted(ast.NodeTransformer):
    """Curves drawn by another library."""

    def __init__(self, by: str) -> None:
        self.by = by

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        # Where the lines are kept for something, other libraries give none.
        if isinstance(node.value, ast.Call) and _curve(node.value):
            node.value = self._drawn(node.value)
        return node

    def _drawn(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Attribute):
            return node
        place, values = ast.unparse(node.func.value), ast.unparse(node.args[0])
        axes = "" if place in ("plt", "pyplot") else f"ax={place}"
        rest = [ast.unparse(each) for each in node.keywords]
        if self.by == "pandas":
            return expression(f"pandas.Series({values}).plot({', '.join(filter(None, [axes, *rest]))})")
        lines = [f"x=range(len({values}))", f"y={values}", axes, *rest]
        return expression(f"seaborn.lineplot({', '.join(filter(None, lines))})")


@equivalence("curves drawn by pandas")
def by_pandas(reference: Reference) -> NotebookNode | None:
    """``pandas.Series(…).plot()`` for ``plt.plot(…)``."""
    return rewritten(reference, lambda: _Plotted("pandas"), "import pandas")


@equivalence("curves drawn by seaborn")
def by_seaborn(reference: Reference) -> NotebookNode | None:
    """``seaborn.lineplot(…)`` for ``plt.plot(…)``."""
    return rewritten(reference, lambda: _Plotted("seaborn"), "import seaborn")


class _AgainstEpochs(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if _curve(node):
            values = ast.unparse(node.args[0])
            node.args = [expression(f"range(1, len({values}) + 1)"), *node.args]
        return node


@equivalence("curves against the epochs")
def against_epochs(reference: Reference) -> NotebookNode | None:
    """``plt.plot(range(1, 251), values)``, counted from 1."""
    return rewritten(reference, _AgainstEpochs)


class _Assigned(ast.NodeTransformer):
    """Histories unpacked into names of their own before they are drawn."""

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, ast.Call) and _curve(node.value):
            front = statements(f"values = list({ast.unparse(node.value.args[0])})")
            node.value.args = [ast.Name("values", ast.Load())]
            return [*front, node]
        return node


@equivalence("curves from names of their own")
def assigned_curves(reference: Reference) -> NotebookNode | None:
    """``values = history.history["loss"]`` first."""
    return rewritten(reference, _Assigned)
