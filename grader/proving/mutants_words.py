"""Mutants of what is written: answers, numbers worked out by hand, tables, lists of names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.proving.reference import Reference
from grader.proving.variant import Breach, Change, mutation
from grader.rubric.schema import CheckLine


def _breach(reference: Reference, aspect: str, cell: int) -> Breach:
    return Breach(aspect, cell, frozenset(reference.work.answers))


@mutation("answer lost")
def no_answer(reference: Reference) -> Iterator[Change]:
    """A cell of words without its words; headings stay."""
    lines = list(reference.cells_of("answered", "parameters_by_hand", "table_shown", "names_listed"))
    cells = [cell for _, found in lines for cell in found]
    for cell in dict.fromkeys(cells):
        if reference.notebook.cells[cell].cell_type == "markdown":
            source = reference.notebook.cells[cell].source
            kept = [
                line for line in source.splitlines() if line.startswith("#") or line.rstrip().endswith("?")
            ]
            yield Change(
                {cell: "\n".join(kept)},
                f"cell {cell + 1} without its words",
                _breach(reference, "answer", cell),
            )


@mutation("answer beside the question")
def beside(reference: Reference) -> Iterator[Change]:
    """Words that have nothing to do with what was asked."""
    words = "It was raining in the morning, so I began late and drank a cup of tea before I went on."
    lines = [(line, cells) for line, cells in reference.cells_of("answered") if _asks_for_words(line)]
    for cell in dict.fromkeys(cell for _, cells in lines for cell in cells):
        if reference.notebook.cells[cell].cell_type == "markdown":
            kept = _headings(reference.notebook.cells[cell].source)
            where = f"small talk in cell {cell + 1}"
            yield Change({cell: "\n\n".join([*kept, words])}, where, _breach(reference, "small talk", cell))


def _asks_for_words(line: CheckLine) -> bool:
    return bool(line.arguments.get("about") or line.arguments.get("all_of"))


def _headings(source: str) -> list[str]:
    return [line for line in source.splitlines() if line.startswith("#") or line.rstrip().endswith("?")]


@mutation("numbers by hand changed")
def other_numbers(reference: Reference) -> Iterator[Change]:
    """A count that was worked out wrongly."""
    for line, cells in reference.cells_of("parameters_by_hand"):
        for cell in cells:
            source = reference.notebook.cells[cell].source
            changed = re.sub(
                r"\d(?=\d{2,}\b|[\d,. ]*,\d{3})", lambda found: str((int(found[0]) + 1) % 10), source
            )
            if changed != source:
                networks = frozenset({str(line.arguments["network"])})
                yield Change(
                    {cell: changed}, f"other numbers in cell {cell + 1}", Breach("by_hand", cell, networks)
                )


@mutation("table lost")
def no_table(reference: Reference) -> Iterator[Change]:
    """A data frame that is made and not shown."""
    for cell in reference.met_in("table_shown"):
        tree = reference.code.trees[cell]
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.unparse(tree.body[-1])
            body = [ast.unparse(each) for each in tree.body[:-1]]
            text = "\n".join([*body, f"comparison = ({last})" if "print" not in last else "pass"])
            yield Change(
                {cell: text}, f"table of cell {cell + 1} not shown", _breach(reference, "table", cell)
            )


@mutation("class names in another order")
def names_in_disorder(reference: Reference) -> Iterator[Change]:
    """A list of names that does not fit the numbers."""
    for cell in reference.met_in("names_listed"):
        for site in (each for each in reference.code.sites(ast.List) if each.cell == cell):
            elements = site.node.elts  # type: ignore[attr-defined]
            if len(elements) > 2 and all(isinstance(each, ast.Constant) for each in elements):
                changed = reference.code.edited(site, lambda node: ast.List(node.elts[::-1], ast.Load()))
                yield Change(changed, "names in reverse order", _breach(reference, "names", cell))
