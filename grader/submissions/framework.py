"""Which deep learning library a notebook is written for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from grader.submissions.source import CellSource, parse_cells

Framework = Literal["keras", "pytorch", "jax", "none"]

PACKAGES: dict[Framework, frozenset[str]] = {
    "keras": frozenset({"keras", "tensorflow", "tf_keras"}),
    "pytorch": frozenset(
        {"torch", "torchvision", "torchaudio", "pytorch_lightning", "lightning", "fastai", "timm"}
    ),
    "jax": frozenset({"jax", "flax", "haiku", "equinox"}),
}
"""Top-level packages, in the order in which they are looked for: Keras may run on PyTorch or JAX."""

_IMPORT = re.compile(r"^[ \t]*(?:import|from)\s+([A-Za-z_]\w*)", re.MULTILINE)
_KERAS_WITHOUT_IMPORT = re.compile(r"\b(?:tf\.|keras\.)(?:keras|layers|models|Sequential|Model|utils)\b")


def framework_of(notebook: Mapping[str, Any], cells: Sequence[CellSource] | None = None) -> Framework:
    """The library that the notebook imports: Keras (or TensorFlow) before others, ``none`` if there is none.

    ``cells`` may be passed when the notebook has been parsed already.
    """
    cells = parse_cells(notebook) if cells is None else cells
    imported = {item.module.partition(".")[0] for cell in cells for item in cell.imports}
    for cell in cells:
        if cell.tree is None:
            imported.update(_IMPORT.findall(cell.source))
    for framework, packages in PACKAGES.items():
        if imported & packages:
            return framework
        if framework == "keras" and any(_KERAS_WITHOUT_IMPORT.search(cell.source) for cell in cells):
            return "keras"
    return "none"


def other_framework(notebook: Mapping[str, Any], cells: Sequence[CellSource] | None = None) -> str | None:
    """Why the notebook cannot be graded as Keras work, in one sentence; None if it can.

    A notebook that imports no such library (an empty template) is gradable: it just earns little.
    """
    framework = framework_of(notebook, cells)
    if framework in ("keras", "none"):
        return None
    name = {"pytorch": "PyTorch", "jax": "JAX"}[framework]
    return f"the notebook is written for {name}: it imports neither keras nor tensorflow"
