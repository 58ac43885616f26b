"""Mutants of the data: how it is loaded, scaled, resized, encoded and kept apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from grader.proving.code import (
    Site,
    expression,
    followed_by,
    instead,
    keyword,
    setting,
    with_keyword,
)
from grader.proving.reference import Reference
from grader.proving.variant import Breach, Change, mutation

_LOADERS = ("image_dataset_from_directory", "flow_from_directory")


# Settings of loaders, wherever they are written: an argument, an entry of a dictionary, a constant


def _setting(
    kind: str, aspect: str, names: tuple[str, ...], new: Callable[[ast.expr], ast.expr | None]
) -> None:
    @mutation(kind)
    def mutate(reference: Reference) -> Iterator[Change]:
        for cell, holder, value in _settings(reference, names):
            other = new(value)
            if other is not None:
                site = Site(cell, value, holder, None)
                yield Change(
                    reference.code.edited(site, instead(other)),
                    f"{names[0]}: {ast.unparse(other)}",
                    Breach(aspect, cell, frozenset(reference.work.answers)),
                )


def _settings(reference: Reference, names: tuple[str, ...]) -> Iterator[tuple[int, ast.stmt, ast.expr]]:
    """The values given to a loader's setting; for a name, the value that the name stands for."""
    seen: set[int] = set()
    loaders = list(reference.code.calls(*_LOADERS))
    given = [(each, found.value) for each in loaders for found in each.call.keywords if found.arg in names]
    starred = {
        node.id
        for each in loaders
        for found in each.call.keywords
        if found.arg is None
        for node in ast.walk(found.value)
        if isinstance(node, ast.Name)
    }
    for site in reference.code.sites(ast.Dict):
        target = site.statement.targets[0] if isinstance(site.statement, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id in starred and isinstance(site.node, ast.Dict):
            for key, value in zip(site.node.keys, site.node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in names:
                    given.append((site, value))
    for site, value in given:
        cell, statement = site.cell, site.statement
        if isinstance(value, ast.Name):
            for each in reference.code.sites(ast.Assign):
                if isinstance(each.node, ast.Assign) and ast.unparse(each.node.targets[0]) == value.id:
                    cell, statement, value = each.cell, each.statement, each.node.value
                    break
        if id(value) not in seen:
            seen.add(id(value))
            yield cell, statement, value


def _number(change: Callable[[Any], Any]) -> Callable[[ast.expr], ast.expr | None]:
    def new(value: ast.expr) -> ast.expr | None:
        match value:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return ast.Constant(change(number))
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                changed = [new(each) for each in elements]
                return ast.Tuple([each for each in changed if each is not None], ast.Load())
        return None

    return new


_setting("image size changed", "image_size", ("image_size", "target_size"), _number(lambda side: side + 32))
_setting("loader's batch size changed", "batch_size", ("batch_size",), _number(lambda size: size + 3))
_setting(
    "loader's validation share changed",
    "split_share",
    ("validation_split",),
    _number(lambda share: share + 0.2),
)


@mutation("seeds unequal")
def seeds(reference: Reference) -> Iterator[Change]:
    """The two halves of a split are drawn with different seeds."""
    for site in reference.code.calls(*_LOADERS):
        subset = keyword(site.call, "subset")
        if subset is None or "validation" not in ast.unparse(subset):
            continue

        def edit(call: Any) -> ast.AST:
            starred = next(
                (
                    each
                    for each in call.keywords
                    if each.arg is None and "seed" in _dictionary(reference, each)
                ),
                None,
            )
            if starred is not None:
                starred.value = expression(f"{{**{ast.unparse(starred.value)}, 'seed': 4711}}")
                return call  # type: ignore[no-any-return]
            return with_keyword(call, "seed", ast.Constant(4711))

        breach = Breach("seed", site.cell, frozenset(reference.work.answers))
        yield Change(reference.code.edited(site, edit), "seed=4711 for the validation half", breach)


@mutation("whole training folder trained on")
def no_subset(reference: Reference) -> Iterator[Change]:
    """The training images are not kept apart from those for validation."""
    for site in reference.code.calls(*_LOADERS):
        subset = keyword(site.call, "subset")
        if subset is not None and "training" in ast.unparse(subset):

            def edit(call: Any) -> ast.AST:
                call.keywords = [each for each in call.keywords if each.arg != "subset"]
                for each in call.keywords:
                    if each.arg is None and "validation_split" in _dictionary(reference, each):
                        each.value = expression(
                            f"{{key: {ast.unparse(each.value)}[key] for key in {ast.unparse(each.value)} "
                            "if key != 'validation_split'}"
                        )
                call.keywords = [each for each in call.keywords if each.arg != "validation_split"]
                return call  # type: ignore[no-any-return]

            breach = Breach("split_share", site.cell, frozenset(reference.work.answers))
            yield Change(reference.code.edited(site, edit), "training images not split", breach)


def _dictionary(reference: Reference, starred: ast.keyword) -> str:
    """Source of the dictionary that is unpacked into a call."""
    name = ast.unparse(starred.value)
    for each in reference.code.sites(ast.Assign):
        if isinstance(each.node, ast.Assign) and ast.unparse(each.node.targets[0]) == name:
            return ast.unparse(each.node.value)
    return name


# Scaling


def part_of(statement: ast.stmt) -> str:
    """The part of the data that a statement is about, by the names in it: train, validation, test or all."""
    names = " ".join(node.id for node in ast.walk(statement) if isinstance(node, ast.Name)).lower()
    parts = [
        part
        for part, word in (("train", "train|fit"), ("validation", "val"), ("test", "test"))
        if re.search(word, names)
    ]
    return parts[0] if len(parts) == 1 else "all"


def _scalings(reference: Reference) -> Iterator[Site]:
    """Divisions by 255 and by a deviation, and rescaling layers of the pipeline."""
    for site in reference.code.sites(ast.BinOp):
        match site.node:
            case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=255 | 255.0)) if not isinstance(
                left, ast.Constant
            ):
                yield site


def _scaling_factors(reference: Reference) -> Iterator[Site]:
    """``1 / 255`` in a rescaling layer."""
    for site in reference.code.calls("Rescaling"):
        if site.call.args or site.call.keywords:
            yield site


@mutation("scaling lost")
def scaling_lost(reference: Reference) -> Iterator[Change]:
    """Pixels stay between 0 and 255."""
    for site in _scalings(reference):
        changed = reference.code.edited(site, lambda node: node.left)
        yield Change(changed, f"without {ast.unparse(site.node)}", _scaled(reference, site, "lost"))
    for site in _scaling_factors(reference):
        changed = reference.code.edited(site, setting("scale", ast.Constant(1.0), 0))
        yield Change(changed, f"{ast.unparse(site.node)}: 1.0", _scaled(reference, site, "lost"))


@mutation("scaled twice")
def scaling_doubled(reference: Reference) -> Iterator[Change]:
    """Pixels divided by 255 and by 255 again."""
    for site in _scalings(reference):
        changed = reference.code.edited(site, lambda node: ast.BinOp(node, ast.Div(), ast.Constant(255.0)))
        yield Change(changed, f"{ast.unparse(site.node)} / 255", _scaled(reference, site, "doubled"))
    for site in _scaling_factors(reference):
        factor = expression("1.0 / 255 / 255")
        changed = reference.code.edited(site, setting("scale", factor, 0))
        yield Change(changed, f"{ast.unparse(site.node)}: 1 / 255 / 255", _scaled(reference, site, "doubled"))


@mutation("prepared on one half only")
def mapped_once(reference: Reference) -> Iterator[Change]:
    """One of several data sets is not mapped."""
    sites = [site for site in reference.code.calls("map") if part_of(site.statement) != "all"]
    for site in sites:
        if "resize" in ast.unparse(site.node):
            continue
        changed = reference.code.edited(site, lambda call: call.func.value)
        where = f"{part_of(site.statement)} data without map"
        yield Change(changed, where, _scaled(reference, site, "lost"))


def _scaled(reference: Reference, site: Site, how: str) -> Breach:
    return Breach(
        f"scaling of {part_of(site.statement)}", site.cell, frozenset(reference.work.answers), detail=how
    )


@mutation("standardised with other numbers")
def standardised(reference: Reference) -> Iterator[Change]:
    """A mean or a deviation that is not the training set's."""
    for site in reference.code.calls("mean", "std"):
        names = ast.unparse(site.node).lower()
        if not isinstance(site.statement, ast.Assign) or "train" not in names or "accura" in names:
            continue
        detail = "mean" if site.name == "mean" else "deviation"
        changed = reference.code.edited(site, lambda call: ast.BinOp(call, ast.Mult(), ast.Constant(1.7)))
        breach = Breach("standardising", site.cell, frozenset(reference.work.answers), detail=detail)
        yield Change(changed, f"another {detail}", breach)


# Labels, sizes, loading


@mutation("labels not encoded")
def encoding(reference: Reference) -> Iterator[Change]:
    """One-hot labels of too many classes."""
    for site in reference.code.calls("to_categorical"):
        if not reference.code.is_read(site.statement):
            continue
        changed = reference.code.edited(site, setting("num_classes", ast.Constant(13), 1))
        breach = Breach(f"labels of {part_of(site.statement)}", site.cell, frozenset(reference.work.answers))
        yield Change(changed, f"{ast.unparse(site.node)}: 13 classes", breach)


@mutation("resized to another size")
def resize(reference: Reference) -> Iterator[Change]:
    """Images made larger, but not as large as asked for."""
    wanted = [line for line in reference.rubric.checks if line.check == "fed_size"]
    breach = [str(line.arguments["network"]) for line in wanted]
    sizes = {"resize": ("(48, 48)", 1), "UpSampling2D": ("(6, 6)", 0)}
    for site in reference.code.calls(*sizes) if wanted else ():
        size, position = sizes[site.name]
        if keyword(site.call, "size", position) is not None:
            changed = reference.code.edited(site, setting("size", expression(size), position))
            where = f"{ast.unparse(site.node)}: {size}"
            yield Change(changed, where, Breach("fed_size", site.cell, frozenset(breach)))


@mutation("held-out images trained on")
def leaked(reference: Reference) -> Iterator[Change]:
    """The test images are among those trained on."""
    for site in reference.code.calls("load_data"):
        targets = site.statement.targets[0] if isinstance(site.statement, ast.Assign) else None
        match targets:
            case ast.Tuple(elts=[ast.Tuple(elts=[x, y]), ast.Tuple()]):
                train, labels = ast.unparse(x), ast.unparse(y)
            case _:
                continue
        match targets.elts[1]:
            case ast.Tuple(elts=[held, held_labels]):
                names = [ast.unparse(each) for each in (held, held_labels)]
                parts = [f"{whole}[:len({part})]" for whole, part in zip((train, labels), names, strict=True)]
                text = f"{', '.join(names)} = {', '.join(parts)}"
            case _:
                continue
        changed = reference.code.edited(site, followed_by(text), of=site.statement)
        breach = Breach("leak", site.cell, frozenset(reference.work.answers))
        yield Change(changed, text, breach)


@mutation("validation images trained on")
def not_held_out(reference: Reference) -> Iterator[Change]:
    """A part is split off and trained on all the same."""
    for site in reference.code.calls("train_test_split"):
        match site.statement:
            case ast.Assign(targets=[ast.Tuple(elts=[x, _, y, _])]) if len(site.call.args) >= 2:
                whole = [ast.unparse(each) for each in site.call.args[:2]]
                text = f"{ast.unparse(x)}, {ast.unparse(y)} = {', '.join(whole)}"
                changed = reference.code.edited(site, followed_by(text), of=site.statement)
                yield Change(changed, text, Breach("leak", site.cell, frozenset(reference.work.answers)))


@mutation("validation labels of other images")
def other_validation_labels(reference: Reference) -> Iterator[Change]:
    """Labels of the validation images in another order."""
    for site in reference.code.calls("fit"):
        held = keyword(site.call, "validation_data")
        if isinstance(held, ast.Tuple) and len(held.elts) == 2:
            images, labels = (ast.unparse(each) for each in held.elts)
            shuffled = expression(f"({images}, __import__('numpy').random.permutation({labels}))")
            changed = reference.code.edited(site, setting("validation_data", shuffled))
            yield Change(changed, "validation labels shuffled", _fitted(reference, site, "validation labels"))


@mutation("training labels shuffled")
def other_labels(reference: Reference) -> Iterator[Change]:
    """Labels of the training images in another order."""
    for site in reference.code.calls("fit"):
        images, labels = keyword(site.call, "x", 0), keyword(site.call, "y", 1)
        breach = _fitted(reference, site, "training labels")
        if labels is not None:
            shuffled = expression(f"__import__('numpy').random.permutation({ast.unparse(labels)})")
            changed = reference.code.edited(site, setting("y", shuffled, 1))
            yield Change(changed, "training labels shuffled", breach)
        elif images is not None:
            shuffle = "lambda images, labels: (images, __import__('tensorflow').random.shuffle(labels))"
            shuffled = expression(f"{ast.unparse(images)}.map({shuffle})")
            changed = reference.code.edited(site, setting("x", shuffled, 0))
            yield Change(changed, "training labels shuffled", breach)


def _fitted(reference: Reference, site: Site, aspect: str) -> Breach:
    return Breach(aspect, site.cell, reference.fitted_at(site))


@mutation("other data")
def made_up_data(reference: Reference) -> Iterator[Change]:
    """Noise of the same shapes in place of the worksheet's data."""
    for site in reference.code.calls("load_data"):
        loaded = ast.unparse(site.node)
        noise = "tuple((__import__('numpy').random.randint(0, 256, x.shape, 'uint8'), y) for x, y in "
        changed = reference.code.edited(site, instead(expression(f"{noise}{loaded})")))
        breach = Breach("other data", site.cell, frozenset(reference.work.answers))
        yield Change(changed, f"noise for {loaded}", breach)
