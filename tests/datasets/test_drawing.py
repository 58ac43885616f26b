"""Drawn photographs: many enough, like downloads in size and name, always the same, and neither blank nor
alike."""

import time

import numpy as np
from fruit_spec import FRUITS
from PIL import Image

from grader.datasets.drawing import Kind, draw_folder, file_names, random_of


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_worksheet5_has_15_and_5_jpegs_of_mixed_sizes_in_each_class(fruits):
    sizes = set()
    for split, count in {"train": 15, "test": 5}.items():
        assert sorted(folder.name for folder in (fruits.root / split).iterdir()) == list(FRUITS)
        for label in FRUITS:
            files = list((fruits.root / split / label).iterdir())
            assert len(files) == count
            for file in files:
                with Image.open(file) as image:
                    image.load()
                    assert (image.format, image.mode) == ("JPEG", "RGB")
                    sizes.add(image.size)
    assert len(sizes) > 10
    assert all(150 <= width <= 320 and 150 <= height <= 320 for width, height in sizes)
    assert len({width > height for width, height in sizes}) == 2


def test_names_are_those_of_downloads_and_differ_within_a_class(fruits):
    for label in FRUITS:
        names = [
            p.split("/")[1] for split in fruits.files for p in fruits.files[split] if p.startswith(label)
        ]
        assert len(set(names)) == 20
        assert {"images.jpeg", "download.jpeg", "images (1).jpeg", "download (2).jpeg"} <= set(names)


def test_any_number_of_names_is_served():
    for count in (1, 2, 3, 40):
        names = file_names(count, random_of("test"))
        assert len(set(names)) == count


def test_the_same_classes_give_the_same_bytes_and_others_do_not(tmp_path):
    for place in ("one", "two"):
        draw_folder(tmp_path / place, ("acai", "tucuma"), {"train": 2})
    draw_folder(tmp_path / "three", ("apple", "pear"), {"train": 2})
    one, two, three = (
        {p.read_bytes() for p in (tmp_path / place).rglob("*.jpeg")} for place in ("one", "two", "three")
    )
    assert one == two
    assert len(one) == 4
    assert not one & three


def test_pictures_have_contrast_and_none_is_drawn_twice(fruits):
    pictures = [pixels(fruits.root / split / path) for split, paths in fruits.files.items() for path in paths]
    assert min(picture.std() for picture in pictures) > 10
    assert len({picture.tobytes() for picture in pictures}) == 120


def test_the_mean_colour_of_a_picture_does_not_give_its_class_away(fruits):
    """Nearest class mean of the mean colour, learnt on train/: a CNN must see more than that."""
    means, labels = {}, {}
    for split, paths in fruits.files.items():
        means[split] = np.array([pixels(fruits.root / split / path).mean((0, 1)) for path in paths])
        labels[split] = np.array([FRUITS.index(path.split("/")[0]) for path in paths])
    centres = np.array([means["train"][labels["train"] == label].mean(0) for label in range(6)])
    nearest = np.linalg.norm(means["test"][:, np.newaxis] - centres, axis=2).argmin(1)
    assert (nearest == labels["test"]).mean() < 0.6


def test_kinds_of_a_hundred_classes_all_differ():
    kinds = Kind.all_of([f"class {number}" for number in range(100)])
    assert len(set(kinds)) == 100
    hues = np.sort([kind.hue for kind in kinds])
    assert np.diff(hues).min() > 0


def test_120_pictures_take_seconds_at_most(tmp_path):
    before = time.process_time()
    draw_folder(tmp_path, FRUITS, {"train": 15, "test": 5})
    assert time.process_time() - before < 5
