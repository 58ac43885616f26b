"""Reading the files in which the data sets of ``keras.datasets`` are published, trusting nothing in them."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from grader.errors import UserError

MAX_BYTES = 1 << 30
"""Unpacked size of a file, or of all that is taken from an archive, beyond which it is refused."""
_MAX_MEMBERS = 1000

_IDX = {
    "x_train": "train-images",
    "y_train": "train-labels",
    "x_test": "t10k-images",
    "y_test": "t10k-labels",
}
"""How the four files of MNIST and Fashion-MNIST begin."""
_CIFAR10 = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
_CIFAR100 = {"train": ("train",), "test": ("test",)}
_PARTS = ("x_train", "y_train", "x_test", "y_test")


def read_published(source: Path) -> dict[str, np.ndarray]:
    """The arrays in a published file.

    Takes CIFAR's ``cifar-10-python.tar.gz`` and ``cifar-100-python.tar.gz``, an ``.npz`` with ``x_train``,
    ``y_train``, ``x_test`` and ``y_test``, and the four ``idx`` files of MNIST or Fashion-MNIST (gzipped or
    not) in a folder, zip or tar. Raises ``UserError`` for everything else, and for what is damaged, too large
    or not what its name says.
    """
    try:
        if source.is_dir():
            return _of_members(_in_folder(source), source)
        if zipfile.is_zipfile(source):
            return _of_zip(source)
        if tarfile.is_tarfile(source):
            return _of_members(_in_tar(source), source)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        zlib.error,
        EOFError,
        gzip.BadGzipFile,
        ValueError,
    ) as error:
        raise UserError(f"{source}: is damaged ({error}); download it again") from error
    raise UserError(f"{source}: {_EXPECTED}")


_EXPECTED = (
    "is none of the published files: expected cifar-10-python.tar.gz, cifar-100-python.tar.gz, an .npz with "
    "x_train, y_train, x_test, y_test, or the four idx files of MNIST in a folder or zip"
)


def _of_zip(source: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MAX_BYTES or len(members) > _MAX_MEMBERS:
            raise UserError(f"{source}: refused, it unpacks to more than {MAX_BYTES >> 30} GiB")
        if not {f"{part}.npy" for part in _PARTS} <= {member.filename for member in members}:
            contents = (
                (member.filename, _reader(archive, member)) for member in members if not member.is_dir()
            )
            return _of_members(contents, source)
    with np.load(source, allow_pickle=False) as arrays:
        wanted = (*_PARTS, "y_train_coarse", "y_test_coarse")
        return {part: arrays[part] for part in wanted if part in arrays.files}


Contents = Iterator[tuple[str, Callable[[], IO[bytes]]]]


def _reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(member)


def _in_folder(folder: Path) -> Contents:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield path.name, lambda path=path: path.open("rb")  # type: ignore[misc]


def _in_tar(source: Path) -> Contents:
    size = 0
    with tarfile.open(source) as archive:
        for count, member in enumerate(archive):
            size += member.size
            if size > MAX_BYTES or count >= _MAX_MEMBERS:
                raise UserError(f"{source}: refused, it unpacks to more than {MAX_BYTES >> 30} GiB")
            if member.isfile() and (file := archive.extractfile(member)) is not None:
                yield member.name, lambda file=file: file  # type: ignore[misc]


def _of_members(contents: Contents, source: Path) -> dict[str, np.ndarray]:
    cifar = {name for batches in (_CIFAR10, _CIFAR100) for names in batches.values() for name in names}
    idx: dict[str, np.ndarray] = {}
    batches: dict[str, dict[str, np.ndarray]] = {}
    for path, opened in contents:
        name = PurePosixPath(path.replace("\\", "/")).name
        part = next((part for part, begin in _IDX.items() if name.startswith(begin)), None)
        if part is not None:
            idx[part] = _idx(_unpacked(opened, source, name), source, name)
        elif name in cifar:
            batches[name] = _batch(_unpacked(opened, source, name), source, name)
    if idx:
        if missing := [begin for part, begin in _IDX.items() if part not in idx]:
            raise UserError(f"{source}: there is no {missing[0]}-idx… file beside the others")
        return idx
    for known in (_CIFAR10, _CIFAR100):
        wanted = [name for names in known.values() for name in names]
        if found := [name for name in wanted if name in batches]:
            if missing := [name for name in wanted if name not in batches]:
                raise UserError(f"{source}: holds {found[0]} but no {missing[0]}; download it again")
            return _joined(batches, known)
    raise UserError(f"{source}: {_EXPECTED}")


def _unpacked(opened: Callable[[], IO[bytes]], source: Path, name: str) -> bytes:
    with opened() as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) <= MAX_BYTES and content[:2] == b"\x1f\x8b":
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            content = packed.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UserError(f"{source}: refused, {name} unpacks to more than {MAX_BYTES >> 30} GiB")
    return content


def _idx(content: bytes, source: Path, name: str) -> np.ndarray:
    """An array of bytes in the format that http://yann.lecun.com/exdb/mnist describes."""
    axes = content[3] if content[:3] == b"\x00\x00\x08" and len(content) > 3 else 0
    start = 4 + 4 * axes
    shape = tuple(int(side) for side in np.frombuffer(content[4:start], ">u4")) if axes in (1, 3) else ()
    if not shape or len(content) - start != int(np.prod(shape, dtype=np.int64)):
        raise UserError(f"{source}: {name} is no idx file of images or labels; download it again")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _joined(
    batches: Mapping[str, Mapping[str, np.ndarray]], known: Mapping[str, tuple[str, ...]]
) -> dict[str, np.ndarray]:
    arrays = {}
    for split, names in known.items():
        flat = np.concatenate([batches[name]["data"] for name in names])
        arrays[f"x_{split}"] = flat.reshape(len(flat), 3, 32, 32).transpose(0, 2, 3, 1)
        arrays[f"y_{split}"] = np.concatenate([batches[name]["labels"] for name in names])
        if "coarse" in batches[names[0]]:
            arrays[f"y_{split}_coarse"] = np.concatenate([batches[name]["coarse"] for name in names])
    return arrays


def _batch(content: bytes, source: Path, name: str) -> dict[str, np.ndarray]:
    """A batch of CIFAR as it was pickled in 2009: a dict of an array of pixels and a list of labels."""
    try:
        pickled = _Unpickler(io.BytesIO(content), encoding="bytes").load()
        data = pickled[b"data"].array()
        labels = np.array(pickled.get(b"labels", pickled.get(b"fine_labels")), np.int64)
        batch = {"data": data, "labels": labels}
        if b"coarse_labels" in pickled:
            batch["coarse"] = np.array(pickled[b"coarse_labels"], np.int64)
    except UserError as error:
        raise UserError(f"{source}: {name} {error}") from None
    except Exception as error:
        # Whatever a file that is no batch makes of the unpickler: nothing of it was executed.
        raise UserError(f"{source}: {name} is no batch of CIFAR images; download it again") from error
    if (
        data.ndim != 2
        or data.shape[1] != 3072
        or any(values.shape != (len(data),) for values in _labels(batch))
    ):
        raise UserError(f"{source}: {name} is no batch of CIFAR images; download it again")
    return batch


def _labels(batch: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    return [values for part, values in batch.items() if part != "data"]


class _PixelArray:
    """Stands for the one pickled array: takes its state as bytes, and nothing of NumPy's own is called."""

    def __init__(self, *_: object) -> None:
        self._shape: tuple[int, ...] = ()
        self._bytes = b""

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, content = state
        sides = isinstance(shape, tuple) and all(type(side) is int and side >= 0 for side in shape)
        if not sides or not isinstance(content, bytes) or by_columns or kind.name not in ("u1", b"u1"):
            raise UserError("holds another array than one of bytes; download it again")
        self._shape, self._bytes = shape, content

    def array(self) -> np.ndarray:
        return np.frombuffer(self._bytes, np.uint8).reshape(self._shape)


class _Type:
    """Stands for a pickled dtype."""

    def __init__(self, name: object = "", *_: object) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        pass


def _bytes(text: str, encoding: str) -> bytes:
    """Stands for ``_codecs.encode``, by which Python 3 pickles bytes for Python 2."""
    if encoding not in ("latin1", b"latin1"):
        raise UserError("is pickled in an unknown way; download it again")
    return text.encode("latin1")


_STANDING_IN: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _PixelArray,
    ("numpy._core.multiarray", "_reconstruct"): _PixelArray,
    ("numpy", "ndarray"): _PixelArray,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _bytes,
}


class _Unpickler(pickle.Unpickler):
    """Knows the names by which NumPy pickles an array, answers them with classes of this file, and refuses
    every other: a pickle can otherwise run any code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _STANDING_IN:
            raise UserError(f"asks for {module}.{name}, which no CIFAR batch does; download it again")
        return _STANDING_IN[module, name]
