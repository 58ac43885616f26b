"""Which paths must exist in a notebook's world, told from the strings that it writes.

A path keeps its meaning: what ends in ``train`` is the training folder, even if the variable is called
``test_dir``.
"""

from __future__ import annotations

import difflib
import posixpath
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.evidence.evidence import Place

_LONGEST = 300
_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
_COMMAND = re.compile(r"^(unzip|tar|ls|cd|cp|mv|rm|mkdir|cat|find|wget|curl|gdown|git|pip|kaggle)\s")
"""Shell commands with files among their words, as ``!unzip …`` has them."""
_SAVED = (
    ".h5",
    ".keras",
    ".hdf5",
    ".weights",
    ".ckpt",
    ".png",
    ".jpg",
    ".csv",
    ".json",
    ".pkl",
    ".tflite",
    ".txt",
)
_NAMES_ALIKE = 0.84
"""``difflib`` ratio above which a folder's name is taken for a misspelt alias; "AiFruitinAmazon" against
"FruitinAmazon" has 0.93, "fruits" 0.63."""


@dataclass(frozen=True)
class DataNames:
    """By which names a data set and its parts go."""

    name: str
    aliases: tuple[str, ...]
    splits: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Paths:
    """What the world must hold."""

    places: tuple[Place, ...]
    folders: tuple[str, ...]


def paths_of(strings: Iterable[str], data: Sequence[DataNames], working: str, home: str) -> Paths:
    """The places and folders that a notebook's string literals name, as absolute paths.

    Roots that only mean something when joined (``base = "/content/drive/My Drive"`` with ``"train"``) are
    tried with each relative literal that names a part of the data.
    """
    places: dict[str, Place] = {}
    folders: dict[str, None] = {}
    bases: list[str] = []
    tails: list[Place] = []
    for path in dict.fromkeys(word for text in strings for word in _words(text.strip())):
        if not _could_be_path(path):
            continue
        place = place_of(path, data)
        absolute = _absolute(path, working, home)
        if place is None:
            if _is_saved_file(path):
                folders[posixpath.dirname(absolute)] = None
            elif path.startswith(("/", "~")) or _DRIVE.match(path):
                bases.append(absolute)
            continue
        if not path.startswith(("/", "~")) and not _DRIVE.match(path):
            tails.append(place)
        if "/" in path or "\\" in path or place.part in ("root", "archive"):
            cut = absolute[: len(absolute) - len(path.rstrip("/")) + len(place.path)]
            places[cut] = place.model_copy(update={"path": cut})
    for base in bases:
        for place in tails:
            joined = _absolute(f"{base.rstrip('/')}/{place.path}", working, home)
            places.setdefault(joined, place.model_copy(update={"path": joined}))
        if _looks_like_folder(base):
            folders[base] = None
    return Paths(tuple(places.values()), tuple(folder for folder in folders if folder not in places))


def place_of(path: str, data: Sequence[DataNames]) -> Place | None:
    """What a single path stands for; its ``path`` is cut after the part of the data that is recognised."""
    parts = [part for part in re.split(r"[/\\]", path.rstrip("/\\")) if part]
    for names in data:
        if parts and parts[-1].lower().endswith(".zip"):
            return Place(path=path, data=names.name, part="archive")
        split_at = next((i for i in reversed(range(len(parts))) if _split(parts[i], names)), None)
        if split_at is not None:
            split = _split(parts[split_at], names)
            rest = parts[split_at + 1 :]
            if rest and rest[0] in names.classes:
                return Place(path=path.rstrip("/\\"), data=names.name, part="/".join([split, *rest[:2]]))
            return Place(path=_upto(path, parts, split_at), data=names.name, part=split)
        alias_at = next((i for i in reversed(range(len(parts))) if _is_alias(parts[i], names)), None)
        if alias_at is not None:
            return Place(path=_upto(path, parts, alias_at), data=names.name, part="root")
    return None


def _split(part: str, names: DataNames) -> str:
    return next((split for split in names.splits if part.lower().strip() == split.lower()), "")


def _is_alias(part: str, names: DataNames) -> bool:
    if "." in part.strip("."):
        return False
    plain = _plain(part)
    return any(
        plain == _plain(alias) or difflib.SequenceMatcher(None, plain, _plain(alias)).ratio() >= _NAMES_ALIKE
        for alias in names.aliases
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _upto(path: str, parts: list[str], last: int) -> str:
    """``path`` cut after its component number ``last``."""
    end, position = 0, 0
    for part in parts[: last + 1]:
        position = path.index(part, end)
        end = position + len(part)
    return path[:end]


def _words(text: str) -> list[str]:
    """A shell command's words; any other text is one word."""
    if not _COMMAND.match(text):
        return [text]
    try:
        return shlex.split(text)[1:]
    except ValueError:
        return []


def _could_be_path(path: str) -> bool:
    if not path or len(path) > _LONGEST or "\n" in path or "*" in path or "{" in path:
        return False
    return not re.match(r"^[a-z]+://|^%|^!|^-", path)


def _is_saved_file(path: str) -> bool:
    return path.lower().endswith(_SAVED) and ("/" in path)


def _looks_like_folder(base: str) -> bool:
    return "." not in posixpath.basename(base).strip(".") and base.startswith(
        ("/content", "/kaggle", "/home", "/Users")
    )


def _absolute(path: str, working: str, home: str) -> str:
    if path == "~" or path.startswith("~/"):
        path = home + path[1:]
    joined = path if path.startswith("/") else f"{working}/{path}"
    return posixpath.normpath(joined)
