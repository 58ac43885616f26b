"""The notebook's surroundings on Colab and Kaggle, as stand-ins that answer at once."""

from __future__ import annotations

import importlib.machinery
import sys
import types
from typing import Any

from grader.evidence.events import Stubbed
from grader.recorder.recorder import Recorder


def provide_colab(recorder: Recorder) -> None:
    """Make ``google.colab`` importable: Drive is mounted already, nothing is uploaded or downloaded."""

    def answer(name: str, result: Any = None, *, says: str = "") -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            recorder.log.write(Stubbed, name=name, detail=", ".join(map(str, args))[:200])
            if says:
                print(says.format(*args) if args else says)
            return result

        return call

    def show_image(image: Any) -> None:
        from IPython.display import display
        from PIL import Image

        pixels = image if image.ndim == 2 else image[..., ::-1]
        display(Image.fromarray(pixels))

    drive = _module(
        "google.colab.drive",
        mount=answer("drive.mount", says="Mounted at {0}"),
        flush_and_unmount=answer("drive.flush_and_unmount"),
    )
    files = _module(
        "google.colab.files",
        upload=answer("files.upload", {}),
        download=answer("files.download"),
        view=answer("files.view"),
    )
    colab = _module(
        "google.colab",
        drive=drive,
        files=files,
        patches=_module("google.colab.patches", cv2_imshow=show_image),
        userdata=_module("google.colab.userdata", get=answer("userdata.get", "")),
        output=_module("google.colab.output", clear=answer("output.clear")),
        auth=_module("google.colab.auth", authenticate_user=answer("auth.authenticate_user")),
    )
    google = sys.modules.get("google") or _module("google")
    google.colab = colab  # type: ignore[attr-defined]


def _module(name: str, **members: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__dict__.update(members)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    module.__path__ = []
    sys.modules[name] = module
    return module
