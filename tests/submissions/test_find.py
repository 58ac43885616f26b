"""Finding submissions: every layout that teachers have, and archives that misbehave."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from grader.errors import UserError
from grader.submissions import archive as archives
from grader.submissions.find import find_submissions, natural
from grader.submissions.lms import handed

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def lay(root: Path, *names: str) -> Path:
    """Write files below ``root``; notebooks get a notebook's text."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTEBOOK if "ipynb" in name else "x")
    return root


def pack(path: Path, *names: str, **texts: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in names:
            opened.writestr(name, texts.get(name, NOTEBOOK))
    return path


@pytest.fixture
def found(tmp_path):
    def find(path: Path):
        return find_submissions(path, tmp_path / "scratch")

    return find


def names(submissions):
    return [submission.name for submission in submissions]


class TestLayouts:
    def test_a_single_notebook_brings_no_neighbours(self, tmp_path, found):
        lay(tmp_path / "w", "mine.ipynb", "other.ipynb", "expected.csv")
        (only,) = found(tmp_path / "w/mine.ipynb")
        assert (only.name, only.notebooks) == ("mine", (tmp_path / "w/mine.ipynb",))
        assert only.files == () and only.folder is None and only.problem is None

    def test_each_notebook_of_a_folder_is_one_submission_and_other_files_are_ignored(self, tmp_path, found):
        lay(
            tmp_path / "w",
            "student 10.ipynb",
            "student 2.ipynb",
            "expected.csv",
            ".hidden.ipynb",
            "._student 2.ipynb",
            ".ipynb_checkpoints/student 2-checkpoint.ipynb",
        )
        submissions = found(tmp_path / "w")
        assert names(submissions) == ["student 2", "student 10"]
        assert all(submission.files == () for submission in submissions)

    def test_a_folder_for_each_student_keeps_the_files_beside_the_notebook(self, tmp_path, found):
        root = lay(
            tmp_path / "w", "ann/work.ipynb", "ann/model.h5", "ann/src/helpers.py", "bob/deep/er/work.ipynb"
        )
        ann, bob = found(root)
        assert ann.folder == root / "ann"
        assert ann.notebooks == (root / "ann/work.ipynb",)
        assert set(ann.files) == {root / "ann/model.h5", root / "ann/src/helpers.py"}
        assert bob.notebooks == (root / "bob/deep/er/work.ipynb",)

    def test_several_notebooks_of_one_student_stay_one_submission_nearest_first(self, tmp_path, found):
        root = lay(tmp_path / "w", "ann/old/a.ipynb", "ann/b10.ipynb", "ann/b9.ipynb", "bob/c.ipynb")
        assert [path.name for path in found(root)[0].notebooks] == ["b9.ipynb", "b10.ipynb", "a.ipynb"]

    def test_a_data_folder_beside_notebooks_is_no_student(self, tmp_path, found):
        root = lay(tmp_path / "w", "a.ipynb", "b.ipynb", "FruitinAmazon/train/acai/1.jpeg")
        assert names(found(root)) == ["a", "b"]

    def test_a_student_without_a_notebook_is_named_with_what_was_handed_in(self, tmp_path, found):
        ann, bob, cid = found(lay(tmp_path / "w", "ann/work.ipynb", "bob/report.pdf", "cid/.DS_Store"))
        assert ann.problem is None
        assert bob.problem == "no notebook in this submission (it holds report.pdf)"
        assert cid.problem == "no notebook in this submission: it is empty"

    def test_browser_endings_and_capitals_are_notebooks(self, tmp_path, found):
        root = lay(tmp_path / "w", "a.ipynb.txt", "b.ipynb.json")
        (root / "c.IPYNB").write_text(NOTEBOOK)
        assert names(found(root)) == ["a", "b", "c"]

    def test_one_wrapping_folder_is_looked_through(self, tmp_path, found):
        assert names(found(lay(tmp_path / "w", "class/ann/a.ipynb", "class/bob/b.ipynb"))) == ["ann", "bob"]

    def test_a_lone_student_folder_is_one_submission(self, tmp_path, found):
        (ann,) = found(lay(tmp_path / "w", "ann/one.ipynb", "ann/two.ipynb"))
        assert ann.name == "ann" and len(ann.notebooks) == 2

    def test_equal_names_get_numbers_whatever_their_capitals(self, tmp_path, found):
        root = lay(tmp_path / "w", "ann.ipynb", "Ann/x.ipynb")
        pack(root / "ANN.zip", "y.ipynb")
        assert {name.casefold() for name in names(found(root))} == {"ann", "ann (2)", "ann (3)"}

    def test_a_name_that_is_no_utf_8_can_be_written_into_reports(self, tmp_path, found):
        root = lay(tmp_path / "w", os.fsdecode(b"caf\xe9.ipynb"), "ann/work.ipynb")
        assert names(found(root)) == ["ann", "caf\N{REPLACEMENT CHARACTER}"]

    def test_links_out_of_a_students_folder_are_not_followed(self, tmp_path, found):
        root = lay(tmp_path / "w", "ann/a.ipynb", "bob/b.ipynb")
        lay(tmp_path, "key/answers.ipynb")
        (root / "bob/stolen.ipynb").symlink_to(root / "ann/a.ipynb")
        (root / "bob/key").symlink_to(tmp_path / "key")
        assert found(root)[1].notebooks == (root / "bob/b.ipynb",)
        assert found(root)[1].files == ()


class TestPlatforms:
    def test_moodle_folders_take_the_students_name(self, tmp_path, found):
        root = lay(
            tmp_path / "w",
            "Jane Doe_12345_assignsubmission_file_/work.ipynb",
            "Jane Doe_12345_assignsubmission_onlinetext_/onlinetext.html",
            "Bo Li_777_assignsubmission_file_/report.docx",
        )
        bo, jane = found(root)
        assert (bo.name, jane.name) == ("Bo Li", "Jane Doe")
        assert bo.problem and jane.problem is None

    def test_flat_moodle_files_of_one_student_belong_together_under_their_own_names(self, tmp_path, found):
        root = lay(
            tmp_path / "w",
            "Jane Doe_1_assignsubmission_file_work.ipynb",
            "Jane Doe_1_assignsubmission_file_model.h5",
            "Jane Doe_2_assignsubmission_file_work.ipynb",
        )
        first, second = found(root)
        assert names([first, second]) == ["Jane Doe", "Jane Doe (2)"]
        assert [handed(each.handed_in_as).number for each in (first, second)] == ["1", "2"]
        both = sorted([path.name for path in first.notebooks + first.files])
        assert both == ["model.h5", "work.ipynb"]
        assert first.notebooks[0].name == "work.ipynb"

    @pytest.mark.parametrize("name", ["Bo_1_assignsubmission_file_..", "abo_LATE_1234_56789_."])
    def test_a_file_that_cannot_be_copied_costs_only_its_own_student(self, tmp_path, found, name):
        root = lay(tmp_path / "w", name, "Jane Doe_2_assignsubmission_file_work.ipynb")
        odd, jane = found(root)
        assert odd.problem.startswith("the files cannot be copied") and odd.handed_in_as == name
        assert jane.name == "Jane Doe" and jane.problem is None

    def test_canvas_with_and_without_the_late_mark(self, tmp_path, found):
        root = lay(
            tmp_path / "w",
            "doejane_123_4567_work.ipynb",
            "roe_LATE_124_4568_cnn-1.ipynb",
            "roe_124_4569_m.h5",
        )
        jane, roe = found(root)
        assert (jane.name, roe.name) == ("doejane", "roe")
        assert jane.handed_in_as == "doejane_123_4567_work.ipynb"
        late = handed(roe.handed_in_as)
        assert (late.platform, late.number, late.late) == ("canvas", "124", True)
        assert roe.notebooks[0].name == "cnn-1.ipynb"
        assert [path.name for path in roe.files] == ["m.h5"]

    def test_blackboard_counts_the_last_attempt_and_drops_receipts(self, tmp_path, found):
        root = lay(
            tmp_path / "w",
            "Worksheet 5_jdoe_attempt_2026-11-20-10-11-12_first.ipynb",
            "Worksheet 5_jdoe_attempt_2026-11-20-10-11-12.txt",
            "Worksheet 5_jdoe_attempt_2026-11-21-09-00-00_second.ipynb",
            "Worksheet 5_jdoe_attempt_2026-11-21-09-00-00.txt",
            "Worksheet 5_roe_attempt_2026-11-20-10-11-12.txt",
        )
        doe, roe = found(root)
        assert [path.name for path in doe.notebooks] == ["second.ipynb"] and doe.files == ()
        assert roe.problem == "no notebook in this submission"
        assert doe.handed_in_as.endswith("2026-11-21-09-00-00_second.ipynb")

    def test_a_zip_inside_a_platforms_folder_is_opened(self, tmp_path, found):
        root = lay(tmp_path / "w", "Bo_2_assignsubmission_file_/b.ipynb")
        pack(root / "Jane Doe_1_assignsubmission_file_/hand in.zip", "week 5/work.ipynb", "week 5/model.h5")
        jane = found(root)[1]
        assert [path.name for path in jane.notebooks] == ["work.ipynb"]
        assert [path.name for path in jane.files] == ["model.h5"]

    def test_a_flat_zip_of_a_platform_is_one_students(self, tmp_path, found):
        pack(tmp_path / "w/doejane_123_4567_hand-in.zip", "a.ipynb", "b.ipynb")
        (jane,) = found(tmp_path / "w")
        assert jane.name == "doejane" and len(jane.notebooks) == 2

    def test_ordinary_file_names_are_not_taken_for_a_platforms(self, tmp_path, found):
        root = lay(tmp_path / "w", "worksheet_5_final.ipynb", "worksheet_5_alt.ipynb")
        assert names(found(root)) == ["worksheet_5_alt", "worksheet_5_final"]


class TestZips:
    def test_one_zip_for_each_student(self, tmp_path, found):
        pack(tmp_path / "w/ann.zip", "ann/work.ipynb", "ann/model.h5", "__MACOSX/ann/._work.ipynb")
        pack(tmp_path / "w/bob.zip", "work.ipynb")
        ann, bob = found(tmp_path / "w")
        assert (ann.name, bob.name) == ("ann", "bob")
        assert len(ann.notebooks) == 1 and [path.name for path in ann.files] == ["model.h5"]

    @pytest.mark.parametrize(
        "inside",
        [
            ("ann.ipynb", "bob.ipynb"),
            ("class/ann.ipynb", "class/bob.ipynb"),
            ("class/ann/x.ipynb", "class/bob/x.ipynb"),
            ("ann_1_assignsubmission_file_/x.ipynb", "bob_2_assignsubmission_file_/x.ipynb"),
        ],
    )
    def test_one_zip_of_a_whole_class(self, tmp_path, found, inside):
        assert names(found(pack(tmp_path / "class.zip", *inside))) == ["ann", "bob"]

    def test_one_zip_of_one_student_keeps_the_files(self, tmp_path, found):
        (ann,) = found(pack(tmp_path / "ann.zip", "work/work.ipynb", "work/helpers.py"))
        assert ann.name == "ann" and [path.name for path in ann.files] == ["helpers.py"]

    def test_a_zipped_download_in_a_folder_is_a_class(self, tmp_path, found):
        pack(
            tmp_path / "w/CS-Worksheet 5-99.zip",
            "Al_1_assignsubmission_file_/a.ipynb",
            "Bo_2_assignsubmission_file_/b.ipynb",
        )
        assert names(found(tmp_path / "w")) == ["Al", "Bo"]

    def test_a_zip_of_photographs_beside_notebooks_is_no_student(self, tmp_path, found):
        root = lay(tmp_path / "w", "a.ipynb")
        pack(root / "fruits.zip", "train/acai/1.jpeg", "train/acai/2.jpeg")
        assert names(found(root)) == ["a"]

    def test_a_broken_zip_costs_only_its_own_student(self, tmp_path, found):
        root = lay(tmp_path / "w", "ann/a.ipynb", "bob.zip")
        ann, bob = found(root)
        assert ann.problem is None
        assert bob.problem.startswith("the archive cannot be opened: it is damaged or no zip")

    def test_other_archives_are_named(self, tmp_path, found):
        assert ".rar" in found(lay(tmp_path / "w", "ann.rar", "bob/b.ipynb"))[0].problem

    @pytest.mark.parametrize(
        "name", ["../../evil.ipynb", "/etc/evil.ipynb", "..\\evil.ipynb", "C:/evil.ipynb"]
    )
    def test_paths_out_of_the_folder_are_refused(self, tmp_path, found, name):
        root = lay(tmp_path / "w", "bob/b.ipynb")
        pack(root / "ann.zip", name, "a.ipynb")
        assert "outside its folder" in found(root)[0].problem
        assert not list(tmp_path.rglob("evil.ipynb"))

    def test_links_in_an_archive_are_left_out(self, tmp_path, found):
        path = pack(tmp_path / "w/ann.zip", "a.ipynb")
        link = zipfile.ZipInfo("b.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(path, "a") as opened:
            opened.writestr(link, "/etc/passwd")
        assert [path.name for path in found(tmp_path / "w")[0].notebooks] == ["a.ipynb"]

    def test_an_encrypted_archive_is_named(self, tmp_path, found):
        path = pack(tmp_path / "w/ann.zip", "a.ipynb")
        raw = bytearray(path.read_bytes())
        raw[raw.index(b"PK\x01\x02") + 8] |= 1
        raw[raw.index(b"PK\x03\x04") + 6] |= 1
        path.write_bytes(raw)
        assert (
            found(tmp_path / "w")[0].problem == "the archive cannot be opened: it is protected by a password"
        )

    def test_a_decompression_bomb_is_stopped_and_cleaned_up(self, tmp_path, found, monkeypatch):
        monkeypatch.setattr(archives, "RATIO_COUNTS_FROM", 100_000)
        path = tmp_path / "w/ann.zip"
        path.parent.mkdir()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr("a.ipynb", "0" * 5_000_000)
        assert "far more" in found(tmp_path / "w")[0].problem
        assert not list((tmp_path / "scratch").rglob("*.ipynb"))

    def test_damaged_contents_are_named(self, tmp_path, found):
        path = pack(tmp_path / "w/ann.zip", "a.ipynb")
        raw = bytearray(path.read_bytes())
        raw[40] ^= 0xFF
        path.write_bytes(raw)
        assert found(tmp_path / "w")[0].problem.startswith("the archive cannot be opened")

    def test_a_damaged_lzma_entry_is_named_like_any_other(self, tmp_path, found):
        path = tmp_path / "w/ann.zip"
        path.parent.mkdir()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as opened:
            opened.writestr("a.ipynb", NOTEBOOK * 9)
        path.write_bytes(path.read_bytes().replace(b"\x09\x04\x05\x00]", b"\x09\x04\x05\x00\xff"))
        assert "it is damaged" in found(tmp_path / "w")[0].problem

    def test_zips_are_opened_one_level_deep(self, tmp_path, found):
        inner = pack(tmp_path / "inner.zip", "work.ipynb")
        outer = tmp_path / "w/ann.zip"
        outer.parent.mkdir()
        with zipfile.ZipFile(outer, "w") as opened:
            opened.write(inner, "hand in.zip")
        (ann,) = found(tmp_path / "w")
        assert ann.name == "ann" and ann.notebooks[0].name == "work.ipynb"

    def test_a_full_disk_is_told_in_one_line(self, tmp_path, found, monkeypatch):
        pack(tmp_path / "w/ann.zip", "a.ipynb")

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(archives, "_unpack", full)
        with pytest.raises(UserError, match="disk full") as raised:
            found(tmp_path / "w")
        assert "\n" not in str(raised.value)


class TestFaultsOfTheTeacher:
    @pytest.mark.parametrize(
        ("files", "path", "says"),
        [
            ((), "missing", "no such file or folder"),
            (("w/readme.md",), "w", "no notebook found"),
            (("w/ann/report.pdf", "w/bob/report.pdf"), "w", "looked into 2 folders"),
            (("w/readme.md",), "w/readme.md", "neither a notebook"),
            (("w/class.zip",), "w/class.zip", "cannot be opened"),
        ],
    )
    def test_one_clear_line(self, tmp_path, found, files, path, says):
        lay(tmp_path, *files)
        with pytest.raises(UserError, match=says) as raised:
            found(tmp_path / path)
        assert str(tmp_path / path) in str(raised.value) and "\n" not in str(raised.value)

    def test_a_folder_without_permission(self, tmp_path, found, monkeypatch):
        lay(tmp_path, "w/a.ipynb")

        def refuse(path):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(os, "scandir", refuse)
        with pytest.raises(UserError, match="cannot be read: permission denied"):
            found(tmp_path / "w")

    def test_a_students_folder_without_permission_costs_only_that_student(self, tmp_path, found, monkeypatch):
        root = lay(tmp_path / "w", "ann/a.ipynb", "bob/b.ipynb")
        real = os.scandir

        def refuse(path):
            if str(path).endswith("ann"):
                raise PermissionError(13, "Permission denied", str(path))
            return real(path)

        monkeypatch.setattr(os, "scandir", refuse)
        ann, bob = found(root)
        assert ann.problem == "the folder cannot be read: permission denied"
        assert bob.problem is None


def test_natural_order_reads_numbers():
    assert sorted(["b2", "a10", "A9", "b1"], key=natural) == ["A9", "a10", "b1", "b2"]
