"""Mutants of compile and fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from grader.proving.code import Site, expression, instead, keyword, setting, statements
from grader.proving.reference import Reference
from grader.proving.variant import Breach, Change, mutation

_FIT = ("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data")
_COMPILE = ("optimizer", "loss", "loss_weights", "metrics")


def _compiles(reference: Reference) -> Iterator[tuple[Site, frozenset[str]]]:
    for site in reference.code.calls("compile"):
        if networks := reference.compiled_at(site):
            yield site, networks


def _fits(reference: Reference) -> Iterator[tuple[Site, frozenset[str]]]:
    for site in reference.code.calls("fit"):
        if networks := reference.fitted_at(site):
            yield site, networks


def _argument(
    reference: Reference, site: Site, names: tuple[str, ...], name: str, value: ast.expr | None
) -> dict[int, str]:
    return reference.code.edited(site, setting(name, value, names.index(name)))


def _given(site: Site, names: tuple[str, ...], name: str) -> ast.expr | None:
    return keyword(site.call, name, names.index(name))


def _compile_mutants(reference: Reference, aspect: str, name: str, value: str | None) -> Iterator[Change]:
    for site, networks in _compiles(reference):
        if _given(site, _COMPILE, name) is not None:
            other = None if value is None else expression(value)
            yield Change(
                _argument(reference, site, _COMPILE, name, other),
                f"compile without {name}" if value is None else f"compile({name}={value})",
                Breach(aspect, site.cell, networks),
            )


@mutation("optimizer changed")
def optimizer(reference: Reference) -> Iterator[Change]:
    """Another one than asked for."""
    for site, networks in _compiles(reference):
        for other in ("adam", "rmsprop", "adagrad"):
            given = _given(site, _COMPILE, "optimizer")
            if given is not None and other not in ast.unparse(given).lower():
                yield Change(
                    _argument(reference, site, _COMPILE, "optimizer", ast.Constant(other)),
                    f"compile(optimizer={other!r})",
                    Breach("optimizer", site.cell, networks, detail=other),
                )
                break


@mutation("no learning to speak of")
def learning_rate(reference: Reference) -> Iterator[Change]:
    """A learning rate of next to nothing."""
    yield from _compile_mutants(
        reference, "learning", "optimizer", "__import__('keras').optimizers.SGD(learning_rate=1e-12)"
    )


@mutation("loss of another kind")
def loss_kind(reference: Reference) -> Iterator[Change]:
    """A loss that knows nothing of classes."""
    yield from _compile_mutants(reference, "loss", "loss", "'mean_absolute_error'")


@mutation("loss for logits")
def loss_logits(reference: Reference) -> Iterator[Change]:
    """The same cross-entropy, told that it gets logits."""
    for site, networks in _compiles(reference):
        given = _given(site, _COMPILE, "loss")
        if given is None or "from_logits" in ast.unparse(given):
            continue
        sparse = "sparse" in ast.unparse(given).lower()
        kind = f"{'Sparse' if sparse else ''}CategoricalCrossentropy"
        value = f"__import__('keras').losses.{kind}(from_logits=True)"
        yield Change(
            _argument(reference, site, _COMPILE, "loss", expression(value)),
            f"compile(loss={kind}(from_logits=True))",
            Breach("loss", site.cell, networks),
        )


@mutation("loss of the other label encoding")
def loss_encoding(reference: Reference) -> Iterator[Change]:
    """Categorical cross-entropy for integers, the sparse one for one-hot labels."""
    for site, networks in _compiles(reference):
        given = _given(site, _COMPILE, "loss")
        if given is None:
            continue
        sparse = "sparse" in ast.unparse(given).lower()
        value = "categorical_crossentropy" if sparse else "sparse_categorical_crossentropy"
        yield Change(
            _argument(reference, site, _COMPILE, "loss", ast.Constant(value)),
            f"compile(loss={value!r})",
            Breach("loss", site.cell, networks),
        )


@mutation("metric changed")
def metric(reference: Reference) -> Iterator[Change]:
    """Another metric than the accuracy."""
    yield from _compile_mutants(reference, "metrics", "metrics", "['mean_squared_error']")


@mutation("epochs changed")
def epochs(reference: Reference) -> Iterator[Change]:
    """Another number of epochs."""
    for site, networks in _fits(reference):
        given = _given(site, _FIT, "epochs")
        if given is not None:
            other = ast.BinOp(given, ast.Add(), ast.Constant(7))
            yield Change(
                _argument(reference, site, _FIT, "epochs", other),
                f"fit(epochs={ast.unparse(other)})",
                Breach("epochs", site.cell, networks),
            )


@mutation("epochs lost")
def no_epochs(reference: Reference) -> Iterator[Change]:
    """One epoch, as when nothing is said."""
    for site, networks in _fits(reference):
        if _given(site, _FIT, "epochs") is not None:
            changed = _argument(reference, site, _FIT, "epochs", None)
            yield Change(changed, "fit without epochs", Breach("epochs", site.cell, networks))


@mutation("batch size changed")
def batch_size(reference: Reference) -> Iterator[Change]:
    """Another batch size in fit, for arrays."""
    for site, networks in _fits(reference):
        given = _given(site, _FIT, "batch_size")
        if given is not None:
            other = ast.BinOp(given, ast.Mult(), ast.Constant(2))
            yield Change(
                _argument(reference, site, _FIT, "batch_size", other),
                f"fit(batch_size={ast.unparse(other)})",
                Breach("batch_size", site.cell, networks),
            )


@mutation("validation lost")
def validation(reference: Reference) -> Iterator[Change]:
    """A fit without validation data."""
    for site, networks in _fits(reference):
        for name in ("validation_data", "validation_split"):
            if _given(site, _FIT, name) is not None:
                yield Change(
                    _argument(reference, site, _FIT, name, None),
                    f"fit without {name}",
                    Breach("validation", site.cell, networks),
                )


@mutation("validation share changed")
def validation_share(reference: Reference) -> Iterator[Change]:
    """Another share of the training set for validation."""
    for site, networks in _fits(reference):
        if _given(site, _FIT, "validation_split") is not None:
            yield Change(
                _argument(reference, site, _FIT, "validation_split", ast.Constant(0.45)),
                "fit(validation_split=0.45)",
                Breach("validation_share", site.cell, networks),
            )


@mutation("not shuffled")
def shuffle(reference: Reference) -> Iterator[Change]:
    """Each epoch in the same order."""
    for site, networks in _fits(reference):
        changed = reference.code.edited(site, setting("shuffle", ast.Constant(False)))
        yield Change(changed, "fit(shuffle=False)", Breach("shuffle", site.cell, networks))


@mutation("another object trained")
def other_object(reference: Reference) -> Iterator[Change]:
    """A copy of the network is trained in its place, and the network itself stays as it was."""
    for site, networks in _fits(reference):
        match site.call.func:
            case ast.Attribute(value=ast.Name(id=name)):
                compiled = (
                    f"other_model = __import__('keras').models.clone_model({name})\n"
                    f"other_model.compile(optimizer={name}.optimizer.name, loss={name}.loss, "
                    "metrics=['accuracy'])"
                )
            case _:
                continue

        def edit(statement: Any, name: str = name, compiled: str = compiled) -> list[ast.stmt]:
            for node in ast.walk(statement):
                if isinstance(node, ast.Attribute) and node.attr == "fit" and ast.unparse(node.value) == name:
                    node.value = ast.Name("other_model", ast.Load())
            return [*statements(compiled), statement]

        yield Change(
            reference.code.edited(site, edit, of=site.statement),
            f"a copy of {name} trained in its place",
            Breach("fit", site.cell, networks),
        )


@mutation("trained on other data")
def other_data(reference: Reference) -> Iterator[Change]:
    """Noise of the same shape in place of the images."""
    for site, networks in _fits(reference):
        given, labels = _given(site, _FIT, "x"), _given(site, _FIT, "y")
        if given is None or labels is None:
            continue
        noise = expression(f"__import__('numpy').random.rand(*{ast.unparse(given)}.shape)")
        yield Change(
            _argument(reference, site, _FIT, "x", noise),
            "fit on random numbers",
            Breach("fit", site.cell, networks, detail="data"),
        )


# Callbacks


@mutation("callback lost")
def callback(reference: Reference) -> Iterator[Change]:
    """One callback less."""
    for site in _callbacks(reference):
        for holder in ast.walk(site.statement):
            if isinstance(holder, ast.List) and any(each is site.node for each in holder.elts):
                yield Change(
                    reference.code.edited(site, instead(None)),
                    f"without {site.name}",
                    Breach("callback", site.cell, _trained_with(reference), detail=site.name),
                )


@mutation("monitor changed")
def monitor(reference: Reference) -> Iterator[Change]:
    """A callback that watches another number."""
    for site in _callbacks(reference):
        given = keyword(site.call, "monitor")
        if given is not None:
            watched = "loss" if "accuracy" in ast.unparse(given) else "accuracy"
            changed = reference.code.edited(site, setting("monitor", ast.Constant(watched)))
            breach = Breach("monitor", site.cell, _trained_with(reference), detail=site.name)
            yield Change(changed, f"{site.name}(monitor={watched!r})", breach)


@mutation("patience changed")
def patience(reference: Reference) -> Iterator[Change]:
    """A callback with another patience."""
    for site in _callbacks(reference):
        if keyword(site.call, "patience") is not None:
            changed = reference.code.edited(site, setting("patience", ast.Constant(0.2)))
            breach = Breach("patience", site.cell, _trained_with(reference), detail=site.name)
            yield Change(changed, f"{site.name}(patience=0.2)", breach)


@mutation("callbacks never passed")
def not_passed(reference: Reference) -> Iterator[Change]:
    """The callbacks are made and fit does not get them."""
    for site, networks in _fits(reference):
        if _given(site, _FIT, "callbacks") is not None:
            yield Change(
                _argument(reference, site, _FIT, "callbacks", None),
                "fit without callbacks",
                Breach("callback", site.cell, networks),
            )


def _callbacks(reference: Reference) -> Iterator[Site]:
    wanted = {line.arguments.get("name") for line in reference.rubric.checks if line.check == "callback"}
    return (site for site in reference.code.sites() if site.name in wanted)


def _trained_with(reference: Reference) -> frozenset[str]:
    lines = [line for line in reference.rubric.checks if line.check == "callback"]
    return frozenset(str(line.arguments["network"]) for line in lines)
