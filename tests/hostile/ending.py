"""Attacks that end, stop or outlive processes, or hold the grader up."""

from __future__ import annotations

from tests.hostile.attack import attack
from tests.hostile.places import Places


@attack("end", "the kernel ended without a word")
def os_exit(places: Places) -> str:
    return "import os\nos._exit(0)"


@attack("end", "the kernel ended by a signal or a crash")
def crash(places: Places) -> str:
    return "import ctypes\nctypes.string_at(0)"


@attack("end", "every process in reach killed")
def kill_all(places: Places) -> str:
    return """
import os, signal
for process in (-1, 0, 1, os.getppid(), os.getpgid(0), *range(2, 40_000, 7)):
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process in (0, os.getpid()): continue
        try: os.kill(process, number)
        except OSError: pass
"""


@attack("end", "the kernel stopped for ever")
def sigstop(places: Places) -> str:
    return "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nsignal.pthread_kill(__import__('threading').main_thread().ident, signal.SIGSTOP)"


@attack("end", "a daemon left behind")
def daemon(places: Places) -> str:
    return f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 4096)
        os.execvp('sleep', ['sleep', '{int(places.mark[7:], 16) % 10**6 + 3600}'])
    os._exit(0)
os.system('nohup setsid sleep 3601 >/dev/null 2>&1 &')
"""


@attack("end", "the kernel's output held open by children")
def held_pipes(places: Places) -> str:
    return """
import os, signal, time
for _ in range(3):
    if os.fork() == 0:
        for number in range(1, 32):
            try: signal.signal(number, signal.SIG_IGN)
            except OSError: pass
        time.sleep(3600)
"""


@attack("end", "a sleep in C for ever")
def sleep_in_c(places: Places) -> str:
    return "import ctypes\nctypes.CDLL(None).sleep(100_000)"


@attack("end", "a loop in C for ever, holding the interpreter's lock")
def loop_in_c(places: Places) -> str:
    return "sum(__import__('itertools').repeat(0))"


@attack("end", "interrupts ignored")
def ignored_interrupt(places: Places) -> str:
    return """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
try: signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
except Exception: pass
while True: time.sleep(1)
"""


@attack("end", "interrupts caught again and again")
def caught_interrupt(places: Places) -> str:
    return """
import time
def stay():
    while True:
        try: time.sleep(1)
        except BaseException: pass
stay()
"""


@attack("end", "the kernel's event loop blocked after the cell")
def blocked_loop(places: Places) -> str:
    return """
import asyncio, time
try: asyncio.get_event_loop().call_soon(time.sleep, 100_000)
except RuntimeError as error: print(error)
get_ipython().events.register('post_execute', lambda: time.sleep(100_000))
"""


@attack("end", "the kernel's threads and sockets closed under it")
def closed_sockets(places: Places) -> str:
    return """
import os
os.closerange(3, 4096)
"""


@attack("end", "the end of the interpreter that never comes")
def exit_handlers(places: Places) -> str:
    return """
import atexit, threading, time
atexit.register(time.sleep, 100_000)
threading.Thread(target=time.sleep, args=(100_000,)).start()
raise SystemExit(0)
"""


@attack("end", "an answer that nobody gives")
def waiting(places: Places) -> str:
    return "import sys\ninput('?'); sys.stdin.read(); import os; os.read(0, 1); print(os.popen('cat').read())"
