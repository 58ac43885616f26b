"""Attacks by what is handed in, before any of it runs."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path

from tests.hostile.attack import LAZY, submission, write_notebook
from tests.hostile.places import Places

PLANTED = (
    "conftest.py",
    "sitecustomize.py",
    "usercustomize.py",
    "tensorflow.py",
    "keras.py",
    "numpy.py",
    "nbclient.py",
    "grader/__init__.py",
    "json.py",
    ".ipython/profile_default/startup/00.py",
    "ipython_config.py",
    "pyproject.toml",
    "pytest.ini",
    "hostile.yaml",
    "my_checks.py",
)


@submission("files", "its own code run by the grader, from files that Python and its tools look for")
def planted_modules(places: Places, path: Path) -> None:
    write_notebook(path / "work.ipynb", list(LAZY))
    for name in PLANTED:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f"open({str(places.outside / 'planted')!r}, 'w').write(__name__)\nraise SystemExit('planted')\n"
        )


@submission("files", "what symbolic links point at")
def links(places: Places, path: Path) -> None:
    show = "import os\nfor here, _, names in os.walk('.', followlinks=True):\n    for name in names: print(name, open(os.path.join(here, name), 'rb').read(5000))"
    write_notebook(path / "work.ipynb", [show, *LAZY])
    (path / "answer.yaml").symlink_to(places.rubric)
    (path / "home").symlink_to(places.home)
    (path / "up").symlink_to("../..")
    (path / "others").symlink_to(places.submissions)
    (path / "self").symlink_to("self")
    (path / "memory").symlink_to("/proc/self/mem")
    (path / "processes").symlink_to("/proc")


@submission("files", "files written through a symbolic link")
def link_to_write(places: Places, path: Path) -> None:
    code = "import os\nos.makedirs('out/deep/models', exist_ok=True)\nopen('out/deep/models/small.keras', 'w').write('x')\nmodel_path = 'out/checkpoints/best.keras'"
    write_notebook(path / "work.ipynb", [code, *LAZY])
    (path / "out").symlink_to(places.outside)


@submission("files", "another student's notebook handed in as a link")
def linked_notebook(places: Places, path: Path) -> None:
    path.mkdir()
    (path / "work.ipynb").symlink_to(places.submissions / "zoe.ipynb")
    (path / "notes.txt").write_text("nothing of my own")


@submission("files", "the reference handed in as a hard link, and a file changed through it")
def hard_links(places: Places, path: Path) -> None:
    write_notebook(
        path / "work.ipynb",
        ["open('mine.txt', 'a').write('changed'); open('data.csv', 'w').write('changed')", *LAZY],
    )
    victim = places.outside / "victim.txt"
    victim.write_text("as it was")
    os.link(victim, path / "mine.txt")
    os.link(victim, path / "data.csv")


@submission("files", "the grader waiting for ever on a pipe")
def fifos(places: Places, path: Path) -> None:
    write_notebook(path / "work.ipynb", list(LAZY))
    for name in ("data.csv", "photos.zip", "second.ipynb"):
        os.mkfifo(path / name)


@submission("files", "a class that waits for ever on a pipe in the place of a notebook")
def fifo_in_class(places: Places, path: Path) -> None:
    os.mkfifo(path.with_suffix(".ipynb"))


@submission("files", "a class that waits for ever on a pipe in the place of an archive")
def fifo_archive(places: Places, path: Path) -> None:
    os.mkfifo(path.with_suffix(".zip"))


@submission("files", "the machine's devices")
def devices(places: Places, path: Path) -> None:
    show = "import os\nfor name in ('zero', 'disk'):\n    try: print('OPENED', open(name, 'rb').read(10))\n    except OSError as error: print(error)"
    write_notebook(path / "work.ipynb", [show, *LAZY])
    if os.geteuid() == 0:
        os.mknod(path / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        os.mknod(path / "disk", stat.S_IFBLK | 0o666, os.makedev(254, 0))


@submission("files", "files outside, by an archive's paths")
def zip_slip(places: Places, path: Path) -> None:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for name in ("../../outside/slipped", f"{places.outside}/slipped", "..\\..\\outside\\slipped"):
            archive.writestr(name, "slipped")
        archive.writestr("work.ipynb", "{}")


@submission("files", "the machine's disk, by an archive")
def zip_bomb(places: Places, path: Path) -> None:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("work.ipynb", "w", force_zip64=True) as entry:
            for _ in range(300):
                entry.write(bytes(1 << 20))
        for number in range(200):
            archive.writestr(f"file{number}", bytes(1 << 20))


@submission("files", "what a link in an archive points at")
def zip_links(places: Places, path: Path) -> None:
    inner = path.with_name(f"{path.name}-inner.ipynb")
    write_notebook(
        inner,
        [
            "import os\nfor name in os.listdir('.'): print(name, os.path.islink(name))\nprint(open('link').read())",
            *LAZY,
        ],
    )
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        archive.write(inner, "work.ipynb")
        for name, target in (("link", places.rubric), ("folder", places.outside)):
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, str(target))
        archive.writestr("folder/through-the-link", "written")
    inner.unlink()


@submission("files", "an archive in an archive in an archive")
def zip_nested(places: Places, path: Path) -> None:
    whole = path.with_suffix(".zip")
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("work.ipynb", "{}")
    for _ in range(30):
        inner = path.with_name("inner.zip")
        shutil.move(whole, inner)
        with zipfile.ZipFile(whole, "w") as archive:
            archive.write(inner, "inner.zip")
        inner.unlink()


@submission("files", "another student's place, by a name that differs in case only")
def same_name(places: Places, path: Path) -> None:
    write_notebook(path.with_name(f"Anna {path.name}.ipynb"), list(LAZY))
    write_notebook(path.with_name(f"ANNA {path.name}.ipynb"), list(LAZY))
    write_notebook(path.with_name("ANNA.ipynb"), list(LAZY))


@submission("files", "a page of another student's, by unicode in the name of the file")
def unicode_names(places: Places, path: Path) -> None:
    for name in (
        "аnna",
        "anna\u200b",
        "ａｎｎａ",
        "anna\u202e",
        "zo\u0065\u0308",
        "ann\u00e4 ..",
        "..%2f..%2fanna",
        "CON",
        "anna\nmark 15",
    ):
        write_notebook(path.with_name(f"{name} {path.name}.ipynb"), list(LAZY))


@submission("files", "the grader's own folders, by the name of the file")
def path_names(places: Places, path: Path) -> None:
    for name in ("-rf", "--out=outside", "$(touch hostile)", "`id`", "index", "grades.json", "style.css"):
        write_notebook(path.with_name(f"{name} {path.name}.ipynb"), list(LAZY))


@submission("files", "a run through folders without end")
def deep_folders(places: Places, path: Path) -> None:
    write_notebook(path / "work.ipynb", list(LAZY))
    deep = path
    for number in range(60):
        deep = deep / f"folder{number}"
    deep.mkdir(parents=True)
    (deep / "end.txt").write_text("end")
    for number in range(3000):
        (path / f"{number}.txt").touch()
