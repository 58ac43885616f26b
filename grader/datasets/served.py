"""The image-folder data set that a notebook is given: the teacher's copy where there is one, drawn
otherwise."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Protocol

import numpy as np
import PIL

from grader.datasets import provision
from grader.datasets.drawing import VERSION, draw_folder
from grader.datasets.layout import SPLITS, content_digest
from grader.errors import UserError

_RECORD = "served.json"
_PACKED = (2020, 1, 1, 0, 0, 0)
"""Date of every archive's entries, so that equal content is an equal archive."""


class FolderSpec(Protocol):
    """What a rubric says of an image-folder data set (``grader.rubric.schema.ImageFolder``)."""

    @property
    def splits(self) -> Sequence[str]:
        """Names of the splits' folders."""

    @property
    def classes(self) -> Sequence[str] | None:
        """Names of the class folders."""

    @property
    def images(self) -> Mapping[str, int]:
        """Images of each class in each split of a stand-in."""

    @property
    def aliases(self) -> Sequence[str]:
        """Folder names under which students keep it."""


@dataclass(frozen=True)
class ServedFolder:
    """An image-folder data set on disk, never written to: each notebook gets a copy of it."""

    name: str
    root: Path
    """Holds a folder for each split, with a folder for each class in it."""
    archive: Path
    """The same as students download it: a zip with the single folder that the first alias names."""
    stand_in: bool
    """Whether its photographs are drawn."""
    description: str
    digest: str
    """SHA-256 of the content."""
    classes: tuple[str, ...]
    files: Mapping[str, tuple[str, ...]]
    """Images of each split as sorted paths ``class/file``."""


def serve_image_folder(name: str, spec: FolderSpec, cache: Path) -> ServedFolder:
    """The data set ``name`` of a rubric, made ready below ``cache`` on first use.

    Raises ``UserError`` when a provisioned copy does not have the rubric's splits and classes, or when there
    is no copy and the rubric does not say what to draw.
    """
    top = PurePath(spec.aliases[0]).name if spec.aliases else name
    provisioned = provision.find(name)
    if provisioned is not None:
        return _serve_copy(provisioned, spec, top, cache)
    if not spec.classes or not spec.images:
        raise UserError(
            f"data {name}: the rubric names no classes and images, so nothing can be drawn in its place; "
            f"provide it: grade data add {name} FILE.zip"
        )
    classes = tuple(sorted(spec.classes))
    images = {split: spec.images.get(split, 0) for split in spec.splits}
    if empty := [split for split, count in images.items() if not count]:
        raise UserError(f"data {name}: the rubric does not say how many images of each class {empty[0]} has")

    def fill(root: Path) -> None:
        draw_folder(root, classes, images)

    counts = " + ".join(str(count) for count in images.values())
    return _made(
        cache,
        key=[name, top, "drawn", VERSION, PIL.__version__, np.__version__, classes, images],
        served=ServedFolder(
            name=name,
            root=Path(top),
            archive=Path(f"{top}.zip"),
            stand_in=True,
            description=f"drawn stand-in photographs ({counts} in each of {len(classes)} classes)",
            digest="",
            classes=classes,
            files={},
        ),
        fill=fill,
    )


def reduced(served: ServedFolder, per_class: int, cache: Path) -> ServedFolder:
    """At most ``per_class`` images of each class in each split; ``served`` itself when there are no more
    anyway."""
    files = {
        split: tuple(path for label in served.classes for path in _spread(_of_class(paths, label), per_class))
        for split, paths in served.files.items()
    }
    if files == dict(served.files):
        return served

    def fill(root: Path) -> None:
        _link(served.root, root, {split: split for split in files}, files)

    return _made(
        cache,
        key=[served.name, served.root.name, "reduced", served.digest, per_class],
        served=replace(
            served,
            root=Path(served.root.name),
            archive=Path(served.archive.name),
            description=f"{served.description}, reduced to at most {per_class} in each class",
        ),
        fill=fill,
    )


def _serve_copy(copy: provision.Provisioned, spec: FolderSpec, top: str, cache: Path) -> ServedFolder:
    again = f"grade data add {copy.name} FILE.zip"
    stored = {split: SPLITS.get(split.lower(), split) for split in spec.splits}
    if missing := [split for split, kept in stored.items() if kept not in copy.files]:
        raise UserError(
            f"data {copy.name}: the provisioned copy has no {missing[0]} images; add another: {again}"
        )
    if spec.classes and sorted(spec.classes) != sorted(copy.classes):
        raise UserError(
            f"data {copy.name}: the provisioned copy has the classes {', '.join(copy.classes)}, "
            f"the rubric names {', '.join(sorted(spec.classes))}; mend the rubric or add another: {again}"
        )
    files = {split: copy.files[kept] for split, kept in stored.items()}

    def fill(root: Path) -> None:
        _link(copy.folder, root, stored, files)

    count = sum(len(paths) for paths in files.values())
    return _made(
        cache,
        key=[copy.name, top, "copy", copy.digest, stored],
        served=ServedFolder(
            name=copy.name,
            root=Path(top),
            archive=Path(f"{top}.zip"),
            stand_in=False,
            description=f"provisioned copy, {count} photographs",
            digest="",
            classes=copy.classes,
            files={},
        ),
        fill=fill,
    )


def _made(cache: Path, key: list[Any], served: ServedFolder, fill: Callable[[Path], None]) -> ServedFolder:
    """``served`` with its places, digest and files, filled in below ``cache`` unless that was done before.

    Made in a folder of its own that is renamed when complete: of two processes at once the slower one finds
    the work done, and an interrupted one leaves nothing that looks complete.
    """
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    home = cache / "datasets" / f"{served.name}-{digest[:16]}"
    if not (home / _RECORD).is_file():
        try:
            home.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".making-", dir=home.parent) as scratch:
                made = Path(scratch) / "made"
                _make(made, served, fill)
                os.sync()  # after a loss of power nothing under the final name may be half of what it was
                try:
                    made.rename(home)
                except OSError:
                    if not (home / _RECORD).is_file():
                        raise
        except OSError as error:
            raise UserError(
                f"{error.filename or home}: {error.strerror or error}; data {served.name} was not made"
            ) from error
    record = json.loads((home / _RECORD).read_text(encoding="utf-8"))
    files = {split: tuple(paths) for split, paths in record["files"].items()}
    return replace(
        served, root=home / served.root, archive=home / served.archive, digest=record["digest"], files=files
    )


def _make(made: Path, served: ServedFolder, fill: Callable[[Path], None]) -> None:
    root = made / served.root
    root.mkdir(parents=True)
    fill(root)
    files = {
        split.name: sorted(path.relative_to(split).as_posix() for path in split.glob("*/*"))
        for split in sorted(root.iterdir())
    }
    with zipfile.ZipFile(made / served.archive, "w", zipfile.ZIP_STORED) as archive:
        for split, paths in files.items():
            for path in paths:
                entry = zipfile.ZipInfo(f"{root.name}/{split}/{path}", _PACKED)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, (root / split / path).read_bytes())
    record = {"digest": content_digest(root, files), "files": files}
    (made / _RECORD).write_text(json.dumps(record), encoding="utf-8")


def _link(source: Path, root: Path, folders: Mapping[str, str], files: Mapping[str, Sequence[str]]) -> None:
    for split, paths in files.items():
        for path in paths:
            target = root / split / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source / folders[split] / path, target)
            except OSError:  # another file system, or one without hard links
                shutil.copyfile(source / folders[split] / path, target)


def _of_class(paths: Sequence[str], label: str) -> list[str]:
    return [path for path in paths if path.split("/")[0] == label]


def _spread(paths: Sequence[str], count: int) -> Sequence[str]:
    """``count`` of the paths at even distances: file names tell where a picture came from."""
    if len(paths) <= count:
        return paths
    return [paths[i * len(paths) // count] for i in range(count)]
