"""Checks of the first look at the data: loaded, shapes and classes told, some of it held out."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from grader.checks.outcome import Outcome, absent, met, partly, unmet
from grader.checks.registry import check
from grader.checks.work import ServedFacts, View, Work
from grader.evidence.events import Data, DatasetLoaded, Evaluated, Fitted, Predicted
from grader.evidence.evidence import Cell
from grader.submissions.source import CellSource

_LEAK = 0.03
"""Share of held-out images among the training images from which it is no accident: a few pictures of a set
are doubles."""
_KNOWN_NAMES = 0.5
"""Share of a list's names that are classes of the data from which it is a list of its classes."""
_SYNONYMS = {"airplane": ("plane", "aeroplane", "aircraft"), "automobile": ("car",), "truck": ("lorry",)}
_NAMES = re.compile(r"class|label|categor|name|target", re.IGNORECASE)
_COUNTING = re.compile(
    r"unique|value_counts|nunique|bincount|Counter|countplot|\bset\(|\.count\(|count_nonzero"
)
_SIZED = re.compile(r"\blen\(\s*\w*(?:class|label|categor)\w*", re.IGNORECASE)


@check("data_loaded", written_as=("load_data",))
def data_loaded(work: Work, *, data: str) -> Outcome:
    """Look whether the worksheet's data is loaded, by whatever loader; a network that meets it shows it too.

    Args:
        data: Name of the data set.
    """
    wanted = f"{data} is loaded"
    for load in work.evidence.of(DatasetLoaded):
        if _about(load.loader, data) or (load.path and _about(load.path, data)):
            if load.error is None:
                return met(wanted, load.loader, cells=(load.cell,))
            hint = f"Call keras.datasets.{data}.load_data() without a path or a download of your own."
            return unmet(wanted, f"{load.loader} fails", hint, cells=(load.cell,))
    for event in work.evidence.events:
        if isinstance(event, Fitted | Evaluated | Predicted) and work.view(event.data).data == data:
            return met(wanted, "a network is given its images", cells=(event.cell,))
    hint = f"Load it: (x_train, y_train), (x_test, y_test) = keras.datasets.{data}.load_data()."
    return absent(wanted, hint, found="the data is never loaded")


def _about(loader: str, data: str) -> bool:
    return data.replace("_", "") in re.sub(r"[^a-z0-9]", "", loader.lower())


@check("shape_shown", written_as=("print", "shape"))
def shape_shown(
    work: Work, *, data: str, of: tuple[Literal["images", "labels"], ...] = ("images", "labels")
) -> Outcome:
    """Look for the shapes of the data among what is printed or displayed, or held to by an assertion.

    All of them met, some of them partly. The training set's suffice, also after a part of it was set aside.

    Args:
        data: Name of the data set.
        of: What is to be shown: ``images``, ``labels`` (one number or a one-hot row for each image).
    """
    facts = work.data[data]
    wanted = f"the shapes of the {' and the '.join(of)} are shown"
    hint = "Print x_train.shape and y_train.shape: how many images, their size, and the form of the labels."
    seen: dict[str, int] = {}
    for cell in work.evidence.cells:
        for shape in _shapes(work, cell) if cell.type == "code" else ():
            if kind := _kind(shape, facts):
                seen.setdefault(kind, cell.index)
    shown = {kind: seen[kind] for kind in of if kind in seen}
    cells = tuple(dict.fromkeys(shown.values()))
    if len(shown) == len(of):
        return met(wanted, f"shapes of the {' and the '.join(of)}", cells=cells)
    if shown:
        return partly(wanted, f"only those of the {' and the '.join(shown)}", hint, cells=cells)
    return absent(wanted, hint, found="no shape of the data is shown")


_SHAPE = re.compile(r"[(\[]\s*(\d+(?:,\s*\d+)*),?\s*[)\]]")
_LENGTH = re.compile(r"(?<![\w.])(\d{3,7})(?![\w.])")


def _shapes(work: Work, cell: Cell) -> Iterator[tuple[int, ...]]:
    """Tuples of numbers that a cell shows, and the numbers behind ``shape[0]`` and ``len()``."""
    text = cell.text
    if "assert" in cell.source and cell.status == "ok":
        text += "\n" + "\n".join(line for line in cell.source.splitlines() if "assert" in line)
    for match in _SHAPE.finditer(text):
        numbers = tuple(map(int, re.findall(r"\d+", match[1])))
        yield numbers
    if re.search(r"\.shape\b|\blen\(", cell.source):
        lengths = [int(number) for number in _LENGTH.findall(cell.text)]
        yield from ((length,) for length in lengths if "len(" in cell.source or "shape[0]" in cell.source)


def _kind(shape: tuple[int, ...], facts: ServedFacts) -> str | None:
    """Whether a shape is that of the images or of the labels of a good part of the data."""
    whole = sum(len(files) for files in facts.splits.values())
    smallest = min((len(files) for files in facts.splits.values()), default=0) // 10
    if not shape or not max(smallest, 2) <= shape[0] <= whole:
        return None
    rest = shape[1:]
    if (len(rest) == 3 and rest[-1] in (1, 3, 4)) or (len(rest) == 2 and rest[0] == rest[1]):
        return "images"
    return "labels" if rest in ((), (1,), (len(facts.classes),)) else None


@check("classes_counted", written_as=("print", "unique"))
def classes_counted(work: Work, *, data: str) -> Outcome:
    """Look for the number of distinct labels, or how often each occurs, among what the code prints.

    A number that the code does not count but only prints is partly.

    Args:
        data: Name of the data set.
    """
    classes = work.data[data].classes
    number = len(classes)
    wanted = f"the number of distinct labels ({number}) is shown"
    hint = "Print len(np.unique(y_train)), or np.unique(y_train, return_counts=True) with the counts."
    typed: list[int] = []
    for cell in work.evidence.cells:
        if cell.type != "code":
            continue
        if _COUNTING.search(cell.source) and _each(cell.text, range(number), classes):
            return met(wanted, "how often each occurs", cells=(cell.index,))
        if _tells(cell.text, number):
            if _COUNTING.search(cell.source) or _SIZED.search(cell.source):
                return met(wanted, f"{number} classes", cells=(cell.index,))
            if _named(cell.text, number):
                typed.append(cell.index)
    if typed:
        return partly(wanted, "the number is printed, not counted", hint, cells=(typed[0],))
    return absent(wanted, hint, found="the labels are not counted")


def _tells(text: str, number: int) -> bool:
    return bool(re.search(rf"(?<![\d.]){number}(?![\d.])", text))


def _each(text: str, labels: Sequence[int], classes: Sequence[str]) -> bool:
    """Whether a text holds every label, or the name of every class."""
    numbers = set(re.findall(r"(?<![\d.])\d+(?!\d|\.\d)", text))
    return {str(label) for label in labels} <= numbers or all(name in text.lower() for name in classes)


def _named(text: str, number: int) -> bool:
    """Whether it is called the number of classes."""
    what = r"(?:class|label|categor)\w*"
    return bool(re.search(rf"{what}\W{{1,12}}{number}\b|\b{number}\W+(?:\w+\W+){{0,2}}{what}", text, re.I))


@check("names_listed")
def names_listed(work: Work, *, data: str) -> Outcome:
    """Look for the classes' names in a list, a tuple or a dictionary, in the order of their numbers.

    Names in another order are partly. Names in another language count by their number when the list is called
    after classes or labels.

    Args:
        data: Name of the data set.
    """
    classes = work.data[data].classes
    wanted = f"the names of the {len(classes)} classes"
    hint = f"Write class_names = {list(classes)[:2]} and so on, in the order of the labels.".replace(
        "]", ", …]"
    )
    best: Outcome | None = None
    for source in work.sources:
        for name, listed in _lists(source):
            found = [_class_of(each, classes) for each in listed]
            known = sum(each is not None for each in found)
            if len(listed) != len(classes) or len(set(listed)) != len(listed):
                continue
            if known >= _KNOWN_NAMES * len(classes):
                order = all(each is None or each == place for place, each in enumerate(found))
                if order:
                    return met(wanted, ", ".join(listed), cells=(source.index,))
                best = best or partly(wanted, "the names in another order", hint, cells=(source.index,))
            elif _NAMES.search(name):
                best = met(wanted, ", ".join(listed), cells=(source.index,))
    return best or absent(wanted, hint, found="no list of names")


def _class_of(name: str, classes: tuple[str, ...]) -> int | None:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    for number, known in enumerate(classes):
        names = (known, *_SYNONYMS.get(known, ()))
        if plain in {
            re.sub(r"[^a-z0-9]", "", each.lower()) + plural for each in names for plural in ("", "s")
        }:
            return number
    return None


def _lists(source: CellSource) -> Iterator[tuple[str, list[str]]]:
    """Lists of strings in a cell, with the name that they are given; of dictionaries, keys or values."""
    for node in ast.walk(source.tree) if source.tree else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name), *_], value=value):
                yield from ((name, listed) for listed in _strings(value))
            case ast.List() | ast.Tuple() | ast.Dict():
                yield from (("", listed) for listed in _strings(node))


def _strings(node: ast.expr) -> Iterator[list[str]]:
    groups: list[list[ast.expr]] = []
    if isinstance(node, ast.List | ast.Tuple):
        groups = [list(node.elts)]
    elif isinstance(node, ast.Dict):
        pairs = [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
        groups = [[key for key, _ in pairs], [value for _, value in pairs]]
    elif isinstance(node, ast.Call):
        groups = [list(each.elts) for each in node.args[:1] if isinstance(each, ast.List | ast.Tuple)]
        match node.func:
            case ast.Attribute(value=ast.Constant(value=str() as words), attr="split"):
                yield re.findall(r"\w+", words)
    for group in groups:
        texts = [
            each.value for each in group if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if texts and len(texts) == len(group):
            yield texts


@check("split_made", written_as=("fit", "train_test_split"))
def split_made(work: Work, *, network: str, data: str) -> Outcome:
    """Judge by effect whether the images that judge the network are kept apart from those that train it.

    Args:
        network: Name of the expected network.
        data: Name of the data set.
    """
    wanted = "training and held-out images are kept apart"
    hint = (
        "Set images aside with train_test_split() or validation_split, or keep the test set for testing only."
    )
    fit = work.fit(network)
    if fit is None:
        return absent(wanted, hint, found="the network is never trained")
    trained = work.view(fit.data)
    cells = (fit.cell,)
    if trained.data != data:
        return unmet(wanted, "trained on other data than the worksheet's", hint, cells=cells)
    held: list[tuple[str, Data]] = []
    if fit.validation is not None:
        held.append(("validation", fit.validation))
    held += [("test", event.data) for event in work.of_family(network, Evaluated)]
    held += [("test", event.data) for event in work.of_family(network, Predicted)]
    judged = [(name, given, work.view(given)) for name, given in held if work.view(given).data == data]
    apart = [name for name, given, view in judged if not _shares(trained, view)]
    if fit.validation is None and fit.validation_split:
        return met(wanted, f"validation_split={fit.validation_split:g}", cells=cells)
    if not judged:
        return unmet(wanted, "no images are held out", hint, cells=cells)
    mixed = next((name for name, _, view in judged if name == "validation" and _shares(trained, view)), None)
    if mixed:
        return unmet(wanted, "the network is validated on images that it is trained on", hint, cells=cells)
    if not apart:
        return unmet(wanted, "the network is judged on images that it is trained on", hint, cells=cells)
    return met(wanted, f"{Counter(apart).most_common(1)[0][0]} images of their own", cells=cells)


def _shares(trained: View, other: View) -> bool:
    seen = other.recognised
    return bool(seen) and len(seen & trained.recognised) > _LEAK * len(seen)
