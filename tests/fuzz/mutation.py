"""Sound material with a few of its places changed: that gets further into a reader than noise does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2,
        7,
        255,
        2**31,
        -(2**31),
        2**53 + 1,
        2**63,
        2**64,
        10**30,
        10**400,
        10**4000,
    ),
    *(float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 1e-320, 5e-324, 0.1, -0.0, 1 / 3),
    *(
        "",
        " ",
        "\0",
        "\x1b[31m\x08",
        "\ud800",
        "\udfff\ud800",
        "\u202e",
        "\u2028",
        "é" * 40,
        "🦊",
        "a" * 5000,
    ),
    *(
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "%s%n%d",
        "../../../etc/passwd",
        "/" * 300,
        "9" * 5000,
        "²",
        "١٢",
    ),
    *(
        "nan",
        "-Infinity",
        "1e999",
        "None",
        "null",
        "[" * 200,
        "(" * 300,
        "<" * 3000,
        "`" * 400,
        "\n" * 500,
        "\r",
    ),
    *([], {}, [[]], [{}], [None], {"": None}, {"class_name": "x", "config": {}}, [0] * 50, ["a"] * 50),
)
"""What readers stumble over: ends of number ranges, text that is no text, markup, empty and nested things."""

MOST_VALUES = 100_000
"""Values that one change may add."""

odd: SearchStrategy[Any] = st.one_of(
    st.sampled_from(ODD),
    st.integers(),
    st.integers(-3, 300),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.integers(-2, 64), max_size=5),
)


def copied(value: Any) -> Any:
    """A JSON value without anything in common with the one given."""
    return json.loads(json.dumps(value))


@st.composite
def mutated(draw: DrawFn, sound: SearchStrategy[Any], most: int = 6) -> Any:
    """A JSON value drawn from ``sound``, with up to ``most`` changes."""
    root = [copied(draw(sound))]
    for _ in range(draw(st.integers(0, most))):
        holder, key = _place(draw, root)
        _CHANGES[draw(st.integers(0, len(_CHANGES) - 1))](draw, root, holder, key)
    return root[0]


def _place(draw: DrawFn, root: Any) -> tuple[Any, Any]:
    """Somewhere in the tree: what holds it, and the key or index there."""
    holder, key = root, 0
    while isinstance(below := holder[key], dict | list) and below and draw(st.integers(0, 5)):
        holder = below
        index = draw(st.integers(0, len(below) - 1))
        key = index if isinstance(below, list) else list(below)[index]
    return holder, key


def _replace(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    holder[key] = copied(draw(odd))


def _drop(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    if holder is not root:
        del holder[key]


def _rename(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[str(draw(odd))[:5000]] = holder.pop(key)


def _add(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    value = holder[key]
    if isinstance(value, dict):
        value[str(draw(odd))[:5000]] = copied(draw(odd))
    elif isinstance(value, list):
        value.insert(draw(st.integers(0, len(value))), copied(draw(odd)))


def _repeat(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    times = draw(st.sampled_from((1, 3, 40, 1000)))
    if isinstance(holder, list) and holder is not root and _values(holder[key]) * times <= MOST_VALUES:
        holder[key:key] = [copied(holder[key]) for _ in range(times)]


def _take(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    """What stands elsewhere: references to the wrong thing, one kind of object in another's place."""
    other, where = _place(draw, root)
    if _values(other[where]) <= MOST_VALUES:
        holder[key] = copied(other[where])


def _nest(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    name = draw(st.sampled_from((None, "config", "x")))
    for _ in range(draw(st.sampled_from((1, 3, 25, 70, 150)))):
        holder[key] = [holder[key]] if name is None else {name: holder[key]}


def _edit(draw: DrawFn, root: Any, holder: Any, key: Any) -> None:
    value = holder[key]
    if isinstance(value, str):
        holder[key] = draw(edited(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        holder[key] = draw(st.sampled_from((value + 1, value - 1, -value, value * 1000, str(value), [value])))


_CHANGES: tuple[Callable[[DrawFn, Any, Any, Any], None], ...] = (
    _replace,
    _drop,
    _rename,
    _add,
    _repeat,
    _take,
    _nest,
    _edit,
)


def _values(tree: Any) -> int:
    count, stack = 0, [tree]
    while stack and count <= MOST_VALUES:
        value = stack.pop()
        count += 1
        if isinstance(value, dict | list):
            stack.extend(value.values() if isinstance(value, dict) else value)
    return count


@st.composite
def edited(draw: DrawFn, text: str, pieces: tuple[str, ...] = ()) -> str:
    """A text with a part of it left out, doubled, moved or replaced; ``pieces`` are put in too."""
    start = draw(st.integers(0, len(text)))
    end = min(len(text), start + draw(st.sampled_from((0, 1, 2, 5, 20, 200))))
    inserted = draw(
        st.one_of(
            st.just(""),
            st.text(max_size=6),
            st.sampled_from([*pieces, *(each for each in ODD if isinstance(each, str))]),
            st.just(text[start:end] * 2),
        )
    )
    return text[:start] + inserted + text[end:]


@st.composite
def damaged(draw: DrawFn, content: bytes, most: int = 3) -> bytes:
    """Bytes cut off, flipped, left out, put in."""
    for _ in range(draw(st.integers(0, most))):
        start = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(("cut", "flip", "leave", "put", "swap"))):
            case "cut":
                content = content[:start]
            case "flip" if content[start : start + 1]:
                changed = content[start] ^ (1 << draw(st.integers(0, 7)))
                content = content[:start] + bytes([changed]) + content[start + 1 :]
            case "leave":
                content = content[:start] + content[start + draw(st.integers(1, 40)) :]
            case "put":
                content = content[:start] + draw(st.binary(max_size=20)) + content[start:]
            case "swap":
                content = content[start:] + content[:start]
    return content
