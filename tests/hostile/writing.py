"""Attacks that change what is not theirs."""

from __future__ import annotations

from tests.hostile.attack import attack
from tests.hostile.places import Places


@attack("write", "files outside, and other submissions changed")
def outside(places: Places) -> str:
    targets = [
        str(places.outside / "written"),
        str(places.desk / "hostile.yaml"),
        str(places.submissions / "anna.ipynb"),
        str(places.home / ".bashrc"),
        f"/var/tmp/{places.mark}",
        f"/dev/shm/{places.mark}-own",
    ]
    return f"""
import os, shutil
for path in {targets!r}:
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, 'a').write('written')
    except OSError as error: print(error)
for path in {[str(places.submissions), str(places.desk), str(places.results)]!r}: shutil.rmtree(path, ignore_errors=True)
"""


@attack("write", "code planted where the grader will run it")
def installed_code(places: Places) -> str:
    return """
import os, site, sys
for folder in {*site.getsitepackages(), sys.prefix, os.path.dirname(os.__file__), '/usr/local/bin', '/etc'}:
    for name in ('usercustomize.py', 'sitecustomize.py', 'hostile.pth'):
        try: open(os.path.join(folder, name), 'w').write('import os; os._exit(1)'); print('WRITTEN', folder)
        except OSError as error: print(error)
for path in (os.__file__, sys.executable, '/bin/sh'):
    try: os.truncate(path, 0); print('WRITTEN', path)
    except OSError as error: print(error)
"""


@attack("write", "the results and the store of evidence")
def results(places: Places) -> str:
    return f"""
import json, os
for folder in {[str(places.results), str(places.cache / "evidence"), "/content", "/run/kernel", ".."]!r}:
    for name in ('grades.json', 'gradebook.csv', 'evidence.json.gz', 'index.html'):
        try:
            os.makedirs(folder, exist_ok=True)
            open(os.path.join(folder, name), 'w').write(json.dumps({{'earned': 15, 'points': 15}}))
        except OSError as error: print(error)
"""


@attack("write", "the disk filled through the folder of its sockets")
def socket_folder(places: Places) -> str:
    return """
import os
written = 0
try:
    for number in range(40):
        with open(f'/run/kernel/fill{number}', 'wb') as file:
            for _ in range(5): written += file.write(bytes(1 << 20))
except OSError as error: print(error)
print('WRITTEN', written)
assert written < 64 << 20, 'WRITTEN to the disk of the machine'
"""


@attack("write", "the grader led elsewhere by its own sockets")
def socket_links(places: Places) -> str:
    return f"""
import glob, os
zygote = open('/proc/self/cmdline').read().split('\\0')
for path in glob.glob('/run/kernel/*'):
    for target in [{str(places.outside / "followed")!r}, *[word for word in zygote if word.endswith('/zygote')]]:
        try:
            if os.path.lexists(path): os.unlink(path)
            os.symlink(target, path)
        except OSError as error: print(error)
"""


@attack("write", "the files that the grader keeps open for it")
def descriptors(places: Places) -> str:
    return """
import os
for number in os.listdir('/proc/self/fd'):
    target = os.readlink(f'/proc/self/fd/{number}')
    print(number, target)
    if target.startswith('/') and not target.startswith(('/dev', '/usr', '/proc')):
        for mode in ('ab', 'wb'):
            try: open(f'/proc/self/fd/{number}', mode).write(b'\\xff\\xfe{"kind": ' * 100_000)
            except OSError as error: print(error)
"""


@attack("write", "the machine's settings, clock and mounts")
def machine(places: Places) -> str:
    return """
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
for path in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/sys/power/state', '/proc/1/oom_score_adj'):
    try: open(path, 'w').write('0'); print('WRITTEN', path) if 'oom' not in path else None
    except OSError as error: print(error)
for number in (0, 1, 4, 7, 9, 10): print(libc.syscall(165, b'none', b'/tmp', b'tmpfs', number, None), libc.umount2(b'/proc', 2))
print(libc.unshare(0x10000000), libc.mknod(b'/tmp/disk', 0o60600, 0xfe00), libc.reboot(0), libc.sethostname(b'x', 1))
"""
