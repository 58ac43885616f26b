"""Shell escapes and prompts: ``!pip``, ``!unzip``, ``%pip``, ``input()``; nothing here ever waits for an
answer."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

from grader.evidence.events import Stubbed
from grader.recorder.recorder import Recorder

_OUTSIDE = {
    "pip": "Requirement already satisfied: nothing is installed while grading",
    "pip3": "Requirement already satisfied: nothing is installed while grading",
    "conda": "All requested packages already installed",
    "mamba": "All requested packages already installed",
    "apt": "Nothing is installed while grading",
    "apt-get": "Nothing is installed while grading",
    "wget": "Nothing is downloaded while grading",
    "curl": "Nothing is downloaded while grading",
    "gdown": "Nothing is downloaded while grading",
    "kaggle": "Nothing is downloaded while grading",
    "git": "Nothing is downloaded while grading",
    "sudo": "Nothing is installed while grading",
}
_CHAINED = re.compile(r"\s*(?:&&|;)\s*")
_TIMEOUT = 30.0
"""Seconds that one shell command may take."""


def watch_shell(recorder: Recorder, shell: Any, kernel: Any) -> None:
    """Give shell escapes, package magics and prompts a defined, recorded behaviour."""

    def run(command: str) -> tuple[int, str]:
        name = _program(command)
        if name not in _OUTSIDE and name != "unzip":
            return _really_run(command)
        first, rest = _CHAINED.split(command, maxsplit=1) if _CHAINED.search(command) else (command, "")
        if name == "unzip":
            code, text = _unzip(first)
        else:
            recorder.log.write(Stubbed, name=name, detail=first[:300])
            code, text = 0, _OUTSIDE[name] + "\n"
        if not rest:
            return code, text
        code, more = run(rest)
        return code, text + more

    def system(command: str) -> None:
        code, text = run(shell.var_expand(command, depth=1))
        sys.stdout.write(text)
        shell.user_ns["_exit_code"] = code

    def getoutput(command: str, split: bool = True, depth: int = 0) -> Any:
        from IPython.utils.text import SList

        text = run(shell.var_expand(command, depth=depth + 1))[1]
        return SList(text.splitlines()) if split else text

    shell.system = shell.system_piped = shell.system_raw = system
    shell.getoutput = getoutput

    def package_magic(name: str) -> Any:
        def magic(line: str) -> None:
            recorder.log.write(Stubbed, name=name, detail=line[:300])
            print(_OUTSIDE[name])

        return magic

    for name in ("pip", "conda", "mamba"):
        shell.register_magic_function(package_magic(name), "line", name)

    # ``%%shell`` is Colab's.
    shell.register_magic_function(lambda line, cell: system(cell), "cell", "shell")

    def ask(prompt: str = "", **_: Any) -> str:
        recorder.log.write(Stubbed, name="input", detail=str(prompt)[:300])
        print(prompt)
        return ""

    kernel.raw_input = kernel.getpass = ask

    def leave() -> None:
        recorder.log.write(Stubbed, name="exit")

    # ``exit()`` would end the kernel some time after the cell, and take a later cell along.
    shell.ask_exit = leave


def _program(command: str) -> str:
    words = command.strip().split()
    return Path(words[0]).name if words else ""


def _really_run(command: str) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return 124, (late.output or b"").decode(errors="replace") + f"\nstopped after {_TIMEOUT:.0f} s\n"
    return done.returncode, done.stdout.decode(errors="replace")


def _unzip(command: str) -> tuple[int, str]:
    """``unzip`` as students use it, never asking before it overwrites."""
    try:
        words = shlex.split(command)[1:]
    except ValueError as fault:
        return 1, f"unzip: {fault}\n"
    destination, index = ".", 0
    archives: list[str] = []
    while index < len(words):
        if words[index] == "-d" and index + 1 < len(words):
            destination, index = words[index + 1], index + 1
        elif words[index] in (">", "2>", "&&", ";", "|"):
            break
        elif not words[index].startswith("-") and not archives:
            archives.append(words[index])
        index += 1
    if not archives:
        return 1, "unzip: no archive named\n"
    path = archives[0] if os.path.exists(archives[0]) else archives[0] + ".zip"
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(destination)
            lines = [f"  inflating: {os.path.join(destination, name)}" for name in archive.namelist()]
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as fault:
        return 9, f"unzip:  cannot find or open {path}: {type(fault).__name__}\n"
    quiet = any(word.startswith("-") and "q" in word for word in words)
    return 0, "" if quiet else "\n".join([f"Archive:  {path}", *lines]) + "\n"
