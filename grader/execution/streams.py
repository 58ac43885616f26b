"""Printed text as a terminal would show it: pieces joined, what a progress bar overwrote left out, in linear
time."""

from __future__ import annotations

from collections.abc import Iterable

from nbformat import NotebookNode


def joined(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """The outputs of a cell with each run of pieces of one stream as a single output."""
    kept: list[NotebookNode] = []
    pieces: list[list[str]] = []
    for output in outputs:
        is_stream = output.output_type == "stream"
        if is_stream and kept and kept[-1].get("name") == output.name:
            pieces[-1].append(output.text)
        else:
            kept.append(output)
            pieces.append([output.text] if is_stream else [])
    for output, texts in zip(kept, pieces, strict=True):
        if texts:
            output.text = as_shown("".join(texts))
    return kept


def as_shown(text: str) -> str:
    """``text`` after its backspaces and carriage returns have done their work, each within its line."""
    if "\b" not in text and "\r" not in text:
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    shown = line.rstrip("\r").rpartition("\r")[2]
    if "\b" not in shown:
        return shown
    letters: list[str] = []
    for letter in shown:
        if letter != "\b":
            letters.append(letter)
        elif letters:
            letters.pop()
    return "".join(letters)
