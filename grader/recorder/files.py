"""Watching files: folders listed, images opened, files removed and written, paths that are not there.

Python's audit events (https://docs.python.org/3/library/audit_events.html) see every file that Python code
touches, however it is spelled, and no function that a student might use is replaced; only what works in C++
(OpenCV, ``tf.io``) and plain questions (``os.path.exists``) are watched by name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from grader.evidence.events import FileRemoved, FileWritten, ImageOpened, Listed, PathMissing
from grader.recorder.library import library
from grader.recorder.recorder import Recorder
from grader.recorder.watch import watch_function

_IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
_SYSTEM = ("/usr", "/lib", "/proc", "/dev", "/etc", "/run", "/sys", sys.prefix, sys.base_prefix)


def watch_files(recorder: Recorder) -> None:
    """Install the audit hook and the few wrappers."""
    log = recorder.log
    busy = False

    def own(path: Any) -> str | None:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str | os.PathLike):
            return None
        absolute = os.path.abspath(os.fspath(path))
        library = absolute.startswith(_SYSTEM) or "/." in absolute or "/__" in absolute
        return None if library or absolute == "/tmp" else absolute

    def listed(path: Any, *_: Any) -> None:
        if (absolute := own(path if path is not None else os.getcwd())) is not None:
            log.write(Listed if os.path.isdir(absolute) else PathMissing, path=absolute)

    def opened(path: Any, mode: Any, flags: Any) -> None:
        absolute = own(path)
        if absolute is None:
            return
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            log.write(FileWritten, path=absolute)
        elif not os.path.exists(absolute):
            if not absolute.endswith(".py"):  # sources are looked for when a traceback is shown
                log.write(PathMissing, path=absolute)
        elif absolute.lower().endswith(_IMAGES):
            log.write(ImageOpened, path=absolute, by="open")

    def removed(path: Any, *_: Any) -> None:
        if (absolute := own(path)) is not None and os.path.lexists(absolute):
            log.write(FileRemoved, path=absolute)

    def moved(source: Any, target: Any, *_: Any) -> None:
        removed(source)
        if (absolute := own(target)) is not None:
            log.write(FileWritten, path=absolute)

    handlers: dict[str, Callable[..., None]] = {
        "os.listdir": listed,
        "os.scandir": listed,
        "open": opened,
        "os.remove": removed,
        "os.rename": moved,
        "os.rmdir": removed,
        "shutil.rmtree": removed,
    }

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal busy
        handler = handlers.get(event)
        if handler is None or busy or log.quiet:
            return
        busy = True
        try:
            handler(*arguments)
        except Exception:
            return
        finally:
            busy = False

    sys.addaudithook(hook)
    _watch_native(recorder, own)


def _watch_native(recorder: Recorder, own: Callable[[Any], str | None]) -> None:
    import tensorflow

    def image(by: str) -> Any:
        def opened(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
            path = recorder.attempt(
                by, lambda: own(args[0] if args else next(iter(kwargs.values()), None)), None
            )
            quiet = recorder.log.quiet or path is None or not path.lower().endswith(_IMAGES)
            error = None
            try:
                with recorder.log.inside():
                    result = wrapped(*args, **kwargs)
                error = "unreadable" if result is None else None
                return result
            except Exception as fault:
                error = type(fault).__name__
                raise
            finally:
                if not quiet:
                    with recorder.trying(by):
                        recorder.log.write(ImageOpened, path=path, by=by, error=error)

        return opened

    watch_function(library().load_img, image("load_img"), below=library().roots)
    watch_function(tensorflow.io.read_file, image("tf.io.read_file"), below=("tensorflow",))
    if "cv2" in sys.modules:
        watch_function(sys.modules["cv2"].imread, image("cv2.imread"), below=("cv2",))

    def listed(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        with recorder.log.inside():
            result = wrapped(*args, **kwargs)
        with recorder.trying("a folder's list"):
            path = own(args[0] if args else None)
            if path is not None:
                recorder.log.write(Listed, path=path)
        return result

    watch_function(tensorflow.io.gfile.listdir, listed, below=("tensorflow",))
    watch_function(tensorflow.io.gfile.glob, listed, below=("tensorflow",))

    def asked(wrapped: Any, _: Any, args: Any, kwargs: Any) -> Any:
        there = wrapped(*args, **kwargs)
        if not there and not recorder.log.quiet and args and _by_notebook():
            missing(args[0])
        return there

    def missing(asked_for: Any) -> None:
        with recorder.trying("a path"):
            if (path := own(asked_for)) is not None:
                recorder.log.write(PathMissing, path=path)

    for name in ("exists", "isdir", "isfile"):
        watch_function(getattr(os.path, name), asked, below=("os", "posixpath", "genericpath"))
    for name in ("exists", "is_dir", "is_file"):
        _watch_path_question(name, recorder, missing)


def _watch_path_question(name: str, recorder: Recorder, missing: Callable[[Any], None]) -> None:
    original = getattr(Path, name)

    def question(self: Path, *args: Any, **kwargs: Any) -> bool:
        there = bool(original(self, *args, **kwargs))
        if not there and not recorder.log.quiet and _by_notebook():
            missing(self)
        return there

    setattr(Path, name, question)


def _by_notebook() -> bool:
    """Whether a cell of the notebook asks, not a library."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(4):
        if frame is None:
            return False
        if "ipykernel_" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
