"""What a notebook's execution depends on, beside the notebook itself."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

from grader.datasets.arrays import ARRAY_SETS, REDUCED
from grader.datasets.provision_weights import all_weights
from grader.datasets.served_arrays import serve_keras_dataset
from grader.evidence.evidence import Rung
from grader.execution.job import Job
from grader.executors.data import ClassData
from grader.executors.settings import Settings
from grader.grading.choose import Chosen
from grader.submissions.counting import counts_samples
from grader.submissions.find import Submission
from grader.submissions.read import LARGEST
from grader.submissions.source import parse_cells

_LONG_CALLS = re.compile(rb"\.(?:fit|evaluate|predict)\(")


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


def job_of(
    submission: Submission,
    chosen: Chosen,
    notebook: NotebookNode,
    data: Mapping[str, ClassData],
    settings: Settings,
) -> Job:
    """What the execution of a submission's ``notebook`` depends on: the one chosen, or a variant of it."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    named = [name for name in ARRAY_SETS if re.search(rf"\b{name}\b", code)]
    served = [serve_keras_dataset(name, settings.cache / "data") for name in named]
    arrays: dict[Rung, tuple[tuple[str, str], ...]] = {
        "reduced": tuple((each.name, str(each.reduced.path)) for each in served),
        "full": tuple((each.name, str(each.full.path)) for each in served),
    }
    beside = submission.folder if submission.files else None
    return Job(
        notebook=notebook,
        name=chosen.name,
        strings=chosen.strings,
        data=tuple(each.execution for each in data.values() if each.execution is not None),
        arrays=arrays,
        counts_samples=bool(served) and counts_samples(parse_cells(notebook), min(REDUCED)),
        files=str(beside) if beside is not None else None,
        limits=settings.limits,
        recorder=settings.recorder,
        threads=1,
        sandbox=settings.sandbox,
        hidden=hidden(),
        weights=weights_for(code),
    )


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


def work_ahead(submission: Submission) -> int:
    """How long a submission may take beside others, by the calls that take longest in notebooks."""
    ahead = 0
    for notebook in submission.notebooks:
        with contextlib.suppress(OSError):
            # A pipe would be waited for.
            if notebook.is_file() and notebook.stat().st_size <= LARGEST:
                ahead = max(ahead, len(_LONG_CALLS.findall(notebook.read_bytes())))
    return ahead
