"""Why cells failed: the student's error, a knock-on of an earlier one, environment, limits, the grader."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.evidence.evidence import Cause
from grader.submissions import missing
from grader.submissions.packages import OLD_NAMES, exists_elsewhere, is_old, nearest
from grader.submissions.source import CellSource
from grader.submissions.stale import OF_THE_OBJECT, stale

Status = Literal["raised", "timeout", "memory", "died", "internal"]
"""What execution saw: an exception, an interrupt, memory used up, a lost kernel, a fault of the grader."""


@dataclass(frozen=True)
class Failure:
    """A failed cell as execution reports it."""

    cell: int
    """Index in the notebook."""
    name: str
    """Of the exception class; empty when the kernel died."""
    message: str = ""
    traceback: str = ""
    status: Status = "raised"


@dataclass(frozen=True)
class Verdict:
    """Whose fault a failed cell is."""

    cell: int
    cause: Cause
    explanation: str
    """One sentence for the student."""
    root: int | None = None
    """For a knock-on: the cell that failed first, at the start of the chain."""


MOST_NAMES = 500
"""Names made in a notebook up to which the one nearest to a misspelt one is looked for."""


def causes_of(
    failures: Sequence[Failure], cells: Sequence[CellSource], handed_in: Collection[str] = ()
) -> tuple[Verdict, ...]:
    """One verdict for each failure, in document order.

    ``handed_in`` are the names of the submission's files. The first rule that fits decides: a limit or a dead
    kernel (``budget``); the grader's own machinery (``infrastructure``); a name or file that an earlier
    failed cell should have made, or made anew (``knock_on``); network, missing packages, absent files
    (``environment``); all else is ``own``.
    """
    verdicts: dict[int, Verdict] = {}
    tracebacks: dict[int, str] = {}
    for failure in sorted(failures, key=lambda failure: failure.cell):
        verdicts[failure.cell] = _cause(failure, cells, verdicts, tracebacks, handed_in)
        tracebacks[failure.cell] = failure.traceback
    return tuple(verdicts.values())


def _cause(
    failure: Failure,
    cells: Sequence[CellSource],
    earlier: dict[int, Verdict],
    tracebacks: Mapping[int, str],
    handed_in: Collection[str],
) -> Verdict:
    cause: Cause
    if limit := _limit(failure):
        return Verdict(failure.cell, "budget", limit)
    if _is_ours(failure):
        return Verdict(
            failure.cell, "infrastructure", "The grader failed here, not this code; nothing is deducted."
        )
    if failed_first := _knock_on(failure, cells, tracebacks):
        source, what = failed_first
        first = earlier[source].root
        root = source if first is None else first
        chain = "" if root == source else f" (because cell {root + 1} failed)"
        return Verdict(
            failure.cell,
            "knock_on",
            f"{what} should have been made in cell {source + 1}, which failed first{chain}.",
            root,
        )
    cause, explanation = (
        _missing_module(failure)
        or _missing_file(failure, cells, handed_in)
        or _network(failure)
        or _machine(failure)
        or _own(failure, cells)
    )
    return Verdict(failure.cell, cause, explanation)


_OUT_OF_MEMORY = re.compile(
    r"MemoryError|ResourceExhausted|OOM when allocating|Unable to allocate [\d.]+ .iB"
    r"|failed to allocate memory|Cannot allocate memory|out of memory",
    re.IGNORECASE,
)


def _limit(failure: Failure) -> str | None:
    if failure.status == "memory" or _OUT_OF_MEMORY.search(f"{failure.name} {failure.message}"):
        return "This cell needed more memory than the grader gives to a notebook."
    if failure.status == "timeout" or failure.name in (
        "KeyboardInterrupt",
        "CellTimeoutError",
        "TimeoutError_",
    ):
        return "This cell ran longer than the grader waits and was interrupted."
    died = re.search(r"kernel (?:has )?died|DeadKernel", f"{failure.name} {failure.message}", re.IGNORECASE)
    if failure.status == "died" or died:
        return "The Python process ended in this cell (too much memory, or the code ended it)."
    return None


OUR_FRAMES = re.compile(r"(?:^|/)grader/(?:recorder|execution|datasets)/")
_FRAME = re.compile(r"""^[ \t]*File\s+"?([^\n",]+?\.pyx?)(?:"|:\d+|,|$)""", re.MULTILINE)
_PASSES_ON = re.compile(
    r"(?:-->|>)\s*\d*.*\b(?:wrapped|original)\w*\(|^\s+.*\b(?:wrapped|original)\w*\(", re.MULTILINE
)


def _is_ours(failure: Failure) -> bool:
    """Whether the grader itself failed: its code is the innermost frame, and not merely passing a call on."""
    if failure.status == "internal" or failure.name.startswith("ZMQ") or "zmq.error" in failure.name:
        return True
    frames = list(_FRAME.finditer(failure.traceback))
    if not frames or not OUR_FRAMES.search(frames[-1][1]):
        return False
    # A built-in, or a call with wrong arguments, has no frame of its own: the line that calls it is the last.
    return not _PASSES_ON.search(failure.traceback[frames[-1].end() :])


_NO_SUCH_NAME = re.compile(r"name '(\w+)' is not defined|cannot access free variable '(\w+)'")
_NONE_HAS_NO = re.compile(r"'NoneType' object has no attribute '(\w+)'")


def missing_name(failure: Failure) -> str | None:
    """The name that a failed cell found nowhere; None when it failed by something else."""
    if failure.name == "NameError" and (found := _NO_SUCH_NAME.search(failure.message)):
        return found[1] or found[2]
    return None


def _knock_on(
    failure: Failure, cells: Sequence[CellSource], earlier: Mapping[int, str]
) -> tuple[int, str] | None:
    """The failed cell that should have made what is missing or out of date, and what that is.

    ``earlier`` are the tracebacks of the cells that failed above.
    """
    failed = [cell for cell in cells if cell.index in earlier]
    here = next((cell for cell in cells if cell.index == failure.cell), None)
    wanted: list[str] = []
    if name := missing_name(failure):
        wanted = [name]
    elif failure.name == "AttributeError" and (found := _NONE_HAS_NO.search(failure.message)):
        accesses = re.findall(rf"\b(\w+)\s*\.\s*{found[1]}\b", here.python) if here else []
        wanted = [access for access in accesses if here and access in here.uses]
    for name in wanted:
        for cell in reversed(failed):
            if name in cell.defines:
                return cell.index, f"`{name}`"
    before = [cell for cell in cells if cell.index < failure.cell]
    if here is not None and failure.name in OF_THE_OBJECT:
        old = stale(here, failure.traceback, before, earlier)
        if old is not None:
            return old[0], f"`{old[1]}`"
    path = missing.missing_path(failure.name, failure.message)
    writer = missing.should_have_written(path, before, set(earlier)) if path else None
    if writer is not None:
        return writer, f"the file `{path}`"
    return None


_NO_LONGER = re.compile(r"cannot import name '(\w+)' from '((?:keras|tensorflow|scipy|sklearn)[\w.]*)'")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")


def _missing_module(failure: Failure) -> tuple[Cause, str] | None:
    if failure.name not in ("ModuleNotFoundError", "ImportError"):
        return None
    found = _NO_MODULE.search(failure.message)
    if not found:
        old = _NO_LONGER.search(failure.message)
        if old and old[1] in OLD_NAMES:
            return "environment", f"`{old[1]}` no longer exists in the version of `{old[2]}` used here."
        return None
    module = found[1]
    if is_old(module):
        return (
            "environment",
            f"The module `{module}` no longer exists in the version of the library used here.",
        )
    if exists_elsewhere(module) and "." not in module:
        return "environment", f"The package `{module}` is not installed where the grader runs notebooks."
    if exists_elsewhere(module):
        package = module.partition(".")[0]
        if module.startswith("google.colab"):
            return "environment", f"`{module}` exists on Colab only."
        return "own", f"`{package}` has no module `{module}`: check its spelling."
    if (meant := nearest(module)) and meant != module:
        return "own", f"There is no module `{module}`; did you mean `{meant}`?"
    return "own", f"There is no module `{module}`: if it is a file of yours, hand it in with the notebook."


def _missing_file(
    failure: Failure, cells: Sequence[CellSource], handed_in: Collection[str]
) -> tuple[Cause, str] | None:
    path = missing.missing_path(failure.name, failure.message)
    if path is None:
        return None
    ours, explanation = missing.judge(path, cells, handed_in)
    return ("environment" if ours else "own"), explanation


_NETWORK_NAMES = re.compile(
    r"\w*(?:URL|HTTP|Connection|Proxy|SSL|SSLCertVerification|MaxRetry|FileURLRetrieval|Download)Error"
    r"|gaierror|herror|timeout|TimeoutError|(?:Connect|Read)Timeout|RemoteDisconnected|ApiException"
    r"|Connection(?:Reset|Refused|Aborted)Error"
)
_NETWORK_WORDS = re.compile(
    r"Name or service not known|Temporary failure in name resolution|Network is unreachable|No route to host"
    r"|Connection refused|Failed to resolve|getaddrinfo failed|URL fetch failure|Max retries exceeded"
    r"|HTTP Error \d{3}|nodename nor servname|Could not find kaggle\.json|Failed to retrieve file url"
)
_DOWNLOADER = re.compile(r"\b(?:wget|curl|gdown|kaggle|git clone)\b")


def _network(failure: Failure) -> tuple[Cause, str] | None:
    downloader = failure.name in ("CalledProcessError", "ApiException", "OSError") and _DOWNLOADER.search(
        failure.message
    )
    if _NETWORK_NAMES.fullmatch(failure.name) or _NETWORK_WORDS.search(failure.message) or downloader:
        return "environment", "Notebooks are graded without the network: this download cannot work here."
    return None


_NOT_HERE = re.compile(
    r"(\w+) is not installed|\b(GPU|TPU)s?\b.{0,20}\bnot (?:found|available)", re.IGNORECASE
)


def _machine(failure: Failure) -> tuple[Cause, str] | None:
    """What this machine lacks and says so itself: a package behind another's call, a graphics card."""
    if found := _NOT_HERE.search(failure.message):
        what = found[1] or found[2]
        return "environment", f"The machine that runs notebooks for the grader has no {what}."
    return None


def _own(failure: Failure, cells: Sequence[CellSource]) -> tuple[Cause, str]:
    if name := missing_name(failure):
        return "own", _missing_name_explained(name, failure, cells)
    here = next((cell for cell in cells if cell.index == failure.cell), None)
    if here and here.syntax_error and failure.name in ("SyntaxError", "IndentationError", "TabError", ""):
        message, line = here.syntax_error
        return "own", f"Line {line} of this cell is not valid Python ({message}), so the cell did not run."
    first_line = failure.message.strip().splitlines()[0][:200] if failure.message.strip() else ""
    return "own", f"{failure.name}: {first_line}".rstrip(": ") + "."


def _missing_name_explained(name: str, failure: Failure, cells: Sequence[CellSource]) -> str:
    later = [cell.index for cell in cells if cell.index > failure.cell and name in cell.defines]
    if later:
        return f"`{name}` is made only in cell {later[0] + 1}, further down, and missing when run in order."
    same = any(cell.index == failure.cell and name in cell.defines for cell in cells)
    if same:
        return f"`{name}` is used before the line of this cell that makes it."
    known = sorted({made for cell in cells if cell.index < failure.cell for made in cell.defines})
    if len(known) <= MOST_NAMES and (alike := difflib.get_close_matches(name, known, n=1, cutoff=0.7)):
        return f"No cell makes `{name}`; did you mean `{alike[0]}`?"
    return f"No cell makes `{name}`: an import or an assignment is missing."
