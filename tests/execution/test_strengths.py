"""What each sandbox holds back where there is no private root, and what ordinary work still does in it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

import grader
from grader.execution.request import World
from grader.execution.strengths import STRENGTHS, probe, strongest

HERE = Path(grader.__file__).parents[1]
HIDDEN = tuple(str(HERE / folder) for folder in ("grader", "rubrics", "reference_solutions"))

FENCES = [
    pytest.param(
        strength,
        marks=pytest.mark.skipif(
            not probe(strength).works, reason=f"no {strength} here: {probe(strength).why_not}"
        ),
    )
    for strength in ("landlock", "user")
]

WORK = {
    "files": """
import tempfile
open('mine.txt', 'w').write('mine')
with tempfile.NamedTemporaryFile('w+') as file:
    file.write('x')
print(open('mine.txt').read(), open('labels.csv').read())
""",
    "shell": "!ls mine.txt && mkdir -p made && mv mine.txt made/ && cat made/mine.txt",
    "figure": """
import matplotlib.pyplot as plt
plt.plot([1, 2, 3]); plt.savefig('curve.png'); plt.show()
""",
    "training": """
import keras, numpy as np
model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.Flatten(),
                          keras.layers.Dense(2, activation='softmax')])
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(np.random.rand(32, 8, 8, 3), np.arange(32) % 2, epochs=1, verbose=0)
model.save('model.keras')
print(keras.models.load_model('model.keras').count_params())
""",
    "processes": """
import subprocess, sys
from multiprocessing import Pool
with Pool(2) as pool:
    print(pool.map(abs, [-1, -2]))
print(subprocess.run([sys.executable, "-c", "print(3)"], capture_output=True, text=True, check=True).stdout)
""",
}


@pytest.mark.parametrize("strength", FENCES)
def test_ordinary_work_is_not_in_its_way(kernels, strength, tmp_path):
    (tmp_path / "labels.csv").write_text("cat,dog")
    played = kernels.play(*WORK.values(), world=World(files=str(tmp_path)), sandbox=strength, hidden=HIDDEN)
    assert dict(zip(WORK, map(played.error, range(len(WORK))), strict=True)) == dict.fromkeys(WORK, "")
    assert played.text(0) == "mine cat,dog\n"
    assert played.text(1).split() == ["mine.txt", "mine"]
    assert played.text(3).split()[-1] == "202"
    assert played.text(4).split("\n")[:2] == ["[1, 2]", "3"]


@pytest.mark.parametrize("strength", FENCES)
def test_there_is_no_network_and_no_service_of_this_machine(kernels, strength, tmp_path):
    with socket.socket(socket.AF_UNIX) as service:
        service.bind(str(tmp_path / "service"))
        service.listen()
        played = kernels.play(
            "import socket; socket.create_connection(('127.0.0.1', 22), timeout=3)",
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 53))",
            f"import socket; socket.socket(socket.AF_UNIX).connect({str(tmp_path / 'service')!r})",
            sandbox=strength,
        )
    assert [played.error(cell) for cell in range(3)] == ["OSError", "OSError", "PermissionError"]


@pytest.mark.parametrize("strength", FENCES)
def test_other_processes_are_neither_looked_into_nor_ended(kernels, strength):
    other = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={"SECRET": "told to nobody"}
    )
    try:
        played = kernels.play(
            f"print(open('/proc/{other.pid}/environ').read())",
            f"import os; os.kill({other.pid}, 9)",
            f"import os; os.kill({os.getpid()}, 0)",
            f"open('/proc/{other.pid}/mem', 'rb')",
            sandbox=strength,
        )
        assert [played.error(cell) for cell in range(4)] == ["PermissionError"] * 4
        assert other.poll() is None
    finally:
        other.kill()
        other.communicate()


@pytest.mark.parametrize("strength", FENCES)
def test_daemons_end_with_their_notebook(kernels, strength):
    marker = f"97{os.getpid()}.{time.time_ns() % 1000:03d}"
    played = kernels.play(
        f"""
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "{marker}"])
    os._exit(0)
print("gone")
""",
        sandbox=strength,
    )
    assert played.text(0) == "gone\n"
    time.sleep(0.5)
    assert not [
        each.pid for each in psutil.process_iter(["cmdline"]) if marker in (each.info["cmdline"] or ())
    ]


@pytest.mark.skipif(not probe("landlock").works, reason="no Landlock here")
def test_landlock_leaves_the_installation_readable_and_nothing_else(kernels, tmp_path):
    secret = tmp_path / "rubric.yaml"
    secret.write_text("points: 100")
    forbidden = [
        secret,
        HERE / "rubrics/worksheet5.yaml",
        HERE / "grader/__init__.py",
        Path("/etc/shadow"),
        Path.home(),
    ]
    played = kernels.play(
        *(
            f"import os; os.listdir({str(path)!r}) if os.path.isdir({str(path)!r}) else open({str(path)!r})"
            for path in forbidden
        ),
        f"open({str(tmp_path / 'planted')!r}, 'w')",
        f"import os; os.rename({str(secret)!r}, 'rubric.yaml')",
        "open('/dev/sda', 'rb') if __import__('os').path.exists('/dev/sda') else open('/dev/mem', 'rb')",
        "import json, sys; print(open(json.__file__).read()[:1], open('/etc/passwd').read()[:4])",
        sandbox="landlock",
        hidden=HIDDEN,
    )
    assert {played.error(cell) for cell in range(len(forbidden) + 2)} <= {"PermissionError", "OSError"}
    assert played.error(len(forbidden) + 2) in ("PermissionError", "FileNotFoundError")
    assert played.error(len(forbidden) + 3) == ""
    assert secret.read_text() == "points: 100"
    assert not (tmp_path / "planted").exists()


def test_only_the_grader_is_given_kernels(kernels):
    ask = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({kernels.zygote.socket!r}); s.send(b'{{}}\\n'); print(s.recv(99))"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=30)
    assert asked.stdout == "b''\n"
    assert kernels.play("print('still there')").text(0) == "still there\n"


def test_the_strongest_that_works_is_chosen():
    assert strongest() == next(strength for strength in STRENGTHS if probe(strength).works)
    assert probe("none").works


@pytest.mark.skipif(not probe("user").works, reason=f"no user here: {probe('user').why_not}")
def test_no_user_of_its_own_where_it_could_not_reach_its_folder(tmp_path, monkeypatch):
    (tmp_path / "private").mkdir(mode=0o700)
    (tmp_path / "private/tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "private/tmp"))
    assert not probe("user").works and "temporary files" in probe("user").why_not
