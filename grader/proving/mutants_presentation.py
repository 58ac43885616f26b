"""Mutants of what is shown: figures, curves, pictures, prints, summaries, files looked at."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

from grader.proving.code import (
    Calls,
    Edit,
    Site,
    called,
    expression,
    instead,
    keyword,
    transformed,
    with_keyword,
)
from grader.proving.reference import Reference
from grader.proving.variant import Breach, Change, mutation

_FIGURES = (
    "curves",
    "curves_compared",
    "images_shown",
    "image_rows",
    "images_labelled",
    "confusion_matrix",
    "examples_shown",
    "prediction_bars",
)
_CLOSED = "__import__('matplotlib.pyplot').pyplot.close('all')"


def _breach(reference: Reference, aspect: str, cell: int, detail: str = "") -> Breach:
    return Breach(aspect, cell, frozenset(reference.work.answers), detail=detail)


@mutation("figure never shown")
def no_figure(reference: Reference) -> Iterator[Change]:
    """A figure is closed before anybody sees it."""
    for cell in reference.met_in(*_FIGURES):
        shows = [site for site in reference.code.calls("show") if site.cell == cell]
        where = f"the figure of cell {cell + 1} is closed unseen"
        breach = _breach(reference, "figure", cell)
        if shows:
            yield Change(reference.code.edited(shows[-1], instead(expression(_CLOSED))), where, breach)
        else:
            yield Change({cell: f"{ast.unparse(reference.code.trees[cell])}\n{_CLOSED};"}, where, breach)


def _series(reference: Reference) -> Iterator[tuple[Site, str]]:
    """Plotted curves, with the name in the history that they show."""
    for site in reference.code.calls("plot"):
        for node in ast.walk(site.node):
            if isinstance(node, ast.Constant) and node.value in (
                "loss",
                "accuracy",
                "val_loss",
                "val_accuracy",
            ):
                yield site, str(node.value)
                break


@mutation("curve lost")
def no_curve(reference: Reference) -> Iterator[Change]:
    """One curve less in a figure."""
    for site, series in _series(reference):
        if isinstance(site.statement, ast.Expr):
            changed = reference.code.edited(site, instead(None), of=site.statement)
            yield Change(
                changed, f"without {ast.unparse(site.node)}", _breach(reference, "curve", site.cell, series)
            )


@mutation("curve of made-up numbers")
def made_up_curve(reference: Reference) -> Iterator[Change]:
    """A curve that is no training's."""
    for site, series in _series(reference):
        if site.call.args:

            def edit(call: Any) -> ast.AST:
                call.args[-1] = expression(
                    f"[0.5 + 0.1 * value for value in range(len({ast.unparse(call.args[-1])}))]"
                )
                return call  # type: ignore[no-any-return]

            where = f"made-up numbers in {ast.unparse(site.node)}"
            yield Change(
                reference.code.edited(site, edit), where, _breach(reference, "curve", site.cell, series)
            )


@mutation("the same picture again and again")
def same_picture(reference: Reference) -> Iterator[Change]:
    """Noise in place of the photographs."""
    for cell in reference.met_in("images_shown", "examples_shown", "prediction_bars"):
        for site in (each for each in reference.code.calls("imshow") if each.cell == cell):
            noise = expression("__import__('numpy').random.rand(32, 32, 3)")

            def edit(call: Any, noise: ast.expr = noise) -> ast.AST:
                call.args[0] = noise
                return call  # type: ignore[no-any-return]

            where = f"noise in {ast.unparse(site.node)}"
            yield Change(reference.code.edited(site, edit), where, _breach(reference, "pictures", cell))


@mutation("not at random")
def not_random(reference: Reference) -> Iterator[Change]:
    """The first photographs in place of ones drawn at random."""
    for line, cells in reference.cells_of("images_shown"):
        if not line.arguments.get("random"):
            continue
        for site in reference.code.calls("choice", "sample", "permutation"):
            if site.cell not in cells or not site.call.args:
                continue
            population = ast.unparse(site.call.args[0])
            count = keyword(site.call, "size", 1)
            first = (
                f"list({population})[0]" if count is None else f"list({population})[:{ast.unparse(count)}]"
            )
            changed = reference.code.edited(site, instead(expression(first)))
            yield Change(
                changed, f"{first} for {ast.unparse(site.node)}", _breach(reference, "random", site.cell)
            )


@mutation("one class left out")
def one_class(reference: Reference) -> Iterator[Change]:
    """A loop over the classes that never gets to most of them."""
    for cell in reference.met_in("images_shown"):
        for site in (each for each in reference.code.sites(ast.For) if each.cell == cell):
            shows = any(
                isinstance(node, ast.Attribute) and node.attr == "imshow" for node in ast.walk(site.node)
            )
            if shows and site.node is site.statement and site.function is None:
                changed = reference.code.edited(site, _first_two)
                yield Change(changed, "only the first two are shown", _breach(reference, "pictures", cell))
                break


def _first_two(loop: Any) -> ast.AST:
    loop.iter = expression(f"list({ast.unparse(loop.iter)})[:2]")
    return loop  # type: ignore[no-any-return]


@mutation("pictures in one row")
def rows(reference: Reference) -> Iterator[Change]:
    """A figure laid out in one row."""
    for cell in reference.met_in("image_rows"):
        for site in (each for each in reference.code.calls("subplots") if each.cell == cell):

            def edit(call: Any) -> ast.AST:
                across, down = ast.unparse(call.args[0]), ast.unparse(call.args[1])
                call.args[:2] = [ast.Constant(1), expression(f"({across}) * ({down})")]
                return call  # type: ignore[no-any-return]

            if len(site.call.args) >= 2:
                yield Change(reference.code.edited(site, edit), "one row", _breach(reference, "rows", cell))


@mutation("rightly and wrongly classified mixed up")
def mixed_up(reference: Reference) -> Iterator[Change]:
    """The images with ``==`` are those with ``!=``."""
    for cell in reference.met_in("examples_shown"):
        for site in (each for each in reference.code.sites(ast.Compare) if each.cell == cell):
            match site.node:
                case ast.Compare(ops=[ast.Eq() | ast.NotEq() as operator]) if "predict" in ast.unparse(
                    site.node
                ):
                    other = ast.NotEq() if isinstance(operator, ast.Eq) else ast.Eq()
                    changed = reference.code.edited(
                        site, instead(ast.Compare(site.node.left, [other], site.node.comparators))
                    )
                    where = f"the opposite of {ast.unparse(site.node)}"
                    yield Change(changed, where, _breach(reference, "examples", cell))


@mutation("bars of made-up numbers")
def made_up_bars(reference: Reference) -> Iterator[Change]:
    """Bars that are no class scores."""
    for cell in reference.met_in("prediction_bars"):
        for site in reference.code.calls("barh", "bar"):
            if site.cell == cell and len(site.call.args) > 1:

                def edit(call: Any) -> ast.AST:
                    call.args[1] = expression(
                        f"[3.0 + place for place in range(len({ast.unparse(call.args[1])}))]"
                    )
                    return call  # type: ignore[no-any-return]

                yield Change(
                    reference.code.edited(site, edit), "made-up bars", _breach(reference, "bars", cell)
                )


@mutation("confusion matrix not drawn")
def matrix_printed(reference: Reference) -> Iterator[Change]:
    """A matrix printed where a picture was asked for."""
    for cell in reference.met_in("confusion_matrix"):
        for site in reference.code.calls("ConfusionMatrixDisplay"):
            if site.cell == cell and site.call.args:
                text = f"print({ast.unparse(site.call.args[0])})"
                changed = reference.code.edited(site, instead(expression(text)), of=_drawing(site))
                breach = _breach(reference, "drawn matrix", cell)
                yield Change(changed, f"{text} in place of a drawing", breach)


def _drawing(site: Site) -> ast.AST:
    """The call of ``plot`` on what a site makes, or the site's own node."""
    for node in ast.walk(site.statement):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.value is site.node
        ):
            return node
    return site.node


@mutation("titles lost")
def no_titles(reference: Reference) -> Iterator[Change]:
    """Pictures without their class."""
    for cell in reference.met_in("images_labelled"):
        sites = [
            each
            for each in reference.code.calls("title", "set_title", "xlabel", "set_xlabel")
            if each.cell == cell
        ]
        for site in sites:
            changed = reference.code.edited(site, instead(ast.Constant(None)))
            yield Change(changed, f"without {ast.unparse(site.node)}", _breach(reference, "titles", cell))


@mutation("titles of the wrong class")
def wrong_titles(reference: Reference) -> Iterator[Change]:
    """Every picture called by the same class."""
    for cell in reference.met_in("images_labelled"):
        for site in reference.code.calls("title", "set_title"):
            if site.cell == cell and site.call.args:
                names = next(iter(reference.work.data.values())).classes
                changed = reference.code.edited(site, _called(names[-1]))
                yield Change(changed, f"all called {names[-1]}", _breach(reference, "titles", cell))


def _called(name: str) -> Edit:
    def edit(call: Any) -> ast.AST:
        call.args[0] = ast.Constant(name)
        return call  # type: ignore[no-any-return]

    return edit


# Prints, displays, summaries


_PRINTED = (
    "printed",
    "shape_shown",
    "classes_counted",
    "tested",
    "table_shown",
    "broken_removed",
    "evaluated",
)


class _Silent(Calls):
    """Prints nothing, and has Keras print nothing."""

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802  # as ast.NodeVisitor has it
        changed = super().visit_Call(node)
        if isinstance(changed, ast.Call) and called(changed) in ("evaluate", "predict", "fit"):
            return with_keyword(changed, "verbose", ast.Constant(0))
        return changed


@mutation("print lost")
def no_print(reference: Reference) -> Iterator[Change]:
    """A cell that says nothing."""
    for cell in reference.met_in(*_PRINTED):
        prints = [site for site in reference.code.calls("print", "display") if site.cell == cell]
        tree = reference.code.trees[cell]
        if prints:
            changed = {cell: transformed(tree, _Silent({"print": "None", "display": "None"}))}
            yield Change(changed, f"nothing printed by cell {cell + 1}", _breach(reference, "print", cell))
        elif tree.body and isinstance(tree.body[-1], ast.Expr):
            changed = {cell: ast.unparse(tree) + ";"}
            yield Change(changed, f"nothing displayed by cell {cell + 1}", _breach(reference, "print", cell))


@mutation("summary lost")
def no_summary(reference: Reference) -> Iterator[Change]:
    """A network of which no summary is shown."""
    for site in reference.code.calls("summary"):
        networks = reference.built_at(site) or frozenset(reference.work.answers)
        changed = reference.code.edited(site, instead(ast.Constant(None)))
        yield Change(changed, f"without {ast.unparse(site.node)}", Breach("summary", site.cell, networks))


# Looking after the files


_LISTING = ("listdir", "scandir", "iterdir", "glob", "walk")


@mutation("classes not listed")
def not_listed(reference: Reference) -> Iterator[Change]:
    """No look at the class folders."""
    names = [facts.classes for facts in reference.work.data.values()]
    for cell in reference.met_in("classes_listed"):
        for site in (each for each in reference.code.sites(ast.Assign) if each.cell == cell):
            if site.function is None and any(word in ast.unparse(site.node) for word in _LISTING):
                # Spelled so that the names cannot pass for a list that was printed.
                known = [word.title() for word in names[0]]
                changed = copy.deepcopy(reference.code.trees[cell])
                for node in changed.body:
                    if isinstance(node, ast.Assign) and ast.dump(node) == ast.dump(site.node):
                        node.value = expression(f"[word.lower() for word in {known!r}]")
                instead = dict.fromkeys(_LISTING, "range(15)") | {"print": "None"}
                source = transformed(changed, Calls(instead))
                yield Change(
                    {cell: source}, "class names written by hand", _breach(reference, "listing", cell)
                )
                break


@mutation("broken file kept")
def not_removed(reference: Reference) -> Iterator[Change]:
    """A broken image is found and stays."""
    for cell in reference.met_in("broken_removed"):
        for site in (each for each in reference.code.calls("remove", "unlink") if each.cell == cell):
            changed = reference.code.edited(site, instead(ast.Constant(None)))
            yield Change(changed, f"without {ast.unparse(site.node)}", _breach(reference, "removing", cell))


@mutation("errors not caught")
def not_caught(reference: Reference) -> Iterator[Change]:
    """A broken image stops the code."""
    for cell in reference.met_in("images_opened"):
        for site in (each for each in reference.code.sites(ast.Try) if each.cell == cell):
            changed = reference.code.edited(site, lambda node: node.body)
            yield Change(changed, "without try", _breach(reference, "opening", cell))


@mutation("some images not looked at")
def not_opened(reference: Reference) -> Iterator[Change]:
    """Only the first images of each folder are opened."""
    for cell in reference.met_in("images_opened"):
        loops = [each for each in reference.code.sites(ast.For) if each.cell == cell]
        if loops:
            changed = reference.code.edited(loops[-1], _first_two)
            yield Change(changed, "only two images of each class", _breach(reference, "opening", cell))
