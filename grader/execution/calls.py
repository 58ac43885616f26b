"""System calls refused to notebooks by a filter (seccomp(2)), where there is no private network.

A filter is a program for the classic Berkeley packet filter over ``struct seccomp_data``: the call's number
at offset 0, the architecture at 4, the low half of the first argument at 16.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from dataclasses import dataclass

from grader.execution import linux

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x40000000
"""From this number on calls are of x86's third interface, which would pass by a filter of the first."""
_IO_URING_SETUP = 425
"""Its rings open sockets without any call."""


@dataclass(frozen=True)
class _Architecture:
    audit: int
    seccomp: int
    socket: int
    refused: tuple[int, ...]
    """connect, ptrace, process_vm_readv, process_vm_writev."""


_ARCHITECTURES = {
    "x86_64": _Architecture(0xC000003E, 317, 41, (42, 101, 310, 311)),
    "aarch64": _Architecture(0xC00000B7, 277, 198, (203, 117, 270, 271)),
}
"""Numbers from ``asm/unistd_64.h`` and ``asm-generic/unistd.h``, ``AUDIT_ARCH_*`` from ``linux/audit.h``."""


def refuse_calls() -> None:
    """From now on there are sockets only between this process and its children, and no looking into others.

    To be called once the kernel listens: ZeroMQ ends the process when it may not look at network interfaces.
    A kernel connects to nothing: whoever could would reach the services of this machine. Raises ``OSError``
    when the filter is refused.
    """
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    architecture = _ARCHITECTURES[os.uname().machine]
    linux.filter_calls(architecture.seccomp, _program(architecture))


def _program(architecture: _Architecture) -> bytes:
    refused = [(number, errno.EACCES) for number in architecture.refused] + [(_IO_URING_SETUP, errno.ENOSYS)]
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture.audit),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
    ]
    for number, error in refused:
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | error)]
    steps += [
        (_JUMP_EQUAL, 1, 0, architecture.socket),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_EQUAL, 0, 1, socket.AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERRNO | errno.EAFNOSUPPORT),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
