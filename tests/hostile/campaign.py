"""Grading a class full of attackers through the command line, and finding out what they got."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from grader.execution import linux
from tests.hostile import honest
from tests.hostile.attack import Attack
from tests.hostile.markup import HOSTILE
from tests.hostile.places import Places
from tests.hostile.services import services

CHECKOUT = Path(__file__).parents[2]
LIMITS = ("--limit", "cell=4s", "--limit", "notebook=30s", "--limit", "memory=2GiB")
MOST_MEMORY = 1 << 30
"""Bytes of the trusted process."""
PATIENCE = 1500.0
"""Seconds after which a batch counts as stopped by its attackers."""


@dataclass
class Outcome:
    """What became of one attack."""

    attack: Attack
    got: list[str] = field(default_factory=list)
    """Loot, points and harm; empty is what is wanted."""
    statuses: list[str] = field(default_factory=list)
    mark: float | None = None


@dataclass(frozen=True)
class Told:
    """What a run of the command left behind."""

    code: int | None
    """None when it had to be ended."""
    err: str
    seconds: float
    memory: int
    """Most bytes that the trusted process had."""
    processes: int
    """Most processes that there were at a time."""
    left: tuple[str, ...]
    """Processes that were still there afterwards."""
    grades: list[dict[str, Any]]

    def of(self, file: str) -> dict[str, Any] | None:
        """The grade of the notebook with this path in the class's folder."""
        return next((grade for grade in self.grades if grade["notebook"] == file), None)


@dataclass(frozen=True)
class Report:
    """A campaign's end."""

    outcomes: tuple[Outcome, ...]
    harm: tuple[str, ...]
    """What was got and cannot be traced to one attack."""
    honest: dict[str, tuple[Any, Any]]
    """Of each honest submission what it got by itself and beside the attacks."""
    told: Told

    @property
    def clean(self) -> bool:
        """Whether nothing was got, gained, changed or left behind."""
        same = all(alone == beside for alone, beside in self.honest.values())
        return same and not self.harm and not any(outcome.got for outcome in self.outcomes)


def campaign(attacks: Sequence[Attack], folder: Path, *options: str) -> Report:
    """Grade honest work by itself, then beside ``attacks``, with ``options`` for the command, and compare."""
    places = Places(folder)
    places.furnish()
    honest.hand_in(places)
    try:
        with services(places) as port, open_file(places) as descriptor, neighbour(places):
            alone = grade(places, "alone", descriptor, options)
            places = replace(places, port=port)
            for each in attacks:
                each.build(places, places.submissions / each.name)
            before = places.state()
            told = grade(places, "results", descriptor, options)
            return _examined(attacks, places, alone, told, before, places.state())
    finally:
        places.clear()


def grade(places: Places, out: str, descriptor: int, options: Sequence[str]) -> Told:
    """``grade`` in a process of its own, watched while it runs."""
    environment = {
        **os.environ,
        "HOME": str(places.home),
        "TMPDIR": str(places.temporary),
        "XDG_STATE_HOME": str(places.folder / "state"),
        "GRADER_CACHE": str(places.cache),
        "GRADER_DATA": str(places.folder / "no-photographs"),
        "PYTHONPATH": str(CHECKOUT),
        "COURSE_API_TOKEN": places.environment_secret,
    }
    known = set(psutil.Process().children(recursive=True))
    # Whatever outlives the command becomes this process's child, and is found.
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    began = time.perf_counter()
    with (places.folder / "errors").open("w+") as errors:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "grader.cli.main", "submissions", "--rubric", str(places.rubric)),
                *("--out", out, "--jobs", "2", "--yes", *LIMITS, *options),
            ],
            cwd=places.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=(descriptor,),
        )
        with _watched(process.pid) as peak:
            try:
                code: int | None = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                code = None
                process.send_signal(signal.SIGTERM)
                process.wait(30)
        errors.seek(0)
        err = errors.read()
    seconds = time.perf_counter() - began
    time.sleep(0.5)
    left = [child for child in psutil.Process().children(recursive=True) if child not in known]
    names = tuple(_named(child) for child in left if _named(child))
    for child in left:
        with contextlib.suppress(psutil.Error):
            child.kill()
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 0)
    written = places.folder / out / "grades.json"
    grades = json.loads(written.read_text())["submissions"] if written.exists() else []
    return Told(code, err, seconds, peak["memory"], peak["processes"], names, grades)


def _named(process: psutil.Process) -> str:
    try:
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())[:80]
    except psutil.Error:
        return ""


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[dict[str, int]]:
    peak = {"memory": 0, "processes": 0}
    ended = threading.Event()

    def watch() -> None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            while not ended.wait(0.2):
                peak["memory"] = max(peak["memory"], process.memory_info().rss)
                peak["processes"] = max(peak["processes"], len(process.children(recursive=True)))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def open_file(places: Places) -> Iterator[int]:
    """The descriptor of a file that has no name and that the grader inherits."""
    path = places.folder / "open"
    path.write_text(places.descriptor_secret)
    with path.open("rb") as file:
        path.unlink()
        yield file.fileno()


@contextlib.contextmanager
def neighbour(places: Places) -> Iterator[None]:
    """Another process of this user, with a secret in its environment."""
    process = subprocess.Popen(
        ["sleep", "3600"], env={"PATH": os.environ["PATH"], "TOKEN": places.process_secret}
    )
    try:
        yield
    finally:
        alive = process.poll() is None
        process.kill()
        process.wait()
    if not alive:
        raise AssertionError("an attack ended a process of this machine")


def _examined(
    attacks: Sequence[Attack],
    places: Places,
    alone: Told,
    told: Told,
    before: dict[str, str],
    after: dict[str, str],
) -> Report:
    outcomes = {each.name: Outcome(each) for each in attacks}
    harm: list[str] = []

    def blame(where: str, what: str) -> None:
        whose = next((outcome for name, outcome in outcomes.items() if name in where), None)
        if whose is None:
            harm.append(f"{what} ({where})")
        elif what not in whose.got:
            whose.got.append(what)

    for where, text in _came_back(places):
        for secret, place in places.secrets.items():
            if secret in text and not (place == "another submission" and _is_honest(where)):
                blame(where, f"loot: {place}")
    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path):
            blame(f"{path} {after.get(path, 'gone')}", "changed" if path in before else "written outside")
    _weigh(places, told, outcomes, blame)
    for page in sorted((places.results).rglob("*.html")):
        if HOSTILE[:24] in page.read_text():
            blame(page.name, "script in the report")
    table = places.results / "gradebook.csv"
    if table.exists() and any(line.startswith(("=", '"=')) for line in table.read_text().splitlines()):
        harm.append("a formula in gradebook.csv")
    harm += [f"left behind: {path}" for path in places.spilt()]
    harm += [f"still running: {name}" for name in told.left]
    harm += [
        f"fault of the grader: {file.read_text().splitlines()[-1]}"
        for file in (places.folder / "state").rglob("crash*")
    ]
    if "Traceback" in told.err:
        harm.append("a traceback reached the user")
    if told.code != 0:
        harm.append(f"the batch ended with code {told.code}: {told.err[-300:]}")
    if told.memory > MOST_MEMORY:
        harm.append(f"the trusted process took {told.memory >> 20} MiB")
    if (places.results / "notes.txt").read_text() != places.results_secret:
        harm.append("the results folder was changed")
    both = {name: (_earned(alone, name), _earned(told, name)) for name in honest.SHARES}
    return Report(tuple(outcomes.values()), tuple(harm), both, told)


def _weigh(
    places: Places, told: Told, outcomes: dict[str, Outcome], blame: Callable[[str, str], None]
) -> None:
    """Statuses, and points beyond those of the same work without the attack."""
    bound = (told.of("lazy.ipynb") or {}).get("earned", 0)
    for outcome in outcomes.values():
        found = [
            grade
            for grade in told.grades
            if outcome.attack.name in f"{grade['submission']} {grade['notebook']}"
        ]
        outcome.statuses = sorted({grade["status"] for grade in found})
        if not found and outcome.attack.family != "files":
            outcome.got.append("lost: no grade and no status")
        for grade in found:
            outcome.mark = max(outcome.mark or 0, float(grade["earned"]))
            if float(grade["earned"]) > float(bound):
                gained = [
                    check["id"]
                    for question in grade["questions"]
                    for check in question["checks"]
                    if check["earned"]
                ]
                blame(
                    outcome.attack.name,
                    f"points: {grade['earned']} instead of {bound} ({grade['status']}, {' '.join(gained)})",
                )
            if grade["status"] == "failed":
                blame(outcome.attack.name, f"a fault of the grader: {grade['reason'][:90]}")


def _earned(told: Told, name: str) -> tuple[Any, ...] | None:
    grade = told.of(f"{name}.ipynb")
    if grade is None:
        return None
    checks = tuple(
        (check["id"], check["earned"]) for question in grade["questions"] for check in question["checks"]
    )
    return grade["status"], grade["earned"], checks


def _is_honest(where: str) -> bool:
    # A name that another one differs from in case only gets a number.
    return re.sub(r"-\d+$", "", Path(where).stem) in honest.SHARES


def _came_back(places: Places) -> Iterator[tuple[str, str]]:
    """Everything that the grader keeps or shows of each submission."""
    for entry in (places.cache / "evidence").glob("*/*"):
        whole = gzip.decompress((entry / "evidence.json.gz").read_bytes()).decode()
        name = json.loads(whole)["notebook"]
        yield name, whole
        yield name, gzip.decompress((entry / "executed.ipynb.gz").read_bytes()).decode()
    for page in (places.results / "students").glob("*.html"):
        yield page.name, page.read_text()
    for name in ("index.html", "grades.json", "gradebook.csv"):
        if (places.results / name).exists():
            yield name, (places.results / name).read_text()
