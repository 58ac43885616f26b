"""The network that a rubric asks for, written in Keras's words: ``Conv2D(32, 3, padding="same",
activation="relu")``.

What a line states is graded, what it leaves out is free. Lines are parsed, never evaluated.
"""

from __future__ import annotations

import ast
import fnmatch
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.network.arguments import (
    ACTIVATION_LAYERS,
    RECURRENT,
    activation_arguments,
    activation_name,
    activation_names,
    written_out,
)
from grader.network.bases import bases
from grader.network.network import Shape
from grader.network.signatures import ALIASES, did_you_mean, is_known, kind_of, layer_names, rank, signature
from grader.network.values import Allowed, Between

MAX_UNORDERED = 5
"""Members of a group whose order is free: every order is tried, and six would be 720."""

_MAX_LENGTH = 500
_WHOLE_NUMBERS = {
    "filters",
    "units",
    "groups",
    "depth_multiplier",
    "input_dim",
    "output_dim",
    "height",
    "width",
    "n",
}
_SIZES = {"kernel_size", "strides", "pool_size", "dilation_rate", "size"}
_CHOICES = {"padding": ("valid", "same", "causal"), "data_format": ("channels_last", "channels_first")}


class LayerSyntaxError(ValueError):
    """A layer line that cannot be read; ``column`` counts from 1, ``line`` is its number in the list, from
    1."""

    def __init__(self, message: str, column: int, line: int | None = None) -> None:
        """Keep where it is."""
        super().__init__(message)
        self.column = column
        self.line = line


@dataclass(frozen=True)
class LayerSpec:
    """One expected layer."""

    kind: str
    """Keras class name, aliases resolved; ``Activation`` for ``ReLU()`` and the like."""
    arguments: Mapping[str, Allowed]
    """What is stated, written out as in the canonical network; without the activation."""
    activation: Allowed | None = None
    """What must follow, ``"linear"`` for nothing; None leaves it free."""
    text: str = field(default="", compare=False)
    """The line as written."""


@dataclass(frozen=True)
class Unordered:
    """Expected layers that may stand in any order."""

    members: tuple[LayerSpec, ...]


@dataclass(frozen=True)
class ExpectedNetwork:
    """A network as a rubric asks for it."""

    input: Shape | None
    """Shape of one sample; None leaves it free."""
    layers: tuple[LayerSpec | Unordered, ...]
    may_add: tuple[str, ...] = ()
    """Kinds of layers that may be added without cost; ``Random*`` is every kind that starts so."""

    @property
    def lines(self) -> tuple[LayerSpec, ...]:
        """Every expected layer in the order written, members of unordered groups one by one."""
        return tuple(
            line
            for each in self.layers
            for line in (each.members if isinstance(each, Unordered) else (each,))
        )

    def allows(self, kind: str) -> bool:
        """Whether a layer of this kind may be added."""
        return kind == "InputLayer" or any(fnmatch.fnmatchcase(kind, pattern) for pattern in self.may_add)


def expected_network(
    input: Sequence[int | None] | None,
    layers: Sequence[str | Mapping[str, Sequence[str]]],
    may_add: Sequence[str] = (),
) -> ExpectedNetwork:
    """The expected network from a rubric's entries.

    Args:
        input: Shape of one sample, e.g. ``[128, 128, 3]``; None leaves it free.
        layers: Layer lines, and ``{"unordered": [lines]}`` for layers whose order is free.
        may_add: Names of layers that may be added, ``Random*`` for a whole family.

    Raises:
        LayerSyntaxError: a line cannot be read, with its number among all lines and the column.
    """
    if input is not None and not all(size is None or (type(size) is int and size > 0) for size in input):
        raise LayerSyntaxError(f"input should be whole numbers such as [128, 128, 3], found {list(input)}", 1)
    number = 0
    read: list[LayerSpec | Unordered] = []
    for entry in layers:
        lines = [entry] if isinstance(entry, str) else _members(entry, number + 1)
        specs = []
        for line in lines:
            number += 1
            try:
                specs.append(parse_layer(line))
            except LayerSyntaxError as fault:
                raise LayerSyntaxError(str(fault), fault.column, number) from None
        read.append(specs[0] if isinstance(entry, str) else Unordered(tuple(specs)))
    shape = None if input is None else tuple(input)
    return ExpectedNetwork(shape, tuple(read), tuple(map(_addition, may_add)))


def _members(entry: Any, number: int) -> Sequence[str]:
    members = entry.get("unordered") if isinstance(entry, Mapping) and len(entry) == 1 else None
    if not isinstance(members, list | tuple) or not all(isinstance(each, str) for each in members):
        raise LayerSyntaxError("should be a layer or unordered: [layers]", 1, number)
    if not 2 <= len(members) <= MAX_UNORDERED:
        raise LayerSyntaxError(
            f"unordered takes 2 to {MAX_UNORDERED} layers, found {len(members)}", 1, number
        )
    return members


def _addition(name: str) -> str:
    if "*" in name and any(fnmatch.fnmatchcase(known, name) for known in layer_names()):
        return name
    kind = kind_of(name)
    if not is_known(kind):
        raise LayerSyntaxError(f'may_add: unknown layer "{name}"{did_you_mean(name, layer_names())}', 1)
    return "Activation" if kind in ACTIVATION_LAYERS else kind


def parse_layer(text: str) -> LayerSpec:
    """One layer line, e.g. ``Conv2D(16..64, 3|5, padding="same", activation=any)``.

    Positional arguments stand in Keras's order. A value is a literal, a bare word (``relu``), ``any``,
    alternatives (``a|b``) or a range (``16..64``); ``1/255`` is a number.

    Raises:
        LayerSyntaxError: with the column, and the nearest name for a misspelt layer, argument or activation.
    """
    if len(text) > _MAX_LENGTH:
        raise LayerSyntaxError(f"a layer line has at most {_MAX_LENGTH} characters", _MAX_LENGTH)
    call = _parse(text)
    kind = _kind(call.func)
    given = {name: allowed for name, allowed in _arguments(kind, call).items() if allowed is not None}
    if kind in ACTIVATION_LAYERS:
        return LayerSpec("Activation", _activation_layer(kind, given, call), None, text.strip())
    arguments = {
        name: Allowed(
            tuple(
                option if isinstance(option, Between) else written_out(kind, name, option)
                for option in allowed.options
            )
        )
        for name, allowed in given.items()
    }
    if arguments.get("strides") == Allowed((None,)):
        arguments.pop("strides")
        if "pool_size" in arguments:
            arguments["strides"] = arguments["pool_size"]
    activation = None if kind.startswith(RECURRENT) else arguments.pop("activation", None)
    return LayerSpec(kind, arguments, activation, text.strip())


def _activation_layer(kind: str, given: Mapping[str, Allowed], call: ast.Call) -> dict[str, Allowed]:
    if kind == "Activation":
        return dict(given)
    values = {name: allowed.single for name, allowed in given.items()}
    if None in values.values():
        raise _fault(f"{kind} takes single values here", call)
    return {name: Allowed((value,)) for name, value in activation_arguments(kind, values).items()}


_OUTSIDE_STRINGS = re.compile(r"""("[^"]*"|'[^']*')|(\.\.)|(@)""")


def _parse(text: str) -> ast.Call:
    source = text.rstrip()
    indent = len(source) - len(source.lstrip())

    def protect(found: re.Match[str]) -> str:
        if found[3]:
            raise LayerSyntaxError('"@" has no meaning in a layer line', found.start() + 1)
        # A range is no Python; it is parsed as an operator of the same length that nothing else uses.
        return found[1] or "@ "

    protected = _OUTSIDE_STRINGS.sub(protect, source.lstrip())
    try:
        with warnings.catch_warnings(action="ignore"):
            node = ast.parse(protected, mode="eval").body
    except (SyntaxError, ValueError) as fault:
        column = getattr(fault, "offset", None) or 1
        reason = getattr(fault, "msg", None) or "it cannot be read"
        raise LayerSyntaxError(f'"{source.strip()[:60]}" is no layer: {reason}', column + indent) from None
    if isinstance(node, ast.Name):
        node = ast.Call(node, [], [], lineno=1, col_offset=0)
    if not isinstance(node, ast.Call):
        raise LayerSyntaxError(f'should be a layer such as Conv2D(32, 3), found "{source.strip()[:60]}"', 1)
    return node


def _kind(function: ast.expr) -> str:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    if name is None:
        raise _fault("should start with a layer's name", function)
    kind = kind_of(name)
    if kind == "InputLayer":
        raise _fault("the input is no layer line; state it as input: [height, width, channels]", function)
    if not is_known(kind):
        aliases = [f"{alias}{size}D" for alias in ALIASES for size in (1, 2, 3)]
        raise _fault(
            f'unknown layer "{name}"{did_you_mean(name, (*layer_names(), *bases(), *aliases))}', function
        )
    return kind


def _arguments(kind: str, call: ast.Call) -> dict[str, Allowed | None]:
    known = signature(kind)
    if len(call.args) > len(known.positional):
        takes = f"{len(known.positional)} positional arguments ({', '.join(known.positional)})"
        raise _fault(f"{kind} takes {takes if known.positional else 'no arguments'}", call.args[-1])
    given: dict[str, Allowed | None] = {}
    for name, value in zip(known.positional, call.args, strict=False):
        given[name] = _checked(kind, name, value)
    for keyword in call.keywords:
        name = keyword.arg or "**"
        if name not in known.arguments:
            raise _fault(f'{kind} has no argument "{name}"{did_you_mean(name, known.arguments)}', keyword)
        if name in given:
            raise _fault(f'{kind} is given "{name}" twice', keyword)
        given[name] = _checked(kind, name, keyword.value)
    return given


def _checked(kind: str, name: str, node: ast.expr) -> Allowed | None:
    allowed = _value(node)
    if allowed is None:
        return None
    if name == "activation":
        return Allowed(tuple(_activation(option, node) for option in allowed.options))
    for option in allowed.options:
        if name in _WHOLE_NUMBERS and not (isinstance(option, Between) or _is_count(option)):
            raise _fault(f"{name} should be a whole number from 1, found {option!r}", node)
        sizes = option if isinstance(option, tuple) else (option,)
        if name in _SIZES and option is not None and not isinstance(option, Between):
            if not all(map(_is_count, sizes)):
                raise _fault(f"{name} should be a whole number or a pair of them, found {option!r}", node)
            dimensions = rank(kind)
            if isinstance(option, tuple) and len(option) != dimensions:
                raise _fault(f"{name} of {kind} should have {dimensions} numbers", node)
        if name in _CHOICES and isinstance(option, str) and option not in _CHOICES[name]:
            choices = _CHOICES[name]
            raise _fault(f"{name} should be one of {', '.join(choices)}{did_you_mean(option, choices)}", node)
    return allowed


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _activation(option: Any, node: ast.expr) -> str:
    name = activation_name(option)
    if name is None:
        raise _fault(f'unknown activation "{option}"{did_you_mean(str(option), activation_names())}', node)
    return name


def _value(node: ast.expr) -> Allowed | None:
    """What a value admits; None for ``any``."""
    if isinstance(node, ast.Name) and node.id == "any":
        return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        left, right = _value(node.left), _value(node.right)
        return None if left is None or right is None else Allowed(left.options + right.options)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        low, high = _literal(node.left), _literal(node.right)
        if not (_is_number(low) and _is_number(high) and low <= high):
            raise _fault("a range should be two numbers, the smaller first, such as 16..64", node)
        return Allowed((Between(low, high),))
    return Allowed((_literal(node),))


def _literal(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=word):
            return word
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return tuple(_literal(item) for item in items)
        case ast.UnaryOp(op=ast.USub(), operand=operand) if _is_number(number := _literal(operand)):
            return -number
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            dividend, divisor = _literal(left), _literal(right)
            if _is_number(dividend) and _is_number(divisor) and divisor:
                return dividend / divisor
    raise _fault("a value should be a literal, any, alternatives (a|b) or a range (16..64)", node)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fault(message: str, node: ast.AST) -> LayerSyntaxError:
    return LayerSyntaxError(message, getattr(node, "col_offset", 0) + 1)
