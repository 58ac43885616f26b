"""A notebook's code as syntax trees, and edits of it: source in, source out."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import nbformat
from nbformat import NotebookNode

from grader.submissions.source import parse_cells

Sources = Mapping[int, str]
"""New sources of cells, by their index."""

Edit = Callable[[Any], ast.AST | list[ast.stmt] | None]
"""Makes of a copied node what is to stand in its place; None removes a statement."""


@dataclass(frozen=True)
class Site:
    """A node of a cell's tree, with what it stands in."""

    cell: int
    node: ast.AST
    statement: ast.stmt
    """The innermost statement that holds it."""
    function: str | None
    """The function that it stands in."""

    @property
    def call(self) -> ast.Call:
        """The node, where it is a call."""
        assert isinstance(self.node, ast.Call)
        return self.node

    @property
    def name(self) -> str:
        """The called name's last part: ``fit``."""
        return called(self.node)


@dataclass(frozen=True)
class Code:
    """The code cells of a notebook that parse, by index."""

    trees: Mapping[int, ast.Module]

    @classmethod
    def of(cls, notebook: NotebookNode) -> Code:
        """Read a notebook."""
        return cls({cell.index: cell.tree for cell in parse_cells(notebook) if cell.tree is not None})

    def sites(self, kind: type[ast.AST] = ast.Call) -> Iterator[Site]:
        """Every node of one class, in the order written."""
        return (site for site in self._sites if isinstance(site.node, kind))

    @cached_property
    def _sites(self) -> tuple[Site, ...]:
        """Every node that has a place in the text; asked for again and again."""
        return tuple(
            site
            for cell, tree in self.trees.items()
            for site in sorted(_sites(cell, tree), key=lambda site: (site.node.lineno, site.node.col_offset))  # type: ignore[attr-defined]
        )

    def calls(self, *names: str) -> Iterator[Site]:
        """Every call of one of the names (the last part of what is called)."""
        return (site for site in self.sites() if site.name in names)

    def is_read(self, statement: ast.stmt) -> bool:
        """Whether a name that a statement assigns is used anywhere; true of what assigns no single name."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]):
                names = self.sites(ast.Name)
                return any(
                    isinstance(each.node, ast.Name)
                    and each.node.id == name
                    and isinstance(each.node.ctx, ast.Load)
                    for each in names
                )
        return True

    def edited(self, site: Site, edit: Edit, of: ast.AST | None = None) -> dict[int, str]:
        """The site's cell with ``edit`` done to a copy of its node (or of another one of it, ``of``)."""
        return {site.cell: replaced(self.trees[site.cell], of or site.node, edit)}


def _sites(cell: int, tree: ast.Module) -> Iterator[Site]:
    def walk(node: ast.AST, statement: ast.stmt | None, function: str | None) -> Iterator[Site]:
        if isinstance(node, ast.stmt):
            statement = node
        if statement is not None and hasattr(node, "lineno"):
            yield Site(cell, node, statement, function)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        for child in ast.iter_child_nodes(node):
            yield from walk(child, statement, function)

    yield from walk(tree, None, None)


def called(node: ast.AST) -> str:
    """The last part of the name that a call calls; empty for what is no call of a name."""
    if not isinstance(node, ast.Call):
        return ""
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def receiver(call: ast.Call) -> str:
    """The name in front of a method: ``model`` of ``model.fit()``; empty where there is none."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=name)):
            return name
    return ""


def keyword(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """An argument by its keyword or its position."""
    for each in call.keywords:
        if each.arg == name:
            return each.value
    if position is not None and position < len(call.args):
        return None if any(isinstance(each, ast.Starred) for each in call.args) else call.args[position]
    return None


def with_keyword(call: ast.Call, name: str, value: ast.expr | None, position: int | None = None) -> ast.Call:
    """The same call, changed in place, with another value for an argument; None takes it away."""
    for each in call.keywords:
        if each.arg == name:
            if value is None:
                call.keywords.remove(each)
            else:
                each.value = value
            return call
    if position is not None and position < len(call.args):
        if value is None:
            del call.args[position]
        else:
            call.args[position] = value
    elif value is not None:
        call.keywords.append(ast.keyword(name, value))
    return call


def instead(other: ast.AST | None) -> Edit:
    """An edit that puts another node in the place of one, or takes it away."""
    return lambda _: copy.deepcopy(other)


def followed_by(text: str) -> Edit:
    """An edit that puts statements behind one."""
    return lambda statement: [statement, *statements(text)]


def setting(name: str, value: ast.expr | None, position: int | None = None) -> Edit:
    """An edit that gives an argument of a call another value; None takes it away."""
    return lambda call: with_keyword(call, name, copy.deepcopy(value), position)


def expression(text: str) -> ast.expr:
    """The expression that a text is."""
    return ast.parse(text, mode="eval").body


def statements(text: str) -> list[ast.stmt]:
    """The statements that a text is."""
    return ast.parse(text).body


def replaced(tree: ast.Module, node: ast.AST, edit: Edit) -> str:
    """Source of the tree with ``edit`` done to one of its nodes; the tree stays as it is."""
    memo: dict[int, Any] = {}
    changed = copy.deepcopy(tree, memo)
    _Replace(memo[id(node)], edit).visit(changed)
    return source_of(changed)


class Calls(ast.NodeTransformer):
    """Puts expressions in the place of calls, by the name that is called."""

    def __init__(self, by: Mapping[str, str]) -> None:
        """``by`` maps names to the source of what comes in their place."""
        self.by = by

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace one of the calls, or look into another."""
        name = called(node)
        return expression(self.by[name]) if name in self.by else self.generic_visit(node)


def transformed(tree: ast.Module, transformer: ast.NodeTransformer) -> str:
    """Source of the tree after a transformer has seen a copy of it."""
    return source_of(transformer.visit(copy.deepcopy(tree)))


def source_of(tree: ast.Module) -> str:
    """Source text; a body that lost its last statement gets a ``pass``."""
    for node in ast.walk(tree):
        if (
            isinstance(getattr(node, "body", None), list)
            and not node.body  # type: ignore[attr-defined]
            and not isinstance(node, ast.Module)
        ):
            node.body = [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(ast.fix_missing_locations(tree))


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, edit: Edit) -> None:
        self.target, self.edit = target, edit

    def visit(self, node: ast.AST) -> Any:
        return self.edit(node) if node is self.target else self.generic_visit(node)


def with_sources(notebook: NotebookNode, sources: Sources) -> NotebookNode:
    """A copy of the notebook with other sources in some cells, and without outputs."""
    changed = copy.deepcopy(notebook)
    for index, cell in enumerate(changed.cells):
        cell.source = sources.get(index, cell.source)
        cell.setdefault("id", f"cell-{index}")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return changed


def with_cells(notebook: NotebookNode, cells: list[tuple[str, str]]) -> NotebookNode:
    """A notebook of the same kind with these cells: type and source of each."""
    made = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    other = nbformat.v4.new_notebook(metadata=copy.deepcopy(notebook.metadata))
    other.cells = [made[kind](source) for kind, source in cells]
    for number, cell in enumerate(other.cells):
        cell["id"] = f"cell-{number}"  # random ids would make each run a new one
    return other
