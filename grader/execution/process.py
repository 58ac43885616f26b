"""The zygote as the harness sees it: a process to start, and a socket path to ask for kernels."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from types import TracebackType

from grader.execution.sandbox import plain_environment
from grader.scratch import Scratch

_START = 120.0
"""Seconds that importing TensorFlow may take on a cold disk."""


class ZygoteDidNotStart(Exception):  # noqa: N818  # it says what happened
    """The zygote ended before it listened; the message holds the end of its error output."""

    was_killed = False
    """Whether a signal ended it, so that another one may start."""


class KernelDidNotStart(Exception):  # noqa: N818  # it says what happened
    """The zygote could not give a kernel; the message says why."""


class Zygote:
    """Starts the zygote on entry, ends it and all its kernels on exit."""

    def __init__(self, *, legacy: bool = False) -> None:
        """Nothing is started yet; with ``legacy`` its kernels have Keras 2."""
        self.legacy = legacy
        self._scratch = Scratch()
        self.folder = self._scratch.path
        self.socket = str(self.folder / "zygote")
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Zygote:
        """Start, and return when the libraries are imported."""
        errors = (self.folder / "zygote.log").open("wb")
        root = str(Path(__file__).resolve().parents[2])
        environment = {
            **plain_environment(),
            # Where matplotlib keeps its list of fonts, which takes long to make.
            **{name: os.environ[name] for name in ("HOME", "MPLCONFIGDIR") if name in os.environ},
            "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        }
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "grader.execution.zygote", self.socket),
            *(["legacy"] if self.legacy else []),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
        errors.close()
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _START)
            code = 0 if line else await self._process.wait()
        except TimeoutError:
            line, code = b"", 0
            with (self.folder / "zygote.log").open("a") as log:
                log.write(f"\nimporting the libraries took more than {_START:.0f} s\n")
        if line.strip() != b"ready":
            end = (self.folder / "zygote.log").read_text(errors="replace")[-2000:]
            await self.__aexit__(None, None, None)
            refusal = ZygoteDidNotStart(end if code >= 0 else f"{end}\nsignal {-code} ended the zygote")
            refusal.was_killed = code < 0
            raise refusal
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process and remove its folder."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._scratch.remove()
