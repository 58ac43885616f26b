"""Pages of a class that is graded again: what was made of a run is kept beside it, and changes no byte."""

import hashlib
import tempfile

import pytest
from classroom import NAMES, class_grades, hostile_notebook, notebook
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.evidence.evidence import Evidence
from grader.evidence.store import EvidenceStore, ExecutedNotebooks
from grader.reports import shown as shown_module
from grader.reports.html import student_page, write_reports

HOSTILE = new_notebook(cells=hostile_notebook().cells[:4])  # what a kernel can leave behind
EVIDENCE = Evidence(notebook="w5.ipynb", cells=())
ODD = new_notebook(
    cells=[
        new_markdown_cell("# Überschrift ✓\n\n<script>alert(1)</script> 😀\n\n" + "x" * 30),
        new_code_cell("print('\u2028\x00</code>')\n", outputs=[new_output("stream", text="<b>\r\nfett\n")]),
        *[new_code_cell(f"x = {number}") for number in range(1100)],
    ]
)
BOOKS = {name: notebook() for name in NAMES} | {NAMES[1]: HOSTILE, NAMES[2]: ODD}


def key(name):
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


@pytest.fixture
def store(tmp_path):
    made = EvidenceStore(tmp_path / "evidence")
    for name in NAMES[:4]:
        made.put(key(name), EVIDENCE, BOOKS[name])
    return made


@pytest.fixture
def grades():
    grades = class_grades()
    return grades.model_copy(update={"submissions": grades.submissions[:4]})


@pytest.fixture
def write(store, grades, tmp_path):
    """Writes all pages and gives them, with the names of those whose notebook was read."""

    def written(grades=grades, **told):
        asked = []

        class Watched(ExecutedNotebooks):
            def __getitem__(self, submission):
                asked.append(submission)
                return super().__getitem__(submission)

        names = [grade.submission for grade in grades.submissions]
        books = Watched(store, {name: key(name) for name in names}, **told)
        write_reports(grades, books, tmp_path / "out")
        pages = {path.name: path.read_bytes() for path in (tmp_path / "out" / "students").iterdir()}
        return pages, asked

    return written


def kept(store):
    return sorted(store.folder.rglob("shown"))


def test_a_page_of_what_is_kept_is_the_page_made_anew(store, grades, write):
    names = [grade.submission for grade in grades.submissions]
    first, read = write()
    assert read == names and len(kept(store)) == 4
    again, read = write()
    assert read == [] and again == first
    anew = [
        student_page(grades, grade, store.executed(key(grade.submission))) for grade in grades.submissions
    ]
    assert sorted(again.values()) == sorted(anew)
    assert any(b"102 further cells are not shown" in page for page in anew)


def test_pages_of_other_marks_are_written_around_the_same_cells(store, grades, write, tmp_path):
    before, _ = write()
    lenient = grades.model_copy(
        update={
            "submissions": tuple(
                grade.model_copy(update={"cell_issues": (), "points": grade.points * 2})
                for grade in grades.submissions
            )
        }
    )
    books = {grade.submission: store.executed(key(grade.submission)) for grade in grades.submissions}
    write_reports(lenient, books, tmp_path / "other")
    after, read = write(lenient)
    assert read == []
    assert all(after[name] != before[name] for name in after)
    made = [path.read_bytes() for path in (tmp_path / "other" / "students").iterdir()]
    assert sorted(after.values()) == sorted(made)


def test_other_code_of_the_reports_makes_it_anew(store, write, monkeypatch):
    first, _ = write()
    monkeypatch.setattr(shown_module, "fingerprint", lambda: "another code")
    again, read = write()
    assert len(read) == 4 and again == first
    assert len(kept(store)) == 4
    assert write()[1] == []


@pytest.mark.parametrize("keep", [0, 10, 150, -1])
def test_what_is_damaged_is_made_anew(store, write, keep):
    first, _ = write()
    for file in kept(store):
        file.write_bytes(file.read_bytes()[:keep])
    again, read = write()
    assert len(read) == 4 and again == first
    assert write()[1] == []


def test_a_spoilt_byte_never_reaches_a_page(store, write):
    first, _ = write()
    for file in kept(store):
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0x10
        file.write_bytes(bytes(content))
    assert write()[0] == first


def test_another_run_under_the_same_key_is_shown_as_it_ran(store, write):
    write()
    store.put(key(NAMES[0]), EVIDENCE, new_notebook(cells=[new_code_cell("ran = 'again'")]))
    pages, read = write()
    assert read == [NAMES[0]]
    assert b"again" in pages["Anna-Lindqvist.html"]


def test_what_was_made_of_another_run_does_not_count(store, write):
    write()
    (before,) = [path for path in kept(store) if path.parent.name == key(NAMES[0])]
    content = before.read_bytes()
    store.put(key(NAMES[0]), EVIDENCE, new_notebook(cells=[new_code_cell("ran = 'again'")]))
    before.write_bytes(content)
    assert write()[1] == [NAMES[0]]


def test_a_notebook_that_the_store_could_not_take_is_shown_as_it_ran(store, write):
    write()
    other = new_notebook(cells=[new_code_cell("unsaved = 1")])
    pages, _ = write(unsaved={NAMES[0]: other})
    assert b"unsaved" in pages["Anna-Lindqvist.html"]
    assert b"unsaved" not in write()[0]["Anna-Lindqvist.html"]


def test_a_full_disk_costs_only_what_would_have_been_kept(store, write, monkeypatch):
    expected, _ = write()
    for file in kept(store):
        file.unlink()

    def refused(*args, dir, **kwargs):
        if store.folder in dir.parents:
            raise OSError(28, "No space left on device")
        return mkstemp(*args, dir=dir, **kwargs)

    mkstemp = tempfile.mkstemp
    monkeypatch.setattr(tempfile, "mkstemp", refused)
    pages, read = write()
    assert len(read) == 4 and pages == expected
    assert kept(store) == []


def test_a_key_that_is_a_path_is_not_followed(store):
    runs = ExecutedNotebooks(store, {"zoe": key(NAMES[0]), "eve": "no/key"})
    runs.keep_derived("zoe", "shown", "maker", b"<p>1</p>")
    assert runs.derived("zoe", "shown", "maker") == b"<p>1</p>"
    (entry,) = (path.parent for path in kept(store))
    elsewhere = store.folder / "no" / "no" / "key"
    elsewhere.parent.mkdir(parents=True)
    entry.rename(elsewhere)
    assert runs["eve"] is not None  # its text is escaped on its way to a page
    assert runs.derived("eve", "shown", "maker") is None
