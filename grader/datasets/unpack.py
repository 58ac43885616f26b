"""Take the images out of a zip that somebody sent, trusting nothing that it says about itself."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from grader.errors import UserError

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
"""Suffixes that Keras's ``image_dataset_from_directory`` reads."""

MAX_BYTES = 8 * 2**30
"""Unpacked size beyond which an archive is refused."""
MAX_FILES = 500_000
MAX_RATIO = 100
"""Photographs hardly compress: what shrinks further, once unpacked beyond :data:`FREE_BYTES`, is a zip
bomb."""
FREE_BYTES = 64 * 2**20

_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")


def is_image(path: PurePosixPath | Path) -> bool:
    """Whether a relative path names an image that is meant to be seen (no hidden file, no resource fork)."""
    return path.suffix.lower() in IMAGES and not any(p.startswith(".") or p in _JUNK for p in path.parts)


def unpack_images(archive: Path, into: Path) -> None:
    """Write the archive's images below ``into``, under the paths they have in the archive.

    Raises ``UserError`` when it is no readable zip, is encrypted or damaged, or holds links, paths that lead
    out of it, one path twice, or more than :data:`MAX_BYTES`, :data:`MAX_FILES` or :data:`MAX_RATIO` allow.
    """
    try:
        with zipfile.ZipFile(archive) as file:
            members = [(member, _path(archive, member)) for member in file.infolist() if not member.is_dir()]
            images = [(member, path) for member, path in members if is_image(path)]
            _check_size(archive, [member for member, _ in images])
            for member, path in images:
                target = into / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with file.open(member) as source, target.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise UserError(
            f"{archive}: cannot be unpacked as a zip ({error}); download or pack it again"
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        inside = Path(error.filename).relative_to(into)
        raise UserError(f"{archive}: holds {inside} twice; pack it again") from error


def _path(archive: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        raise UserError(f"{archive}: refused, {member.filename!r} would be written outside the data's folder")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UserError(
            f"{archive}: refused, {member.filename!r} is a symbolic link; pack the files themselves"
        )
    if member.flag_bits & 0x1:
        raise UserError(f"{archive}: is encrypted; pack it again without a password")
    return path


def _check_size(archive: Path, members: list[zipfile.ZipInfo]) -> None:
    # zipfile never unpacks more of a member than its header announces, so these sums hold.
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > MAX_BYTES or len(members) > MAX_FILES:
        raise UserError(
            f"{archive}: refused, it unpacks to {len(members)} images of {size / 2**30:.1f} GiB "
            f"(at most {MAX_FILES} and {MAX_BYTES / 2**30:.0f} GiB)"
        )
    if size > FREE_BYTES and size > MAX_RATIO * max(packed, 1):
        raise UserError(
            f"{archive}: refused, it unpacks to {size / max(packed, 1):.0f} times its size (a zip bomb?)"
        )
