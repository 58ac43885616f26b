"""Which names a piece of code binds, and which it needs from outside."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator

NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def names_bound(table: symtable.SymbolTable | None) -> frozenset[str]:
    """Names that running the top level binds: assigned, imported, defined, or ``global`` in a function."""
    if table is None:
        return frozenset()
    names = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }
    for inner in _inner_tables(table):
        names.update(
            symbol.get_name()
            for symbol in inner.get_symbols()
            if symbol.is_declared_global() and (symbol.is_assigned() or symbol.is_imported())
        )
    # Python's own tables list unnamed scopes ("listcomp") as symbols of some versions; they are no names.
    return frozenset(name for name in names if name.isidentifier())


def free_names(tree: ast.Module, table: symtable.SymbolTable | None) -> frozenset[str]:
    """Names that the code needs from outside.

    At the top level, order counts: a name used before the line that binds it is needed. Inside functions,
    which run later, a name that the same code binds anywhere is taken as given.
    """
    if table is None:
        return frozenset()
    inside = {
        symbol.get_name()
        for inner in _inner_tables(table)
        for symbol in inner.get_symbols()
        if symbol.is_global() and symbol.is_referenced()
    }
    walk = _TopLevel()
    walk.visit(tree)
    return frozenset(walk.needed | (inside - names_bound(table)))


def _inner_tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    waiting = list(table.get_children())
    while waiting:
        inner = waiting.pop()
        yield inner
        waiting.extend(inner.get_children())


class _TopLevel(ast.NodeVisitor):
    """Walks statements in the order in which they run, keeping what is bound so far."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.needed: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.bound.add(node.id)
        elif node.id not in self.bound:
            self.needed.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name) and node.target.id not in self.bound:
            self.needed.add(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type:
            self.visit(node.type)
        if node.name:
            self.bound.add(node.name)
        for statement in node.body:
            self.visit(statement)

    def visit_alias(self, node: ast.alias) -> None:
        self.bound.add(node.asname or node.name.partition(".")[0])

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self.bound.add(node.name)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, NESTED):
            self._visit_nested(node)
        elif isinstance(node, COMPREHENSIONS):
            # Only the first iterable runs in the outer scope; the symbol table knows what the rest needs.
            self.visit(node.generators[0].iter)
        else:
            super().generic_visit(node)

    def _visit_nested(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef) -> None:
        outside: list[ast.expr | None] = []
        if not isinstance(node, ast.Lambda):
            outside.extend(node.decorator_list)
        if isinstance(node, ast.ClassDef):
            outside.extend([*node.bases, *(keyword.value for keyword in node.keywords)])
        else:
            outside.extend([*node.args.defaults, *node.args.kw_defaults])
        for expression in outside:
            if expression is not None:
                self.visit(expression)
        if not isinstance(node, ast.Lambda):
            self.bound.add(node.name)
