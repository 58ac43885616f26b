"""The teacher's copies of pre-trained weights, which ``keras.applications`` would download."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.datasets.provision import data_folder
from grader.errors import UserError
from grader.network.bases import base_of_file, bases
from grader.network.signatures import did_you_mean

SUFFIXES = (".h5", ".hdf5")

_FOLDER = "weights"


class ProvisionedWeights(BaseModel):
    """A provisioned file, as the note beside it describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str
    """The network's name in ``keras.applications``."""
    part: Literal["top", "notop"]
    """With its dense layers or without."""
    source: str
    """File name of what it was made from."""
    added: datetime
    digest: str
    """SHA-256 of the file."""

    @property
    def key(self) -> str:
        """Names it in a kernel: ``xception.notop``."""
        return f"{self.base.lower()}.{self.part}"

    @property
    def path(self) -> Path:
        """The file on this machine."""
        return _home() / f"{self.key}.{self.digest[:16]}.h5"


def is_weights(source: Path) -> bool:
    """Whether a file that a teacher adds is one of weights."""
    return source.suffix.lower() in SUFFIXES


def add(name: str, source: Path) -> ProvisionedWeights:
    """Keep the published weights of a network of ``keras.applications``, with its top or without.

    Raises:
        UserError: there is no such network or file, or the file does not hold its layers.
    """
    base = _base(name)
    layers = _layers(source)
    _, _, first = bases()[base].first
    if not any(layer == first or layer.startswith(f"{first}_") for layer in layers):
        raise UserError(f"{source}: holds no weights of {base}: it has no layer {first}")
    part: Literal["top", "notop"] = "top" if any(layer in _TOPS for layer in layers) else "notop"
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    now = datetime.now(UTC).replace(microsecond=0)
    copy = ProvisionedWeights(base=base, part=part, source=source.name, added=now, digest=digest)
    try:
        _home().mkdir(parents=True, exist_ok=True)
        scratch = copy.path.with_suffix(".adding")
        shutil.copyfile(source, scratch)
        scratch.replace(copy.path)
        (_home() / f"{copy.key}.json").write_text(copy.model_dump_json(indent=1), encoding="utf-8")
        for earlier in _home().glob(f"{copy.key}.*.h5"):
            if earlier != copy.path:
                earlier.unlink()
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; {name} was not added") from error
    return copy


_TOPS = ("predictions", "conv_preds", "Logits", "fc1000")
"""Layers that tell ImageNet's classes apart."""


def _base(name: str) -> str:
    base = base_of_file(name)
    if base is None:
        raise UserError(f'keras.applications has no network "{name}"{did_you_mean(name, bases())}')
    return base


def _layers(source: Path) -> tuple[str, ...]:
    import h5py

    try:
        with h5py.File(source) as file:
            group = file.get("model_weights", file)
            names = group.attrs.get("layer_names", list(group))
            return tuple(name.decode() if isinstance(name, bytes) else str(name) for name in names)
    except FileNotFoundError:
        raise UserError(f"{source}: there is no such file") from None
    except OSError as error:
        raise UserError(f"{source}: is no file of Keras weights (HDF5)") from error


def all_weights() -> list[ProvisionedWeights]:
    """Every provisioned file, by name; ``UserError`` when one is damaged."""
    found = []
    for note in sorted(_home().glob("*.json")):
        try:
            copy = ProvisionedWeights.model_validate_json(note.read_bytes())
        except ValidationError as error:
            raise UserError(f"{note}: is damaged; add the weights again or delete it") from error
        if not copy.path.is_file():
            raise UserError(
                f"{copy.path}: is missing; add the weights again: grade data add {copy.base} FILE.h5"
            )
        found.append(copy)
    return found


def remove(name: str) -> bool:
    """Delete the files of a network; False when there are none."""
    gone = [copy for copy in all_weights() if copy.base.lower() == name.lower()]
    for copy in gone:
        (_home() / f"{copy.key}.json").unlink()
        copy.path.unlink()
    return bool(gone)


def _home() -> Path:
    return data_folder() / _FOLDER
