"""What a notebook is served: the teacher's copy or a stand-in, made once, the same each time, and smaller on
request."""

import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from fruit_spec import FRUITS, Spec

from grader.datasets import provision
from grader.datasets.served import reduced, serve_image_folder
from grader.errors import UserError

SMALL = Spec(classes=("acai", "tucuma"), images={"train": 3, "test": 1})


def on_disk(served):
    return {
        split: tuple(
            sorted(p.relative_to(served.root / split).as_posix() for p in (served.root / split).glob("*/*"))
        )
        for split in served.files
    }


def test_worksheet5_stand_in(fruits):
    assert fruits.stand_in
    assert fruits.description == "drawn stand-in photographs (15 + 5 in each of 6 classes)"
    assert fruits.classes == FRUITS
    assert {split: len(paths) for split, paths in fruits.files.items()} == {"train": 90, "test": 30}
    assert on_disk(fruits) == dict(fruits.files)


def test_the_archive_is_what_students_download(fruits):
    with zipfile.ZipFile(fruits.archive) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    assert fruits.archive.name == "FruitinAmazon.zip"
    wanted = {f"FruitinAmazon/{split}/{path}" for split, paths in fruits.files.items() for path in paths}
    assert set(names) == wanted


def test_it_is_made_once_and_equal_everywhere(tmp_path):
    one = serve_image_folder("fruits", SMALL, tmp_path / "cache")
    made = one.root.stat().st_mtime_ns
    assert serve_image_folder("fruits", SMALL, tmp_path / "cache") == one
    assert one.root.stat().st_mtime_ns == made
    other = serve_image_folder("fruits", SMALL, tmp_path / "elsewhere")
    assert other.digest == one.digest
    assert other.archive.read_bytes() == one.archive.read_bytes()


def test_another_spec_is_another_stand_in(tmp_path):
    one = serve_image_folder("fruits", SMALL, tmp_path)
    two = serve_image_folder(
        "fruits", Spec(classes=("acai", "tucuma"), images={"train": 3, "test": 2}), tmp_path
    )
    assert one.root != two.root
    assert one.digest != two.digest


def test_two_at_once_do_not_disturb_each_other(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        served = list(pool.map(lambda _: serve_image_folder("fruits", SMALL, tmp_path), range(4)))
    assert len(set(map(str, served))) == 1
    assert on_disk(served[0]) == dict(served[0].files)
    assert [path.name for path in (tmp_path / "datasets").iterdir() if path.name.startswith(".")] == []


def test_a_rubric_without_classes_needs_a_provisioned_copy(tmp_path):
    with pytest.raises(UserError, match=r"grade data add fruits FILE\.zip"):
        serve_image_folder("fruits", Spec(classes=None), tmp_path)
    with pytest.raises(UserError, match="how many images of each class test has"):
        serve_image_folder("fruits", Spec(images={"train": 3}), tmp_path)


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(UserError, match="data fruits was not made"):
        serve_image_folder("fruits", SMALL, tmp_path / "cache")


class TestProvisioned:
    def test_comes_first(self, small, tmp_path):
        provision.add("fruits", small)
        served = serve_image_folder("fruits", SMALL, tmp_path / "cache")
        assert not served.stand_in
        assert served.description == "provisioned copy, 8 photographs"
        assert served.root.name == "FruitinAmazon"
        for split, paths in served.files.items():
            for path in paths:
                assert (served.root / split / path).read_bytes() == (small / split / path).read_bytes()

    def test_a_new_copy_is_served_at_once(self, small, tmp_path):
        provision.add("fruits", small)
        before = serve_image_folder("fruits", SMALL, tmp_path / "cache")
        next((small / "train/acai").iterdir()).unlink()
        provision.add("fruits", small)
        after = serve_image_folder("fruits", SMALL, tmp_path / "cache")
        assert after.digest != before.digest
        assert len(after.files["train"]) == 5
        assert on_disk(before) == dict(before.files)

    def test_needs_no_classes_in_the_rubric(self, small, tmp_path):
        provision.add("fruits", small)
        spec = Spec(classes=None, images={}, aliases=())
        served = serve_image_folder("fruits", spec, tmp_path / "cache")
        assert served.classes == ("acai", "tucuma")
        assert served.archive.name == "fruits.zip"

    def test_split_folders_are_named_as_the_rubric_names_them(self, small, tmp_path):
        provision.add("fruits", small)
        served = serve_image_folder(
            "fruits", Spec(splits=("Train", "Test"), classes=None), tmp_path / "cache"
        )
        assert sorted(path.name for path in served.root.iterdir()) == ["Test", "Train"]

    def test_must_fit_the_rubric(self, small, tmp_path):
        provision.add("fruits", small)
        with pytest.raises(UserError, match="has the classes acai, tucuma, the rubric names acai, cupuacu"):
            serve_image_folder("fruits", Spec(), tmp_path)
        with pytest.raises(UserError, match="has no validation images"):
            serve_image_folder("fruits", Spec(splits=("train", "validation"), classes=None), tmp_path)


class TestReduced:
    def test_is_stratified_and_really_smaller(self, fruits, tmp_path):
        fewer = reduced(fruits, 4, tmp_path)
        assert on_disk(fewer) == dict(fewer.files)
        for split, paths in fewer.files.items():
            assert Counter(path.split("/")[0] for path in paths) == dict.fromkeys(FRUITS, 4)
            assert set(paths) < set(fruits.files[split])
        assert fewer.classes == fruits.classes
        assert fewer.archive.name == fruits.archive.name
        assert fewer.digest != fruits.digest
        assert fewer.description.endswith("at most 4 in each class")

    def test_leaves_small_splits_whole(self, fruits, tmp_path):
        fewer = reduced(fruits, 8, tmp_path)
        assert {split: len(paths) for split, paths in fewer.files.items()} == {"train": 48, "test": 30}

    def test_is_the_same_object_when_nothing_would_be_cut(self, fruits, tmp_path):
        assert reduced(fruits, 15, tmp_path) is fruits

    def test_is_made_once(self, fruits, tmp_path):
        assert reduced(fruits, 4, tmp_path) == reduced(fruits, 4, tmp_path)
