"""Which paths of a notebook stand for which part of the data."""

import pytest

from grader.execution.paths import DataNames, paths_of, place_of

FRUITS = DataNames(
    "fruits", ("FruitinAmazon", "FruitAmazon", "fruits"), ("train", "test"), ("acai", "tucuma")
)


def places(*strings: str) -> dict[str, str]:
    return {place.path: place.part for place in paths_of(strings, (FRUITS,), "/content", "/root").places}


@pytest.mark.parametrize(
    ("written", "path", "part"),
    [
        (
            "/content/drive/MyDrive/AI/FruitinAmazon/train",
            "/content/drive/MyDrive/AI/FruitinAmazon/train",
            "train",
        ),
        ("/content/drive/MyDrive/AI/FruitinAmazon/", "/content/drive/MyDrive/AI/FruitinAmazon", "root"),
        ("/kaggle/input/fruitamazon/test", "/kaggle/input/fruitamazon/test", "test"),
        (
            r"D:\Herald\Level 6\FruitinAmazon\train",
            r"/content/D:\Herald\Level 6\FruitinAmazon\train",
            "train",
        ),
        ("D:/Herald/FruitinAmazon/test", "/content/D:/Herald/FruitinAmazon/test", "test"),
        ("~/Downloads/FruitinAmazon/train", "/root/Downloads/FruitinAmazon/train", "train"),
        ("../data/train", "/data/train", "train"),
        ("./FruitinAmazon/test/", "/content/FruitinAmazon/test", "test"),
        ("FruitinAmazon", "/content/FruitinAmazon", "root"),
        ("/content/AiFruitinAmazon", "/content/AiFruitinAmazon", "root"),
        ("/content/Copy of FruitinAmazon.zip", "/content/Copy of FruitinAmazon.zip", "archive"),
        ("/data/train/acai", "/data/train/acai", "train/acai"),
        (
            "/data/train/acai/images (3).jpeg",
            "/data/train/acai/images (3).jpeg",
            "train/acai/images (3).jpeg",
        ),
    ],
)
def test_a_path_keeps_its_meaning(written, path, part):
    assert places(written) == {path: part}


def test_what_a_variable_is_called_does_not_count():
    """``test_dir = ".../train"`` is the training folder."""
    assert place_of("/content/FruitinAmazon/train", (FRUITS,)).part == "train"


def test_a_base_is_joined_with_each_tail():
    assert places("/content/drive/MyDrive/Week 5", "train", "test") == {
        "/content/drive/MyDrive/Week 5/train": "train",
        "/content/drive/MyDrive/Week 5/test": "test",
    }


@pytest.mark.parametrize(
    "text",
    [
        "train",
        "https://host/FruitinAmazon/train",
        "*.jpg",
        "{base}/train",
        "relu",
        "",
        "a\nFruitinAmazon",
        "%d",
    ],
)
def test_what_is_no_path_makes_no_place(text):
    assert places(text) == {}


def test_words_of_shell_commands_are_paths_too():
    assert places("unzip -q '/content/Copy of FruitinAmazon.zip' -d /content") == {
        "/content/Copy of FruitinAmazon.zip": "archive"
    }
    assert places("wget https://host/fruits.zip", "unzip 'unclosed.zip") == {}


def test_a_windows_path_is_whole_and_joined_to_nothing():
    assert set(places("D:/FruitinAmazon/train", "/content/drive/MyDrive/Week 5")) == {
        "/content/D:/FruitinAmazon/train"
    }


def test_folders_of_saved_files_and_bare_bases_exist():
    found = paths_of(
        ("/content/drive/MyDrive/models/best.keras", "/content/out"), (FRUITS,), "/content", "/root"
    )
    assert set(found.folders) == {"/content/drive/MyDrive/models", "/content/out"}
