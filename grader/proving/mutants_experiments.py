"""Mutants of experiments: trainings repeated with other settings, and from fresh weights or not."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import replace

from grader.proving.code import Code, Site, called, instead
from grader.proving.reference import Reference
from grader.proving.variant import Breach, Change, mutation


def _trains(code: Code, node: ast.AST) -> bool:
    """Whether code fits a network, itself or by a function of the notebook."""
    names = {each.function for each in code.calls("fit") if each.function} | {"fit"}
    return any(called(each) in names for each in ast.walk(node))


def _used_later(code: Code, statement: ast.stmt, cell: int) -> bool:
    made = {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    later = [tree for index, tree in code.trees.items() if index > cell]
    return any(isinstance(node, ast.Name) and node.id in made for tree in later for node in ast.walk(tree))


def _statements(reference: Reference, *checks: str) -> Iterator[tuple[Site, str]]:
    """Statements of the top level that train, in cells that meet lines of some checks; with a line's id."""
    seen: set[int] = set()
    for line, cells in reference.cells_of(*checks):
        for cell in cells:
            for statement in reference.code.trees[cell].body if cell in reference.code.trees else ():
                if id(statement) not in seen and _trains(reference.code, statement):
                    seen.add(id(statement))
                    yield Site(cell, statement, statement, None), line.id


def _breach(reference: Reference, aspect: str, cell: int) -> Breach:
    return Breach(aspect, cell, frozenset(reference.work.answers))


@mutation("retraining lost")
def no_retraining(reference: Reference) -> Iterator[Change]:
    """One of several trainings less."""
    for site, _ in _statements(reference, "refitted", "variants"):
        if isinstance(site.node, ast.Assign) and not _used_later(reference.code, site.statement, site.cell):
            changed = reference.code.edited(site, instead(ast.Pass()))
            where = f"without {ast.unparse(site.node)[:70]}"
            yield Change(changed, where, _breach(reference, "retraining", site.cell))


@mutation("one variant only")
def one_variant(reference: Reference) -> Iterator[Change]:
    """A loop over variants that trains the first one."""
    for site, _ in _statements(reference, "variants"):
        if isinstance(site.node, ast.For):
            loop = copy.deepcopy(site.node)
            loop.iter = ast.parse(f"list({ast.unparse(loop.iter)})[:1]", mode="eval").body
            changed = reference.code.edited(site, instead(loop))
            yield Change(changed, "only the first variant", _breach(reference, "variants", site.cell))


@mutation("trained weights carried on")
def carried_on(reference: Reference) -> Iterator[Change]:
    """A variant goes on from the weights of the one before."""
    built = {site.function for site in reference.layers if site.function}
    for site, _ in _statements(reference, "variants", "refitted"):
        match site.node:
            case ast.For(body=[ast.Assign(value=value) as made, *rest]) if called(value) in built:
                loop = replace_body(site.node, rest)
                changed = reference.code.edited(site, lambda _, parts=[made, loop]: copy.deepcopy(parts))  # type: ignore[misc]
                yield Change(
                    changed, "one network for all variants", _breach(reference, "carried_on", site.cell)
                )
            case ast.Assign(value=ast.Call(args=[ast.Call() as fresh, *_])) if called(fresh) in built:
                answer = _held(reference, fresh)
                if answer:
                    inner = replace(site, node=fresh)
                    changed = reference.code.edited(inner, instead(ast.Name(answer, ast.Load())))
                    where = f"{answer} in {ast.unparse(site.node)[:60]}"
                    yield Change(changed, where, _breach(reference, "carried_on", site.cell))


def replace_body(loop: ast.For, body: list[ast.stmt]) -> ast.For:
    """The same loop with another body."""
    return ast.For(loop.target, loop.iter, body, loop.orelse)


def _held(reference: Reference, fresh: ast.Call) -> str:
    """The name of a network that was built by the same call and trained before."""
    for site in reference.code.sites(ast.Assign):
        match site.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                if ast.dump(value) == ast.dump(fresh) and site.function is None:
                    return name
    return ""
