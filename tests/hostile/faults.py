"""``python -m tests.hostile.faults``: kill processes and fill disks under a batch, resume it, compare the marks.

One undisturbed run of a class of twenty first. Then each run has a cache and results of its own; at a random
moment something happens to a random process, or a disk is full until the batch ends. The batch is then run
again, twice at most: its ``grades.json`` must be the undisturbed one, no process may be left, and no file.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grader.execution import linux
from tests.end_to_end.desk import Desk, Told
from tests.hostile.disturbed_class import CLASS, RUBRIC, hand_in

PATIENCE = 900.0
"""Seconds after which a batch counts as one that never ends."""
RESUMED = 2
"""Runs in which a disturbed batch has to come to its end."""
_LINGER = 10.0
"""Seconds in which the processes of a batch that was killed must have ended."""
_SMALL_DISK = "64m"


def _below(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def _named(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return "" if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline())
    return ""


def _with(words: str, harness: int) -> list[psutil.Process]:
    return [process for process in _below(harness) if words in _named(process)]


def _zygotes(harness: int) -> list[psutil.Process]:
    return [process for process in _with("grader.execution.zygote", harness) if process.ppid() == harness]


def _kernels(harness: int) -> list[psutil.Process]:
    return [process for process in _with("grader.execution.zygote", harness) if process.ppid() != harness]


def _trainers(harness: int) -> list[psutil.Process]:
    return _with("multiprocessing.spawn", harness)


PROCESSES: dict[str, Callable[[int], list[psutil.Process]]] = {
    "kill the harness": lambda harness: [psutil.Process(harness)],
    "kill a zygote": _zygotes,
    "kill a kernel": _kernels,
    "kill a trainer": _trainers,
    "interrupt": lambda harness: [psutil.Process(harness)],
}
"""What happens, and to one of which processes of a batch."""
DISKS = {"fill the cache's disk": "cache", "fill the temporary disk": "tmp"}
"""What happens, and the folder whose disk it is."""


@dataclass
class Disturbed:
    """One disturbed batch and what came of it."""

    fault: str
    moment: float = 0.0
    """Seconds after the batch began."""
    code: int | None = None
    """Of the disturbed run; None where it never ended."""
    resumed: list[int] = field(default_factory=list)
    """Exit codes of the runs after it."""
    harm: list[str] = field(default_factory=list)
    """What differs or was left; empty is what is wanted."""


def disturb(runs: int, seed: int, folder: Path, on_run: Callable[[Disturbed], None]) -> list[Disturbed]:
    """Disturb ``runs`` batches at moments that follow from ``seed``; ``folder`` is to be thrown away."""
    chance = random.Random(seed)
    kinds = [*PROCESSES, *(DISKS if _can_mount(folder) else ())]
    desk = Desk(folder, folder / "cache")
    hand_in(desk)
    undisturbed = _grade(folder / "undisturbed")
    assert undisturbed.code == 0, undisturbed.err
    done: list[Disturbed] = []
    while len(done) < runs:
        kind, moment = chance.choice(kinds), chance.uniform(0, undisturbed.seconds)
        run = _disturbed(folder / f"run-{len(done):02}", kind, moment, chance, undisturbed)
        if run is not None:
            done.append(run)
            on_run(run)
    return done


def _disturbed(
    place: Path, kind: str, moment: float, chance: random.Random, undisturbed: Told
) -> Disturbed | None:
    """One batch; None where it came to its end before anything could happen to it."""
    run = Disturbed(kind)
    _desk_at(place)
    # Whatever outlives the command becomes this process's child, and is found.
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    known = set(_below(os.getpid()))
    with contextlib.ExitStack() as stack:
        if kind in DISKS:
            stack.enter_context(_small_disk(place / DISKS[kind]))
        began = time.perf_counter()
        batch = stack.enter_context(_begun(place))
        time.sleep(moment)
        happened = _happen(kind, batch, place, chance)
        run.moment = time.perf_counter() - began
        try:
            run.code = batch.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            run.harm.append("it never ended")
            batch.kill()
        (place / DISKS.get(kind, "cache") / "filler").unlink(missing_ok=True)
        if not happened:
            _clear(place)
            return None
        run.harm += [f"left: {name[:60]}" for name in _left(known)]
        while len(run.resumed) < RESUMED and run.resumed[-1:] != [0]:
            told = _grade(place)
            run.resumed.append(told.code)
        run.harm += [f"left: {name[:60]}" for name in _left(known)]
        run.harm += [f"left: {path.name}" for path in (place / "tmp").iterdir()]
        if told.code == 0:
            run.harm += list(differences(undisturbed.lasting, told.lasting))[:4]
        else:
            run.harm.append(f"not resumed: {told.err.strip()[-300:]}")
    if not run.harm:
        _clear(place)
    return run


def _happen(kind: str, batch: subprocess.Popen[Any], place: Path, chance: random.Random) -> bool:
    """Let it happen as soon as there is a process that it can happen to; False where there is none any more."""
    while batch.poll() is None:
        if kind in DISKS:
            _fill(place / DISKS[kind] / "filler")
            return True
        with contextlib.suppress(psutil.Error):
            found = PROCESSES[kind](batch.pid)
            if found and kind == "interrupt":
                os.killpg(batch.pid, signal.SIGINT)  # as Ctrl-C does
                return True
            if found:
                chance.choice(found).kill()
                return True
        time.sleep(0.02)
    return False


def _desk_at(place: Path) -> Desk:
    for folder in (place / "tmp", place / "cache"):
        folder.mkdir(parents=True, exist_ok=True)
    environment = {"TMPDIR": str(place / "tmp"), "XDG_STATE_HOME": str(place / "state")}
    return Desk(place.parent, place / "cache", environment)


def _words(place: Path) -> list[str]:
    return [CLASS, "--rubric", f"{RUBRIC}.yaml", "--jobs", "2", "--out", str(place / "results")]


@contextlib.contextmanager
def _begun(place: Path) -> Iterator[subprocess.Popen[Any]]:
    desk = _desk_at(place)
    batch = subprocess.Popen(
        desk.command(*_words(place)),
        cwd=desk.folder,
        env=desk.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # What a shell starts in the background ignores interrupts, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        yield batch
    finally:
        batch.kill()
        batch.wait()


def _grade(place: Path) -> Told:
    return _desk_at(place).run(*_words(place), out=str(place / "results"), seconds=PATIENCE)


def _left(known: set[psutil.Process]) -> list[str]:
    """Processes of a batch that are still there after a while."""
    until = time.perf_counter() + _LINGER
    while True:
        left = [process for process in _below(os.getpid()) if process not in known]
        names = [name for process in left if (name := _named(process))]
        if not names:
            break
        if time.perf_counter() > until:
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            break
        time.sleep(0.1)
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return names


def _can_mount(folder: Path) -> bool:
    try:
        with _small_disk(folder / "trial"):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def _small_disk(place: Path) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    linux.mount("tmpfs", place, "tmpfs", 0, f"size={_SMALL_DISK}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _fill(filler: Path) -> None:
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass


def _clear(place: Path) -> None:
    subprocess.run(["rm", "-rf", str(place)], check=False)


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Where two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            name = pair[0].get("submission", index) if isinstance(pair[0], dict) else index
            yield from differences(*pair, f"{where}[{name}]")
    elif one != other:
        yield f"{where}: {str(one)[:80]} became {str(other)[:80]}"


def main() -> int:
    """Run them and show the table; 1 if any batch did not come to the same end."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.hostile.faults", description=__doc__.split(": ")[1]
    )
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder to be made and kept")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)

    def on_run(run: Disturbed) -> None:
        console.print(f"{run.fault}, after {run.moment:.1f} s: {escape('; '.join(run.harm)) or 'equal'}")

    with contextlib.ExitStack() as stack:
        if chosen.keep:
            chosen.keep.mkdir()
        folder = chosen.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        done = disturb(chosen.runs, chosen.seed, folder.resolve(), on_run)
    table = Table("run", "fault", "after", "its code", "then", "equal")
    for number, run in enumerate(done, 1):
        harm = f"[bold red]{escape('; '.join(run.harm))}[/]" if run.harm else "yes"
        code = "never ended" if run.code is None else str(run.code)
        then = ", ".join(map(str, run.resumed))
        table.add_row(str(number), run.fault, f"{run.moment:.1f} s", code, then, harm)
    console.print(table)
    equal = sum(not run.harm for run in done)
    console.print(f"seed {chosen.seed}: {equal} of {len(done)} came to the undisturbed end")
    return 0 if equal == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())
