"""The teacher's copies of data sets that students work with and the grader cannot ship."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path

import platformdirs
from PIL import Image
from pydantic import BaseModel, ConfigDict, ValidationError

from grader.datasets.layout import Layout, content_digest, find_layout
from grader.datasets.unpack import unpack_images
from grader.errors import UserError

_MANIFEST = "manifest.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class Provisioned(BaseModel):
    """A provisioned copy, as its manifest describes it; the photographs lie at
    ``folder/<split>/<class>/<file>``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    """File name of what it was made from."""
    added: datetime
    digest: str
    """Of the content (:func:`grader.datasets.layout.content_digest`)."""
    classes: tuple[str, ...]
    files: dict[str, tuple[str, ...]]
    """Images of each split as paths ``class/file``."""
    broken: tuple[str, ...] = ()
    """Images that do not open, kept because the teacher said so; paths ``split/class/file``."""

    @property
    def folder(self) -> Path:
        """Where the photographs lie, on this machine."""
        return data_folder() / self.name / self.digest[:16]

    @property
    def images(self) -> int:
        """How many photographs it has."""
        return sum(len(paths) for paths in self.files.values())


def data_folder() -> Path:
    """Where provisioned copies are kept: ``$GRADER_DATA``, or this user's data folder."""
    chosen = os.environ.get("GRADER_DATA")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path("cnn-grader")


def add(name: str, source: Path, *, allow_broken: bool = False) -> Provisioned:
    """Keep a copy of an image-folder data set, from a zip or a folder, under the name that rubrics give it.

    A copy that was there under this name is replaced once the new one is complete. Raises ``UserError`` when
    the source cannot be read, does not look like an image-folder data set, or (unless ``allow_broken``) holds
    images that do not open.
    """
    home = data_folder() / _checked(name)
    if not source.exists():
        raise UserError(f"{source}: there is no such file or folder")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=home) as scratch:
            return _add(name, source, home, Path(scratch), allow_broken)
    except OSError as error:
        raise UserError(
            f"{error.filename or home}: {error.strerror or error}; {name} was not added"
        ) from error
    finally:
        if home.is_dir() and not any(home.iterdir()):
            home.rmdir()


def _add(name: str, source: Path, home: Path, scratch: Path, allow_broken: bool) -> Provisioned:
    unpacked = source
    if not source.is_dir():
        unpacked = scratch / "unpacked"
        unpacked.mkdir()
        unpack_images(source, unpacked)
    layout = find_layout(unpacked, source)
    broken = _broken(layout)
    if broken and not allow_broken:
        raise UserError(
            f"{source}: {_few(broken)} cannot be opened as an image; mend or remove {_them(broken)}, "
            "or keep such files on purpose with --allow-broken"
        )
    content = scratch / "content"
    for split, paths in layout.files.items():
        for path in paths:
            target = content / split / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(layout.folders[split] / path, target)
    copy = Provisioned(
        name=name,
        source=source.name,
        added=datetime.now(UTC).replace(microsecond=0),
        digest=content_digest(content, layout.files),
        classes=layout.classes,
        files=dict(layout.files),
        broken=broken,
    )
    if not copy.folder.exists():
        content.rename(copy.folder)
    (scratch / _MANIFEST).write_text(copy.model_dump_json(indent=1), encoding="utf-8")
    (scratch / _MANIFEST).replace(home / _MANIFEST)
    for earlier in home.iterdir():
        if earlier.is_dir() and not earlier.name.startswith(".") and earlier != copy.folder:
            shutil.rmtree(earlier, ignore_errors=True)
    return copy


def find(name: str) -> Provisioned | None:
    """The copy under a name, or None; ``UserError`` when what is there is damaged."""
    manifest = data_folder() / _checked(name) / _MANIFEST
    if not manifest.is_file():
        return None
    try:
        copy = Provisioned.model_validate_json(manifest.read_bytes())
    except ValidationError as error:
        raise UserError(
            f"{manifest}: is damaged; add the data again: grade data add {name} FILE.zip"
        ) from error
    if not all(
        (copy.folder / split / path).is_file() for split, paths in copy.files.items() for path in paths
    ):
        raise UserError(
            f"{copy.folder}: files are missing; add the data again: grade data add {name} FILE.zip"
        )
    return copy


def all_provisioned() -> list[Provisioned]:
    """Every copy, by name."""
    homes = sorted(path.parent.name for path in data_folder().glob(f"*/{_MANIFEST}"))
    return [copy for name in homes if (copy := find(name)) is not None]


def remove(name: str) -> None:
    """Delete the copy under a name; ``UserError`` when there is none or it cannot be deleted."""
    home = data_folder() / _checked(name)
    if not (home / _MANIFEST).is_file():
        known = ", ".join(sorted(path.parent.name for path in data_folder().glob(f"*/{_MANIFEST}")))
        raise UserError(f'there is no provisioned data "{name}"; there is: {known or "none at all"}')
    try:
        shutil.rmtree(home)
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; {name} was not removed") from error


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UserError(
            f'"{name}" cannot name a data set: letters, digits, ".", "_" and "-", as in the rubric'
        )
    return name


def _broken(layout: Layout) -> tuple[str, ...]:
    return tuple(
        f"{split}/{path}"
        for split, paths in layout.files.items()
        for path in paths
        if not _opens(layout.folders[split] / path)
    )


def _opens(path: Path) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return False
    return True


def _few(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more


def _them(paths: tuple[str, ...]) -> str:
    return "it" if len(paths) == 1 else "them"
