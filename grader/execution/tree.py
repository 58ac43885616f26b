"""Filling the notebook's world: every path that the notebook names, with its own writable copy of the data.

All copies of a data set are hard links to one copy made for this run, so that a second path costs nothing and
deleting through one path leaves the other intact.
"""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path

from grader.evidence.evidence import Place
from grader.execution.request import DataSource, World

BROKEN_IMAGE = b"\xff\xd8\xff\xe0 this download stopped half way, and is no photograph\n"

_COPIED = (stat.S_IFREG, stat.S_IFDIR)


def fill(world: World, root: Path, working: Path) -> None:
    """Create the world's folders, data and files below ``root``; relative paths lie below ``working`` in
    it."""
    here = root / str(working).lstrip("/")
    here.mkdir(parents=True, exist_ok=True)
    if world.files:
        shutil.copytree(world.files, here, symlinks=True, dirs_exist_ok=True, ignore=_neither_file_nor_folder)
    originals = {source.name: _original(source, world, root) for source in world.data}
    archives = {source.name: source.archive for source in world.data}
    for place in sorted(world.places, key=lambda place: (place.path.count("/"), place.path)):
        target = _inside(place.path, root, here)
        if place.data in originals and not os.path.lexists(target):
            _put(place, target, originals[place.data], Path(archives[place.data]))
    for folder in world.folders:
        _inside(folder, root, here).mkdir(parents=True, exist_ok=True)


def _neither_file_nor_folder(folder: str, names: list[str]) -> set[str]:
    """Links, pipes and devices: what is made below would be made where a link points, on this machine."""
    return {name for name in names if stat.S_IFMT(Path(folder, name).lstat().st_mode) not in _COPIED}


def _inside(path: str, root: Path, here: Path) -> Path:
    """The path below ``root`` that a notebook reaches by ``path``; never outside of it."""
    start = "" if path.startswith("/") else f"{here.relative_to(root)}/"
    resolved: list[str] = []
    for part in f"{start}{path}".split("/"):
        if part == ".." and resolved:
            resolved.pop()
        elif part not in ("", ".", ".."):
            resolved.append(part)
    return root.joinpath(*resolved)


def _original(source: DataSource, world: World, root: Path) -> Path:
    copy = root / "var/lib/served" / source.name
    shutil.copytree(source.root, copy)
    if world.broken and world.broken[0] == source.name:
        planted = copy / world.broken[1]
        planted.parent.mkdir(parents=True, exist_ok=True)
        planted.write_bytes(BROKEN_IMAGE)
    return copy


def _put(place: Place, target: Path, original: Path, archive: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if place.part == "archive":
        _pack(original, target, archive)
    elif place.part == "root":
        shutil.copytree(original, target, copy_function=os.link)
    elif (original / place.part).is_dir():
        shutil.copytree(original / place.part, target, copy_function=os.link)
    else:
        _put_image(original / place.part, target)


def _put_image(wanted: Path, target: Path) -> None:
    # A stand-in's files need not have the names that a student saw: any photograph of the class serves.
    pictures = sorted(wanted.parent.glob("*"))
    source = wanted if wanted.exists() else next(iter(pictures), None)
    if source is not None:
        os.link(source, target)


def _pack(original: Path, target: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive) as served:
        top = served.namelist()[0].split("/")[0]
    with zipfile.ZipFile(target, "w") as packed:
        for file in sorted(original.rglob("*")):
            packed.write(file, f"{top}/{file.relative_to(original)}")
