"""Stand-ins for keras.datasets: the real shapes and types, every class equally often, learnable."""

import numpy as np
import pytest

from grader.datasets.arrays import ARRAY_SETS, serve_array
from grader.errors import UserError


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def loaded(name, size, cache):
    with np.load(serve_array(name, size, cache), allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


@pytest.mark.parametrize(
    ("name", "image", "label", "label_type"),
    [
        ("mnist", (28, 28), (), "uint8"),
        ("fashion_mnist", (28, 28), (), "uint8"),
        ("cifar10", (32, 32, 3), (1,), "uint8"),
        ("cifar100", (32, 32, 3), (1,), "int64"),
    ],
)
def test_reduced_has_the_shapes_and_types_of_keras(name, image, label, label_type, cache):
    arrays = loaded(name, "reduced", cache)
    for split, count in {"train": 2000, "test": 500}.items():
        assert arrays[f"x_{split}"].shape == (count, *image)
        assert arrays[f"x_{split}"].dtype == np.uint8
        assert arrays[f"y_{split}"].shape == (count, *label)
        assert arrays[f"y_{split}"].dtype == label_type
        counts = np.bincount(arrays[f"y_{split}"].ravel())
        assert len(counts) == ARRAY_SETS[name].classes
        assert len(set(counts)) == 1


def test_full_is_full(cache):
    arrays = loaded("mnist", "full", cache)
    assert arrays["x_train"].shape == (60000, 28, 28)
    assert arrays["x_test"].shape == (10000, 28, 28)
    assert np.bincount(arrays["y_train"]).tolist() == [6000] * 10


def test_samples_are_shuffled_and_use_the_range_of_a_byte(cache):
    arrays = loaded("mnist", "reduced", cache)
    assert len(set(arrays["y_train"][:30])) > 5
    assert arrays["x_train"].min() == 0
    assert arrays["x_train"].max() == 255
    assert np.median(arrays["x_train"]) == 0


@pytest.mark.parametrize(("name", "least"), [("mnist", 0.8), ("fashion_mnist", 0.8), ("cifar10", 0.2)])
def test_the_nearest_training_image_tells_the_class_better_than_chance(name, least, cache):
    arrays = loaded(name, "reduced", cache)
    train, test = (
        arrays[f"x_{split}"].reshape(len(arrays[f"x_{split}"]), -1) / 255 for split in ("train", "test")
    )
    distance = (train**2).sum(1) - 2 * test @ train.T
    found = arrays["y_train"].ravel()[distance.argmin(1)]
    accuracy = (found == arrays["y_test"].ravel()).mean()
    assert least < accuracy < 1


def test_cifar100_knows_its_coarse_labels(cache):
    arrays = loaded("cifar100", "reduced", cache)
    fine, coarse = arrays["y_train"].ravel(), arrays["y_train_coarse"].ravel()
    assert np.bincount(coarse).tolist() == [100] * 20
    assert all(len(set(coarse[fine == label])) == 1 for label in range(100))
    assert coarse[fine == 0][0] == 4  # apple: fruit and vegetables


def test_it_is_drawn_once_and_equal_everywhere(cache, tmp_path):
    path = serve_array("mnist", "reduced", cache)
    before = path.stat().st_mtime_ns
    assert serve_array("keras.datasets.mnist", "reduced", cache) == path
    assert path.stat().st_mtime_ns == before
    one, two = loaded("mnist", "reduced", cache), loaded("mnist", "reduced", tmp_path)
    assert all(np.array_equal(one[key], two[key]) for key in one)


def test_other_names_are_refused_in_one_line(cache):
    with pytest.raises(UserError, match='no stand-in for the data set "imdb"; there is: mnist, '):
        serve_array("imdb", "reduced", cache)
