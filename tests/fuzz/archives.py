"""What a class may hand in: archives, folders and files of odd names, beside one honest notebook."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import stat
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from grader.errors import UserError
from grader.grading.assemble import Provenance, not_gradable
from grader.grading.choose import choose_notebook
from grader.grading.grade import ClassGrades
from grader.grading.whole_class import whole_class
from grader.reports.gradebook import gradebook
from grader.reports.html import write_reports
from grader.reports.json_report import read_grades, write_grades
from grader.rubric.load import load_rubric
from grader.rubric.schema import Rubric
from grader.submissions.find import Submission, find_submissions
from tests.fuzz.mutation import damaged
from tests.fuzz.target import Target

NOTEBOOK = (
    b'{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [], '
    b'"source": "model.fit(x)"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
)
HONEST = "honest.ipynb"

names = st.one_of(
    st.sampled_from(
        (
            *(
                "a.ipynb",
                "b.IPYNB",
                "work.ipynb.txt",
                "a",
                "a/b",
                "a/b.ipynb",
                "A.ipynb",
                "x.zip",
                "x.tar.gz",
                "y.rar",
            ),
            *(
                "../a.ipynb",
                "/tmp/a.ipynb",
                "C:\\a.ipynb",
                "..\\a",
                "a//b",
                "./a.ipynb",
                ".",
                "..",
                "",
                "/",
                "a/",
                "a/.",
            ),
            *(
                "__MACOSX/a.ipynb",
                ".hidden.ipynb",
                "node_modules/x.ipynb",
                ".ipynb",
                "x/.ipynb",
                "Thumbs.db",
                ".zip",
            ),
            *(
                "é.ipynb",
                "e\u0301.ipynb",
                "\u202egpj.ipynb",
                "a\nb.ipynb",
                "\x1b[2J.ipynb",
                "\udcff.ipynb",
                "-rf",
                "~",
            ),
            *(
                "x" * 250,
                "y" * 300 + ".ipynb",
                "d/" * 60 + "a.ipynb",
                "nul",
                "aux.ipynb",
                "²³",
                "9" * 250,
                "٣.ipynb",
                "self.ipynb",
            ),
            *(
                "Jane Doe_12_assignsubmission_file_",
                "Jane Doe_12_assignsubmission_file_w.ipynb",
                "J_1_assignsubmission_file_..",
            ),
            *(
                "J_1_assignsubmission_file_.",
                "Joe_2_assignsubmission_onlinetext_",
                "Joe_2_assignsubmission_file_a.zip",
            ),
            *(
                "doejane_1234_56789_w.ipynb",
                "doejane_LATE_1234_56789_..",
                "doejane_1234_56789_a.zip",
                "doe_123_456_x",
            ),
            *(
                "W_jdoe_attempt_2026-11-20-10-11-12_w.ipynb",
                "W_jdoe_attempt_2026-11-20-10-11-12.txt",
                "W_j_attempt_2026-11-20_..",
            ),
            *("=cmd()|.ipynb", "<script>.ipynb", "a,b;c\td.ipynb", "{{a}}.ipynb", "%s%n.ipynb"),
        )
    ),
    st.text(max_size=8),
)


@dataclass(frozen=True)
class Folder:
    """Files by name, of what was handed in."""

    entries: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    to: str


@dataclass(frozen=True)
class Pipe:
    """A named pipe, which nobody writes to."""


@st.composite
def zips(draw: DrawFn, inside: SearchStrategy[bytes]) -> bytes:
    """A zip with odd entries, mostly damaged afterwards."""
    written = io.BytesIO()
    methods = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with warnings.catch_warnings(), zipfile.ZipFile(written, "w") as made:
        warnings.simplefilter("ignore")  # of names that stand twice
        for name in draw(st.lists(names, max_size=4)):
            entry = zipfile.ZipInfo("x")
            entry.filename = name.encode("utf-8", "replace").decode()
            entry.compress_type = draw(st.sampled_from(methods))
            entry.external_attr = (
                draw(st.sampled_from((0o644, stat.S_IFLNK | 0o777, stat.S_IFIFO, 0, 0xFFFF))) << 16
            )
            made.writestr(entry, draw(inside))
    return draw(damaged(written.getvalue()))


@st.composite
def tars(draw: DrawFn) -> bytes:
    """A tar with a file and a link."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=draw(st.sampled_from(("w", "w:gz")))) as made:
        entry = tarfile.TarInfo(draw(names).encode("utf-8", "replace").decode() or "a")
        entry.size = len(NOTEBOOK)
        made.addfile(entry, io.BytesIO(NOTEBOOK))
        link = tarfile.TarInfo("link.ipynb")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link)
    return draw(damaged(written.getvalue()))


_plain = st.one_of(
    st.just(NOTEBOOK),
    st.just(b""),
    st.binary(max_size=30),
    st.builds(bytes, st.just(300_000)),
    damaged(NOTEBOOK),
)
_contents = st.one_of(zips(st.one_of(_plain, zips(_plain))), tars(), _plain)
_links = st.sampled_from(
    ("/etc/hostname", HONEST, "..", ".", "self.ipynb", "/nowhere", "../../secret.ipynb")
).map(Link)
_things = st.recursive(
    st.one_of(_contents, _contents, _links, st.builds(Pipe)),
    lambda inner: st.builds(Folder, st.lists(st.tuples(names, inner), max_size=3).map(tuple)),
    max_leaves=5,
)
_handed_in = st.one_of(
    st.builds(Folder, st.lists(st.tuples(names, _things), max_size=4).map(tuple)),  # a class's folder
    _contents,  # one archive
)


@functools.cache
def _rubric() -> Rubric:
    return load_rubric("worksheet5")


def read(handed_in: Folder | bytes) -> None:
    """Find what was handed in, choose the notebooks, and report on each."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        place = Path(name).resolve()
        scratch = place / "scratch"
        scratch.mkdir()
        if isinstance(handed_in, bytes):
            given = place / "class.zip"
            given.write_bytes(handed_in)
        else:
            given = place / "class"
            _put(given, handed_in)
            (given / HONEST).unlink(missing_ok=True)
            (given / HONEST).write_bytes(NOTEBOOK)
        before = sorted(_below(place, scratch))
        try:
            found = find_submissions(given, scratch)
        except UserError as error:
            assert isinstance(handed_in, bytes), f"the others are lost: {error}"
            assert "\n" not in str(error)
            return
        finally:
            assert sorted(_below(place, scratch)) == before, "something was written outside"
        _reported(found, given, place / "out")
        if isinstance(handed_in, Folder):
            assert any(each.notebooks == (given / HONEST,) for each in found), "the honest one is lost"


def _reported(found: list[Submission], given: Path, out: Path) -> None:
    assert len({each.name for each in found}) == len(found)
    grades = []
    for each in found:
        assert all(not file.is_symlink() and file.is_file() for file in each.files), each.files
        provenance = Provenance(each.name, "", handed_in_as=each.handed_in_as)
        problem = each.problem or ""
        if not problem:
            chosen = choose_notebook(each, _rubric(), given)
            provenance = Provenance(each.name, chosen.name, chosen.remarks, each.handed_in_as)
            problem = chosen.problem
        grades.append(not_gradable(_rubric(), provenance, problem))
    made = whole_class(_rubric(), grades, {}, sandbox="", data={})
    _written(made, out)


def _written(grades: ClassGrades, out: Path) -> None:
    write_grades(grades, out / "grades.json")
    again = read_grades(out / "grades.json")
    assert len(again.submissions) == len(grades.submissions) and again.points >= Decimal(0)
    write_reports(grades, {}, out)
    gradebook(grades).encode()


def _put(path: Path, thing: object) -> None:
    """Make it, as far as this file system takes such names."""
    with contextlib.suppress(OSError, ValueError):
        match thing:
            case bytes():
                # Never through a link of the same name, which may lead anywhere.
                with path.open("xb") as file:
                    file.write(thing)
            case Link():
                path.symlink_to(thing.to)
            case Pipe():
                os.mkfifo(path)
            case Folder():
                path.mkdir()
                for name, inner in thing.entries:
                    own = name.replace("/", "∕").encode(
                        "utf-8", "surrogateescape" if "\udcff" in name else "replace"
                    )
                    _put(path / os.fsdecode(own[:255]), inner)


def _below(place: Path, scratch: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(place):
        if Path(folder) == scratch:
            folders.clear()
            continue
        yield from (str(Path(folder, each)) for each in (*folders, *files))


def _damaged_lzma() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("a.ipynb", NOTEBOOK)
    return written.getvalue().replace(b"\x09\x04\x05\x00]", b"\x09\x04\x05\x00\xff")


FOUND = (
    Folder((("doejane_LATE_1234_56789_..", b""),)),
    Folder((("\udcff.ipynb", b""),)),
    Folder((("a.zip", _damaged_lzma()),)),
    _damaged_lzma(),
)

TARGET = Target("archives", _handed_in, read, FOUND)
