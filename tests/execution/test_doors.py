"""What a notebook cannot reach, and what it cannot leave behind."""

import os
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

import grader
from grader.execution.limits import Limits
from grader.execution.request import World

HERE = Path(grader.__file__).parents[1]
WAY_TO_PYTHON = [Path(sys.prefix).relative_to(HERE).parts[0]] if Path(sys.prefix).is_relative_to(HERE) else []
"""An environment inside the checkout is the one thing in it that a notebook needs."""
HIDDEN = tuple(str(HERE / folder) for folder in ("grader", "rubrics", "reference_solutions"))

SPY = {
    "outside": f"""
import os
for path in {[str(Path.home()), str(HERE), *HIDDEN, "/home", "/mnt", "/var/tmp", "/run"]!r}:
    print(path, sorted(os.listdir(path)) if os.path.isdir(path) else "absent")
""",
    "chroot": """
os.makedirs("/tmp/hole", exist_ok=True)
os.chroot("/tmp/hole")
""",
    "mount": """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.umount2(b"/proc", 2), libc.mount(b"none", b"/usr", None, 32 | 4096, None), libc.unshare(0x10000000))
""",
    "write": "open('/usr/owned', 'w')",
    "processes": f"""
import os
print(sorted(int(name) for name in os.listdir("/proc") if name.isdigit()))
os.kill({os.getpid()}, 0)
""",
    "network": """
import socket
socket.create_connection(("1.1.1.1", 53), timeout=5)
""",
    "local network": """
import socket
print(socket.if_nameindex())
socket.create_connection(("127.0.0.1", 22), timeout=5)
""",
    "environment": """
print(dict(os.environ))
print(open("/proc/self/environ").read())
""",
    "capabilities": "print({line.split()[1] for line in open('/proc/self/status') if line.startswith('Cap')})",
    "privileges by program": "print(os.popen('grep CapEff /proc/self/status').read())",
    "scratch": "open('notes.txt', 'w').write('mine'); open('/tmp/more', 'w').write('mine'); print(open('notes.txt').read())",
}


@pytest.fixture(scope="module")
def spied(sandboxed):
    played = sandboxed.play(*SPY.values(), hidden=HIDDEN)

    def of(name):
        index = list(SPY).index(name)
        return played.text(index), played.error(index)

    return of


def test_home_repository_rubrics_and_other_folders_are_not_there(spied):
    text, error = spied("outside")
    assert not error
    for line in text.splitlines():
        path, _, shown = line.partition(" ")
        there = [
            name
            for name in ("pyproject.toml", "worksheet5.yaml", "rubrics", "execution", "main")
            if name in shown
        ]
        assert not there, line
        if path in HIDDEN or path == str(HERE):
            assert shown in ("absent", "[]", str(WAY_TO_PYTHON)), line


def test_there_is_no_way_out_of_the_private_root(spied):
    assert spied("chroot")[1] == "PermissionError"
    assert spied("mount")[0].split() == ["-1", "-1", "-1"]
    assert spied("write")[1] in ("OSError", "PermissionError")


def test_the_namespaces_root_has_no_capability_and_wins_none_by_starting_a_program(spied):
    assert spied("capabilities")[0] == "{'0000000000000000'}\n"
    assert spied("privileges by program")[0].split() == ["CapEff:", "0000000000000000"]


def test_other_processes_cannot_be_seen_or_signalled(spied):
    text, error = spied("processes")
    assert text.strip() == "[1]"
    assert error == "ProcessLookupError"


def test_there_is_no_network(spied):
    assert spied("network")[1] == "OSError"
    text, error = spied("local network")
    assert "lo" in text
    assert "eth" not in text
    assert error in ("OSError", "ConnectionRefusedError")


def test_the_environment_holds_no_secrets_not_even_the_one_that_the_zygote_was_started_with(spied):
    text, error = spied("environment")
    assert not error
    assert "PATH" in text
    assert "not for students" not in text


def test_scratch_is_writable_and_gone_afterwards(spied):
    assert spied("scratch") == ("mine\n", "")
    assert not list(Path("/tmp").glob("grade-*/root/*"))
    assert not Path("/tmp/more").exists()


def test_no_run_leaves_its_folder(kernels, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kernels.play("open('left.txt', 'w').write('x')")
    assert list(tmp_path.iterdir()) == []


def test_daemons_end_with_their_notebook(sandboxed):
    marker = f"{os.getpid()}.{time.time_ns() % 1000:03d}"
    played = sandboxed.play(
        f"""
import os, subprocess, sys
subprocess.Popen(["sleep", "99{marker}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "99{marker}"])
    os._exit(0)
""",
        "import time; time.sleep(0.3); print(os.popen('ps ax').read())",
    )
    assert played.status == ("ok", "ok")
    assert not [
        process for process in psutil.process_iter() if any(marker in word for word in _words(process))
    ]


def _words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_what_a_child_of_the_kernel_is_in_place_ends_too(kernels):
    marker = f"98{os.getpid()}.{time.time_ns() % 1000:03d}"
    played = kernels.play(f"import subprocess; subprocess.Popen(['sleep', '{marker}'])", sandbox="none")
    assert played.status == ("ok",)
    time.sleep(0.2)
    assert not [process for process in psutil.process_iter() if marker in _words(process)]


def test_memory_beyond_the_limit_is_a_memory_error_and_the_kernel_survives(kernels):
    played = kernels.play(
        "import numpy as np; kept = np.ones(3 << 27)",
        "kept = np.ones(1 << 20); print(kept.sum())",
        limits=Limits(memory=2 << 30),
    )
    assert played.status == ("failed", "ok")
    assert "MemoryError" in played.error(0)


def test_a_file_cannot_grow_without_end(sandboxed):
    played = sandboxed.play(
        """
with open("huge", "wb") as file:
    for _ in range(70):
        file.write(bytes(1 << 26))
""",
        "print('still here')",
    )
    assert played.status[0] == "failed"
    assert played.text(1) == "still here\n"


def test_one_run_knows_nothing_of_another(kernels):
    kernels.play("import numpy; numpy.planted = 1; open('planted', 'w').write('x')")
    played = kernels.play("import numpy, os; print(hasattr(numpy, 'planted'), os.path.exists('planted'))")
    assert played.text(0) == "False False\n"


def test_in_place_the_working_folder_holds_what_was_handed_in(kernels, tmp_path):
    (tmp_path / "labels.csv").write_text("a,b\n1,2\n")
    played = kernels.play(
        "print(open('labels.csv').read()); _ = open('labels.csv', 'w').write('')",
        world=World(files=str(tmp_path)),
        sandbox="none",
    )
    assert played.text(0) == "a,b\n1,2\n\n"
    assert (tmp_path / "labels.csv").read_text() == "a,b\n1,2\n"


def test_markdown_and_empty_cells_are_left_as_they_are(kernels):
    played = kernels.play(nbformat.v4.new_markdown_cell("# Task 1\n`1/0`"), "", "  \n", "1 / 0")
    assert played.status == ("ok", "ok", "ok", "failed")
    assert played.run.notebook.cells[0].source == "# Task 1\n`1/0`"
