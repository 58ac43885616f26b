"""Data sets of keras.datasets: the teacher's files, what is served, how images are known again."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from grader.datasets import provision_arrays
from grader.datasets.arrays import ARRAY_SETS, COARSE
from grader.datasets.identify import identify
from grader.datasets.index import ImageIndex
from grader.datasets.published import read_published
from grader.datasets.served_arrays import reduced_rows, serve_keras_dataset
from grader.errors import UserError
from grader.evidence.thumbnails import block_means

TRAIN, TEST = 50, 20


@pytest.fixture(autouse=True)
def small_sets(monkeypatch):
    """The published sets as if they had fifty training and twenty test images."""
    for name in ("mnist", "fashion_mnist", "cifar10"):
        monkeypatch.setitem(ARRAY_SETS, name, replace(ARRAY_SETS[name], full=(TRAIN, TEST)))
    monkeypatch.setitem(ARRAY_SETS, "cifar100", replace(ARRAY_SETS["cifar100"], full=(200, 100)))


def images(count, *shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def tar_of(path, **members):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            about = tarfile.TarInfo(f"cifar-batches-py/{name}")
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return path


def batch(data, **labels):
    """As the published batches are pickled: by Python 2, text being bytes."""
    content = {b"data": data.transpose(0, 3, 1, 2).reshape(len(data), -1)}
    return pickle.dumps(
        content | {name.encode(): list(values) for name, values in labels.items()}, protocol=2
    )


@pytest.fixture
def cifar(tmp_path):
    x, test = images(TRAIN, 32, 32, 3), images(TEST, 32, 32, 3, seed=1)
    y = np.arange(TRAIN) % 10
    parts = {
        f"data_batch_{part + 1}": batch(x[part * 10 :][:10], labels=y[part * 10 :][:10].tolist())
        for part in range(5)
    }
    file = tar_of(
        tmp_path / "cifar-10-python.tar.gz",
        **parts,
        test_batch=batch(test, labels=[row % 10 for row in range(TEST)]),
    )
    return file, x, test


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def garments(tmp_path):
    """Fashion-MNIST's four files in a folder."""
    folder = tmp_path / "fashion"
    folder.mkdir()
    for name, count in {"train": TRAIN, "t10k": TEST}.items():
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images(count, 28, 28))))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(
            gzip.compress(idx((np.arange(count) % 10).astype(np.uint8)))
        )
    return folder


class TestAdding:
    def test_cifar10_as_published(self, cifar):
        file, x, test = cifar
        copy = provision_arrays.add("cifar10", file)
        with np.load(copy.path) as kept:
            assert np.array_equal(kept["x_train"], x)
            assert np.array_equal(kept["x_test"], test)
            assert (kept["y_train"].shape, kept["y_train"].dtype) == ((TRAIN, 1), np.uint8)
        assert provision_arrays.find("cifar10") == copy
        assert provision_arrays.all_arrays() == [copy]
        assert provision_arrays.remove("cifar10")
        assert provision_arrays.find("cifar10") is None

    def test_cifar100_has_coarse_labels_too(self, tmp_path):
        def fine(count):
            return [row % 100 for row in range(count)]

        file = tar_of(
            tmp_path / "cifar-100-python.tar.gz",
            **{
                name: batch(
                    images(count, 32, 32, 3),
                    fine_labels=fine(count),
                    coarse_labels=[COARSE[label] for label in fine(count)],
                )
                for name, count in {"train": 200, "test": 100}.items()
            },
        )
        with np.load(provision_arrays.add("cifar100", file).path) as kept:
            assert kept["y_train"].ravel().tolist() == fine(200)
            assert kept["y_test_coarse"].ravel().tolist() == list(COARSE)

    def test_the_four_files_of_fashion_mnist_in_a_folder(self, garments):
        with np.load(provision_arrays.add("fashion_mnist", garments).path) as kept:
            assert (kept["x_train"].shape, kept["y_test"].shape) == ((TRAIN, 28, 28), (TEST,))

    def test_and_in_a_zip(self, garments, tmp_path):
        file = tmp_path / "fashion.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for path in garments.iterdir():
                archive.write(path, f"fashion/{path.name}")
        assert provision_arrays.add("fashion_mnist", file).samples == (TRAIN, TEST)

    @pytest.mark.parametrize("column", [False, True])
    def test_an_npz(self, tmp_path, column):
        file = tmp_path / "mnist.npz"
        labels = {
            f"y_{name}": np.arange(count) % 10 for name, count in {"train": TRAIN, "test": TEST}.items()
        }
        np.savez(
            file,
            x_train=images(TRAIN, 28, 28),
            x_test=images(TEST, 28, 28),
            **{part: values[:, None] if column else values for part, values in labels.items()},
        )
        with np.load(provision_arrays.add("mnist", file).path) as kept:
            assert (kept["y_train"].shape, kept["y_train"].dtype) == ((TRAIN,), np.uint8)

    def test_the_command_tells_what_was_kept(self, cifar):
        from typer.testing import CliRunner

        from grader.cli.data import app

        run = CliRunner().invoke
        assert (
            "50 + 20 images for keras.datasets.cifar10" in run(app, ["add", "cifar10", str(cifar[0])]).output
        )
        assert "50 train + 20" in run(app, ["list"]).output
        assert run(app, ["remove", "cifar10"]).output == "cifar10: removed\n"


class Bomb:
    def __reduce__(self):
        return (print, ("executed",))


class TestRefusing:
    def refused(self, name, file):
        with pytest.raises(UserError) as refusal:
            provision_arrays.add(name, file)
        assert "\n" not in str(refusal.value)
        return str(refusal.value)

    def test_a_pickle_that_calls_anything(self, tmp_path, capsys):
        file = tar_of(tmp_path / "cifar.tar.gz", test_batch=pickle.dumps({b"data": Bomb()}, protocol=2))
        assert "asks for __builtin__.print" in self.refused("cifar10", file)
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize("data", [np.array([{}], object), np.zeros((10, 3072)), "no array"])
    def test_a_pickle_of_other_arrays(self, tmp_path, data):
        content = pickle.dumps({b"data": data, b"labels": [0] * 10}, protocol=2)
        assert "test_batch" in self.refused("cifar10", tar_of(tmp_path / "a.tar.gz", test_batch=content))

    def test_a_batch_that_is_missing(self, tmp_path):
        content = batch(images(10, 32, 32, 3), labels=range(10))
        message = self.refused("cifar10", tar_of(tmp_path / "a.tar.gz", data_batch_1=content))
        assert "holds data_batch_1 but no data_batch_2" in message

    def test_another_data_set(self, garments):
        message = self.refused("cifar10", garments)
        assert "is not cifar10: x_train is uint8 of shape (50, 28, 28)" in message

    def test_labels_of_too_few_classes(self, garments):
        path = garments / "t10k-labels-idx1-ubyte.gz"
        path.write_bytes(gzip.compress(idx(np.zeros(TEST, np.uint8))))
        assert "y_test has 1 classes from 0 to 0, not 10" in self.refused("fashion_mnist", garments)

    def test_a_file_cut_short(self, garments):
        path = garments / "train-images-idx3-ubyte.gz"
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1]))
        assert "is no idx file" in self.refused("fashion_mnist", garments)

    def test_what_unpacks_to_too_much(self, garments, monkeypatch):
        monkeypatch.setattr("grader.datasets.published.MAX_BYTES", 1000)
        assert "refused" in self.refused("fashion_mnist", garments)

    @pytest.mark.parametrize("content", [b"", b"hello", b"\x1f\x8bnothing", b"PK\x03\x04broken"])
    def test_anything_else(self, tmp_path, content):
        file = tmp_path / "a.bin"
        file.write_bytes(content)
        assert str(file) in self.refused("mnist", file)

    def test_pickled_objects_in_an_npz(self, tmp_path):
        file = tmp_path / "mnist.npz"
        np.savez(
            file, **{part: np.array([{}], object) for part in ("x_train", "y_train", "x_test", "y_test")}
        )
        with pytest.raises(UserError):
            read_published(file)


class TestServing:
    def test_a_provisioned_copy_takes_the_place_of_the_stand_in(self, cifar, tmp_path):
        drawn = serve_keras_dataset("cifar10", tmp_path)
        assert (drawn.stand_in, drawn.description) == (True, "drawn stand-in images, 50 + 20")
        provision_arrays.add("cifar10", cifar[0])
        served = serve_keras_dataset("cifar10", tmp_path)
        assert (served.stand_in, served.description) == (False, "provisioned copy, 50 + 20")
        assert served.digest != drawn.digest
        with np.load(served.full.path) as arrays:
            assert np.array_equal(arrays["x_train"], cifar[1])

    def test_samples_are_called_by_split_class_and_row(self, cifar, tmp_path):
        provision_arrays.add("cifar10", cifar[0])
        names = serve_keras_dataset("cifar10", tmp_path).full.names
        assert names["train"][17] == "train/horse/00017"
        assert names["test"][0] == "test/airplane/00000"

    def test_mean_and_deviation_are_those_of_the_training_pixels(self, cifar, tmp_path):
        provision_arrays.add("cifar10", cifar[0])
        x, pixels = cifar[1], serve_keras_dataset("cifar10", tmp_path).full.pixels
        assert pixels.mean == pytest.approx(x.mean())
        assert pixels.deviation == pytest.approx(x.std())
        assert pixels.channel_means == pytest.approx(x.mean(axis=(0, 1, 2)))
        assert pixels.channel_deviations == pytest.approx(x.std(axis=(0, 1, 2)))


def test_the_reduced_set_keeps_rows_in_order_and_all_classes_alike():
    labels = np.random.default_rng(0).integers(0, 10, 3000)
    rows = reduced_rows(labels, 200)
    assert np.all(np.diff(rows) > 0)
    assert np.bincount(labels[rows]).tolist() == [20] * 10


FORMS = {
    "raw": lambda x: x,
    "divided by 255": lambda x: x.astype(np.float32) / 255,
    "standardised": lambda x: (x - 120.7) / 64.2,
    "standardised by channel": lambda x: (x - x.mean((0, 1, 2))) / x.std((0, 1, 2)),
    "flattened": lambda x: x.reshape(len(x), 3072).reshape(-1, 32, 32, 3),
    "mirrored": lambda x: x[:, :, ::-1],
    "blue first": lambda x: x[..., ::-1],
    "64 x 64": lambda x: np.stack(
        [np.asarray(Image.fromarray(each).resize((64, 64), Image.Resampling.BILINEAR)) for each in x]
    ),
}


@pytest.fixture(scope="module")
def cifar10(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_DATA", str(tmp_path_factory.mktemp("none")))
        patch.setitem(ARRAY_SETS, "cifar10", replace(ARRAY_SETS["cifar10"], full=(3000, 600)))
        served = serve_keras_dataset("cifar10", tmp_path_factory.mktemp("cache"))
    with np.load(served.full.path) as arrays:
        return ImageIndex.of_arrays(served), dict(arrays)


class TestRecognising:
    @pytest.mark.parametrize("form", FORMS)
    def test_test_images_are_known_again(self, cifar10, form):
        index, arrays = cifar10
        found = identify(block_means(FORMS[form](arrays["x_test"][:60])), index)
        rows = [int(name.rsplit("/", 1)[1]) for name in found.files() if name]
        assert rows == list(range(60))
        assert found.splits() == {"test": 60}

    def test_without_the_mean_picture(self, cifar10):
        index, arrays = cifar10
        centred = arrays["x_test"][:60] - arrays["x_train"].mean(axis=0)
        assert identify(block_means(centred), index).splits() == {"test": 60}

    def test_other_images_are_not(self, cifar10):
        index, arrays = cifar10
        rolled = np.roll(arrays["x_test"][:60], 9, axis=1)
        assert identify(block_means(rolled), index).matched <= 6

    def test_a_reduced_run_is_compared_with_what_it_was_given(self, cifar10):
        index, _ = cifar10
        assert len(index.on("reduced").paths) < len(index.paths)
        assert index.on("full") is index

    def test_coloured_samples_are_none_of_grey_ones(self, tmp_path):
        index = ImageIndex.of_arrays(serve_keras_dataset("mnist", tmp_path))
        assert identify(block_means(images(5, 32, 32, 3)), index).matched == 0
