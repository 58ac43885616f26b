"""The teacher's copies of data sets of ``keras.datasets``."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from grader.datasets.arrays import ARRAY_SETS, COARSE
from grader.datasets.pixels import content_digest
from grader.datasets.provision import data_folder
from grader.datasets.published import read_published
from grader.errors import UserError

_MANIFEST = "arrays.json"


class ProvisionedArrays(BaseModel):
    """A provisioned copy, as its manifest describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    """File name of what it was made from."""
    added: datetime
    digest: str
    """Of the content."""
    samples: tuple[int, int]
    """Training and test samples."""

    @property
    def classes(self) -> int:
        """How many classes it has."""
        return ARRAY_SETS[self.name].classes

    @property
    def path(self) -> Path:
        """The arrays on this machine: an ``.npz`` such as ``keras.datasets`` would download for MNIST."""
        return data_folder() / self.name / f"{self.digest[:16]}.npz"


def is_array_set(name: str) -> bool:
    """Whether a data set's name is one of ``keras.datasets``."""
    return name in ARRAY_SETS


def add(name: str, source: Path) -> ProvisionedArrays:
    """Keep a copy of a data set of ``keras.datasets`` from a published file (:func:`read_published`).

    A copy that was there is replaced once the new one is complete. Raises ``UserError`` when the source
    cannot be read or is not that data set.
    """
    home = data_folder() / name
    try:
        if not source.exists():
            raise UserError(f"{source}: there is no such file or folder")
        arrays = _checked(name, read_published(source), source)
        copy = ProvisionedArrays(
            name=name,
            source=source.name,
            added=datetime.now(UTC).replace(microsecond=0),
            digest=content_digest(arrays),
            samples=(len(arrays["x_train"]), len(arrays["x_test"])),
        )
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=home) as scratch:
            made = Path(scratch)
            np.savez(made / "arrays.npz", **arrays)  # type: ignore[arg-type]
            (made / _MANIFEST).write_text(copy.model_dump_json(indent=1), encoding="utf-8")
            (made / "arrays.npz").replace(copy.path)
            (made / _MANIFEST).replace(home / _MANIFEST)
        for earlier in home.glob("*.npz"):
            if earlier != copy.path:
                earlier.unlink()
    except OSError as error:
        place = error.filename or home
        raise UserError(f"{place}: {error.strerror or error}; {name} was not added") from error
    return copy


def find(name: str) -> ProvisionedArrays | None:
    """The copy under a name, or None; ``UserError`` for a name that is none of :data:`ARRAY_SETS`, and when
    what is there is damaged."""
    if name not in ARRAY_SETS:
        known = ", ".join(ARRAY_SETS)
        raise UserError(f'the grader has no data set "{name}" of keras.datasets; there is: {known}')
    manifest = data_folder() / name / _MANIFEST
    if not manifest.is_file():
        return None
    again = f"add the data again: grade data add {name} FILE"
    try:
        copy = ProvisionedArrays.model_validate_json(manifest.read_bytes())
    except ValidationError as error:
        raise UserError(f"{manifest}: is damaged; {again}") from error
    if not copy.path.is_file():
        raise UserError(f"{copy.path}: is missing; {again}")
    return copy


def all_arrays() -> list[ProvisionedArrays]:
    """Every copy, by name."""
    return [copy for name in sorted(ARRAY_SETS) if (copy := find(name)) is not None]


def remove(name: str) -> bool:
    """Delete the copy under a name; whether there was one. ``UserError`` when it cannot be deleted."""
    home = data_folder() / name
    if not is_array_set(name) or not (home / _MANIFEST).is_file():
        return False
    try:
        shutil.rmtree(home)
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; {name} was not removed") from error
    return True


def _checked(name: str, arrays: Mapping[str, np.ndarray], source: Path) -> dict[str, np.ndarray]:
    """The arrays with the shapes and types of ``keras.datasets.<name>``."""
    like = ARRAY_SETS[name]
    image = (like.side, like.side, 3) if like.colour else (like.side, like.side)
    checked: dict[str, np.ndarray] = {}
    for split, count in zip(("train", "test"), like.full, strict=True):
        x, y = arrays[f"x_{split}"], arrays[f"y_{split}"]
        x = x[..., 0] if not like.colour and x.ndim == 4 and x.shape[3] == 1 else x
        if x.shape != (count, *image) or x.dtype != np.uint8:
            raise UserError(
                f"{source}: is not {name}: x_{split} is {x.dtype} of shape {x.shape}, "
                f"not uint8 of shape {(count, *image)}"
            )
        checked[f"x_{split}"] = np.ascontiguousarray(x)
        checked[f"y_{split}"] = _labels(y, f"y_{split}", count, like.classes, source, name)
        if (coarse := arrays.get(f"y_{split}_coarse")) is not None and name == "cifar100":
            checked[f"y_{split}_coarse"] = _labels(coarse, f"y_{split}_coarse", count, 20, source, name)
    if name == "cifar100" and "y_train_coarse" not in checked:
        checked |= _coarse(checked)
    shaped = {part: values[:, np.newaxis] for part, values in checked.items() if part.startswith("y_")}
    typed = {part: values if like.column else values[:, 0] for part, values in shaped.items()}
    return checked | {part: values.astype(like.label_type) for part, values in typed.items()}


def _coarse(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    table = np.array(COARSE)
    return {f"{part}_coarse": table[arrays[part]] for part in ("y_train", "y_test")}


def _labels(y: np.ndarray, part: str, count: int, classes: int, source: Path, name: str) -> np.ndarray:
    if y.size != count or y.dtype.kind not in "iu" or y.shape not in ((count,), (count, 1)):
        raise UserError(
            f"{source}: is not {name}: {part} is {y.dtype} of shape {y.shape}, "
            f"not whole numbers of shape {(count,)}"
        )
    found = np.unique(y)
    if len(found) != classes or found[0] != 0 or found[-1] != classes - 1:
        raise UserError(
            f"{source}: is not {name}: {part} has {len(found)} classes from {found[0]} to {found[-1]}, "
            f"not {classes} from 0"
        )
    return y.reshape(count)
