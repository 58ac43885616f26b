"""Files that a notebook misses: which one, who should have written it, could it be there at all?"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from grader.submissions.source import Call, CellSource, Expression

_WRITERS = """
save save_weights save_model export ModelCheckpoint BackupAndRestore CSVLogger savefig imsave
imwrite to_csv to_excel to_json to_pickle savez savetxt dump copy copyfile copy2 move make_archive
makedirs mkdir urlretrieve get_file download system run_cell_magic save_img write_text write_bytes
"""

WRITERS = frozenset(_WRITERS.split())
"""Calls that leave a file or folder behind."""

UNPACKERS = frozenset({"extractall", "extract", "unpack_archive"})

TRAINERS = frozenset({"fit", "fit_generator", "train_on_batch"})
"""Calls in which callbacks write their files."""

MADE_BY_NOTEBOOK = (
    ".h5",
    ".keras",
    ".hdf5",
    ".weights",
    ".pkl",
    ".pickle",
    ".joblib",
    ".tflite",
    ".pt",
    ".ckpt",
)
"""Endings of what a notebook saves itself."""

_PATHS = (
    re.compile(r"No such file or directory: (b?'(?:[^'\\]|\\.)*'|b?\"(?:[^\"\\]|\\.)*\")"),
    re.compile(
        r"(?:[Ff]ile|[Dd]irectory) not found(?:: filepath=|: | at |.*?filepath=)"
        r"['\"]?([^'\"\n]+?)['\"]?(?:\.\s|,|$)"
    ),
    re.compile(r"No file or directory found at ['\"]?([^'\"\n]+?)['\"]?\.?(?:\s|$)"),
    re.compile(r"[Uu]nable to (?:synchronously )?open file.*?name = '([^']*)'"),
    re.compile(r"Could not find directory ['\"]?([^'\"\n]+?)['\"]?\s*$"),
    re.compile(r"^['\"]?([^'\"\n:;]+?)['\"]? (?:does not exist|not found)"),
    re.compile(r"Unable to find (?:the )?file ['\"]?([^'\"\n]+?)['\"]?(?:\s|$)"),
    re.compile(r"^([^\n:;]+); No such file or directory"),
)
_FILE_ERRORS = frozenset(
    {
        "FileNotFoundError",
        "OSError",
        "IOError",
        "NotFoundError",
        "ValueError",
        "NotADirectoryError",
        "UnidentifiedImageError",
    }
)


_LOOKS_LIKE_PATH = re.compile(r"[/\\]|\.\w{1,8}$|^\S+$")


def missing_path(error: str, message: str) -> str | None:
    """The path that an error says is missing; None if it is another error."""
    if error not in _FILE_ERRORS:
        return None
    for pattern in _PATHS:
        if found := pattern.search(message):
            path = _unquoted(found[1])
            if error == "FileNotFoundError" or _LOOKS_LIKE_PATH.search(path):
                return path
    return None


def _unquoted(text: str) -> str:
    if text[:1] in "b'\"":
        try:
            value = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            return text
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text


def _same(written: str, wanted: str) -> bool:
    """Whether two spellings may name the same file: one is the end of the other (``/tmp/a.h5``, ``a.h5``)."""
    one, other = (PurePosixPath(text.replace("\\", "/")).parts for text in (written, wanted))
    shorter = min(len(one), len(other))
    return shorter > 0 and one[-shorter:] == other[-shorter:]


def _texts(call: Call, cells: Sequence[CellSource]) -> Iterator[str]:
    """The literal texts among a call's values, names resolved where a cell gives them a literal."""
    waiting = [*call.args, *call.keywords.values()]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list | tuple):
            waiting.extend(value)
        elif isinstance(value, Expression):
            for cell in cells:
                if isinstance(known := cell.constants.get(value), str):
                    yield known
            yield from re.findall(r"['\"]([^'\"]+)['\"]", value)
        elif isinstance(value, str):
            yield value
            if call.name == "system":
                yield from value.split()


def written_by(cell: CellSource, cells: Sequence[CellSource]) -> set[str]:
    """Paths that a cell's calls would write, as far as they stand in the code of ``cells``."""
    writing = [call for call in cell.calls if call.name in WRITERS or _opens_for_writing(call)]
    return {text for call in writing for text in _texts(call, cells)}


def _opens_for_writing(call: Call) -> bool:
    mode = call.keywords.get("mode", call.args[1] if len(call.args) > 1 else "r")
    return call.name == "open" and isinstance(mode, str) and bool(set(mode) & set("wax"))


def should_have_written(path: str, before: Sequence[CellSource], failed: Collection[int]) -> int | None:
    """The failed cell that would have written ``path``; None if no failed cell would.

    ``before`` are the cells above the one that misses it. A checkpoint's file is written by a later ``fit``.
    """
    checkpoints: set[str] = set()
    writers: list[int] = []
    for cell in before:
        checkpoints.update(
            text for call in cell.calls if call.name == "ModelCheckpoint" for text in _texts(call, before)
        )
        if cell.index not in failed:
            continue
        trains = any(call.name in TRAINERS for call in cell.calls)
        written = written_by(cell, before) | (checkpoints if trains else set())
        unpacks = any(call.name in UNPACKERS for call in cell.calls)
        if any(_same(text, path) for text in written) or (unpacks and _unpacked_there(path, cell, before)):
            writers.append(cell.index)
    return writers[-1] if writers else None


def _unpacked_there(path: str, cell: CellSource, before: Sequence[CellSource]) -> bool:
    targets = [
        text
        for call in cell.calls
        if call.name in UNPACKERS
        for text in _texts(call, before)
        if not text.endswith(".zip")
    ]
    if not targets:
        return not _is_absolute(path) or path.startswith("/content/")
    return any(path.startswith(target.rstrip("/")) for target in targets)


def _is_absolute(path: str) -> bool:
    return path.startswith(("/", "\\", "~")) or bool(re.match(r"[A-Za-z]:", path))


def _misspelt(name: str, known: str) -> bool:
    """Whether two file names are nearly equal; ``image 1.jpg`` and ``image 2.jpg`` are two files, no slip."""
    if "." not in name or re.sub(r"\d+", "", name) == re.sub(r"\d+", "", known):
        return False
    return difflib.SequenceMatcher(None, known, name).ratio() >= 0.8


def judge(path: str, cells: Sequence[CellSource], handed_in: Collection[str]) -> tuple[bool, str]:
    """Whether a missing file is excusable (no fault of the notebook), and a sentence that says why."""
    if any(ord(character) < 32 for character in path):
        shown = path.encode("unicode_escape").decode("ascii")
        return (
            False,
            f"The path `{shown}` holds a backslash that Python reads as a special character: write r'...'.",
        )
    name = PurePosixPath(path.replace("\\", "/")).name
    written = sorted({text for cell in cells for text in written_by(cell, cells)})
    for known in (*written, *handed_in):
        if _misspelt(name, PurePosixPath(known.replace("\\", "/")).name):
            return False, f"There is no file `{path}`; did you mean `{known}`?"
    if name.lower().endswith(MADE_BY_NOTEBOOK):
        elsewhere = [
            known for known in written if PurePosixPath(known).name == name and not _same(known, path)
        ]
        if elsewhere:
            return False, f"There is no file `{path}`: it is saved as `{elsewhere[0]}`."
        if not _is_absolute(path):
            return False, f"There is no file `{path}`: no cell above saves it under this name."
    if _is_absolute(path):
        return True, f"`{path}` is a place on another computer, which the grader does not have."
    return True, f"`{path}` was not handed in with the notebook."
