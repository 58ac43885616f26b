"""Equivalents of names, imports, seeds and layout."""

from __future__ import annotations

import ast
import copy
from typing import Any

from nbformat import NotebookNode

from grader.network.signatures import is_known, kind_of
from grader.proving.code import called, source_of, with_sources
from grader.proving.equivalents_layers import rewritten
from grader.proving.reference import Reference
from grader.proving.variant import equivalence


class _OtherKeras(ast.NodeTransformer):
    """``tensorflow.keras`` for ``keras``, and the other way round."""

    def visit_Import(self, node: ast.Import) -> Any:
        if [(each.name, each.asname) for each in node.names] == [("keras", None)]:
            return ast.ImportFrom("tensorflow", [ast.alias("keras")], 0)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        module = node.module or ""
        if module == "tensorflow" and [each.name for each in node.names] == ["keras"]:
            return ast.Import([ast.alias("keras", node.names[0].asname)])
        if module == "keras" or module.startswith("keras."):
            node.module = f"tensorflow.{module}"
        elif module == "tensorflow.keras" or module.startswith("tensorflow.keras."):
            node.module = module.removeprefix("tensorflow.")
        return node


@equivalence("tf.keras for keras and back")
def other_keras(reference: Reference) -> NotebookNode | None:
    """The same Keras, imported as the other one."""
    return rewritten(reference, _OtherKeras)


class _ByName(ast.NodeTransformer):
    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "layers" and _is_layer(node.attr):
            return ast.Name(node.attr, ast.Load())
        return self.generic_visit(node)


def _is_layer(name: str) -> bool:
    return name == "Input" or is_known(kind_of(name))


@equivalence("layers imported by name")
def by_name(reference: Reference) -> NotebookNode | None:
    """``from keras.layers import Conv2D, …``."""
    used = {
        node.attr
        for tree in reference.code.trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "layers"
    }
    names = sorted(name for name in used if _is_layer(name))
    return rewritten(reference, _ByName, f"from keras.layers import {', '.join(names)}") if names else None


class _Star(ast.NodeTransformer):
    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module in ("keras.layers", "tensorflow.keras.layers"):
            node.names = [ast.alias("*")]
        return node


@equivalence("layers imported by a star")
def star(reference: Reference) -> NotebookNode | None:
    """``from keras.layers import *``."""
    return rewritten(reference, _Star)


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.names.get(node.name, node.name)
        return self.generic_visit(node)


def own_names(reference: Reference) -> list[str]:
    """Names that the notebook gives at its top level and that mean nothing else inside a function."""
    given: dict[str, None] = {}
    local: set[str] = set()
    for tree in reference.code.trees.values():
        inside: set[int] = set()
        for node in ast.walk(tree):
            if isinstance(
                node, ast.FunctionDef | ast.Lambda | ast.ListComp | ast.GeneratorExp | ast.DictComp
            ):
                for child in ast.walk(node):
                    inside.add(id(child))
                    if isinstance(child, ast.arg):
                        local.add(child.arg)
                    if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                        local.add(child.id)
            if isinstance(node, ast.alias):
                local.add(node.asname or node.name.partition(".")[0])
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in inside:
                given[node.id] = None
            if isinstance(node, ast.FunctionDef):
                given[node.name] = None
    return [name for name in given if name not in local and not name.startswith("_")]


@equivalence("other names of variables")
def renamed(reference: Reference) -> NotebookNode | None:
    """Everything that the notebook names, called otherwise."""
    names = {name: f"my_{name}" for name in own_names(reference)}
    return rewritten(reference, lambda: _Renamed(names))


class _Seeds(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if called(node) in ("set_random_seed", "seed", "set_seed", "default_rng"):
            node.args = [_other(each) for each in node.args]
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        if node.arg in ("seed", "random_state"):
            node.value = _other(node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if "seed" in ast.unparse(node.targets[0]).lower():
            node.value = _other(node.value)
        return node


def _other(value: ast.expr) -> ast.expr:
    if isinstance(value, ast.Constant) and isinstance(value.value, int):
        return ast.Constant(value.value + 1861)
    return value


@equivalence("other seeds")
def seeds(reference: Reference) -> NotebookNode | None:
    """Other random numbers, the same ones wherever they must agree."""
    return rewritten(reference, _Seeds)


@equivalence("another layout, without comments")
def layout(reference: Reference) -> NotebookNode | None:
    """The code as ``ast.unparse`` writes it."""
    sources = {cell: source_of(copy.deepcopy(tree)) for cell, tree in reference.code.trees.items()}
    return with_sources(reference.notebook, sources)


class _Unpacked(ast.NodeTransformer):
    """``result = f()`` and then ``a, b = result``."""

    def __init__(self) -> None:
        self.made = 0

    def visit_Assign(self, node: ast.Assign) -> Any:
        if isinstance(node.targets[0], ast.Tuple) and called(node.value) == "evaluate":
            self.made += 1
            name = f"result_{self.made}"
            first = ast.Assign([ast.Name(name, ast.Store())], node.value)
            node.value = ast.Name(name, ast.Load())
            return [first, node]
        return node


@equivalence("results unpacked later")
def unpacked(reference: Reference) -> NotebookNode | None:
    """What ``evaluate`` returns is named before it is taken apart."""
    return rewritten(reference, _Unpacked)


class _Argmax(ast.NodeTransformer):
    """``scores.argmax(axis=1)`` for ``np.argmax(scores, axis=1)``."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if ast.unparse(node.func) in ("np.argmax", "numpy.argmax") and node.args:
            node.func = ast.Attribute(node.args.pop(0), "argmax", ast.Load())
        return node


@equivalence("argmax as a method")
def argmax_method(reference: Reference) -> NotebookNode | None:
    """Of the array, not of NumPy."""
    return rewritten(reference, _Argmax)
