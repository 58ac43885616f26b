"""What the code cells say, without running them: names made and used, calls, strings, comments."""

from __future__ import annotations

import ast
import builtins
import io
import re
import symtable
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from grader.submissions.names import free_names, names_bound

LONGEST_CELL = 200_000
"""Characters above which a cell is not parsed: a pasted file, not code that somebody wrote."""

MOST_CODE = 400_000
"""Characters of all cells together above which the later ones are not parsed; long notebooks have some ten
thousands."""

MOST_LINES_DROPPED = 40
"""Lines that may be left out of a cell that does not parse before its rest is given up."""

ALWAYS_THERE = frozenset(dir(builtins)) | {
    "get_ipython",
    "display",
    "In",
    "Out",
    "exit",
    "quit",
    "_",
    "__",
    "__file__",
}
"""Names that a fresh kernel already has."""

WRAPPING_MAGICS = re.compile(r"%%(?:time|timeit|capture|prun|python3?)\b[^\n]*")
"""Cell magics whose body is ordinary Python of this kernel."""

TIMED_LINE = re.compile(r"^([ \t]*)%time(?:it)?[ \t]+(?=[^\s-])", re.MULTILINE)

MAGIC_LINE = re.compile(r"^[ \t]*[!%?]|\?[ \t]*$", re.MULTILINE)

MOST_MAGICS = 200
"""Lines of IPython's own that are transformed in one cell: it reads the whole cell again for each of them."""

LONGEST_LINE = 3_000
"""Characters of a line up to which a cell with IPython's own is transformed: Python's tokenizer takes their
square."""

_CALL_OF_CALL = re.compile(r"^[ \t]*[;,/][ \t]*[;,/]", re.MULTILINE)
"""What IPython's automatic calls make into another such call, hundreds of times."""

AUTOMAGIC = re.compile(
    r"^(pip|conda|mamba|cd|ls|pwd|mkdir|rmdir|cat|cp|mv|rm)(?:\s+(?![=(.\[,+*/-]=?\s)(.*))?$"
)
"""Commands that IPython runs without ``%`` when they are the only line of a cell (its automagic)."""


class Expression(str):
    """Source text of a value that is not a literal: ``num_classes``, ``[early_stop]``."""

    __slots__ = ()


@dataclass(frozen=True)
class Import:
    """One imported name; ``name`` is None for ``import module`` and ``*`` for a star import."""

    module: str
    name: str | None
    alias: str
    line: int


@dataclass(frozen=True)
class Call:
    """A call as written. Values are literals where they are literal and :class:`Expression` otherwise."""

    name: str
    """The last attribute: ``fit``."""
    dotted: str
    """``model.fit``; a call in the middle shows as ``()``: ``Sequential().fit``."""
    receiver: str
    """The name that it starts from: ``model``; empty for a plain function."""
    resolved: str
    """``dotted`` with import aliases written out: ``tensorflow.keras.layers.Conv2D``."""
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    """``**options`` stands under the key ``**``."""
    line: int


@dataclass(frozen=True)
class CellSource:
    """One code cell, read as Python.

    For a cell that does not parse, ``tree`` is None and the rest is what could be read of it, so that the
    names it would have made and the calls it shows are known all the same.
    """

    index: int
    """In the notebook, markdown cells counted."""
    source: str
    python: str
    """With IPython's magics turned to Python."""
    tree: ast.Module | None
    syntax_error: tuple[str, int] | None
    """Message and line."""
    defines: frozenset[str]
    """Names that running the cell binds at the top level."""
    uses: frozenset[str]
    """Names that it needs from earlier cells, those used inside its functions included."""
    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    strings: tuple[str, ...] = ()
    """String literals, the pieces of f-strings included."""
    comments: tuple[str, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    """Literals given to names: ``{"batch_size": 16}``, the last one; ``Path("a")`` counts as ``"a"``."""


def parse_cells(notebook: Mapping[str, Any]) -> tuple[CellSource, ...]:
    """Read every code cell of a notebook (nbformat 4); markdown cells are left out. Never raises.

    Of the notebooks read last the result is kept, for all who ask: it is not to be changed.
    """
    return _parsed(
        tuple(
            (index, "".join(cell["source"]))
            for index, cell in enumerate(notebook["cells"])
            if cell["cell_type"] == "code"
        )
    )


@lru_cache(2)
def _parsed(cells: tuple[tuple[int, str], ...]) -> tuple[CellSource, ...]:
    aliases: dict[str, str] = {}
    parsed = []
    left = MOST_CODE
    for index, source in cells:
        left -= len(source)
        parsed.append(_unread(index, source) if left < 0 else parse_cell(index, source, aliases))
    return tuple(parsed)


def _unread(index: int, source: str) -> CellSource:
    error = ("the cell is too long to be code", 1)
    return CellSource(index, source, "", None, error, frozenset(), frozenset())


def parse_cell(index: int, source: str, aliases: dict[str, str] | None = None) -> CellSource:
    """Read one code cell; ``aliases`` (what imported names stand for) is used and brought up to date."""
    aliases = {} if aliases is None else aliases
    if len(source) > LONGEST_CELL:
        return _unread(index, source)
    python = to_python(source)
    tree, error = _parse(python)
    readable, lost = (python, "") if tree else _salvage(python)
    parsed = tree or _parse(readable)[0] or ast.Module([], [])
    try:
        imports = tuple(_imports(parsed))
        aliases.update(_aliases(imports))
        return CellSource(
            index=index,
            source=source,
            python=python,
            tree=tree,
            syntax_error=error,
            defines=names_bound(_table(readable)) | _written_targets(lost),
            uses=free_names(parsed, _table(readable)) - ALWAYS_THERE,
            imports=imports,
            calls=tuple(_calls(parsed, aliases)),
            strings=tuple(_strings(parsed)),
            comments=_comments(python, tree),
            constants=dict(_constants(parsed)),
        )
    except RecursionError:
        return CellSource(
            index,
            source,
            python,
            None,
            ("the code is nested too deeply", 1),
            _written_targets(python),
            frozenset(),
        )


def to_python(source: str) -> str:
    """Turn IPython's magics, shell lines and help marks into Python, as the kernel would, line by line."""
    leading = len(source) - len(source.lstrip())
    text = WRAPPING_MAGICS.sub("", source, count=1) if WRAPPING_MAGICS.match(source, leading) else source
    text = TIMED_LINE.sub(r"\1", text)
    python = text if _parse(text)[1] is None or _is_endless(text) else _transformed(text)
    if len(python.splitlines()) == 1 and (magic := AUTOMAGIC.match(python.strip())):
        python = f"get_ipython().run_line_magic({magic[1]!r}, {magic[2] or ''!r})\n"
    return python


def _transformed(text: str) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            python = str(TransformerManager().transform_cell(text))
    except Exception:
        # It tokenizes what need not be Python at all; what it cannot transform becomes a syntax error.
        return text
    # The kernel drops empty lines at the top; the reader of a message counts them.
    return "\n" * _empty_lines(text) + python


def _is_endless(text: str) -> bool:
    """Whether IPython, which reads all of a cell again for each magic in it, would take minutes."""
    return (
        len(MAGIC_LINE.findall(text)) > MOST_MAGICS
        or _CALL_OF_CALL.search(text) is not None
        or has_long_lines(text)
    )


def has_long_lines(text: str) -> bool:
    """Whether splitting it into tokens may take minutes where it is no Python."""
    return max(map(len, text.splitlines()), default=0) > LONGEST_LINE


def _empty_lines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n") if text.strip() else 0


def _parse(python: str) -> tuple[ast.Module | None, tuple[str, int] | None]:
    # Compiling finds what parsing does not ("'return' outside function"); a notebook may `await`.
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(python, "<cell>", "exec", flags, dont_inherit=True)
            tree = compile(python, "<cell>", "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        return None, (error.msg, error.lineno or 1)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return None, (str(error) or "the code is nested too deeply", 1)
    assert isinstance(tree, ast.Module)
    return tree, None


def _salvage(python: str) -> tuple[str, str]:
    """Leave out the lines that keep the cell from parsing: the readable rest, and the lost lines."""
    lines = python.splitlines()
    lost: list[str] = []
    for _ in range(MOST_LINES_DROPPED):
        error = _parse("\n".join(lines))[1]
        if error is None:
            return "\n".join(lines), "\n".join(lost)
        number = min(error[1], len(lines)) - 1
        while number > 0 and not lines[number].strip():
            number -= 1
        if number < 0 or not lines[number].strip():
            break
        lost.append(lines[number])
        # A `pass` of the same depth keeps an `if` or `for` above it whole.
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        lines[number] = "" if lines[number].strip() == "pass" else f"{indent}pass"
    return "", python


def _table(python: str) -> symtable.SymbolTable | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return symtable.symtable(python, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_TARGETS = re.compile(
    r"^[ \t]*([A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*){0,20})[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE
)
_MADE = re.compile(r"^[ \t]*(?:def|class)\s+([A-Za-z_]\w*)", re.MULTILINE)
_IMPORT_LINE = re.compile(
    r"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+\(?([\w., \t]+?)\)?[ \t]*(?:#.*)?$", re.MULTILINE
)


def _written_targets(text: str) -> frozenset[str]:
    """Names that lines of broken code were meant to bind, by their looks."""
    names = {name.strip() for found in _TARGETS.findall(text) for name in found.split(",")}
    names.update(_MADE.findall(text))
    for imported in _IMPORT_LINE.findall(text):
        names.update(part.split(" as ")[-1].strip().split(".")[0] for part in imported.split(","))
    return frozenset(name for name in names if name.isidentifier())


def _imports(tree: ast.AST) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(name.name, None, name.asname or name.name.partition(".")[0], node.lineno)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for name in node.names:
                yield Import(module, name.name, name.asname or name.name, node.lineno)


def _aliases(imports: tuple[Import, ...]) -> Iterator[tuple[str, str]]:
    for item in imports:
        if item.name is None:
            whole = item.alias == item.module.partition(".")[0]
            yield item.alias, item.alias if whole else item.module
        elif item.name != "*":
            yield item.alias, f"{item.module}.{item.name}"


def _calls(tree: ast.AST, aliases: Mapping[str, str]) -> Iterator[Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(found, key=lambda call: (call.lineno, call.col_offset)):
        dotted = _dotted(node.func)
        first, dot, rest = dotted.partition(".")
        yield Call(
            name=dotted.rpartition(".")[2],
            dotted=dotted,
            receiver=first if dot else "",
            resolved=aliases.get(first, first) + dot + rest,
            args=tuple(value_of(argument) for argument in node.args),
            keywords={keyword.arg or "**": value_of(keyword.value) for keyword in node.keywords},
            line=node.lineno,
        )


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            parts.append("()")
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            parts.append(node.id if isinstance(node, ast.Name) else "")
            return ".".join(reversed(parts)).replace(".()", "()")


def value_of(node: ast.expr) -> Any:
    """The value of a literal (arithmetic on numbers folded), element by element; else its source text."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List):
        return [value_of(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(value_of(item) for item in node.elts)
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        return {
            value_of(key): value_of(item) for key, item in zip(node.keys, node.values, strict=True) if key
        }
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = value_of(node.operand)
        if isinstance(number, int | float):
            return -number
    if isinstance(node, ast.BinOp):
        folded = _fold(node)
        if folded is not None:
            return folded
    return Expression(ast.unparse(node))


def _fold(node: ast.BinOp) -> float | None:
    left, right = value_of(node.left), value_of(node.right)
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    try:
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
            case ast.FloorDiv():
                return left // right
    except (ArithmeticError, ValueError):
        pass
    return None


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _constants(tree: ast.AST) -> Iterator[tuple[str, Any]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value: ast.expr = node.value
            if (
                isinstance(value, ast.Call)
                and _dotted(value.func).rpartition(".")[2] == "Path"
                and value.args
            ):
                value = value.args[0]
            known = value_of(value)
            if not isinstance(known, Expression):
                yield node.targets[0].id, known


def _comments(python: str, tree: ast.Module | None) -> tuple[str, ...]:
    if tree is None and has_long_lines(python):
        return _comment_lines(python)
    comments = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(python).readline):
            if token.type == tokenize.COMMENT:
                comments.append(token.string.lstrip("#!").strip())
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return _comment_lines(python)
    return tuple(comments)


def _comment_lines(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.splitlines())
    return tuple(line.lstrip("#").strip() for line in lines if line.startswith("#"))
