"""A kernel provisioner for jupyter_client whose kernels are forks of the zygote.

See https://jupyter-client.readthedocs.io/en/stable/provisioning.html for the protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerBase

from grader.execution.process import KernelDidNotStart
from grader.execution.request import KernelRequest

_TELLING = 2.0
"""Seconds in which it is told how a kernel has ended."""
_MESSAGE = 64 << 20
"""Bytes of the largest message that is taken from a kernel; a larger one ends the connection to it."""


class ForkProvisioner(KernelProvisionerBase):  # type: ignore[misc]
    """Starts, signals and awaits one forked kernel; its end is seen through a pidfd, without polling."""

    pid: int | None = None
    request: KernelRequest
    zygote: str
    """Path of the zygote's socket."""
    start_seconds: float = 0.0

    def __init__(self, zygote: str, request: KernelRequest, **kwargs: Any) -> None:
        """Prepare to ask the zygote at socket path ``zygote`` for the kernel of ``request``."""
        super().__init__(kernel_id="forked", **kwargs)
        self.zygote, self.request = zygote, request
        self._pidfd: int | None = None
        self._group = 0
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._ended = asyncio.Event()

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and has not been cleaned up."""
        return self.pid is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Fix the addresses of the kernel's sockets before they are needed."""
        self.parent.write_connection_file()
        self.connection_info = self.parent.get_connection_info()
        # The base class would now prepare a command and an environment: a fork needs neither.
        return {**kwargs, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        """Ask the zygote; returns once the kernel's sockets listen."""
        reader, writer = self._reader, self._writer = await asyncio.open_unix_connection(self.zygote)
        plain = {
            key: value.decode() if isinstance(value, bytes) else value
            for key, value in self.connection_info.items()
        }
        request = self.request.model_copy(update={"connection": plain})
        writer.write(request.model_dump_json().encode() + b"\n")
        await writer.drain()
        self.pid = int(self._told("pid", await reader.readline()))
        self._group = os.getpgid(self.pid)
        self._watch(self.pid)
        self.start_seconds = float(self._told("ready", await reader.readline()))
        return dict(self.connection_info)

    @staticmethod
    def _told(what: str, line: bytes) -> Any:
        answer: dict[str, Any] = json.loads(line or "{}")
        if what not in answer:
            raise KernelDidNotStart(answer.get("error", "the kernel died while it was starting"))
        return answer[what]

    def _watch(self, pid: int) -> None:
        try:
            self._pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._ended.set()
            return
        asyncio.get_running_loop().add_reader(self._pidfd, self._end)

    def _end(self) -> None:
        if self._pidfd is not None:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        self._ended.set()

    async def poll(self) -> int | None:
        """None while the kernel lives."""
        return 0 if self._ended.is_set() or self.pid is None else None

    async def wait(self) -> int | None:
        """Return when the kernel has ended."""
        if self.pid is not None:
            await self._ended.wait()
            self.pid = None
        return 0

    async def was_killed(self) -> bool:
        """Of a kernel that has ended: whether SIGKILL did it, or nobody is left who could tell.

        In a pid namespace no code of the notebook's can do that to the kernel, which is the namespace's init.
        """
        if self._reader is None:
            return True
        try:
            line = await asyncio.wait_for(self._reader.readline(), _TELLING)
            return bool(self._told("ended", line) == -signal.SIGKILL)
        except (TimeoutError, OSError, ValueError, KernelDidNotStart):
            return True

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel itself."""
        if self.pid is not None and not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all that it started: with a pid namespace it is their init, without, the process
        beside it ends them (:mod:`grader.execution.keeper`)."""
        await self.send_signal(signal.SIGKILL)
        if self._group and self.request.sandbox == "none":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """A kernel of a student's notebook is never asked twice."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the pidfd and the connection."""
        self._end()
        if self._writer is not None:
            self._writer.close()


def kernel_manager(zygote: str, request: KernelRequest) -> AsyncKernelManager:
    """A manager whose kernel is a fork of the zygote at socket path ``zygote``, connected by ipc (no
    network)."""
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, _MESSAGE)
    manager = AsyncKernelManager(
        context=context,
        transport="ipc",
        connection_file=f"{request.scratch}/io/manager.json",
        ip=f"{request.scratch}/io/k",
    )
    manager.provisioner = ForkProvisioner(zygote, request, parent=manager)
    return manager
