"""The teacher's copies: found at any depth, checked, kept whole, and refused in one line that says what to
do."""

import shutil
import stat
import struct
import zipfile

import pytest

from grader.datasets import provision, unpack
from grader.errors import UserError


def pack(folder, archive, top=""):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, f"{top}{path.relative_to(folder).as_posix()}")
    return archive


def refused(source, *words, **options):
    with pytest.raises(UserError) as caught:
        provision.add("fruits", source, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in words), message
    assert provision.find("fruits") is None
    assert not list(provision.data_folder().glob("fruits/*"))


@pytest.mark.parametrize("top", ["", "FruitinAmazon/", "Week 5/data (1)/FruitinAmazon/"])
def test_splits_are_found_wherever_they_lie(small, tmp_path, top):
    copy = provision.add("fruits", pack(small, tmp_path / "fruits.zip", top))
    assert copy == provision.find("fruits")
    assert copy.classes == ("acai", "tucuma")
    assert {split: len(paths) for split, paths in copy.files.items()} == {"train": 6, "test": 2}
    assert copy.images == 8
    for split, paths in copy.files.items():
        for path in paths:
            assert (copy.folder / split / path).read_bytes() == (small / split / path).read_bytes()


def test_spellings_of_splits_are_understood(small, tmp_path):
    (small / "train").rename(small / "Train")
    (small / "test").rename(small / "TESTING")
    assert set(provision.add("fruits", pack(small, tmp_path / "fruits.zip")).files) == {"train", "test"}


def test_a_folder_will_do_and_is_left_alone(small):
    before = {path: path.read_bytes() for path in small.rglob("*.jpeg")}
    copy = provision.add("fruits", small)
    assert copy.images == len(before)
    assert {path: path.read_bytes() for path in small.rglob("*.jpeg")} == before


def test_zip_and_folder_of_the_same_photographs_have_one_digest(small, tmp_path):
    one = provision.add("one", small)
    two = provision.add("two", pack(small, tmp_path / "fruits.zip", "top/"))
    assert one.digest == two.digest
    next((small / "train").rglob("*.jpeg")).unlink()
    assert provision.add("three", small).digest != one.digest


def test_what_a_mac_or_windows_adds_is_left_out(small, tmp_path):
    (small / "__MACOSX/train/acai").mkdir(parents=True)
    (small / "__MACOSX/train/acai/._images.jpeg").write_bytes(b"resource fork")
    (small / "train/acai/Thumbs.db").write_bytes(b"thumbs")
    (small / "train/.DS_Store").write_bytes(b"store")
    assert provision.add("fruits", pack(small, tmp_path / "fruits.zip")).images == 8


def test_a_new_copy_replaces_the_earlier_one(small, tmp_path):
    first = provision.add("fruits", small)
    next((small / "train/acai").iterdir()).unlink()
    second = provision.add("fruits", small)
    assert provision.find("fruits") == second
    assert second.images == first.images - 1
    assert not first.folder.exists()


def test_a_failed_replacement_leaves_the_earlier_copy(small, tmp_path):
    first = provision.add("fruits", small)
    with pytest.raises(UserError):
        provision.add("fruits", tmp_path / "nothing.zip")
    assert provision.find("fruits") == first


def test_list_and_remove(small):
    provision.add("b", small)
    provision.add("a", small)
    assert [copy.name for copy in provision.all_provisioned()] == ["a", "b"]
    provision.remove("a")
    assert [copy.name for copy in provision.all_provisioned()] == ["b"]
    with pytest.raises(UserError, match=r'no provisioned data "a"; there is: b$'):
        provision.remove("a")


def test_nothing_is_provisioned_at_first():
    assert provision.all_provisioned() == []
    assert provision.find("fruits") is None


@pytest.mark.parametrize("name", ["", "../fruits", "a/b", ".hidden", "x" * 61])
def test_names_cannot_lead_elsewhere(small, name):
    with pytest.raises(UserError, match="cannot name a data set"):
        provision.add(name, small)


class TestBrokenImages:
    @pytest.fixture
    def with_broken(self, small):
        (small / "train/acai/images (77).jpeg").write_bytes(b"no photograph")
        whole = next((small / "test/tucuma").iterdir())
        whole.write_bytes(whole.read_bytes()[:400])
        self.cut = whole.name
        return small

    def test_are_named(self, with_broken):
        refused(with_broken, "train/acai/images (77).jpeg", f"test/tucuma/{self.cut}", "--allow-broken")

    def test_are_kept_on_request(self, with_broken):
        copy = provision.add("fruits", with_broken, allow_broken=True)
        assert set(copy.broken) == {"train/acai/images (77).jpeg", f"test/tucuma/{self.cut}"}
        assert copy.images == 9


class TestRefused:
    def test_absent(self, tmp_path):
        refused(tmp_path / "absent.zip", "absent.zip", "no such file")

    def test_no_zip(self, tmp_path):
        (tmp_path / "fruits.zip").write_bytes(b"Rar!\x1a\x07 and so on")
        refused(tmp_path / "fruits.zip", "fruits.zip", "cannot be unpacked as a zip")

    def test_cut_off(self, small, tmp_path):
        archive = pack(small, tmp_path / "fruits.zip")
        archive.write_bytes(archive.read_bytes()[:-200])
        refused(archive, "cannot be unpacked as a zip")

    def test_damaged_inside(self, small, tmp_path):
        archive = pack(small, tmp_path / "fruits.zip")
        content = bytearray(archive.read_bytes())
        content[2000:2100] = bytes(100)
        archive.write_bytes(content)
        refused(archive, "cannot be unpacked as a zip")

    @pytest.mark.parametrize(
        "name", ["../train/a/x.jpg", "/train/a/x.jpg", "C:/train/a/x.jpg", "..\\train\\a\\x.jpg"]
    )
    def test_paths_that_lead_out(self, tmp_path, name):
        with zipfile.ZipFile(tmp_path / "fruits.zip", "w") as file:
            file.writestr(name, b"x")
        refused(tmp_path / "fruits.zip", "refused", "outside")

    def test_symbolic_links(self, tmp_path):
        entry = zipfile.ZipInfo("train/acai/x.jpeg")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(tmp_path / "fruits.zip", "w") as file:
            file.writestr(entry, b"/etc/passwd")
        refused(tmp_path / "fruits.zip", "symbolic link")

    def test_links_inside_a_folder_are_not_followed(self, small, tmp_path):
        outside = tmp_path / "outside"
        shutil.copytree(small / "train/acai", outside)
        (small / "train/guarana").symlink_to(outside, target_is_directory=True)
        assert provision.add("fruits", small).classes == ("acai", "tucuma")

    def test_encrypted(self, small, tmp_path):
        archive = pack(small, tmp_path / "fruits.zip")
        content = bytearray(archive.read_bytes())
        entry = content.rindex(b"PK\x01\x02")
        content[entry + 8 : entry + 10] = struct.pack("<H", 1)
        archive.write_bytes(content)
        refused(archive, "encrypted", "without a password")

    def test_bombs(self, tmp_path, monkeypatch):
        monkeypatch.setattr(unpack, "FREE_BYTES", 2**20)
        with zipfile.ZipFile(tmp_path / "fruits.zip", "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("train/acai/x.jpeg", bytes(2**22))
        refused(tmp_path / "fruits.zip", "refused", "times its size")

    def test_too_large(self, small, tmp_path, monkeypatch):
        monkeypatch.setattr(unpack, "MAX_BYTES", 1000)
        refused(pack(small, tmp_path / "fruits.zip"), "refused", "GiB")

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_one_path_twice(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "fruits.zip", "w") as file:
            for content in (b"1", b"2"):
                file.writestr("train/acai/x.jpeg", content)
        refused(tmp_path / "fruits.zip", "train/acai/x.jpeg twice")

    def test_no_splits(self, small, tmp_path):
        refused(small / "train", "found 6 images but no folder train/ or test/")

    def test_two_copies(self, small, tmp_path):
        shutil.copytree(small, small / "Copy")
        refused(small, "could be the", "Copy/t")

    def test_splits_in_different_places(self, small):
        (small / "a").mkdir()
        (small / "train").rename(small / "a/train")
        refused(small, "different folders", "side by side")

    def test_splits_with_different_classes(self, small):
        shutil.rmtree(small / "test/tucuma")
        refused(small, "test/ has no images of tucuma, which train/ has")

    def test_a_full_disk(self, small, monkeypatch):
        def full(*_):
            raise OSError(28, "No space left on device", "somewhere")

        monkeypatch.setattr(shutil, "copyfile", full)
        refused(small, "No space left on device", "was not added")

    def test_a_place_that_cannot_be_written(self, small, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("GRADER_DATA", str(tmp_path / "file"))
        with pytest.raises(UserError, match="was not added"):
            provision.add("fruits", small)


def test_a_damaged_copy_is_told(small):
    copy = provision.add("fruits", small)
    (copy.folder / "train" / copy.files["train"][0]).unlink()
    with pytest.raises(UserError, match="files are missing; add the data again"):
        provision.find("fruits")
    (provision.data_folder() / "fruits/manifest.json").write_text("{")
    with pytest.raises(UserError, match="is damaged; add the data again"):
        provision.find("fruits")
