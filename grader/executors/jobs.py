"""What a notebook's execution depends on, beside the notebook itself."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from grader.datasets.provision_weights import all_weights
from grader.execution.job import Job


def hidden() -> tuple[str, ...]:
    """What may lie below the Python installation and is none of a notebook's business."""
    package = Path(__file__).resolve().parents[1]
    return tuple(
        str(folder)
        for folder in (package, package.parent / "rubrics", package.parent / "reference_solutions")
    )


def weights_for(code: str) -> tuple[tuple[str, str], ...]:
    """Pre-trained weights that the teacher provided, for code that uses ``keras.applications``."""
    if not re.search(r"\bapplications\b", code):
        return ()
    return tuple((each.key, str(each.path)) for each in all_weights())


def _is_own_file(path: Path) -> bool:
    """Whether it is a file and no link, which the notebook does not get and which may have no end."""
    return path.is_file() and not path.is_symlink()


def settings_of(job: Job) -> dict[str, object]:
    """Everything beside the notebook that its evidence depends on."""
    beside = hashlib.sha256()
    if job.files:
        for path in sorted(path for path in Path(job.files).rglob("*") if _is_own_file(path)):
            beside.update(f"{path.relative_to(job.files)}\n{path.stat().st_size}\n".encode())
            with path.open("rb") as file:
                beside.update(hashlib.file_digest(file, "sha256").digest())
    return {
        "limits": job.limits.model_dump(),
        "recorder": job.recorder.model_dump(),
        "data": [(data.digest, data.names.aliases, data.full == data.reduced) for data in job.data],
        "arrays": [[name, *Path(path).parts[-2:]] for arrays in job.arrays.values() for name, path in arrays],
        "weights": [[name, Path(path).name] for name, path in job.weights],
        "counts_samples": job.counts_samples,
        "only": job.only,
        "patient": job.patient,
        "files": beside.hexdigest(),
        "sandbox": job.sandbox,
    }
