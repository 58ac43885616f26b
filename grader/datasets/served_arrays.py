"""A data set of ``keras.datasets`` that a notebook is given: the teacher's copy where there is one, drawn
otherwise."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.datasets import provision_arrays
from grader.datasets.arrays import REDUCED, serve_array
from grader.datasets.keras_classes import CLASS_NAMES
from grader.datasets.pixels import Pixels, content_digest
from grader.errors import UserError
from grader.evidence.thumbnails import block_means

SPLITS = ("train", "test")
VERSION = 2
"""Of what is kept beside the arrays: what another version made is not used."""

_RECORD, _ROWS = "served.json", "rows.npz"
_THUMBNAILS = {"full": "thumbnails.npy", "reduced": "thumbnails-reduced.npy"}


@dataclass(frozen=True)
class Part:
    """The arrays in one of two sizes; sequences are in the order of the rows."""

    path: Path
    """An ``.npz`` with ``x_train``, ``y_train``, ``x_test`` and ``y_test`` as ``load_data`` gives them."""
    names: Mapping[str, tuple[str, ...]]
    """Samples of each split as ``split/class/row``, the row being that of the whole set."""
    pixels: Pixels
    thumbnails: Path
    """Block means of all samples, the training split first: ``.npy``, float32, ``(n, 8, 8, channels)``."""


@dataclass(frozen=True)
class ServedArrays:
    """A data set of ``keras.datasets`` on disk, never written to."""

    name: str
    full: Part
    reduced: Part
    """2,000 training and 500 test samples of the whole set, every class equally often, in their order."""
    stand_in: bool
    """Whether its images are drawn."""
    description: str
    digest: str
    """SHA-256 of the content."""
    classes: tuple[str, ...]
    """In the order of the labels."""

    @property
    def root(self) -> Path:
        """The ``.npz`` of the whole set."""
        return self.full.path


def serve_keras_dataset(name: str, cache: Path) -> ServedArrays:
    """The data set ``keras.datasets.<name>``, made ready below ``cache`` on first use.

    Raises ``UserError`` for a name that the grader does not know, or a provisioned copy that is damaged.
    """
    copy = provision_arrays.find(name)
    whole = copy.path if copy is not None else serve_array(name, "full", cache)
    home = _made(name, whole, cache)
    record = json.loads((home / _RECORD).read_text(encoding="utf-8"))
    with np.load(home / _ROWS, allow_pickle=False) as kept:
        labels = {split: kept[f"labels_{split}"] for split in SPLITS}
        fewer = {split: kept[f"rows_{split}"] for split in SPLITS}
    every = {split: np.arange(len(labels[split])) for split in SPLITS}
    counts = " + ".join(f"{len(rows):,}" for rows in every.values())
    return ServedArrays(
        name=name,
        full=Part(whole, _names(name, labels, every), _pixels(record["full"]), home / _THUMBNAILS["full"]),
        reduced=Part(
            home / "reduced.npz",
            _names(name, labels, fewer),
            _pixels(record["reduced"]),
            home / _THUMBNAILS["reduced"],
        ),
        stand_in=copy is None,
        description=f"{'drawn stand-in images' if copy is None else 'provisioned copy'}, {counts}",
        digest=record["digest"],
        classes=CLASS_NAMES[name],
    )


def reduced_rows(labels: np.ndarray, wanted: int) -> np.ndarray:
    """About ``wanted`` rows, the same share of each class, evenly spread and in their order."""
    classes = np.unique(labels)
    each = max(1, wanted // len(classes))
    chosen = []
    for label in classes:
        rows = np.flatnonzero(labels == label)
        chosen.append(rows[np.arange(min(each, len(rows))) * len(rows) // min(each, len(rows))])
    return np.sort(np.concatenate(chosen))


def _names(
    name: str, labels: Mapping[str, np.ndarray], rows: Mapping[str, np.ndarray]
) -> dict[str, tuple[str, ...]]:
    classes = CLASS_NAMES[name]
    return {
        split: tuple(
            f"{split}/{classes[label]}/{row:05d}"
            for label, row in zip(labels[split][rows[split]].tolist(), rows[split].tolist(), strict=True)
        )
        for split in SPLITS
    }


def _pixels(record: Mapping[str, Any]) -> Pixels:
    return Pixels(
        record["mean"],
        record["deviation"],
        tuple(record["channel_means"]),
        tuple(record["channel_deviations"]),
    )


def _made(name: str, whole: Path, cache: Path) -> Path:
    """The folder of what is kept beside the arrays in ``whole``, filled unless that was done before.

    Made in a folder of its own that is renamed when complete: of two processes at once the slower one finds
    the work done, and an interrupted one leaves nothing that looks complete.
    """
    stat = whole.stat()
    key = json.dumps([VERSION, name, str(whole), stat.st_size, stat.st_mtime_ns, REDUCED])
    home = cache / "datasets" / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    if (home / _RECORD).is_file():
        return home
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=home.parent) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            _make(whole, made)
            os.sync()  # after a loss of power nothing under the final name may be half of what it was
            try:
                made.rename(home)
            except OSError:
                if not (home / _RECORD).is_file():
                    raise
    except OSError as error:
        place = error.filename or home
        raise UserError(f"{place}: {error.strerror or error}; data {name} was not made") from error
    return home


def _make(whole: Path, made: Path) -> None:
    with np.load(whole, allow_pickle=False) as served:
        arrays = dict(served)
    labels = {split: arrays[f"y_{split}"].ravel() for split in SPLITS}
    rows = {split: reduced_rows(labels[split], wanted) for split, wanted in zip(SPLITS, REDUCED, strict=True)}
    fewer = {part: array[rows[part.split("_")[1]]] for part, array in arrays.items()}
    kept = {f"labels_{split}": labels[split] for split in SPLITS}
    kept |= {f"rows_{split}": rows[split] for split in SPLITS}
    np.savez(made / "reduced.npz", **fewer)
    np.savez(made / _ROWS, **kept)
    for size, held in (("full", arrays), ("reduced", fewer)):
        means = np.concatenate([block_means(held[f"x_{split}"]) for split in SPLITS])
        np.save(made / _THUMBNAILS[size], means)
    record = {
        "digest": content_digest(arrays),
        "full": asdict(Pixels.of(arrays["x_train"])),
        "reduced": asdict(Pixels.of(fewer["x_train"])),
    }
    (made / _RECORD).write_text(json.dumps(record), encoding="utf-8")
