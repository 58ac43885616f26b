"""What commands cost together with all that they start: seconds, processor time, memory.

``python -m benchmarks.same_work.measured`` reads the commands as JSON and writes their cost as JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

CHECKOUT = Path(__file__).resolve().parents[2]
PR_SET_CHILD_SUBREAPER = 36
LOOK = 0.1
"""Seconds from one look at the processes' times to the next, where no control group counts them."""
WEIGH = 1.0
"""Seconds at least from one look at their memory to the next."""
REST = 50
"""Times as long as the last look at the memory took, no other follows: once a second was 4 % of two
processors where three processes share much, and slows down most of all who leaves no processor idle."""


@dataclass(frozen=True)
class Cost:
    """Of all commands together."""

    wall: float
    """Seconds from the start of the first to the end of the last."""
    cpu: float
    """Seconds of processor time, user's and system's, of every process."""
    memory: int
    """The most bytes held at a time: the sum of the processes' proportional set sizes, sampled."""
    counted: bool
    """Whether the kernel counted ``cpu``, in a control group; else it is the larger of two lower bounds."""


def measured(
    commands: Sequence[Sequence[str]], folder: Path, environment: Mapping[str, str], at_once: int = 1
) -> Cost:
    """Run ``commands`` in ``folder``, ``at_once`` at a time; what they print goes to ``commands.log`` there.

    Raises ``RuntimeError`` when one of them ends with another exit code than 0.
    """
    order = {"commands": [*map(list, commands)], "folder": str(folder), "at_once": at_once}
    own = {"PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(
        [sys.executable, "-m", __spec__.name],
        input=json.dumps(order | {"environment": dict(environment)}),
        env=os.environ | own,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise RuntimeError((folder / "commands.log").read_text(errors="replace")[-4000:])
    return Cost(**json.loads(done.stdout))


class Sampler(threading.Thread):
    """Watches this process's descendants."""

    def __init__(self, every: float) -> None:
        super().__init__(daemon=True)
        self.every = every
        self.memory = 0
        self.seconds: dict[tuple[int, float], float] = {}
        """Processor time of each process when it was last seen."""
        self.done = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        me, again = psutil.Process(), 0.0
        while not self.done.wait(self.every):
            processes = me.children(recursive=True)
            for each in processes:
                with contextlib.suppress(psutil.NoSuchProcess):
                    times = each.cpu_times()
                    self.seconds[each.pid, each.create_time()] = times.user + times.system
            began = time.perf_counter()
            if began >= again:
                self.memory = max(self.memory, sum(map(memory, processes)))
                now = time.perf_counter()
                again = now + max(WEIGH, REST * (now - began))


def memory(process: psutil.Process) -> int:
    """Its share of what it holds; all of it where the share may not be seen, 0 when it has just ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        try:
            return int(process.memory_full_info().pss)
        except psutil.AccessDenied:
            return int(process.memory_info().rss)
    return 0


@contextlib.contextmanager
def control_group() -> Iterator[Path | None]:
    """A control group of its own, see cgroups(7); None where none may be made."""
    mounted = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    mounts = [Path(fields[1]) for fields in mounted if fields[2] == "cgroup2"]
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    own = [line.removeprefix("0::/") for line in lines if line.startswith("0::/")]
    try:
        group = mounts[0] / own[0] / f"same-work-{os.getpid()}"
        group.mkdir()
    except (IndexError, OSError):
        yield None
        return
    try:
        yield group
    finally:
        group.rmdir()


def used(group: Path) -> float:
    """Seconds of processor time of all that ran in it."""
    return int((group / "cpu.stat").read_text().split()[1]) / 1e6


def within(group: Path | None, command: Sequence[str]) -> list[str]:
    """The command as one that enters the group first."""
    if group is None:
        return [*command]
    return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(group / "cgroup.procs"), *command]


def run_all(commands: Sequence[Sequence[str]], at_once: int, **how: Any) -> float:
    """Run the commands until no process is left that they started; the time at which the last one ended.

    Whoever loses its parent becomes a child of this process, which waits for it.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    waiting, running, ended = list(commands), dict[int, subprocess.Popen[bytes]](), time.perf_counter()
    failures: list[int] = []
    while True:
        while waiting and len(running) < at_once and not failures:
            process = subprocess.Popen(waiting.pop(0), **how)
            running[process.pid] = process
        try:
            pid, status = os.wait()
        except ChildProcessError:
            break
        if pid in running:
            running.pop(pid).returncode = status
            ended = time.perf_counter()
            failures += [status] * (status != 0)
    if failures:
        raise SystemExit(f"exit code {os.waitstatus_to_exitcode(failures[0])}")
    return ended


def main() -> None:
    """Measure in this process, which does nothing else."""
    order = json.load(sys.stdin)
    folder = Path(order["folder"])
    with (folder / "commands.log").open("ab") as log, control_group() as group:
        how = {"cwd": folder, "env": order["environment"], "stdout": log, "stderr": subprocess.STDOUT}
        commands = [within(group, command) for command in order["commands"]]
        sampler = Sampler(LOOK if group is None else WEIGH)
        sampler.start()
        began = time.perf_counter()
        ended = run_all(commands, order["at_once"], stdin=subprocess.DEVNULL, **how)
        sampler.done.set()
        sampler.join()
        # Nobody waits for what ends with the first process of its namespace: it was only seen.
        waited = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = max(waited.ru_utime + waited.ru_stime, sum(sampler.seconds.values()))
        cost = Cost(ended - began, used(group) if group else cpu, sampler.memory, group is not None)
    json.dump(asdict(cost), sys.stdout)


if __name__ == "__main__":
    main()
