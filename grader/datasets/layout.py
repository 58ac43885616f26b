"""Where the photographs lie: splits, class folders and files of an image-folder data set."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.datasets.unpack import is_image
from grader.errors import UserError

SPLITS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
"""Names that folders of splits have, in lower case, and what they are called here."""


@dataclass(frozen=True)
class Layout:
    """An image-folder data set as found below some folder."""

    folders: Mapping[str, Path]
    """Folder of each split, under the split's own name (``train``, ``test``, ``validation``)."""
    classes: tuple[str, ...]
    files: Mapping[str, tuple[str, ...]]
    """Images of each split as sorted paths ``class/file``."""


def find_layout(folder: Path, source: Path) -> Layout:
    """Find ``<split>/<class>/<image>`` at whatever depth below ``folder``.

    ``source`` is what messages call the place. Raises ``UserError`` when there are no such folders, when they
    are there more than once, or when the splits do not have the same class folders.
    """
    images = sorted(path for path in _walk(folder) if is_image(path.relative_to(folder)))
    splits: dict[Path, list[str]] = {}
    for image in images:
        split = image.parents[1]
        if folder in split.parents and split.name.lower() in SPLITS:
            splits.setdefault(split, []).append(f"{image.parent.name}/{image.name}")
    if not splits:
        raise UserError(
            f"{source}: found {len(images)} images but no folder train/ or test/ "
            "with a folder for each class in it"
        )
    folders: dict[str, Path] = {}
    for split in splits:
        name = SPLITS[split.name.lower()]
        if name in folders:
            one, two = folders[name].relative_to(folder), split.relative_to(folder)
            raise UserError(f"{source}: both {one} and {two} could be the {name} images; keep one of them")
        folders[name] = split
    if len({split.parent for split in splits}) > 1:
        places = ", ".join(str(split.relative_to(folder)) for split in splits)
        raise UserError(f"{source}: its splits lie in different folders ({places}); put them side by side")
    files = {name: tuple(splits[folders[name]]) for name in dict.fromkeys(SPLITS.values()) if name in folders}
    return Layout(folders, _classes(files, source), files)


def _walk(folder: Path) -> Iterable[Path]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
        elif entry.is_file():
            yield entry


def _classes(files: Mapping[str, tuple[str, ...]], source: Path) -> tuple[str, ...]:
    classes = {split: {path.split("/")[0] for path in paths} for split, paths in files.items()}
    every = set.union(*classes.values())
    for split, present in classes.items():
        if missing := sorted(every - present):
            others = ", ".join(sorted(name for name in classes if set(missing) & classes[name]))
            raise UserError(f"{source}: {split}/ has no images of {', '.join(missing)}, which {others}/ has")
    return tuple(sorted(every))


def content_digest(root: Path, files: Mapping[str, Iterable[str]]) -> str:
    """SHA-256 over the paths and bytes of ``root/<split>/<file>``, in sorted order."""
    digest = hashlib.sha256()
    for path in sorted(f"{split}/{file}" for split, paths in files.items() for file in paths):
        content = hashlib.sha256((root / path).read_bytes()).hexdigest()
        digest.update(f"{path}\0{content}\n".encode())
    return digest.hexdigest()
