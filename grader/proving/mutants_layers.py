"""Mutants of the networks: layers dropped, doubled, swapped, and every argument of them changed."""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from grader.network.signatures import kind_of, signature
from grader.proving.code import Edit, Site, expression, instead, keyword, setting, with_keyword
from grader.proving.reference import Reference
from grader.proving.variant import Breach, Change, mutation


def _breach(reference: Reference, site: Site, aspect: str, detail: str = "") -> Breach:
    return Breach(
        aspect=aspect,
        cell=site.cell,
        networks=reference.built_at(site),
        lines=reference.lines_at(site),
        outputs=reference.outputs_at(site),
        detail=detail,
    )


def _argument(
    kind: str, argument: str, new: Callable[[ast.expr], ast.expr | None], of: str = ""
) -> Callable[[Reference], Iterator[Change]]:
    """Mutants that change an argument where it is written; ``of`` narrows the layers by their kind."""

    @mutation(kind)
    def mutate(reference: Reference) -> Iterator[Change]:
        for site in reference.layers:
            layer = kind_of(site.name)
            names = signature(layer).positional
            position = names.index(argument) if argument in names else None
            value = keyword(site.call, argument, position)
            if value is None or of not in layer:
                continue
            other = new(value)
            if other is None:
                continue

            def edit(call: Any, position: int | None = position, other: ast.expr = other) -> ast.AST:
                return with_keyword(call, argument, copy.deepcopy(other), position)

            where = f"{ast.unparse(site.node)}: {argument}={ast.unparse(other)}"
            yield Change(
                reference.code.edited(site, edit), where, _breach(reference, site, "argument", argument)
            )

    return mutate


def _numbers(change: Callable[[int], int]) -> Callable[[ast.expr], ast.expr | None]:
    """Change a number, or each number of a tuple or list."""

    def new(value: ast.expr) -> ast.expr | None:
        match value:
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return ast.Constant(change(number))
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                changed = [new(each) for each in elements]
                if all(each is not None for each in changed):
                    return ast.Tuple([each for each in changed if each is not None], ast.Load())
            case ast.Name():
                return ast.BinOp(value, ast.Add(), ast.Constant(change(0) or 1))
        return None

    return new


def _text(changes: dict[str, str]) -> Callable[[ast.expr], ast.expr | None]:
    def new(value: ast.expr) -> ast.expr | None:
        if isinstance(value, ast.Constant) and value.value in changes:
            return ast.Constant(changes[value.value])
        return None

    return new


_argument("filters changed", "filters", _numbers(lambda count: count + 8))
_argument("kernel changed", "kernel_size", _numbers(lambda side: side + 2))
_argument("stride changed", "strides", _numbers(lambda step: 1 if step > 1 else 2))
_argument("pool size changed", "pool_size", _numbers(lambda side: side + 1))
_argument("units changed", "units", _numbers(lambda count: count + 2))
_argument("padding changed", "padding", _text({"same": "valid", "valid": "same"}))
_argument("activation changed", "activation", _text({"relu": "tanh", "softmax": "sigmoid", "tanh": "relu"}))
_argument("activation lost", "activation", _text({"relu": "linear"}))
_argument("softmax lost", "activation", _text({"softmax": "linear"}))
_argument("leak changed", "negative_slope", lambda value: expression("0.9"), of="LeakyReLU")


@mutation("dropout rate changed")
def dropout_rate(reference: Reference) -> Iterator[Change]:
    """Dropout of 0.25 becomes 0.8."""
    for site in _layers(reference, "Dropout"):
        changed = reference.code.edited(site, setting("rate", ast.Constant(0.8), 0))
        yield Change(changed, f"{ast.unparse(site.node)}: 0.8", _breach(reference, site, "argument", "rate"))


@mutation("normalisation that keeps its first statistics")
def momentum(reference: Reference) -> Iterator[Change]:
    """``BatchNormalization(momentum=1)`` never learns what to normalise with."""
    for site in _layers(reference, "BatchNormalization"):
        changed = reference.code.edited(site, setting("momentum", ast.Constant(1)))
        where = f"{ast.unparse(site.node)}: momentum=1"
        yield Change(changed, where, _breach(reference, site, "argument", "momentum"))


@mutation("another pooling")
def pooling_kind(reference: Reference) -> Iterator[Change]:
    """Average pooling for max pooling and back."""
    others = {"MaxPooling2D": "AveragePooling2D", "AveragePooling2D": "MaxPooling2D"}
    for site in _layers(reference, *others):
        other = others[kind_of(site.name)]
        yield Change(
            reference.code.edited(site, _to(other)),
            f"{ast.unparse(site.node)}: {other}",
            _breach(reference, site, "kind"),
        )


@mutation("another flattening")
def flattening_kind(reference: Reference) -> Iterator[Change]:
    """Global average pooling for Flatten."""
    for site in _layers(reference, "Flatten"):
        yield Change(
            reference.code.edited(site, _to("GlobalAveragePooling2D")),
            f"{ast.unparse(site.node)}: GlobalAveragePooling2D()",
            _breach(reference, site, "kind"),
        )


@mutation("layer dropped")
def dropped(reference: Reference) -> Iterator[Change]:
    """One layer less."""
    for item in _in_sequence(reference):
        # Without a flattening or an output layer a network cannot be trained at all, which breaks everything.
        if kind_of(item.site.name) != "Flatten" and not reference.outputs_at(item.site):
            changed = reference.code.edited(item.site, item.without(), of=item.holder)
            where = f"without {ast.unparse(item.site.node)}"
            yield Change(changed, where, _breach(reference, item.site, "dropped"))


@mutation("layer doubled")
def doubled(reference: Reference) -> Iterator[Change]:
    """The same layer twice."""
    for item in _in_sequence(reference):
        if kind_of(item.site.name) not in ("Flatten", "Dropout") and not reference.outputs_at(item.site):
            changed = reference.code.edited(item.site, item.twice(), of=item.holder)
            where = f"twice {ast.unparse(item.site.node)}"
            yield Change(changed, where, _breach(reference, item.site, "doubled"))


@mutation("layers swapped")
def swapped(reference: Reference) -> Iterator[Change]:
    """Two neighbouring layers of different kinds in the other order."""
    for item, after in itertools.pairwise(_in_sequence(reference)):
        kinds = {kind_of(item.site.name), kind_of(after.site.name)}
        neighbours = item.holder is after.holder and after.place == item.place + 1
        if not neighbours or len(kinds) < 2 or "Flatten" in kinds or reference.outputs_at(after.site):
            continue
        breach = _breach(reference, item.site, "swapped")
        others = reference.lines_at(after.site)
        lines = {name: found | others.get(name, frozenset()) for name, found in breach.lines.items()}
        yield Change(
            reference.code.edited(item.site, item.swapped(), of=item.holder),
            f"{ast.unparse(after.site.node)} before {ast.unparse(item.site.node)}",
            replace(breach, lines=lines),
        )


@dataclass(frozen=True)
class _Item:
    """A layer call that stands in a list of layers, or is added in a statement of its own."""

    site: Site
    holder: ast.AST
    """The list, or what has the statement in its body."""
    place: int

    def without(self) -> Edit:
        return self._edit(lambda items: items.pop(self.place))

    def twice(self) -> Edit:
        return self._edit(lambda items: items.insert(self.place, copy.deepcopy(items[self.place])))

    def swapped(self) -> Edit:
        return self._edit(lambda items: items.insert(self.place, items.pop(self.place + 1)))

    def _edit(self, change: Callable[[list[Any]], object]) -> Edit:
        def edit(node: Any) -> ast.AST:
            change(node.elts if isinstance(node, ast.List) else node.body)
            return node  # type: ignore[no-any-return]

        return edit


def _in_sequence(reference: Reference) -> Iterator[_Item]:
    for site in reference.layers:
        for holder in ast.walk(reference.code.trees[site.cell]):
            items = holder.elts if isinstance(holder, ast.List) else getattr(holder, "body", None)
            for place, item in enumerate(items if isinstance(items, list) else ()):
                if item is site.node or _adds(item, site.node):
                    yield _Item(site, holder, place)


def _adds(statement: ast.AST, layer: ast.AST) -> bool:
    """Whether a statement is ``model.add(layer)``."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add"), args=[added])):
            return added is layer
    return False


def _layers(reference: Reference, *kinds: str) -> Iterator[Site]:
    return (site for site in reference.layers if kind_of(site.name) in kinds)


def _to(name: str) -> Edit:
    return lambda call: _renamed(call, name)


def _renamed(call: ast.Call, name: str) -> ast.Call:
    if isinstance(call.func, ast.Attribute):
        call.func.attr = name
    else:
        call.func = expression(f"__import__('keras').layers.{name}")
    if name.startswith("Global"):
        call.args, call.keywords = [], []
    return call


# Pre-trained bases


@mutation("layers not frozen")
def unfrozen(reference: Reference) -> Iterator[Change]:
    """A base that is trained too."""
    for site in reference.code.sites(ast.Assign):
        match site.node:
            case ast.Assign(targets=[ast.Attribute(attr="trainable")], value=ast.Constant(value=False)):
                changed = reference.code.edited(site, instead(ast.Pass()))
                breach = Breach("base", site.cell, frozenset(reference.work.answers))
                yield Change(changed, f"without {ast.unparse(site.node)}", breach)


@mutation("weights not pre-trained")
def untrained_base(reference: Reference) -> Iterator[Change]:
    """A base with random weights."""
    for site in reference.code.sites():
        if isinstance(weights := keyword(site.call, "weights"), ast.Constant) and weights.value == "imagenet":
            changed = reference.code.edited(site, setting("weights", ast.Constant(None)))
            breach = Breach("base", site.cell, frozenset(reference.work.answers))
            yield Change(changed, f"{site.name}(weights=None)", breach)
