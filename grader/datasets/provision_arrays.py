"""The teacher's copies of data sets of ``keras.datasets``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.datasets.arrays import ARRAY_SETS
from grader.datasets.provision import data_folder
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
    def path(self) -> Path:
        """The arrays on this machine: an ``.npz`` such as ``keras.datasets`` would download for MNIST."""
        return data_folder() / self.name / f"{self.digest[:16]}.npz"


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
