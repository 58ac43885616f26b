"""The teacher's folder that is to be robbed: what lies where, and the secret in each place."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat

RUBRIC = """\
# {secret}
rubric: 1
id: hostile
title: A small network
reference: reference.ipynb
networks:
  small:
    input: [8, 8, 1]
    layers:
      - Conv2D(4, 3, activation="relu")
      - Flatten()
      - Dense(3, activation="softmax")
questions:
  - id: task1
    title: The answer
    checks:
      - {{id: 1a, check: printed, pattern: the answer is 42, title: The answer, points: 2, visibility: hidden}}
  - id: task2
    title: The network
    checks:
      - {{id: 2a, check: network, network: small, points: 4, title: The network}}
      - {{id: 2b, check: parameters, network: small, points: 1, title: Its parameters}}
      - {{id: 2c, check: compiled, network: small, optimizer: [Adam], loss: sparse_categorical_crossentropy, metrics: [accuracy], points: 2, title: Compiled}}
      - {{id: 2d, check: epochs, network: small, epochs: 30, points: 2, title: Thirty epochs}}
      - {{id: 2e, check: curves, network: small, series: loss, points: 2, title: The loss curve}}
      - {{id: 2f, check: saved, network: small, points: 1, title: Saved}}
      - {{id: 2g, check: summarised, network: small, points: 1, title: Its summary}}
"""


def _secret() -> str:
    return f"loot{secrets.token_hex(12)}"


@dataclass(frozen=True)
class Places:
    """Where everything lies, below one folder; each secret stands in one place and nowhere else."""

    folder: Path
    mark: str = field(default_factory=lambda: f"hostile{secrets.token_hex(4)}")
    """In the name of every file and process that an attack makes outside."""
    port: int = 0
    """Where a service of this machine listens, which answers with a secret."""

    rubric_secret: str = field(default_factory=_secret)
    reference_secret: str = field(default_factory=_secret)
    cache_secret: str = field(default_factory=_secret)
    results_secret: str = field(default_factory=_secret)
    home_secret: str = field(default_factory=_secret)
    environment_secret: str = field(default_factory=_secret)
    process_secret: str = field(default_factory=_secret)
    descriptor_secret: str = field(default_factory=_secret)
    honest_secret: str = field(default_factory=_secret)
    service_secret: str = field(default_factory=_secret)
    shared_memory_secret: str = field(default_factory=_secret)

    @property
    def secrets(self) -> dict[str, str]:
        """Each secret and the place that it comes from."""
        return {
            self.rubric_secret: "rubric",
            self.reference_secret: "reference",
            self.cache_secret: "hidden data",
            self.results_secret: "results",
            self.home_secret: "home",
            self.environment_secret: "environment",
            self.process_secret: "another process",
            self.descriptor_secret: "open file of the grader",
            self.honest_secret: "another submission",
            self.service_secret: "network service",
            self.shared_memory_secret: "shared memory",
        }

    @property
    def desk(self) -> Path:
        """The teacher's folder: rubric and reference."""
        return self.folder / "desk"

    @property
    def rubric(self) -> Path:
        return self.desk / "hostile.yaml"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def submissions(self) -> Path:
        return self.folder / "submissions"

    @property
    def temporary(self) -> Path:
        """What the grader is given for temporary files."""
        return self.folder / "tmp"

    @property
    def outside(self) -> Path:
        """An empty folder into which nothing may be written."""
        return self.folder / "outside"

    @cached_property
    def guarded(self) -> tuple[Path, ...]:
        """What must be the same afterwards."""
        return (self.desk, self.home, self.outside, self.submissions)

    @property
    def shared_memory(self) -> Path:
        return Path("/dev/shm") / self.mark

    def furnish(self) -> None:
        """Make the folders and put a secret into each."""
        for folder in (self.desk, self.home / ".ssh", self.cache / "data", self.results, self.submissions):
            folder.mkdir(parents=True)
        self.temporary.mkdir()
        self.outside.mkdir()
        self.rubric.write_text(RUBRIC.format(secret=self.rubric_secret))
        cell = nbformat.v4.new_code_cell(f"secret = '{self.reference_secret}'")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), self.desk / "reference.ipynb")
        (self.cache / "data/labels.csv").write_text(self.cache_secret)
        (self.results / "notes.txt").write_text(self.results_secret)
        (self.home / ".ssh/id_ed25519").write_text(self.home_secret)
        if self.shared_memory.parent.is_dir():
            self.shared_memory.write_text(self.shared_memory_secret)

    def state(self) -> dict[str, str]:
        """Every guarded path with what it holds, links and odd files by their kind."""
        return {
            str(path.relative_to(self.folder)): _content(path)
            for guarded in self.guarded
            for path in sorted(guarded.rglob("*"))
        }

    def spilt(self) -> list[str]:
        """Files of attacks that lie where they should not."""
        shared = [Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")]
        found = [path for folder in shared for path in folder.glob(f"*{self.mark}*")]
        left = [path for path in found if path not in (self.shared_memory, self.folder)]
        return [str(path) for path in (*left, *self.temporary.iterdir())]

    def clear(self) -> None:
        """Remove what lies outside the folder."""
        self.shared_memory.unlink(missing_ok=True)


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if not path.is_file():
        return "folder" if path.is_dir() else "odd"
    with path.open("rb") as file:
        return f"{path.stat().st_mtime_ns} {hashlib.file_digest(file, 'sha256').hexdigest()}"
