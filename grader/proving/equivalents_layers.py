"""Equivalents of the networks: the same layers, put together in other ways."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

from nbformat import NotebookNode

from grader.network.signatures import is_known, kind_of, signature
from grader.proving.code import called, keyword, receiver, source_of, statements, with_keyword, with_sources
from grader.proving.reference import Reference
from grader.proving.variant import equivalence

_IMPORT = "import keras"


def rewritten(
    reference: Reference, change: Callable[[], ast.NodeTransformer], prelude: str = ""
) -> NotebookNode | None:
    """The notebook with every cell seen by a transformer; None when it changes nothing.

    ``prelude`` is put in front of each changed cell.
    """
    sources = {}
    for cell, tree in reference.code.trees.items():
        changed = change().visit(copy.deepcopy(tree))
        if ast.dump(changed) != ast.dump(tree):
            sources[cell] = "\n".join(filter(None, [prelude, source_of(changed)]))
    return with_sources(reference.notebook, sources) if sources else None


def _is_sequence(node: ast.AST) -> bool:
    return (
        called(node) == "Sequential"
        and isinstance(node, ast.Call)
        and bool(node.args)
        and isinstance(node.args[0], ast.List)
        and len(node.args[0].elts) > 1
        and not any(isinstance(each, ast.Starred) for each in node.args[0].elts)
    )


class _Sequences(ast.NodeTransformer):
    """Writes ``Sequential([…])`` in another way: statements in front, and an expression in its place."""

    def __init__(self) -> None:
        self.made = 0

    def write(self, call: ast.Call, number: int) -> tuple[list[ast.stmt], ast.expr]:
        raise NotImplementedError

    def _statement(self, node: ast.stmt) -> ast.stmt | list[ast.stmt]:
        found = [each for each in ast.walk(node) if _is_sequence(each)]
        front: list[ast.stmt] = []
        for call in found:
            self.made += 1
            assert isinstance(call, ast.Call)
            before, instead = self.write(call, self.made)
            front += before
            node = _Swap(call, instead).visit(node)
        return [*front, node] if found else node

    def visit_Assign(self, node: ast.Assign) -> Any:
        return self._statement(node)

    def visit_Return(self, node: ast.Return) -> Any:
        return self._statement(node)

    def visit_Expr(self, node: ast.Expr) -> Any:
        return self._statement(node)


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


def _layers_of(call: ast.Call) -> list[ast.expr]:
    assert isinstance(call.args[0], ast.List)
    return call.args[0].elts


def _named(call: ast.Call) -> str:
    name = keyword(call, "name")
    return "" if name is None else f", name={ast.unparse(name)}"


class _Functional(_Sequences):
    def visit_Module(self, node: ast.Module) -> ast.AST:
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and called(each) == "add"]
        self.grown = {receiver(call) for call in calls}
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> Any:
        # Only a Sequential can have layers added to it afterwards.
        return node if ast.unparse(node.targets[0]) in self.grown else super().visit_Assign(node)

    def write(self, call: ast.Call, number: int) -> tuple[list[ast.stmt], ast.expr]:
        layers = [ast.unparse(each) for each in _layers_of(call)]
        lines = []
        first = _layers_of(call)[0]
        if called(first) == "Input":
            lines.append(f"inputs_{number} = {layers.pop(0)}")
        elif isinstance(first, ast.Call) and (shape := keyword(first, "input_shape")) is not None:
            lines.append(f"inputs_{number} = keras.Input(shape={ast.unparse(shape)})")
            layers[0] = ast.unparse(with_keyword(copy.deepcopy(first), "input_shape", None))
        else:
            return [], call
        lines.append(f"x = inputs_{number}")
        lines += [f"x = {layer}(x)" for layer in layers]
        model = f"keras.Model(inputs=inputs_{number}, outputs=x{_named(call)})"
        return statements("\n".join(lines)), ast.parse(model, mode="eval").body


class _Added(_Sequences):
    def write(self, call: ast.Call, number: int) -> tuple[list[ast.stmt], ast.expr]:
        lines = [f"stack_{number} = keras.Sequential({_named(call).lstrip(', ')})"]
        lines += [f"stack_{number}.add({ast.unparse(layer)})" for layer in _layers_of(call)]
        return statements("\n".join(lines)), ast.Name(f"stack_{number}", ast.Load())


class _Looped(_Sequences):
    def write(self, call: ast.Call, number: int) -> tuple[list[ast.stmt], ast.expr]:
        text = (
            f"parts_{number} = {ast.unparse(call.args[0])}\n"
            f"stack_{number} = keras.Sequential({_named(call).lstrip(', ')})\n"
            f"for part in parts_{number}:\n    stack_{number}.add(part)"
        )
        return statements(text), ast.Name(f"stack_{number}", ast.Load())


class _Helped(_Sequences):
    def write(self, call: ast.Call, number: int) -> tuple[list[ast.stmt], ast.expr]:
        text = f"def make_network_{number}():\n    return {ast.unparse(call)}"
        return statements(text), ast.parse(f"make_network_{number}()", mode="eval").body


class _Nested(_Sequences):
    def write(self, call: ast.Call, number: int) -> tuple[list[ast.stmt], ast.expr]:
        layers = _layers_of(call)
        cut = next(
            (n for n, each in enumerate(layers) if kind_of(called(each)) == "Flatten"), len(layers) // 2
        )
        front, back = (ast.unparse(ast.List(part, ast.Load())) for part in (layers[:cut], layers[cut:]))
        if cut < 2:
            return [], call
        text = f"features_{number} = keras.Sequential({front})\nhead_{number} = keras.Sequential({back})"
        model = f"keras.Sequential([features_{number}, head_{number}]{_named(call)})"
        return statements(text), ast.parse(model, mode="eval").body


@equivalence("functional for sequential")
def functional(reference: Reference) -> NotebookNode | None:
    """``Model(inputs, outputs)`` for ``Sequential([…])``."""
    return rewritten(reference, _Functional, _IMPORT)


@equivalence("add for a list")
def added(reference: Reference) -> NotebookNode | None:
    """``model.add`` for each layer."""
    return rewritten(reference, _Added, _IMPORT)


@equivalence("layers added in a loop")
def looped(reference: Reference) -> NotebookNode | None:
    """The layers in a list, added one by one."""
    return rewritten(reference, _Looped, _IMPORT)


@equivalence("built in a function")
def helped(reference: Reference) -> NotebookNode | None:
    """A function that returns the network."""
    return rewritten(reference, _Helped)


@equivalence("two networks in one")
def nested(reference: Reference) -> NotebookNode | None:
    """A convolutional part and a dense part, put together."""
    return rewritten(reference, _Nested, _IMPORT)


# Single layers


def _is_layer(node: ast.AST) -> bool:
    kind = kind_of(called(node))
    return is_known(kind) and kind not in ("InputLayer", "Activation")


def _beside(call: ast.Call, name: str) -> ast.expr:
    """Another layer class, from where this one comes from."""
    if isinstance(call.func, ast.Attribute):
        return ast.Attribute(copy.deepcopy(call.func.value), name, ast.Load())
    return ast.parse(f"keras.layers.{name}", mode="eval").body


class _Separate(ast.NodeTransformer):
    def visit_List(self, node: ast.List) -> ast.AST:
        self.generic_visit(node)
        node.elts = [part for each in node.elts for part in self._parts(each)]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Call) and len(parts := list(self._parts(node.func))) == 2:
            inner = ast.Call(parts[0], node.args, node.keywords)
            return ast.Call(parts[1], [inner], [])
        return node

    def _parts(self, node: ast.expr) -> Iterator[ast.expr]:
        activation = keyword(node, "activation") if isinstance(node, ast.Call) and _is_layer(node) else None
        if isinstance(node, ast.Call) and isinstance(activation, ast.Constant) and activation.value:
            yield with_keyword(node, "activation", None)
            yield ast.Call(_beside(node, "Activation"), [activation], [])
        else:
            yield node


@equivalence("activations as layers")
def separate(reference: Reference) -> NotebookNode | None:
    """``Conv2D(32, 3), Activation("relu")`` for ``Conv2D(32, 3, activation="relu")``."""
    return rewritten(reference, _Separate, _IMPORT)


_OTHER_NAMES = {
    "MaxPooling2D": "MaxPool2D",
    "AveragePooling2D": "AvgPool2D",
    "Conv2D": "Convolution2D",
    "GlobalAveragePooling2D": "GlobalAvgPool2D",
}


class _Aliased(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if called(node) in _OTHER_NAMES:
            node.func = _beside(node, _OTHER_NAMES[called(node)])
        return node


@equivalence("other names of layers")
def aliased(reference: Reference) -> NotebookNode | None:
    """``MaxPool2D`` and ``Convolution2D``."""
    return rewritten(reference, _Aliased, _IMPORT)


class _Stated(ast.NodeTransformer):
    """Arguments of layers by keyword, in the other order."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not _is_layer(node) or any(isinstance(each, ast.Starred) for each in node.args):
            return node
        names = signature(kind_of(called(node))).positional
        named = [ast.keyword(name, value) for name, value in zip(names, node.args, strict=False)]
        if len(named) == len(node.args):
            node.args, node.keywords = [], [*named, *node.keywords][::-1]
        return node


@equivalence("arguments by keyword, in another order")
def stated(reference: Reference) -> NotebookNode | None:
    """``Conv2D(kernel_size=3, filters=32)``."""
    return rewritten(reference, _Stated)


class _Positional(ast.NodeTransformer):
    """Arguments of layers by position, as far as they are given without a gap."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not _is_layer(node) or any(isinstance(each, ast.Starred) for each in node.args):
            return node
        given = {each.arg: each for each in node.keywords}
        for name in signature(kind_of(called(node))).positional[len(node.args) :]:
            if name not in given:
                break
            node.args.append(given[name].value)
            node.keywords.remove(given[name])
        return node


@equivalence("arguments by position")
def positional(reference: Reference) -> NotebookNode | None:
    """``Conv2D(32, 3, 1, "same")``."""
    return rewritten(reference, _Positional)


class _Squares(ast.NodeTransformer):
    """One number for two equal ones, and two for one."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not _is_layer(node):
            return node
        names = signature(kind_of(called(node))).positional
        for place, name in enumerate(names):
            value = keyword(node, name, place)
            if name in ("kernel_size", "pool_size", "strides") and value is not None:
                with_keyword(node, name, _square(value), place)
        return node


def _square(value: ast.expr) -> ast.expr:
    match value:
        case ast.Tuple(elts=[ast.Constant(value=one), ast.Constant(value=two)]) if one == two:
            return ast.Constant(one)
        case ast.Constant(value=int(number)):
            return ast.Tuple([ast.Constant(number), ast.Constant(number)], ast.Load())
    return value


@equivalence("sizes as pairs or as single numbers")
def squares(reference: Reference) -> NotebookNode | None:
    """``Conv2D(32, 3)`` for ``Conv2D(32, (3, 3))`` and back."""
    return rewritten(reference, _Squares)


class _InputShape(ast.NodeTransformer):
    """``input_shape`` of the first layer for an ``Input`` in front, and the other way round."""

    def visit_List(self, node: ast.List) -> ast.AST:
        self.generic_visit(node)
        if len(node.elts) < 2 or not all(isinstance(each, ast.Call) for each in node.elts[:2]):
            return node
        first, second = node.elts[:2]
        assert isinstance(first, ast.Call) and isinstance(second, ast.Call)
        shape = keyword(first, "shape", 0)
        if called(first) == "Input" and shape is not None and _is_layer(second):
            second.keywords.append(ast.keyword("input_shape", shape))
            node.elts = node.elts[1:]
        elif _is_layer(first) and (shape := keyword(first, "input_shape")) is not None:
            with_keyword(first, "input_shape", None)
            node.elts.insert(0, ast.Call(_beside(first, "Input"), [], [ast.keyword("shape", shape)]))
        return node


@equivalence("input shape said elsewhere")
def input_shape(reference: Reference) -> NotebookNode | None:
    """``Conv2D(…, input_shape=…)`` for ``Input(shape=…)``."""
    return rewritten(reference, _InputShape, _IMPORT)
