"""Finding submissions: notebooks, folders, a folder per student, zips, downloads from learning platforms."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.errors import UserError, is_full
from grader.submissions.archive import ArchiveError, discard, is_ignored, unpack
from grader.submissions.lms import Handed, handed
from grader.visible import storable

NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")
"""Endings of a notebook; browsers add the second part to some downloads."""

OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".tar.gz", ".tgz", ".gz", ".bz2", ".xz")

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"})

DEEPEST = 8
MOST_FILES = 20_000
"""Files of one submission that are listed; a handed-in data set has fewer."""


@dataclass(frozen=True)
class Submission:
    """What one student handed in."""

    name: str
    """Unique in its class: the student's name or user name, the folder's or the notebook's name."""
    notebooks: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    """What else was handed in with them; never the files of another student or of the teacher."""
    folder: Path | None = None
    """The folder that ``notebooks`` and ``files`` lie under; None for a notebook that lies among others."""
    problem: str | None = None
    """Why there is nothing to grade, in one clause."""
    handed_in_as: str = ""
    """Name of its file or folder in a learning platform's download, which numbers the students."""


def find_submissions(path: Path, scratch: Path) -> list[Submission]:
    """All submissions under ``path``, in natural order of their names.

    ``path`` is a notebook, a zip, or a folder: of notebooks (each a submission), of a folder or zip for each
    student, or a download of Moodle, Canvas or Blackboard. Zips are unpacked into ``scratch``. A student's
    unreadable folder or archive becomes a submission with a ``problem``; the others are found all the same.
    Raises :class:`~grader.errors.UserError` if ``path`` is missing, unreadable or holds no submission.
    """
    finder = _Finder(scratch)
    try:
        found = finder.find(path)
    except PermissionError as error:
        raise UserError(f"{error.filename or path} cannot be read: permission denied") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    if not any(submission.notebooks or _is_archive_problem(submission) for submission in found):
        looked = f" (looked into {len(found)} folders)" if found else ""
        raise UserError(
            f"no notebook found in {path}{looked}: give a notebook, a zip, or a folder with submissions"
        )
    return _unique(sorted(map(_named, found), key=lambda submission: natural(submission.name)))


def _named(submission: Submission) -> Submission:
    return replace(submission, name=storable(submission.name), handed_in_as=storable(submission.handed_in_as))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that puts ``student 2`` before ``student 10`` and does not mind capitals."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def _is_archive_problem(submission: Submission) -> bool:
    return submission.problem is not None and submission.problem.startswith("the archive")


def _unique(submissions: Iterable[Submission]) -> list[Submission]:
    taken: set[str] = set()
    unique = []
    for submission in submissions:
        name, number = submission.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{submission.name} ({number})"
        taken.add(name.casefold())
        unique.append(replace(submission, name=name))
    return unique


@dataclass(frozen=True)
class _Listing:
    """The visible entries of one folder."""

    notebooks: list[Path] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    @property
    def everything(self) -> Iterator[Path]:
        yield from (*self.notebooks, *self.archives, *self.folders, *self.others)


def _list(folder: Path) -> _Listing:
    listing = _Listing()
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: natural(entry.name)):
            if is_ignored(entry.name):
                continue
            path = Path(entry.path)
            if entry.is_dir():
                listing.folders.append(path)
            elif _is_notebook(path):
                listing.notebooks.append(path)
            elif path.name.lower().endswith((".zip", *OTHER_ARCHIVES)):
                listing.archives.append(path)
            else:
                listing.others.append(path)
    return listing


def _is_notebook(path: Path) -> bool:
    return path.name.lower().endswith(NOTEBOOKS)


def _stem(path: Path) -> str:
    for ending in (*NOTEBOOKS[::-1], ".zip", *OTHER_ARCHIVES):
        if path.name.lower().endswith(ending):
            return path.name[: -len(ending)] or path.name
    return path.name


class _Finder:
    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch

    def find(self, path: Path) -> list[Submission]:
        if not path.exists():
            raise UserError(f"no such file or folder: {path}")
        if path.is_dir():
            return self.in_class(path)
        if _is_notebook(path):
            return [Submission(_stem(path), (path,))]
        if path.name.lower().endswith((".zip", *OTHER_ARCHIVES)):
            return self.in_class_archive(path)
        raise UserError(f"{path} is neither a notebook (.ipynb), nor a folder, nor a zip")

    def in_class_archive(self, archive: Path) -> list[Submission]:
        """A zip given by itself: one student's work or that of a whole class."""
        try:
            folder = self.unpacked(archive)
        except ArchiveError as error:
            raise UserError(f"{archive} cannot be opened: {error}") from None
        while len(entries := list(_list(folder).everything)) == 1 and entries[0].is_dir():
            if handed(entries[0].name):
                break
            folder = entries[0]
        if not _from_lms(folder) and sum(map(_is_notebook, _files_below(folder))) == 1:
            return [self.of_folder(folder, _stem(archive))]
        return self.in_class(folder)

    def in_class(self, folder: Path) -> list[Submission]:
        """Every submission of a class's folder."""
        listing = _list(folder)
        if not listing.notebooks and not listing.archives and len(listing.folders) == 1:
            (only,) = listing.folders
            if not handed(only.name) and _holds_students(only):
                return self.in_class(only)
        single: list[Path] = []
        by_student: dict[str, list[tuple[Path, Handed]]] = {}
        for path in listing.everything:
            whose = handed(path.name)
            if whose:
                by_student.setdefault(whose.key, []).append((path, whose))
            elif path not in listing.others:
                single.append(path)
        found = [self.of_platform(parts) for parts in by_student.values()]
        # Beside notebooks that are submissions themselves, a folder without any is a data set, not a student.
        mixed = bool(listing.notebooks) and not any(_has_work(path) for path in listing.folders)
        for path in single:
            if path in listing.notebooks:
                found.append(Submission(_stem(path), (path,)))
            elif path in listing.archives:
                inside = self.of_archive(path, whole_class_allowed=True)
                found.extend(item for item in inside if not (listing.notebooks and _is_data_set(item)))
            elif not mixed:
                found.append(self.of_folder(path, path.name))
        return found

    def of_platform(self, parts: Sequence[tuple[Path, Handed]]) -> Submission:
        """One student's submission in a platform's download, with the platform's name for it."""
        last, whose = max(parts, key=lambda part: part[1].attempt)
        try:
            found = self.gathered(parts)
        except OSError as error:
            if is_full(error):
                raise
            found = Submission(whose.student, problem=f"the files cannot be copied: {_reason(error)}")
        return replace(found, handed_in_as=last.name)

    def gathered(self, parts: Sequence[tuple[Path, Handed]]) -> Submission:
        """One student's files, under the names that the student gave them."""
        last = max(whose.attempt for _, whose in parts)
        parts = [(path, whose) for path, whose in parts if whose.attempt == last]
        student = parts[0][1].student
        folders = [path for path, _ in parts if path.is_dir() and "onlinetext" not in path.name]
        files = [(path, whose.file) for path, whose in parts if whose.file and path.is_file()]
        if len(folders) == 1 and not files:
            return self.of_folder(folders[0], student)
        if not files and not folders:
            return Submission(student, problem="no notebook in this submission")
        if len(files) == 1 and not folders and files[0][0].name.lower().endswith((".zip", *OTHER_ARCHIVES)):
            return replace(self.of_archive(files[0][0])[0], name=student)
        gathered = self.place(student)
        for path, name in files:
            shutil.copyfile(path, gathered / name)
        for path in folders:
            shutil.copytree(path, gathered, dirs_exist_ok=True, ignore=_links_and_clutter)
        return self.of_folder(gathered, student)

    def of_archive(self, archive: Path, whole_class_allowed: bool = False) -> list[Submission]:
        """A student's archive (or, lying in a class's folder, a platform's download of all)."""
        name = _stem(archive)
        try:
            folder = self.unpacked(archive)
        except ArchiveError as error:
            return [Submission(name, problem=f"the archive cannot be opened: {error}")]
        if whole_class_allowed and _from_lms(folder):
            return self.in_class(folder)
        return [self.of_folder(folder, name)]

    def of_folder(self, folder: Path, name: str, nested: bool = False) -> Submission:
        """A student's folder: its notebooks, and everything else beside and below them."""
        try:
            files = list(_files_below(folder))
        except OSError as error:
            return Submission(name, folder=folder, problem=f"the folder cannot be read: {_reason(error)}")
        notebooks = [path for path in files if _is_notebook(path)]
        archives = [path for path in files if path.name.lower().endswith((".zip", *OTHER_ARCHIVES))]
        if not notebooks and archives and not nested:
            return self.of_inner_archives(archives, name)
        if not notebooks:
            return Submission(name, (), tuple(files), folder, _nothing_to_grade(files))
        others = tuple(path for path in files if path not in set(notebooks))
        return Submission(
            name, tuple(sorted(notebooks, key=lambda path: _by_depth(path, folder))), others, folder
        )

    def of_inner_archives(self, archives: Sequence[Path], name: str) -> Submission:
        """A folder or zip whose notebooks are inside zips: the first zip that holds any counts."""
        problem: str | None = None
        nothing: Submission | None = None
        for archive in archives:
            try:
                inner = self.of_folder(self.unpacked(archive), name, nested=True)
            except ArchiveError as error:
                problem = problem or f"the archive cannot be opened: {error}"
                continue
            if inner.notebooks:
                return inner
            nothing = nothing or inner
        return nothing if nothing and not problem else Submission(name, problem=problem)

    def unpacked(self, archive: Path) -> Path:
        if not archive.name.lower().endswith(".zip"):
            raise ArchiveError(f"it is a {archive.suffix} file, and only .zip can be opened")
        folder = self.place(_stem(archive))
        try:
            unpack(archive, folder)
        except ArchiveError:
            discard(folder)
            raise
        return folder

    def place(self, name: str) -> Path:
        """A new empty folder in the scratch space."""
        slug = re.sub(r"[^\w.-]+", "_", name)[:60].strip("._") or "submission"
        number = 0
        while True:
            folder = self.scratch / (f"{slug}-{number}" if number else slug)
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                number += 1
            else:
                return folder


def _reason(error: OSError) -> str:
    return (error.strerror or "input/output error").lower()


def _nothing_to_grade(files: Sequence[Path]) -> str:
    if not files:
        return "no notebook in this submission: it is empty"
    names = ", ".join(path.name for path in files[:3]) + (", …" if len(files) > 3 else "")
    return f"no notebook in this submission (it holds {names})"


def _by_depth(path: Path, folder: Path) -> tuple[object, ...]:
    inside = path.relative_to(folder)
    return (len(inside.parts), natural(str(inside)))


def _files_below(folder: Path, depth: int = 0, count: list[int] | None = None) -> Iterator[Path]:
    """A student's files; links are not followed: they may point at another's work or at the answer key."""
    count = [0] if count is None else count
    with os.scandir(folder) as entries:
        visible = [entry for entry in entries if not is_ignored(entry.name) and not entry.is_symlink()]
    for entry in sorted(visible, key=lambda entry: natural(entry.name)):
        if entry.is_dir():
            if depth < DEEPEST:
                yield from _files_below(Path(entry.path), depth + 1, count)
        elif entry.is_file():
            count[0] += 1
            if count[0] > MOST_FILES:
                return
            yield Path(entry.path)


def _links_and_clutter(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if is_ignored(name) or (Path(folder) / name).is_symlink()}


def _is_data_set(submission: Submission) -> bool:
    """Whether what was unpacked is photographs and no work, as a data set that lies beside notebooks."""
    pictures = [path for path in submission.files if path.suffix.lower() in PICTURES]
    return not submission.notebooks and len(pictures) > len(submission.files) / 2


def _has_work(folder: Path) -> bool:
    try:
        return any(_is_notebook(path) or path.name.lower().endswith(".zip") for path in _files_below(folder))
    except OSError:
        return True


def _holds_students(folder: Path) -> bool:
    """Whether a folder is a class's: two or more folders or zips, no notebook of its own."""
    listing = _list(folder)
    if _from_lms(folder):
        return True
    working = [path for path in listing.folders if _has_work(path)]
    return not listing.notebooks and len(working) + len(listing.archives) > 1


def _from_lms(folder: Path) -> bool:
    return any(handed(path.name) for path in _list(folder).everything)
